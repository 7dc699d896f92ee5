"""Realignment as a term of the loss: translated words are drawn together (gaschi2023 eq. 2, cao2020 section 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from xlt.arrays import Ints
from xlt.encoders.batches import hidden_states, padded, word_vectors
from xlt.encoders.options import Pool
from xlt.errors import XltError
from xlt.losses.contrastive import contrastive_loss
from xlt.losses.l2 import l2_loss, l2_regularisation
from xlt.training.loop import Random
from xlt.training.pair_data import PairBatch, PairStream, pair_batch
from xlt.training.parallel import World
from xlt.training.sequences import Arithmetic, share

LossName = Literal["contrastive", "l2"]
Strength = Literal["weak", "strong"]
Side = Literal["src", "tgt"]
Vectors = list[torch.Tensor]


@dataclass(frozen=True)
class RealignmentLoss:
    """What is made small.

    Attributes:
        loss: ``contrastive`` or ``l2``.
        strength, temperature: of the contrastive loss.
        keep: the side whose words the L2 loss holds where they were.
        regularisation: weight of that.
        layers: layers whose losses are averaged, 0 the embeddings.
        pool: how subwords make a word.
    """

    loss: LossName
    strength: Strength
    temperature: float
    keep: Side
    regularisation: float
    layers: tuple[int, ...]
    pool: Pool

    def value(self, vectors: torch.Tensor, frozen: torch.Tensor | None, batch: PairBatch) -> torch.Tensor:
        """The loss of one layer of a batch.

        Args:
            vectors: (words, dim), the source words first.
            frozen: the same of the frozen start, for L2.
            batch: which of them are pairs.
        """
        source, target = vectors[: batch.n_source], vectors[batch.n_source :]
        src_ids, tgt_ids = (torch.from_numpy(ids).to(vectors.device) for ids in (batch.src_ids, batch.tgt_ids))
        if self.loss == "contrastive":
            return contrastive_loss(
                source, target, src_ids, tgt_ids, temperature=self.temperature, strength=self.strength
            )
        loss = l2_loss(source, target, src_ids, tgt_ids)
        if frozen is None:
            return loss
        kept = slice(0, batch.n_source) if self.keep == "src" else slice(batch.n_source, None)
        return loss + self.regularisation * l2_regularisation(vectors[kept], frozen[kept])


class Realignment:
    """The term. However the batch is split into forward passes and processes, the negatives are those of all of it.

    The vectors of all passes are put together, the loss is taken of them, and its gradient handed back through each of
    them (GradCache, Gao et al. 2021).
    """

    name = "realignment"

    def __init__(
        self,
        body: Any,
        streams: Sequence[PairStream],
        loss: RealignmentLoss,
        arithmetic: Arithmetic,
        world: World,
        *,
        batch_size: int,
        pad_id: int,
        seed: int,
        weight: float = 1.0,
        frozen: Any = None,
    ) -> None:
        """Put the term together.

        Args:
            body: the transformer without a classifier.
            streams: the data.
            loss: what is made small.
            arithmetic: device, autocast, micro-batch (sequences).
            world: processes that share each batch.
            batch_size: sentence pairs of a step, over all processes.
            pad_id: of the tokenizer.
            seed: of the order of the data.
            weight: what the loss is multiplied with.
            frozen: the start of the encoder, which L2 stays near to; never trained.
        """
        self._body, self._frozen, self._streams, self._loss = body, frozen, streams, loss
        self._arithmetic, self._world = arithmetic, world
        self._batch_size, self._pad_id, self._seed = batch_size, pad_id, seed
        self.weight = weight

    def batch(self, step: int) -> PairBatch:
        """The sentence pairs of a step."""
        return pair_batch(self._streams, self._batch_size, step, self._seed)

    def backward(self, batch: PairBatch, random: Random) -> tuple[torch.Tensor, int]:
        """See :class:`xlt.training.loop.Term`."""
        arithmetic, world = self._arithmetic, self._world
        lengths = np.diff(batch.offsets)
        passes = list(share(lengths, world.rank, world.size, arithmetic.micro_batch, arithmetic.pass_cost))
        words = [_words_of(batch, rows) for rows in passes]
        seen = sum(map(len, words))
        frozen = self._held(batch, passes, words) if self._frozen is not None else None
        # The graphs of all passes are kept, unless micro-batches bound the memory: then each pass is run a second time
        # under the same dropout.
        keep_graph = arithmetic.micro_batch is None
        runs: list[Vectors] = []
        for i, (rows, own) in enumerate(zip(passes, words, strict=True)):
            with random(i), torch.set_grad_enabled(keep_graph):
                runs.append(self._run(self._body, batch, rows, own))
        whole = [v.requires_grad_() for v in self._gathered(runs, words, len(batch.row))]
        loss = self._value(whole, frozen, batch)
        gradients = torch.autograd.grad(self.weight * loss, whole)
        for i, (rows, own) in enumerate(zip(passes, words, strict=True)):
            if not keep_graph:
                with random(i):
                    runs[i] = self._run(self._body, batch, rows, own)
            index = torch.from_numpy(own).to(self._arithmetic.device)
            moved = _moved(runs[i])
            torch.autograd.backward(
                [runs[i][layer] for layer in moved], [gradients[layer].index_select(0, index) for layer in moved]
            )
        return loss.detach() / self._world.size, seen

    def _value(self, whole: Vectors, frozen: Vectors | None, batch: PairBatch) -> torch.Tensor:
        values = [self._loss.value(vectors, frozen[i] if frozen else None, batch) for i, vectors in enumerate(whole)]
        return torch.stack(values).mean()

    def _run(self, model: Any, batch: PairBatch, rows: Ints, words: Ints) -> Vectors:
        inputs = padded(batch.ids, batch.offsets, rows, self._pad_id, self._arithmetic.device)
        place = np.empty(len(batch.offsets) - 1, np.int64)
        place[rows] = np.arange(len(rows))
        with self._arithmetic.context():
            hidden = hidden_states(model, inputs, self._loss.layers, model.config.num_hidden_layers)
        return word_vectors(hidden, place[batch.row[words]], batch.start[words], batch.stop[words], self._loss.pool)

    @torch.no_grad()
    def _held(self, batch: PairBatch, passes: Sequence[Ints], words: Sequence[Ints]) -> Vectors:
        runs = [self._run(self._frozen, batch, rows, own) for rows, own in zip(passes, words, strict=True)]
        return self._gathered(runs, words, len(batch.row))

    def _gathered(self, runs: Sequence[Vectors], words: Sequence[Ints], total: int) -> Vectors:
        # The words of all passes of all processes, in the order of the batch.
        dim = self._body.config.hidden_size
        whole = []
        for layer in range(len(self._loss.layers)):
            dtype = runs[0][layer].dtype if runs else torch.float32
            vectors = torch.zeros(total, dim, dtype=dtype, device=self._arithmetic.device)
            for run, own in zip(runs, words, strict=True):
                vectors[torch.from_numpy(own).to(vectors.device)] = run[layer].detach()
            whole.append(self._world.sum_(vectors))
        return whole


def _moved(vectors: Vectors) -> list[int]:
    # The layers that lie above something that is trained, as places in ``vectors``.
    moved = [i for i, layer in enumerate(vectors) if layer.requires_grad]
    if not moved:
        raise XltError("--freeze leaves nothing that the realignment loss could move: no layer it looks at is trained")
    return moved


def _words_of(batch: PairBatch, rows: Ints) -> Ints:
    # Numbers of the words of some sequences.
    wanted = np.zeros(len(batch.offsets) - 1, np.bool_)
    wanted[rows] = True
    return np.flatnonzero(wanted[batch.row])
