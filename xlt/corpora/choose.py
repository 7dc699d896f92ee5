"""Which sentence pairs of a corpus are taken: the first N, a random N, a held-out part, one shard of many."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.corpora.parallel import Corpus
from xlt.errors import OptionError


@dataclass(frozen=True)
class Choice:
    """What to take.

    Attributes:
        limit: the first so many sentence pairs of the corpus.
        sample: so many of these, drawn without replacement.
        hold_out: so many of these are set aside; every copy of a held-out source sentence goes with it.
        shard: (i, n), from 1: the sentence pairs whose number leaves the remainder i - 1 when divided by n.
        seed: of the draws, which depend on nothing else but the source sentences and their numbers.
    """

    limit: int | None = None
    sample: int | None = None
    hold_out: int | None = None
    shard: tuple[int, int] | None = None
    seed: int = 42


@dataclass(frozen=True)
class Block:
    """Sentence pairs with their numbers in the corpus; ``held_out`` marks those to be set aside."""

    ids: Ints
    src: list[str]
    tgt: list[str]
    held_out: Bools


def parse_shard(text: str) -> tuple[int, int]:
    """``"2/8"`` to ``(2, 8)``.

    Raises:
        OptionError: not of the form I/N with 1 <= I <= N.
    """
    first, slash, second = text.partition("/")
    if slash and first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second) < 2**31:
        return int(first), int(second)
    raise OptionError("shard", f"{text}: write I/N with 1 <= I <= N, such as 2/8")


def chosen_blocks(corpus: Corpus, choice: Choice) -> Iterator[Block]:
    """The chosen sentence pairs in corpus order. A draw reads the corpus twice; memory then: 16 bytes a sentence."""
    taken = held_out = None
    if choice.sample is not None or choice.hold_out is not None:
        taken, held_out = _draw(corpus, choice)
    start = 0
    for src, tgt in corpus.read():
        if choice.limit is not None and start + len(src) > choice.limit:
            src, tgt = src[: choice.limit - start], tgt[: choice.limit - start]
        ids = np.arange(start, start + len(src))
        keep = np.ones(len(ids), np.bool_) if taken is None else taken[ids]
        if choice.shard is not None:
            index, count = choice.shard
            keep &= ids % count == index - 1
        if not keep.all():
            rows = np.flatnonzero(keep)
            src, tgt = [src[i] for i in rows], [tgt[i] for i in rows]
            ids = ids[rows]
        if len(ids):
            yield Block(ids, src, tgt, np.zeros(len(ids), np.bool_) if held_out is None else held_out[ids])
        start += len(keep)
        if choice.limit is not None and start >= choice.limit:
            return


def _draw(corpus: Corpus, choice: Choice) -> tuple[Bools, Bools]:
    key = choice.seed.to_bytes(8, "little", signed=False)
    blocks = [
        np.fromiter((_priority(key, s) for s in block.src), np.uint64, len(block.src))
        for block in chosen_blocks(corpus, Choice(limit=choice.limit))
    ]
    by_text = np.concatenate(blocks) if blocks else np.empty(0, np.uint64)
    total = len(by_text)
    taken = np.ones(total, np.bool_)
    if choice.sample is not None:
        _check_enough("sample", choice.sample, total)
        rows = np.random.default_rng(choice.seed).permutation(total)[choice.sample :]
        taken[rows] = False
    held_out = np.zeros(total, np.bool_)
    if choice.hold_out is not None:
        _check_enough("hold_out", choice.hold_out, int(taken.sum()))
        highest = np.partition(by_text[taken], choice.hold_out - 1)[choice.hold_out - 1]
        held_out = taken & (by_text <= highest)
    return taken, held_out


def _check_enough(option: str, asked: int, total: int) -> None:
    if asked > total:
        raise OptionError(option, f"{asked:,}: there are only {total:,} sentence pairs")


def _priority(key: bytes, sentence: str) -> int:
    return int.from_bytes(hashlib.blake2b(sentence.encode(), digest_size=8, key=key).digest(), "little")
