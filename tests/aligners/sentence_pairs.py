"""Sentence pairs as the aligners take them."""

from collections.abc import Sequence

import numpy as np

from xlt.aligners.cooccurrence import Bitext
from xlt.aligners.links import Links
from xlt.arrays import Ragged

Pair = tuple[list[str], list[str]]


def bitext(pairs: Sequence[Pair]) -> Bitext:
    """Words numbered as they come."""
    sides = []
    for side in (0, 1):
        numbers: dict[str, int] = {}
        words = [[numbers.setdefault(w, len(numbers)) for w in pair[side]] for pair in pairs]
        sides.append((Ragged.of(words, np.int32), len(numbers)))
    (src, src_types), (tgt, tgt_types) = sides
    return Bitext(src, tgt, src_types, tgt_types)


def links_of(sets: Sequence[set[tuple[int, int]]]) -> Links:
    """Sorted links out of a set for every sentence pair."""
    rows = [(s, i, j) for s, links in enumerate(sets) for i, j in sorted(links)]
    sentence, src, tgt = np.array(rows, np.int64).reshape(-1, 3).T.copy()
    return Links(sentence, src, tgt)


def sets_of(links: Links, sentences: int) -> list[set[tuple[int, int]]]:
    """A set of links for every sentence pair."""
    sets: list[set[tuple[int, int]]] = [set() for _ in range(sentences)]
    for s, i, j in zip(links.sentence.tolist(), links.src.tolist(), links.tgt.tolist(), strict=True):
        sets[s].add((i, j))
    return sets
