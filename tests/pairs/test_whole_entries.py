"""Entries that the segmentation cuts, kept whole: by hand, and against a slow reference that knows no arrays."""

import random
from collections.abc import Sequence
from functools import partial

import pytest

from xlt.corpora.words import Tokens, segmentation
from xlt.pairs.segment import Fold
from xlt.pairs.whole_entries import WholeEntries, join_entries, whole_entries

CLASSES = segmentation("fr").segment


def joined(
    sentences: Sequence[str], whole: WholeEntries, fold: Fold | None = None, *, strip_marks: bool = False
) -> tuple[list[list[str]], int]:
    segment = segmentation("fr", strip_marks=strip_marks).segment
    tokens, count = join_entries(segment(sentences), sentences, whole, fold, strip_marks=strip_marks)
    return lists(tokens), count


def lists(tokens: Tokens) -> list[list[str]]:
    words = tokens.values.to_pylist()
    return [words[a:b] for a, b in zip(tokens.offsets[:-1], tokens.offsets[1:], strict=True)]


@pytest.mark.parametrize(
    ("sentence", "entries", "tokens"),
    [
        ("п'ять будинків", ["п'ять"], ["п'ять", "будинків"]),
        ("(aujourd'hui)", ["aujourd'hui"], ["(", "aujourd'hui", ")"]),
        ("in  New \t York.", ["New York"], ["in", "New York", "."]),
        ("a well-known-to-all man", ["well-known", "well-known-to-all"], ["a", "well-known-to-all", "man"]),
        # A beginning that leads nowhere does not hide what starts inside it.
        ("rock'n'pop'n'roll", ["rock'n'roll", "pop'n'roll"], ["rock", "'", "n", "'", "pop'n'roll"]),
        ("ab-ab-ab", ["ab-ab"], ["ab-ab", "-", "ab"]),
        # Blanks count, on both sides; so does case; and an entry takes no punctuation from its neighbours.
        ("well - known", ["well-known"], ["well", "-", "known"]),
        ("NewYork New-York", ["New York"], ["NewYork", "New", "-", "York"]),
        ("New York", ["new york"], ["New", "York"]),
        ("an example, yes", ["example,", "-"], ["an", "example", ",", "yes"]),
        ("e\u0301te\u0301-la\u0300", ["\u00e9t\u00e9-l\u00e0"], ["\u00e9t\u00e9-l\u00e0"]),
    ],
)
def test_by_hand(sentence: str, entries: list[str], tokens: list[str]) -> None:
    assert joined([sentence], whole_entries(entries))[0] == [tokens]


def test_text_is_compared_folded_and_stays_as_it_is() -> None:
    tokens, count = joined(["", "NEW York, AUJOURD'HUI", "York"], whole_entries(["new york", "aujourd'hui"]), str.lower)
    assert tokens == [[], ["NEW York", ",", "AUJOURD'HUI"], ["York"]]
    assert count == 2


def test_vowel_signs_are_gone_before_entries_are_sought() -> None:
    text = "\u0643\u064e\u062a\u064e\u0628-\u0643\u062a"
    assert joined([text], whole_entries(["\u0643\u062a\u0628-\u0643\u062a"]), strip_marks=True) == (
        [["\u0643\u062a\u0628-\u0643\u062a"]], 1,
    )  # fmt: skip


def test_chinese_that_the_cutter_cuts_in_its_context() -> None:
    sentence = "\u4ed6\u7684\u4e66"
    segment = segmentation("zh").segment
    assert lists(segment([sentence])) == [["\u4ed6", "\u7684", "\u4e66"]]
    tokens, _ = join_entries(segment([sentence]), [sentence], whole_entries(["\u4ed6\u7684"]), None, strip_marks=False)
    assert lists(tokens) == [["\u4ed6\u7684", "\u4e66"]]


def slow(sentence: str, entries: Sequence[str]) -> list[str]:
    # From left to right the longest entry that begins and ends where tokens do.
    tokens = lists(CLASSES([sentence]))[0]
    spelled: list[str] = []
    while tokens:
        text, best = sentence.lstrip(), 1
        for n in range(2, len(tokens) + 1):
            for entry in entries:
                fits = lists(CLASSES([entry]))[0] == tokens[:n] and text.startswith(entry)
                best = n if fits and sum(t.isalnum() for t in tokens[:n]) > 1 else best
        start = sentence.index(tokens[0])
        end = start
        for token in tokens[:best]:
            end = sentence.index(token, end) + len(token)
        spelled.append(sentence[start:end])
        sentence, tokens = sentence[end:], tokens[best:]
    return spelled


def test_as_the_slow_reference() -> None:
    draw = random.Random(3)
    text = partial(draw.choices, ["a-", "b-", "a ", "b ", "a", "-"])
    joins = 0
    for _ in range(60):
        entries = [" ".join("".join(text(k=draw.randint(2, 4))).split()) for _ in range(6)]
        # A run of blanks is one blank: none here, so that the reference may compare letter by letter.
        sentences = [" ".join("".join(text(k=12)).split()) for _ in range(5)]
        tokens, count = joined(sentences, whole_entries(entries))
        assert tokens == [slow(sentence, entries) for sentence in sentences]
        joins += count
    assert joins > 100
