"""Dictionary pairs against the definition, spelled out slowly (gaschi2023, section 3.2)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.aligners.dictionary import MANY, dictionary_links, word_table
from xlt.arrays import Ragged

Entry = tuple[str, str]
Pair = tuple[list[str], list[str]]
Link = tuple[int, int, int]


def reference(entries: list[Entry], source: list[str], target: list[str]) -> list[tuple[int, int]]:
    by_the_rule = []
    for i, word in enumerate(source):
        translations = {t for s, t in entries if s == word}
        occurring = translations & set(target)
        if len(occurring) != 1:
            continue
        (translation,) = occurring
        places = [j for j, w in enumerate(target) if w == translation]
        holders = [k for k, w in enumerate(source) if (w, translation) in entries]
        if len(places) == 1 and len(holders) == 1:
            by_the_rule.append((i, places[0]))
    return by_the_rule


def links(entries: list[Entry], sentences: list[Pair], at_once: int = 1 << 22, most: int = MANY) -> list[Link]:
    table = word_table(entries)
    src, tgt = (
        Ragged.of([[ids.get(w, -1) for w in pair[side]] for pair in sentences], np.int64)
        for side, ids in ((0, table.src_ids), (1, table.tgt_ids))
    )
    paired = dictionary_links(table, src, tgt, at_once=at_once, most=most)
    return list(zip(paired.sentence.tolist(), paired.src.tolist(), paired.tgt.tolist(), strict=True))


def one(entries: list[Entry], source: str, target: str) -> list[tuple[int, int]]:
    return [(i, j) for _, i, j in links(entries, [(source.split(), target.split())])]


# Few words, many of them ambiguous and repeated; x and y stand in no dictionary.
source_words, target_words = st.sampled_from("abcdex"), st.sampled_from("ABCDEy")
entries_ = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("ABCDE")), max_size=9)
sentences_ = st.lists(st.tuples(st.lists(source_words, max_size=7), st.lists(target_words, max_size=7)), max_size=5)


@settings(max_examples=500, deadline=None)
@given(entries_, sentences_, st.integers(0, 4))
def test_against_the_definition(entries: list[Entry], sentences: list[Pair], most: int) -> None:
    expected = [(n, i, j) for n, (s, t) in enumerate(sentences) for i, j in reference(entries, s, t)]
    assert links(entries, sentences) == expected
    # Words with more than so many translations are sought the other way round.
    assert links(entries, sentences, most=most) == expected
    assert links(entries, sentences, most=most, at_once=3) == expected


@settings(max_examples=100, deadline=None)
@given(entries_, sentences_, st.integers(1, 4))
def test_block_boundaries_do_not_matter(entries: list[Entry], sentences: list[Pair], size: int) -> None:
    blocks = [
        (n + start, i, j)
        for start in range(0, len(sentences), size)
        for n, i, j in links(entries, sentences[start : start + size])
    ]
    assert blocks == links(entries, sentences)
    assert links(entries, sentences, at_once=size) == links(entries, sentences)


@settings(max_examples=100, deadline=None)
@given(entries_, sentences_, st.randoms())
def test_the_order_and_repetition_of_entries_do_not_matter(
    entries: list[Entry], sentences: list[Pair], draw: "np.random.Generator"
) -> None:
    shuffled = entries * 2
    draw.shuffle(shuffled)
    assert links(shuffled, sentences) == links(entries, sentences)


def test_many_sentences_at_once() -> None:
    # More keys than the first bitmap has bits, and a vocabulary in which most candidates do not occur.
    draw = np.random.default_rng(0)
    entries = [(f"s{a}", f"t{b}") for a, b in draw.integers(0, 300, (2000, 2))]
    sides = [[[f"{side}{w}" for w in draw.integers(0, 330, 12)] for _ in range(400)] for side in "st"]
    sentences = list(zip(*sides, strict=True))
    known = set(entries)
    expected = [(n, i, j) for n, (s, t) in enumerate(sentences) for i, j in reference(list(known), s, t)]
    assert len(expected) > 300
    assert links(entries, sentences) == expected


CAT = [("cat", "chat"), ("cat", "minou"), ("dog", "chien"), ("hound", "chien")]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("the cat", "le chat", [(1, 1)]),
        ("cat dog", "chien chat", [(0, 1), (1, 0)]),
        # 1. exactly one distinct translation of the word occurs
        ("the cat", "un minou", [(1, 1)]),
        ("the cat", "le chat minou", []),
        # 2. it occurs once
        ("the cat", "chat et chat", []),
        # 3. one source position alone holds a translation of it: two words, or the same twice
        ("dog and hound", "le chien", []),
        ("dog and dog", "le chien", []),
        # a position that is itself ambiguous still spoils condition 3 for the other word
        ("dog cat", "chien chat", [(0, 0), (1, 1)]),
        ("cat cat", "chat minou", []),
        ("the cat", "le bois", []),
        ("Cat", "chat", []),
        ("", "chat", []),
        ("cat", "", []),
        ("", "", []),
    ],
)
def test_by_hand(source: str, target: str, expected: list[tuple[int, int]]) -> None:
    assert one(CAT, source, target) == expected


def test_an_ambiguous_position_spoils_the_other_words_pair() -> None:
    # 'bank' has two translations here, so that it pairs with none; but it does hold one of 'rive'.
    entries = [("bank", "banque"), ("bank", "rive"), ("shore", "rive")]
    assert one(entries, "bank shore", "banque rive") == []
    assert one(entries, "river shore", "banque rive") == [(1, 1)]


def test_a_target_word_is_judged_in_its_own_sentence() -> None:
    entries = [("a", "A"), ("b", "B")]
    assert links(entries, [(["a"], ["A"]), (["a"], ["B"]), (["b"], ["A", "B"])]) == [(0, 0, 0), (2, 0, 1)]


def test_empty_sides_between_others_keep_the_count() -> None:
    sentences: list[Pair] = [([], ["A"]), (["a"], ["A"]), (["a"], []), ([], []), (["x", "a"], ["y", "A"])]
    assert links([("a", "A")], sentences) == [(1, 0, 0), (4, 1, 1)]


def test_nothing_at_all() -> None:
    assert links([], [(["a"], ["A"])]) == []
    assert links([("a", "A")], []) == []
    assert links([], []) == []


def test_word_table_by_hand() -> None:
    table = word_table([("b", "X"), ("a", "Y"), ("b", "Y"), ("b", "X")])
    assert (table.src_ids, table.tgt_ids) == ({"b": 0, "a": 1}, {"X": 0, "Y": 1})
    assert [table.translations[row].tolist() for row in range(2)] == [[0, 1], [1]]
