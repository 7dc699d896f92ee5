"""Masked language modelling as a term of the loss."""

from typing import Any

import numpy as np
import torch

from xlt.arrays import Ints
from xlt.encoders.batches import padded
from xlt.training.loop import Random
from xlt.training.masked_text import BatchPlan, MaskedBatch, Sequences, masked
from xlt.training.parallel import World
from xlt.training.sequences import Arithmetic, share


class MaskedLanguageModelling:
    """The term: mean cross-entropy over the hidden tokens of the whole batch; the rest is never scored."""

    name = "mlm"
    weight = 1.0

    def __init__(
        self,
        model: Any,
        sequences: Sequences,
        plan: BatchPlan,
        arithmetic: Arithmetic,
        world: World,
        *,
        tokenizer: Any,
        seed: int,
    ) -> None:
        """Put the term together.

        Args:
            model: with the head of masked language modelling.
            sequences: the text.
            plan: which of them make a batch.
            arithmetic: device, autocast, micro-batch (sequences).
            world: processes that share each batch.
            tokenizer: of transformers.
            seed: of the masks.
        """
        self._model, self._sequences, self._plan = model, sequences, plan
        self._arithmetic, self._world, self._seed = arithmetic, world, seed
        self._pad_id, self._mask_id, self._vocab_size = tokenizer.pad_token_id, tokenizer.mask_token_id, len(tokenizer)
        self._special = np.array(sorted(tokenizer.all_special_ids))
        # What stands on top of the transformer, in the order in which it is applied.
        self._head = torch.nn.Sequential(*(m for m in model.children() if m is not model.base_model))

    def batch(self, step: int) -> MaskedBatch:
        """The sequences of a step, masked."""
        chosen = self._sequences.take(self._plan.rows(step))
        return masked(chosen, self._special, self._mask_id, self._vocab_size, self._seed, "mask", step)

    def backward(self, batch: MaskedBatch, random: Random) -> tuple[torch.Tensor, int]:
        """See :class:`xlt.training.loop.Term`."""
        device, starts = self._arithmetic.device, batch.sequences.offsets
        loss = torch.zeros((), device=device)
        if not len(batch.at):
            return loss, 0
        row = np.searchsorted(starts, batch.at, side="right") - 1
        seen = 0
        place = np.empty(len(starts) - 1, np.int64)
        for i, rows in enumerate(
            share(np.diff(starts), self._world.rank, self._world.size, self._arithmetic.micro_batch)
        ):
            place[:] = -1
            place[rows] = np.arange(len(rows))
            here = place[row] >= 0
            part = self._pass(batch, rows, place[row[here]], batch.at[here] - starts[row[here]], here, random, i)
            part = part / len(batch.at)
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
            seen += int((starts[rows + 1] - starts[rows]).sum())
        return loss, seen

    def _pass(
        self, batch: MaskedBatch, rows: Ints, row: Ints, column: Ints, here: Any, random: Random, i: int
    ) -> torch.Tensor:
        sequences, device = batch.sequences, self._arithmetic.device
        inputs = padded(sequences.ids, sequences.offsets, rows, self._pad_id, device, sequences.type_ids)
        with random(i), self._arithmetic.context():
            hidden = self._model.base_model(**inputs, return_dict=True).last_hidden_state
            index = torch.from_numpy(row * hidden.shape[1] + column).to(device)
            # The vocabulary is by far the largest product: it is made for the hidden tokens only.
            logits = self._head(hidden.reshape(-1, hidden.shape[-1]).index_select(0, index))
        gold = torch.from_numpy(batch.gold[here]).to(device)
        return torch.nn.functional.cross_entropy(logits.float(), gold, reduction="sum")
