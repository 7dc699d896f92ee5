"""The task as a term of the loss: cross-entropy over the labelled words, or the texts, of a batch."""

from typing import Any

import numpy as np
import torch

from xlt.arrays import Ragged
from xlt.encoders.batches import padded
from xlt.tasks.examples import Examples
from xlt.tasks.predict import picked
from xlt.training.loop import Random
from xlt.training.order import epoch_batch
from xlt.training.parallel import Processes
from xlt.training.sequences import Arithmetic, share


class TaskLoss:
    """The term. Its loss is the mean over the labelled words of the whole batch, however the batch is split."""

    name = "task"
    weight = 1.0

    def __init__(
        self,
        model: Any,
        examples: Examples,
        arithmetic: Arithmetic,
        world: Processes,
        *,
        batch_size: int,
        pad_id: int,
        seed: int,
    ) -> None:
        """Put the term together.

        Args:
            model: with a classifier on top.
            examples: the training data.
            arithmetic: device, autocast, micro-batch (sequences).
            world: processes that share each batch.
            batch_size: sentences of a step, over all processes.
            pad_id: of the tokenizer.
            seed: of the order of the data.
        """
        self._model, self._examples, self._arithmetic, self._world = model, examples, arithmetic, world
        self._batch_size, self._pad_id, self._seed = batch_size, pad_id, seed

    def batch(self, step: int) -> Examples:
        """The examples of a step; every epoch sees each once."""
        return self._examples.take(epoch_batch(len(self._examples), self._batch_size, step, self._seed, self.name))

    def backward(self, batch: Examples, random: Random) -> tuple[torch.Tensor, int]:
        """See :class:`xlt.training.loop.Term`."""
        device = self._arithmetic.device
        labelled = (batch.gold >= 0) & (batch.target_seq >= 0)
        total = int(labelled.sum())
        loss = torch.zeros((), device=device)
        seen = 0
        place = np.full(len(batch.offsets) - 1, -1, np.int64)
        arithmetic, world = self._arithmetic, self._world
        lengths = np.diff(batch.offsets)
        passes = share(lengths, world.rank, world.size, arithmetic.micro_batch, arithmetic.pass_cost)
        for i, rows in enumerate(passes):
            place[:] = -1
            place[rows] = np.arange(len(rows))
            targets = np.flatnonzero(labelled & (place[batch.target_seq] >= 0))
            if not len(targets):
                continue
            inputs = padded(Ragged(batch.ids, batch.offsets), rows, self._pad_id, device, batch.type_ids)
            with random(i), self._arithmetic.context():
                logits = self._model(**inputs, return_dict=True).logits
            gold = torch.from_numpy(batch.gold[targets]).to(device)
            chosen = picked(logits, batch, targets, place)
            part = torch.nn.functional.cross_entropy(chosen.float(), gold, reduction="sum") / total
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
            seen += len(targets)
        return loss, seen
