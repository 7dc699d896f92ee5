"""Masked language modelling: lines as sequences, batches of like length, masks, and the term of the loss."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from xlt.arrays import Ints, Ragged, offsets
from xlt.encoders.batches import padded
from xlt.encoders.texts import tokenise_texts
from xlt.training.loop import Random
from xlt.training.order import derived_seed, permutation
from xlt.training.parallel import Processes
from xlt.training.sequences import Arithmetic, share

_SLICE = 8192
# Batches between which sequences are sorted by length: padding goes down, chance stays.
_POOL = 64

_CHOSEN, _MASKED, _RANDOM = 0.15, 0.8, 0.1


@dataclass(frozen=True)
class Sequences:
    """Sequences for the model, special tokens included.

    Attributes:
        ids: token ids.
        type_ids: segment of each token.
    """

    ids: Ragged[np.int64]
    type_ids: Ragged[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> "Sequences":
        """Some of the sequences."""
        return Sequences(self.ids.take(rows), self.type_ids.take(rows))

    @staticmethod
    def join(parts: "Sequence[Sequences]") -> "Sequences":
        """The sequences of all parts, one after the other."""
        return Sequences(Ragged.join([p.ids for p in parts]), Ragged.join([p.type_ids for p in parts]))


def line_sequences(tokenizer: Any, lines: Sequence[str], max_length: int) -> Sequences:
    """Each line as one sequence; one above ``max_length`` subwords goes on in the next. Empty lines give none."""
    room = max_length - 2
    parts: list[Ragged[np.int64]] = []
    for i in range(0, len(lines), _SLICE):
        tokens = tokenizer(
            list(lines[i : i + _SLICE]),
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        parts.append(Ragged.of(tokens, np.int64))
    whole = Ragged.join(parts)
    length = whole.lengths
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
    ids[inner] = whole.values
    return Sequences(Ragged(ids, starts), Ragged(np.zeros(len(ids), np.int64), starts))


def pair_sequences(tokenizer: Any, first: Sequence[str], second: Sequence[str], max_length: int) -> Sequences:
    """Each sentence pair as one sequence, for translation language modelling (Conneau and Lample 2019, section 3.4)."""
    inputs = tokenise_texts(tokenizer, first, second, max_length)
    types = np.zeros(len(inputs.tokens.values), np.int64) if inputs.type_ids is None else inputs.type_ids
    return Sequences(inputs.tokens, Ragged(types, inputs.tokens.offsets))


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
        at: (hidden,) places of the tokens to be found, in the values of ``sequences.ids``.
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
    shown = sequences.ids.values.copy()
    ordinary = np.flatnonzero(~np.isin(shown, special))
    at = ordinary[rng.random(len(ordinary)) < _CHOSEN]
    gold = shown[at]
    how = rng.random(len(at))
    allowed = np.setdiff1d(np.arange(vocab_size), special)
    random = allowed[rng.integers(0, len(allowed), len(at))]
    shown[at] = np.where(how < _MASKED, mask_id, np.where(how < _MASKED + _RANDOM, random, gold))
    return MaskedBatch(Sequences(Ragged(shown, sequences.ids.offsets), sequences.type_ids), at, gold)


def logits_at(model: Any, inputs: dict[str, torch.Tensor], places: torch.Tensor) -> torch.Tensor:
    """The logits of some tokens alone, by the model's own head: the vocabulary is by far the largest product.

    The model runs as it is; what its transformer says of all other tokens is left out before the head sees it.

    Args:
        model: of transformers, with the head of masked language modelling.
        inputs: of the model, (n, width).
        places: (tokens,) int64, counted row after row.

    Returns:
        (tokens, vocabulary).
    """

    def only(module: torch.nn.Module, arguments: Any, output: Any) -> Any:
        hidden = output.last_hidden_state
        output.last_hidden_state = hidden.reshape(-1, hidden.shape[-1]).index_select(0, places)
        return output

    hook = model.base_model.register_forward_hook(only)
    try:
        logits: torch.Tensor = model(**inputs, return_dict=True).logits
    finally:
        hook.remove()
    return logits


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
        world: Processes,
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

    def batch(self, step: int) -> MaskedBatch:
        """The sequences of a step, masked."""
        chosen = self._sequences.take(self._plan.rows(step))
        return masked(chosen, self._special, self._mask_id, self._vocab_size, self._seed, "mask", step)

    def backward(self, batch: MaskedBatch, random: Random) -> tuple[torch.Tensor, int]:
        """See :class:`xlt.training.loop.Term`."""
        device, starts = self._arithmetic.device, batch.sequences.ids.offsets
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
        ids, device = batch.sequences.ids, self._arithmetic.device
        inputs = padded(ids, rows, self._pad_id, device, batch.sequences.type_ids.values)
        places = torch.from_numpy(row * inputs["input_ids"].shape[1] + column).to(device)
        with random(i), self._arithmetic.context():
            logits = logits_at(self._model, inputs, places)
        gold = torch.from_numpy(batch.gold[here]).to(device)
        return torch.nn.functional.cross_entropy(logits.float(), gold, reduction="sum")
