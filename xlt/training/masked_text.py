"""Text for masked language modelling: lines as sequences, batches of like length, masks."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xlt.arrays import Ints, members, offsets
from xlt.encoders.texts import tokenise_texts
from xlt.training.order import derived_seed, permutation

_SLICE = 8192
# Batches between which sequences are sorted by length: padding goes down, chance stays.
_POOL = 64

_CHOSEN, _MASKED, _RANDOM = 0.15, 0.8, 0.1


@dataclass(frozen=True)
class Sequences:
    """Sequences for the model, ragged, special tokens included.

    Attributes:
        ids: token ids.
        offsets: (sequences + 1,) where each starts.
        type_ids: segment of each token.
    """

    ids: Ints
    offsets: Ints
    type_ids: Ints

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: Ints) -> "Sequences":
        """Some of the sequences."""
        at, lengths = members(self.offsets, rows)
        return Sequences(self.ids[at], offsets(lengths), self.type_ids[at])


def line_sequences(tokenizer: Any, lines: Sequence[str], max_length: int) -> Sequences:
    """Each line as one sequence; one above ``max_length`` subwords goes on in the next. Empty lines give none."""
    room = max_length - 2
    parts: list[Ints] = []
    lengths: list[Ints] = []
    for i in range(0, len(lines), _SLICE):
        found = tokenizer(
            list(lines[i : i + _SLICE]),
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        length = np.fromiter(map(len, found), np.int64, len(found))
        parts.append(np.fromiter((t for one in found for t in one), np.int64, int(length.sum())))
        lengths.append(length)
    flat, length = np.concatenate(parts), np.concatenate(lengths)
    # Cut each line in chunks of ``room``: the last one of a line holds what is left.
    chunks = -(-length // room)
    line = np.repeat(np.arange(len(length)), chunks)
    within = np.arange(len(line)) - np.repeat(offsets(chunks)[:-1], chunks)
    chunk = np.minimum(room, length[line] - within * room)
    starts = offsets(chunk + 2)
    ids = np.empty(starts[-1], np.int64)
    ids[starts[:-1]], ids[starts[1:] - 1] = tokenizer.cls_token_id, tokenizer.sep_token_id
    inner = np.ones(len(ids), np.bool_)
    inner[starts[:-1]] = inner[starts[1:] - 1] = False
    ids[inner] = flat
    return Sequences(ids, starts, np.zeros(len(ids), np.int64))


def pair_sequences(tokenizer: Any, first: Sequence[str], second: Sequence[str], max_length: int) -> Sequences:
    """Each sentence pair as one sequence, for translation language modelling (Conneau and Lample 2019, section 3.4)."""
    inputs = tokenise_texts(tokenizer, first, second, max_length)
    types = np.zeros(len(inputs.ids), np.int64) if inputs.type_ids is None else inputs.type_ids
    return Sequences(inputs.ids, inputs.offsets, types)


def both(one: Sequences, other: Sequences) -> Sequences:
    """The sequences of both, in order."""
    lengths = np.concatenate((np.diff(one.offsets), np.diff(other.offsets)))
    return Sequences(
        np.concatenate((one.ids, other.ids)), offsets(lengths), np.concatenate((one.type_ids, other.type_ids))
    )


class BatchPlan:
    """Which sequences make a batch: shuffled in every epoch, then sorted by length within pools of batches."""

    def __init__(self, lengths: Ints, batch_size: int, seed: int) -> None:
        """Make a plan for sequences of these lengths."""
        self._lengths, self._batch_size, self._seed = lengths, batch_size, seed
        self.steps_per_epoch = -(-len(lengths) // batch_size)
        self._epoch = functools.lru_cache(maxsize=2)(self._planned)

    def rows(self, step: int) -> Ints:
        """The sequences of a step; every epoch sees each once."""
        epoch, within = divmod(step, self.steps_per_epoch)
        return self._epoch(epoch)[within]

    def _planned(self, epoch: int) -> list[Ints]:
        order = permutation(len(self._lengths), self._seed, "text", epoch)
        pools = [order[i : i + _POOL * self._batch_size] for i in range(0, len(order), _POOL * self._batch_size)]
        ranked = [pool[np.argsort(-self._lengths[pool], kind="stable")] for pool in pools]
        batches = [p[i : i + self._batch_size] for p in ranked for i in range(0, len(p), self._batch_size)]
        return [batches[i] for i in permutation(len(batches), self._seed, "batches", epoch)]


@dataclass(frozen=True)
class MaskedBatch:
    """Sequences with some tokens hidden.

    Attributes:
        sequences: what the model sees.
        at: (hidden,) places of the tokens to be found, in ``sequences.ids``.
        gold: (hidden,) the tokens themselves.
    """

    sequences: Sequences
    at: Ints
    gold: Ints


def masked(sequences: Sequences, special: Ints, mask_id: int, vocab_size: int, *seed: object) -> MaskedBatch:
    """Hide 15 % of the tokens: of these 80 % become the mask, 10 % any token, 10 % stay (Devlin et al. 2019, 3.1).

    Args:
        sequences: a batch.
        special: ids that are never hidden nor put in another's place.
        mask_id: id of the mask token.
        vocab_size: number of ids.
        seed: what the choice depends on.
    """
    rng = np.random.default_rng(derived_seed(*seed))
    ordinary = np.flatnonzero(~np.isin(sequences.ids, special))
    at = ordinary[rng.random(len(ordinary)) < _CHOSEN]
    gold = sequences.ids[at]
    how = rng.random(len(at))
    allowed = np.setdiff1d(np.arange(vocab_size), special)
    random = allowed[rng.integers(0, len(allowed), len(at))]
    ids = sequences.ids.copy()
    ids[at] = np.where(how < _MASKED, mask_id, np.where(how < _MASKED + _RANDOM, random, gold))
    return MaskedBatch(Sequences(ids, sequences.offsets, sequences.type_ids), at, gold)
