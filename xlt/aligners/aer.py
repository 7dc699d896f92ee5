"""Alignment error rate against gold links, sure and possible (Och and Ney 2003)."""

import numpy as np

from xlt.aligners.links import Links
from xlt.arrays import Bools, Floats, Ints

METRICS = ("aer", "precision", "recall", "f1")


def match_counts(links: Links, gold: Links, sure: Bools, sentences: int) -> Ints:
    """What counts, sentence by sentence.

    Args:
        links: A, of the aligner, each once.
        gold: P, sure and possible gold links, each once.
        sure: which of ``gold`` are sure (S); the others are possible alone.
        sentences: how many sentence pairs there are.

    Returns:
        (sentences, 4) int64: |A|, |S|, |A ∩ S|, |A ∩ P|.
    """
    linked = set(_keys(links))
    hit = np.fromiter((key in linked for key in _keys(gold)), np.bool_, len(gold))
    counted = (links.sentence, gold.sentence[sure], gold.sentence[hit & sure], gold.sentence[hit])
    return np.stack([np.bincount(rows, minlength=sentences) for rows in counted], axis=1).astype(np.int64)


def _keys(links: Links) -> list[tuple[int, int, int]]:
    return list(zip(links.sentence.tolist(), links.src.tolist(), links.tgt.tolist(), strict=True))


def quality(sums: Floats) -> Floats:
    """The metrics of summed counts.

    Precision is the share of links that are possible, recall the share of sure gold links that are found, and
    AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|).

    Args:
        sums: (r, 4) sums of ``match_counts``.

    Returns:
        (r, 4) in the order of ``METRICS``, from 0 to 1; NaN where there is nothing to divide by.
    """
    links, sure, hit_sure, hit_possible = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hit_possible / links, hit_sure / sure
        total = precision + recall
        f1 = np.where(total > 0, 2 * precision * recall / total, total)
        aer = 1.0 - (hit_sure + hit_possible) / (links + sure)
    return np.stack([aer, precision, recall, f1], axis=1)
