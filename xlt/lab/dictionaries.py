"""Dictionaries out of gold links: each word form with the forms that translate it, frequent words first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Ints

# MUSE publishes 6,500 source words as 5,000 for training and 1,500 for testing, by falling frequency.
_TRAIN, _ALL = 10, 13


@dataclass(frozen=True)
class Translations:
    """Different pairs of forms and how often they are linked.

    Attributes:
        src: (pairs,) forms of the source.
        tgt: (pairs,).
        counts: (pairs,).
    """

    src: Ints
    tgt: Ints
    counts: Ints


def count_pairs(parts: Iterable[tuple[Ints, Ints]]) -> Translations:
    """Count linked forms over parts of a text; memory: O(links)."""
    src, tgt = (np.concatenate(side) for side in zip(*parts, strict=True))
    width = int(tgt.max()) + 1
    keys, counts = np.unique(src * width + tgt, return_counts=True)
    return Translations(keys // width, keys % width, counts)


def reversed_pairs(pairs: Translations) -> Translations:
    """The same pairs in the other direction."""
    return Translations(pairs.tgt, pairs.src, pairs.counts)


def chosen(pairs: Translations, rows: Bools) -> Translations:
    """The pairs where ``rows`` (pairs,) is true."""
    return Translations(pairs.src[rows], pairs.tgt[rows], pairs.counts[rows])


def training_words(pairs: Translations) -> Ints:
    """The source forms of the training dictionary: ten thirteenths, by falling frequency, as in MUSE."""
    ranked = _ranked(pairs)
    return ranked[: len(ranked) * _TRAIN // _ALL]


def entry_lines(pairs: Translations, src_forms: Sequence[str], tgt_forms: Sequence[str]) -> str:
    """Lines of source, blank, target: source words by falling frequency, their translations likewise."""
    ranked = _ranked(pairs)
    rank = np.zeros(int(ranked.max(initial=0)) + 1, np.int64)
    rank[ranked] = np.arange(len(ranked))
    order = np.lexsort((pairs.tgt, -pairs.counts, rank[pairs.src]))
    lines = zip(pairs.src[order].tolist(), pairs.tgt[order].tolist(), strict=True)
    return "".join(f"{src_forms[s]} {tgt_forms[t]}\n" for s, t in lines)


def _ranked(pairs: Translations) -> Ints:
    # Source forms by falling frequency, forms of equal frequency by number.
    forms, which = np.unique(pairs.src, return_inverse=True)
    frequency = np.zeros(len(forms), np.int64)
    np.add.at(frequency, which, pairs.counts)
    return forms[np.lexsort((forms, -frequency))]
