"""Which sentence pairs of a corpus are taken: a slice, the first N, a random N, a held-out part, one shard of many."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.corpora.parallel import Corpus
from xlt.errors import OptionError

_ROWS = re.compile(r"(-?[0-9]{1,18})?:(-?[0-9]{1,18})?", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """What to take.

    Attributes:
        rows: (start, stop) of a slice as Python has it, before everything else: negative ones count from the end, None
            is the beginning or the end.
        limit: the first so many sentence pairs of these.
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
    rows: tuple[int | None, int | None] = (None, None)


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


def parse_rows(text: str) -> tuple[int | None, int | None]:
    """``"-2048:-1024"`` to ``(-2048, -1024)``; a side that is left out is None.

    Raises:
        OptionError: not of the form A:B.
    """
    match = _ROWS.fullmatch(text)
    if match is None:
        raise OptionError("rows", f"{text}: write A:B as a slice of Python, such as 0:1000, -1024: or -2048:-1024")
    start, stop = (None if side is None else int(side) for side in match.groups())
    return start, stop


def chosen_blocks(corpus: Corpus, choice: Choice) -> Iterator[Block]:
    """The chosen sentence pairs in corpus order; their numbers are those of the corpus, whatever is chosen.

    A draw, and a slice that counts from the end, reads the corpus once more; memory: 16 bytes a sentence of a draw.

    Raises:
        OptionError: there are fewer sentence pairs than a draw takes.
    """
    start, stop = _slice(corpus, choice)
    taken = held_out = None
    if choice.sample is not None or choice.hold_out is not None:
        taken, held_out = _draw(corpus, choice, start, stop)
    for first, src, tgt in _sliced(corpus, start, stop):
        ids = np.arange(first, first + len(src))
        keep = np.ones(len(ids), np.bool_) if taken is None else taken[ids - start]
        if choice.shard is not None:
            index, count = choice.shard
            keep &= ids % count == index - 1
        if not keep.all():
            rows = np.flatnonzero(keep)
            src, tgt = [src[i] for i in rows], [tgt[i] for i in rows]
            ids = ids[rows]
        if len(ids):
            yield Block(ids, src, tgt, np.zeros(len(ids), np.bool_) if held_out is None else held_out[ids - start])


def _slice(corpus: Corpus, choice: Choice) -> tuple[int, int | None]:
    # Where the sentence pairs begin and end that all other choices are made of; None: with the corpus.
    start, stop = choice.rows
    if (start or 0) < 0 or (stop or 0) < 0:
        start, stop, _ = slice(start, stop).indices(sum(len(src) for src, _ in corpus.read()))
    start = start or 0
    if choice.limit is not None:
        stop = start + choice.limit if stop is None else min(stop, start + choice.limit)
    return start, stop


def _sliced(corpus: Corpus, start: int, stop: int | None) -> Iterator[tuple[int, list[str], list[str]]]:
    # Batches of the slice, each with the number of its first sentence pair; nothing is read behind its end.
    first = 0
    if stop is not None and stop <= start:
        return
    for src, tgt in corpus.read():
        low = min(max(start - first, 0), len(src))
        high = len(src) if stop is None else min(stop - first, len(src))
        if low < high:
            yield first + low, src[low:high], tgt[low:high]
        first += len(src)
        if stop is not None and first >= stop:
            return


def _draw(corpus: Corpus, choice: Choice, start: int, stop: int | None) -> tuple[Bools, Bools]:
    # Of the slice, (sentence pairs,) which are taken, and which set aside.
    key = choice.seed.to_bytes(8, "little", signed=False)
    blocks = [
        np.fromiter((_priority(key, s) for s in src), np.uint64, len(src)) for _, src, _ in _sliced(corpus, start, stop)
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
