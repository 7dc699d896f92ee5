"""Metrics against values that the established scorers document, and against loops."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tasks.references import conlleval_spans, macro_f1, strict_spans
from xlt.tasks.labels import LabelPairs, pair_labels
from xlt.tasks.metrics import METRICS, class_counts, confusion, score, span_counts, type_counts
from xlt.tasks.options import Reading

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y"]
LABELLED = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from([*TAGS, None])), min_size=1, max_size=6),
    min_size=1,
    max_size=5,
)


def value(name: str, pairs: LabelPairs, reading: Reading = "conlleval") -> float:
    metric = METRICS[name]
    return float(metric.value(metric.counts(pairs, reading).sum(axis=0).astype(np.float64)))


def test_the_example_of_seqeval() -> None:
    # Documented there: F1 0.50, accuracy 0.80.
    pairs = pair_labels(
        [["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]],
        [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]],
    )
    for reading in ("conlleval", "iob2:strict"):
        assert [value(m, pairs, reading) for m in ("f1", "precision", "recall")] == [0.5, 0.5, 0.5]
    assert value("accuracy", pairs) == 0.8


def test_the_example_of_seqeval_where_the_readings_differ() -> None:
    # Documented there: 1.00 by default, 0.00 with mode="strict", scheme=IOB2.
    pairs = pair_labels([["B-NP", "I-NP", "O"]], [["I-NP", "I-NP", "O"]])
    assert value("f1", pairs, "conlleval") == 1.0
    assert value("f1", pairs, "iob2:strict") == 0.0


def test_the_table_of_seqeval() -> None:
    # Its tests' values: A 1.00 0.50, B 1.00 1.00, C 0.00 0.00; micro average 0.67 0.67 0.67.
    pairs = pair_labels([["B-A", "B-B", "O", "B-A"]], [["O", "B-B", "B-C", "B-A"]])
    types, counts = type_counts(pairs, "conlleval")
    assert types == ("A", "B", "C")
    assert counts.tolist() == [[1, 2, 1], [1, 1, 1], [0, 0, 1]]
    assert METRICS["precision"].value(counts.astype(np.float64)).tolist() == [1, 1, 0]
    assert METRICS["recall"].value(counts.astype(np.float64)).tolist() == [0.5, 1, 0]
    assert [value(m, pairs) for m in ("f1", "precision", "recall")] == pytest.approx([2 / 3] * 3)


def test_the_example_of_scikit_learn() -> None:
    # f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], average="macro") is 0.26… there, accuracy 2 / 6.
    pairs = pair_labels([[x] for x in "012012"], [[x] for x in "021001"])
    assert value("macro_f1", pairs) == pytest.approx(0.8 / 3)
    assert value("accuracy", pairs) == pytest.approx(1 / 3)


def test_no_span_at_all_is_zero_as_in_the_scorers() -> None:
    pairs = pair_labels([["O", "O"]], [["O", "O"]])
    assert [value(m, pairs) for m in ("f1", "precision", "recall", "accuracy")] == [0, 0, 0, 1]


def test_no_word_has_no_value() -> None:
    pairs = pair_labels([], [])
    assert math.isnan(value("accuracy", pairs))
    assert math.isnan(value("macro_f1", pairs))
    assert [s.n for s in score(pairs, ["accuracy", "f1"], rng=np.random.default_rng(0), resamples=1000)] == [0, 0]


@settings(max_examples=200, deadline=None)
@given(LABELLED)
def test_against_loops(sentences: list[list[tuple[str, str | None]]]) -> None:
    gold = [[g for g, _ in s] for s in sentences]
    predicted = [[p for _, p in s] for s in sentences]
    pairs = pair_labels(gold, predicted)
    flat_gold, flat_predicted = list(chain.from_iterable(gold)), list(chain.from_iterable(predicted))
    hits = sum(g == p for g, p in zip(flat_gold, flat_predicted, strict=True))
    assert value("accuracy", pairs) == pytest.approx(hits / len(flat_gold))
    assert value("macro_f1", pairs) == pytest.approx(macro_f1(flat_gold, flat_predicted))
    readings: list[Reading] = ["conlleval", "iob2:strict"]
    for rule, reading in zip((conlleval_spans, strict_spans), readings, strict=True):
        # No gold span is dropped, whatever the reading.
        one = [conlleval_spans(tags) for tags in gold]
        other = [rule([tag or "O" for tag in tags]) for tags in predicted]
        counts = [[len(a & b), len(a), len(b)] for a, b in zip(one, other, strict=True)]
        assert span_counts(pairs, reading).tolist() == counts
        right, there, found = np.sum(counts, axis=0)
        precision, recall = right / found if found else 0, right / there if there else 0
        assert value("precision", pairs, reading) == pytest.approx(precision)
        assert value("recall", pairs, reading) == pytest.approx(recall)
        expected = 2 * precision * recall / (precision + recall) if right else 0
        assert value("f1", pairs, reading) == pytest.approx(expected)
        assert type_counts(pairs, reading)[1].sum(axis=0).tolist() == [right, there, found]


@settings(max_examples=50, deadline=None)
@given(LABELLED)
def test_the_confusion_table_holds_every_word(sentences: list[list[tuple[str, str | None]]]) -> None:
    pairs = pair_labels([[g for g, _ in s] for s in sentences], [[p for _, p in s] for s in sentences])
    table = confusion(pairs)
    names = [*pairs.labels, None]
    expected = np.zeros((len(pairs.labels), len(names)), int)
    for g, p in (pair for s in sentences for pair in s):
        expected[names.index(g), names.index(p)] += 1
    np.testing.assert_array_equal(table, expected)
    hits, gold, predicted = class_counts(pairs).sum(axis=0).reshape(3, -1)
    np.testing.assert_array_equal(hits, np.diag(table))
    np.testing.assert_array_equal(gold, table.sum(axis=1))
    np.testing.assert_array_equal(predicted, table.sum(axis=0)[:-1])


@settings(max_examples=50, deadline=None)
@given(LABELLED)
def test_a_sentence_counts_as_if_it_were_alone(sentences: list[list[tuple[str, str | None]]]) -> None:
    gold, predicted = [[g for g, _ in s] for s in sentences], [[p for _, p in s] for s in sentences]
    pairs = pair_labels(gold, predicted)
    alone = [pair_labels([g], [p]) for g, p in zip(gold, predicted, strict=True)]
    for name in ("accuracy", "f1"):
        counts = METRICS[name].counts(pairs, "conlleval")
        assert counts.dtype == np.int64
        np.testing.assert_array_equal(counts, [METRICS[name].counts(one, "conlleval")[0] for one in alone])
    by_label = class_counts(pairs).reshape(len(sentences), 3, -1)
    for counts, one in zip(by_label, alone, strict=True):
        at = [pairs.labels.index(label) for label in one.labels]
        np.testing.assert_array_equal(counts[:, at], class_counts(one).reshape(3, -1))
        assert counts.sum() == class_counts(one).sum()


def test_scores_share_the_draws_and_hold_the_value() -> None:
    rng = np.random.default_rng(0)
    gold = [[TAGS[i] for i in rng.integers(0, 5, 6)] for _ in range(80)]
    predicted = [[tag if rng.random() < 0.7 else "O" for tag in tags] for tags in gold]
    pairs = pair_labels(gold, predicted)
    together = score(
        pairs, ["f1", "precision", "recall", "accuracy", "macro_f1"], rng=np.random.default_rng(1), resamples=1000
    )
    alone = score(pairs, ["accuracy"], rng=np.random.default_rng(1), resamples=1000)
    assert together[3] == alone[0]
    for s in together:
        assert s.value == value(s.metric, pairs)
        assert s.low < s.value < s.high
        assert s.n == 480
    # 80 sentences of six words: near the interval of the binomial, words being independent here.
    half = 1.96 * math.sqrt(alone[0].value * (1 - alone[0].value) / 480)
    assert alone[0].high - alone[0].low == pytest.approx(2 * half, rel=0.15)


def test_one_sentence_has_no_interval() -> None:
    (found,) = score(pair_labels([["O"]], [["O"]]), ["accuracy"], rng=np.random.default_rng(0), resamples=1000)
    assert (found.value, found.n) == (1.0, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
