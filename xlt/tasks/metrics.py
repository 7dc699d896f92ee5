"""Metrics as counts per sentence and a function of their sums, so that intervals need no model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Floats, Ints
from xlt.stats.bootstrap import percentile_interval
from xlt.tasks.labels import LabelPairs
from xlt.tasks.options import Reading
from xlt.tasks.spans import find_spans, gold_spans, match_spans, read_tags


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        counts: whole numbers (sentences, k) that add up over sentences.
        value: from sums (..., k) to values (...); NaN where nothing was counted.
    """

    counts: Callable[[LabelPairs, Reading], Ints]
    value: Callable[[Floats], Floats]


@dataclass(frozen=True)
class Score:
    """One metric of one set of sentences: its value, the items counted, its interval (NaN below two sentences)."""

    metric: str
    value: float
    n: int
    low: float
    high: float


def score(
    pairs: LabelPairs,
    metrics: Sequence[str],
    reading: Reading = "conlleval",
    *,
    rng: np.random.Generator,
    resamples: int,
) -> list[Score]:
    """Scores with 95 % percentile intervals; the bootstrap draws sentences, the same for all metrics.

    Args:
        pairs: gold and predicted labels.
        metrics: names out of :data:`METRICS`.
        reading: how tags are read as spans.
        rng: source of the draws.
        resamples: number of bootstrap samples; 0 for no intervals.
    """
    chosen = [METRICS[name] for name in metrics]
    made = {m.counts: m.counts(pairs, reading) for m in chosen}
    widths = np.cumsum([0, *(counts.shape[1] for counts in made.values())])
    at = {key: slice(a, b) for key, a, b in zip(made, widths[:-1], widths[1:], strict=True)}
    counts = np.concatenate(list(made.values()), axis=1)

    def values(sums: Floats) -> Floats:
        return np.stack([m.value(sums[..., at[m.counts]]) for m in chosen], axis=-1)

    point = values(counts.sum(axis=0).astype(np.float64))
    low, high = percentile_interval(counts, values, rng, resamples=resamples)
    ends = zip(metrics, point.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Score(metric=name, value=value, n=len(pairs.gold), low=a, high=b) for name, value, a, b in ends]


def hit_counts(pairs: LabelPairs, reading: Reading = "conlleval") -> Ints:
    """(sentences, 2): items with the right label, items."""
    return np.stack([_per_sentence(pairs, pairs.gold == pairs.predicted), np.diff(pairs.offsets)], axis=1)


def class_counts(pairs: LabelPairs, reading: Reading = "conlleval") -> Ints:
    """(sentences, 3 x labels): hits, gold and predicted items of each label."""
    sentence, sentences, size = pairs.sentence, len(pairs.offsets) - 1, len(pairs.labels)
    hit, given = pairs.gold == pairs.predicted, pairs.predicted >= 0
    taken = [(pairs.gold, hit), (pairs.gold, slice(None)), (pairs.predicted, given)]
    counts = [np.bincount(sentence[rows] * size + label[rows], minlength=sentences * size) for label, rows in taken]
    return np.stack(counts).reshape(3, sentences, size).swapaxes(0, 1).reshape(sentences, 3 * size)


def span_counts(pairs: LabelPairs, reading: Reading = "conlleval") -> Ints:
    """(sentences, 3): spans found as they should be, gold spans, predicted spans."""
    tags = read_tags(pairs.labels)
    gold = gold_spans(tags, pairs)
    predicted = find_spans(tags, pairs.predicted, pairs.offsets, reading)
    right = match_spans(gold, predicted, len(pairs.gold))
    sentence, size = pairs.sentence, len(pairs.offsets) - 1
    starts = (predicted.start[right], gold.start, predicted.start)
    return np.stack([np.bincount(sentence[at], minlength=size) for at in starts], axis=1)


def type_counts(pairs: LabelPairs, reading: Reading) -> tuple[tuple[str, ...], Ints]:
    """Types of spans, and (types, 3): spans found as they should be, gold spans, predicted spans of each."""
    tags = read_tags(pairs.labels)
    gold = gold_spans(tags, pairs)
    predicted = find_spans(tags, pairs.predicted, pairs.offsets, reading)
    right = match_spans(gold, predicted, len(pairs.gold))
    kinds = (predicted.kind[right], gold.kind, predicted.kind)
    return tags.types, np.stack([np.bincount(kind, minlength=len(tags.types)) for kind in kinds], axis=1)


def confusion(pairs: LabelPairs) -> Ints:
    """(labels, labels + 1): items by gold and predicted label; the last column is for items without prediction."""
    size = len(pairs.labels)
    predicted = np.where(pairs.predicted < 0, size, pairs.predicted)
    return np.bincount(pairs.gold * (size + 1) + predicted, minlength=size * (size + 1)).reshape(size, size + 1)


def precision(sums: Floats) -> Floats:
    """Share of what was predicted that is right, from (..., 3) hits, gold, predicted; 0 where nothing was predicted."""
    return _ratio(sums[..., 0], sums[..., 2], 0.0)


def recall(sums: Floats) -> Floats:
    """Share of gold that was found, from (..., 3) hits, gold, predicted; 0 where there is no gold."""
    return _ratio(sums[..., 0], sums[..., 1], 0.0)


def f1(sums: Floats) -> Floats:
    """Harmonic mean of precision and recall over all spans (micro average), from (..., 3) hits, gold, predicted.

    0 where there is neither a gold nor a predicted span, as in conlleval and seqeval.
    """
    return _ratio(2 * sums[..., 0], sums[..., 1] + sums[..., 2], 0.0)


def accuracy(sums: Floats) -> Floats:
    """Share of items with the right label, from (..., 2) hits and items."""
    return _ratio(sums[..., 0], sums[..., 1], np.nan)


def macro_f1(sums: Floats) -> Floats:
    """Mean of the labels' F1, from (..., 3 x labels) hits, gold, predicted.

    The mean is over the labels that occur in gold or prediction, as in scikit-learn's ``f1_score(average="macro")``; a
    label that is only predicted, or never right, counts as 0. In a resample it is over those that occur there.
    """
    hits, gold, predicted = np.split(sums, 3, axis=-1)
    occurs = (gold + predicted) > 0
    return _ratio((_ratio(2 * hits, gold + predicted, 0.0) * occurs).sum(axis=-1), occurs.sum(axis=-1), np.nan)


METRICS = {
    "accuracy": Metric(hit_counts, accuracy),
    "macro_f1": Metric(class_counts, macro_f1),
    "f1": Metric(span_counts, f1),
    "precision": Metric(span_counts, precision),
    "recall": Metric(span_counts, recall),
}


def _per_sentence(pairs: LabelPairs, flags: Bools) -> Ints:
    return np.bincount(pairs.sentence[flags], minlength=len(pairs.offsets) - 1)


def _ratio(above: Floats, below: Floats, otherwise: float) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(np.shape(below), otherwise), where=below > 0)
    return ratio
