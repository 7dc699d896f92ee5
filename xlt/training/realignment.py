"""Realignment as a term of the loss: translated words are drawn together, as :mod:`xlt.losses` have it."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from xlt.arrays import Ints
from xlt.encoders.batches import hidden_states, padded, word_vectors
from xlt.encoders.load import Encoder
from xlt.encoders.options import Pool, parse_layers
from xlt.errors import OptionError
from xlt.losses.options import Loss
from xlt.losses.words import Words, formula_of
from xlt.training.loop import Random
from xlt.training.options import Aim
from xlt.training.pair_data import PairBatch, PairStream, pair_batch
from xlt.training.parallel import Processes
from xlt.training.sequences import Arithmetic, share

Vectors = list[torch.Tensor]


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
        loss: Loss,
        arithmetic: Arithmetic,
        world: Processes,
        *,
        layers: Sequence[int],
        pool: Pool,
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
            layers: those whose losses are averaged, 0 the embeddings.
            pool: how subwords make a word.
            batch_size: sentence pairs of a step, over all processes.
            pad_id: of the tokenizer.
            seed: of the order of the data.
            weight: what the loss is multiplied with.
            frozen: the start of the encoder, for a loss that looks at it; never trained.
        """
        self._body, self._frozen, self._streams, self._loss = body, frozen, streams, loss
        self._formula, self._layers, self._pool = formula_of(loss), list(layers), pool
        self._arithmetic, self._world = arithmetic, world
        self._batch_size, self._pad_id, self._seed = batch_size, pad_id, seed
        self.weight = weight

    def batch(self, step: int) -> PairBatch:
        """The sentence pairs of a step."""
        return pair_batch(self._streams, self._batch_size, step, self._seed)

    def backward(self, batch: PairBatch, random: Random) -> tuple[torch.Tensor, int]:
        """See :class:`xlt.training.loop.Term`."""
        arithmetic, world = self._arithmetic, self._world
        lengths = batch.sequences.lengths
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
        n = batch.n_source
        device = self._arithmetic.device
        src_ids, tgt_ids = (torch.from_numpy(ids).to(device) for ids in (batch.src_ids, batch.tgt_ids))
        starts = [None] * len(whole) if frozen is None else frozen
        values = [
            self._formula(
                Words(
                    source=now[:n],
                    target=now[n:],
                    source_ids=src_ids,
                    target_ids=tgt_ids,
                    source_start=None if start is None else start[:n],
                    target_start=None if start is None else start[n:],
                ),
                self._loss,
            )
            for now, start in zip(whole, starts, strict=True)
        ]
        return torch.stack(values).mean()

    def _run(self, model: Any, batch: PairBatch, rows: Ints, words: Ints) -> Vectors:
        sequences = batch.sequences
        inputs = padded(sequences, rows, self._pad_id, self._arithmetic.device)
        place = np.empty(len(sequences), np.int64)
        place[rows] = np.arange(len(rows))
        with self._arithmetic.context():
            hidden = hidden_states(model, inputs, self._layers, model.config.num_hidden_layers)
        return word_vectors(hidden, place[batch.row[words]], batch.start[words], batch.stop[words], self._pool)

    @torch.no_grad()
    def _held(self, batch: PairBatch, passes: Sequence[Ints], words: Sequence[Ints]) -> Vectors:
        runs = [self._run(self._frozen, batch, rows, own) for rows, own in zip(passes, words, strict=True)]
        return self._gathered(runs, words, len(batch.row))

    def _gathered(self, runs: Sequence[Vectors], words: Sequence[Ints], total: int) -> Vectors:
        # The words of all passes of all processes, in the order of the batch.
        dim = self._body.config.hidden_size
        whole = []
        for layer in range(len(self._layers)):
            dtype = runs[0][layer].dtype if runs else torch.float32
            vectors = torch.zeros(total, dim, dtype=dtype, device=self._arithmetic.device)
            for run, own in zip(runs, words, strict=True):
                vectors[torch.from_numpy(own).to(vectors.device)] = run[layer].detach()
            whole.append(self._world.sum_(vectors))
        return whole


def realignment_term(
    encoder: Encoder,
    streams: Sequence[PairStream],
    aim: Aim,
    arithmetic: Arithmetic,
    world: Processes,
    *,
    seed: int,
    weight: float = 1.0,
) -> Realignment:
    """The term as options state it; for a loss that looks at the start with a copy of the encoder as it is now.

    Raises:
        OptionError: layers that the encoder does not have.
    """
    layers = parse_layers(aim.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    return Realignment(
        encoder.body,
        streams,
        aim.loss,
        arithmetic,
        world,
        layers=layers,
        pool=aim.word_pool,
        batch_size=aim.pairs_in_batch(s.langs for s in streams),
        pad_id=encoder.tokenizer.pad_id,
        seed=seed,
        weight=weight,
        frozen=copy.deepcopy(encoder.body).eval() if aim.loss.needs_start else None,
    )


def _moved(vectors: Vectors) -> list[int]:
    # The layers that lie above something that is trained, as places in ``vectors``.
    moved = [i for i, layer in enumerate(vectors) if layer.requires_grad]
    if not moved:
        raise OptionError(
            "freeze", "leaves nothing that the realignment loss could move: no layer it looks at is trained"
        )
    return moved


def _words_of(batch: PairBatch, rows: Ints) -> Ints:
    # Numbers of the words of some sequences.
    inside = np.zeros(len(batch.sequences), np.bool_)
    inside[rows] = True
    return np.flatnonzero(inside[batch.row])
