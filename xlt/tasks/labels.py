"""Gold and predicted labels of many sentences as whole numbers, ragged."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from xlt.arrays import Ints
from xlt.errors import XltError

NO_PREDICTION = -1


@dataclass(frozen=True)
class LabelPairs:
    """Gold and predicted labels, item after item; an item is a word, or a text of its own.

    Attributes:
        labels: names, sorted.
        gold: (items,) numbers of the names.
        predicted: (items,) numbers of the names, -1 where there is no prediction: an error, whatever the gold label.
        offsets: (sentences + 1,) where each sentence's items start.
    """

    labels: tuple[str, ...]
    gold: Ints
    predicted: Ints
    offsets: Ints

    @property
    def sentence(self) -> Ints:
        """(items,) the sentence of each item."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def pair_labels(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str | None]]) -> LabelPairs:
    """Number the labels of sentences; None is a word without prediction.

    Raises:
        XltError: a sentence without as many predictions as gold labels, or none of either.
    """
    lengths = [len(labels) for labels in gold]
    others = [len(labels) for labels in predicted]
    if lengths != others:
        if len(lengths) != len(others):
            raise XltError(f"{len(others):,} sentences are predicted, {len(lengths):,} have gold labels")
        bad = next(i for i, (n, m) in enumerate(zip(lengths, others, strict=True)) if n != m)
        raise XltError(f"sentence {bad}: {others[bad]} predictions for {lengths[bad]} gold labels")
    names = sorted({*chain.from_iterable(gold), *chain.from_iterable(predicted)} - {None}, key=str)
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)} | {None: NO_PREDICTION}
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))
    total = int(offsets[-1])
    return LabelPairs(
        labels=tuple(str(name) for name in names),
        gold=np.fromiter((number[name] for name in chain.from_iterable(gold)), np.int64, total),
        predicted=np.fromiter((number[name] for name in chain.from_iterable(predicted)), np.int64, total),
        offsets=offsets,
    )
