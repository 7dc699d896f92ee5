"""Spans in both readings against the published rules, and values from the scorers' own documentation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tasks.references import Span, conlleval_spans, repaired, strict_spans
from xlt.errors import XltError
from xlt.tasks.labels import pair_labels
from xlt.tasks.options import Reading
from xlt.tasks.spans import check_bio, find_spans, gold_spans, inside_starts, match_spans, read_tags, repair_bio

TAGS = ["O", "B-X", "I-X", "B-Y", "I-Y", "B-a-b", "I-a-b"]
SENTENCES = st.lists(st.lists(st.sampled_from(TAGS), max_size=7), max_size=5)


def spans(sentences: list[list[str]], reading: Reading) -> list[set[Span]]:
    """Spans of each sentence, counted from its start."""
    pairs = pair_labels(sentences, sentences)
    tags = read_tags(pairs.labels)
    found = find_spans(tags, pairs.gold, pairs.offsets, reading)
    sentence = pairs.sentence[found.start]
    by_sentence: list[set[Span]] = [set() for _ in sentences]
    for start, stop, kind, i in zip(found.start, found.stop, found.kind, sentence, strict=True):
        base = int(pairs.offsets[i])
        by_sentence[i].add((int(start) - base, int(stop) - base, tags.types[kind]))
    return by_sentence


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-X I-X O B-Y", {(0, 2, "X"), (3, 4, "Y")}, {(0, 2, "X"), (3, 4, "Y")}),
        ("I-X I-X O", {(0, 2, "X")}, set()),
        ("B-X B-X", {(0, 1, "X"), (1, 2, "X")}, {(0, 1, "X"), (1, 2, "X")}),
        ("B-X I-Y I-Y", {(0, 1, "X"), (1, 3, "Y")}, {(0, 1, "X")}),
        ("B-X I-Y I-X", {(0, 1, "X"), (1, 2, "Y"), (2, 3, "X")}, {(0, 1, "X")}),
        ("O I-X B-X I-X", {(1, 2, "X"), (2, 4, "X")}, {(2, 4, "X")}),
        ("B I O I", {(0, 2, ""), (3, 4, "")}, {(0, 2, "")}),
        ("O O", set(), set()),
    ],
)
def test_by_hand(tags: str, lenient: set[Span], strict: set[Span]) -> None:
    sentence = tags.split()
    assert spans([sentence], "conlleval") == [lenient]
    assert spans([sentence], "iob2:strict") == [strict]


def test_no_span_runs_over_the_end_of_a_sentence() -> None:
    sentences = [["O", "B-X"], ["I-X"], [], [], ["I-X", "I-X"]]
    assert spans(sentences, "conlleval") == [{(1, 2, "X")}, {(0, 1, "X")}, set(), set(), {(0, 2, "X")}]
    assert spans(sentences, "iob2:strict") == [{(1, 2, "X")}, set(), set(), set(), set()]


@settings(max_examples=300, deadline=None)
@given(SENTENCES)
def test_against_the_rules(sentences: list[list[str]]) -> None:
    assert spans(sentences, "conlleval") == [conlleval_spans(tags) for tags in sentences]
    assert spans(sentences, "iob2:strict") == [strict_spans(tags) for tags in sentences]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=9))
def test_matches_are_the_spans_that_both_have(tags: list[tuple[str, str]]) -> None:
    gold, predicted = [a for a, _ in tags], [b for _, b in tags]
    pairs = pair_labels([gold], [predicted])
    read = read_tags(pairs.labels)
    one, other = (find_spans(read, labels, pairs.offsets, "conlleval") for labels in (pairs.gold, pairs.predicted))
    right = match_spans(one, other, len(tags))
    assert len(right) == len(other.start)
    assert right.sum() == len(conlleval_spans(gold) & conlleval_spans(predicted))


def test_words_without_prediction_are_outside() -> None:
    pairs = pair_labels([["B-X", "I-X", "I-X"]], [["B-X", None, "I-X"]])
    found = find_spans(read_tags(pairs.labels), pairs.predicted, pairs.offsets, "conlleval")
    assert (found.start.tolist(), found.stop.tolist()) == ([0, 2], [1, 3])


def test_labels_that_are_no_tags() -> None:
    tags = read_tags(["B-X", "O", "Odd", "NoLabel", "I"])
    assert tags.part.tolist() == [1, 0, 0, 0, 2, 0]
    assert tags.types == ("", "X")
    check_bio(["O", "B-X", "I-a-b", "B", "NoLabel"], "x")
    for label in ("NOUN", "o", "E-X", "X-B", "BX", ""):
        with pytest.raises(XltError, match=f"^x.tsv: label '{label}' is no BIO tag"):
            check_bio(["O", label], "x.tsv")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O I-X I-X", "O B-X I-X"),
        ("I-X O I-Y", "B-X O B-Y"),
        ("B-X I-Y I-Z", "B-Z I-Z I-Z"),
        ("B-X I-X B-Y", "B-X I-X B-Y"),
        ("B-X I-Y B-X", "B-Y I-Y B-X"),
        ("I-X I-Y", "B-Y I-Y"),
        # A B- of the right type does not stop the code that the rule comes from.
        ("B-X B-Z I-Z", "B-Z B-Z I-Z"),
        ("B-Y B-X B-Z I-Z", "B-Y B-Z B-Z I-Z"),
    ],
)
def test_repair_by_hand(tags: str, expected: str) -> None:
    assert repaired(tags.split()) == expected.split()
    assert repair([tags.split()]) == [expected.split()]


def repair(sentences: list[list[str]]) -> list[list[str | None]]:
    gold = [["O"] * len(tags) for tags in sentences]
    pairs = repair_bio(pair_labels(gold, sentences))
    flat = [pairs.labels[i] if i >= 0 else None for i in pairs.predicted.tolist()]
    return [flat[a:b] for a, b in zip(pairs.offsets[:-1], pairs.offsets[1:], strict=True)]


@settings(max_examples=300, deadline=None)
@given(SENTENCES)
def test_repair_against_the_rules(sentences: list[list[str]]) -> None:
    found = repair(sentences)
    assert found == [repaired(tags) for tags in sentences]
    # What comes out is valid, so that both readings agree.
    clean = [[str(tag) for tag in tags] for tags in found]
    assert spans(clean, "conlleval") == spans(clean, "iob2:strict")


def test_repair_leaves_gold_and_words_without_prediction() -> None:
    pairs = repair_bio(pair_labels([["I-X", "O", "O"]], [["I-X", None, "I-X"]]))
    assert [pairs.labels[i] for i in pairs.gold.tolist()] == ["I-X", "O", "O"]
    assert pairs.predicted[1] == -1
    assert [pairs.labels[i] for i in pairs.predicted[[0, 2]].tolist()] == ["B-X", "B-X"]
    np.testing.assert_array_equal(repair_bio(pairs).predicted, pairs.predicted)


def test_gold_in_iob1_counts_in_full() -> None:
    gold = [["I-X", "B-X", "O", "I-Y"], ["B-X", "I-X"]]
    pairs = pair_labels(gold, gold)
    assert inside_starts(pairs) == (2, 4)
    assert len(gold_spans(read_tags(pairs.labels), pairs).start) == 4
    assert inside_starts(pair_labels([["O", "B-X", "I-X"]], [["O", "I-X", "O"]])) == (0, 1)
