"""Sentences to words, and how words are compared."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.pairs.blocks import EN_FR, block, tokens
from xlt.corpora.choose import Block
from xlt.corpora.tagged import Tagged
from xlt.errors import OptionError, XltError
from xlt.pairs.segment import WordRule, block_results, distinct_words, fold_words, ragged_lists, segmenter, token_lists

VOCALISED = "كِتَابٌ"


def test_how_words_are_compared() -> None:
    words = ["Cat", VOCALISED]
    switches = itertools.product((False, True), repeat=2)
    folds = {(lower, strip): fold_words(lower, strip) or str for lower, strip in switches}
    assert fold_words(False, False) is None
    assert [folds[True, False](w) for w in words] == ["cat", VOCALISED]
    assert [folds[False, True](w) for w in words] == ["Cat", "كتاب"]
    assert [folds[True, True](w) for w in words] == ["cat", "كتاب"]


def test_signs_are_folded_only_where_the_text_keeps_them() -> None:
    assert WordRule("en", "ar", {}, strip_diacritics=True).folds == (None, None)
    _, fold = WordRule("en", "ar", {}, strip_diacritics=True, pretokenized=True).folds
    assert fold is not None
    assert fold(VOCALISED) == "كتاب"


def test_the_sentences_may_stay_beside_their_words() -> None:
    text = [("  It's\u00a0here. ", VOCALISED)]
    for strip, target in ((False, VOCALISED), (True, "كتاب")):
        words = tokens(text, WordRule("en", "ar", {}, strip_diacritics=strip, keep_text=True))
        assert words.texts is not None
        assert [side.to_pylist() for side in words.texts] == [["  It's\u00a0here. "], [target]]
    assert tokens(text).texts is None


def test_small_letters_are_those_of_the_language() -> None:
    english, turkish = WordRule("en", "tr-TR", {}, lowercase=True).folds
    assert english is not None
    assert turkish is not None
    assert [english(w) for w in ("IT", "Ill")] == ["it", "ill"]
    assert [turkish(w) for w in ("İL", "IŞIK", "Istanbul", "il")] == ["il", "ışık", "ıstanbul", "il"]


def test_a_tokenizer_for_both_or_for_one() -> None:
    assert WordRule("en", "fr", {}).names() == {"en": "classes", "fr": "classes"}
    assert WordRule("en", "fr", {"*": "toktok", "fr": "classes"}).names()["fr"] == "classes"
    assert WordRule("en", "fr", {"*": "toktok"}).names()["en"].startswith("nltk-toktok-")
    assert EN_FR.names() == {"en": "pretokenized", "fr": "pretokenized"}


def test_words_of_a_block() -> None:
    words = tokens([("a b a", "x"), ("", "y y")], first=7)
    assert words.ids.tolist() == [7, 8]
    assert len(words) == 2
    distinct, index = distinct_words(words.src)
    assert [distinct[i] for i in index] == ["a", "b", "a"]
    assert token_lists(words.src).to_pylist() == [["a", "b", "a"], []]
    assert ragged_lists(words.tgt.offsets, words.tgt.values).to_pylist() == [["x"], ["y", "y"]]


def test_sentence_pairs_with_a_longer_side_are_left_out() -> None:
    rule = WordRule("en", "fr", {}, pretokenized=True, keep_text=True, max_words=2)
    given = Block(np.array([3, 5, 8, 9]), ["a b", "c", "d e f", ""], ["A", "B C D", "E", "F G"],
                  np.array([True, False, True, True]))  # fmt: skip
    words = segmenter(rule)(given)
    assert words.ids.tolist() == [3, 9]
    assert words.held_out.tolist() == [True, True]
    assert (token_lists(words.src).to_pylist(), token_lists(words.tgt).to_pylist()) == (
        [["a", "b"], []],
        [["A"], ["F", "G"]],
    )
    assert words.src.offsets.tolist() == [0, 2, 2]
    assert words.texts is not None
    assert [side.to_pylist() for side in words.texts] == [["a b", ""], ["A", "F G"]]
    assert len(segmenter(replace(rule, max_words=3))(given)) == 4


def test_a_language_without_segmenter_has_text_alone_where_nobody_asks_for_words() -> None:
    rule = WordRule("en", "ja", {}, text_only=True)
    assert rule.names() == {"en": "classes", "ja": "none"}
    words = segmenter(rule)(Block(np.arange(2), ["a b", "c"], ["猫", ""], np.zeros(2, np.bool_)))
    assert token_lists(words.src).to_pylist() == [["a", "b"], ["c"]]
    assert token_lists(words.tgt).to_pylist() == [[], []]
    assert replace(rule, tokenizers={"ja": "classes"}).names()["ja"] == "classes"
    assert replace(rule, pretokenized=True).names()["ja"] == "pretokenized"
    with pytest.raises(
        OptionError, match=r"^max_words counts words, and ja has none: xlt has no segmenter for Japanese"
    ):
        replace(rule, max_words=9).segmentations()
    with pytest.raises(XltError, match="Japanese is written without blanks"):
        replace(rule, text_only=False).segmentations()


def test_words_and_tags_that_the_corpus_brings() -> None:
    source = Tagged([["10 000"], ["a", "b"], ["c"]], [["NUM"], ["X", "Y"], ["Z"]])
    target = Tagged([["猫"], ["d"], ["e", "f", "g"]], [["NOUN"], ["V"], ["U", "V", "W"]])
    rule = WordRule("en", "ja", {}, pretokenized=True, treebank=(source, target), max_words=2)
    assert rule.names() == {"en": "conllu", "ja": "conllu"}
    words = segmenter(rule)(
        Block(np.array([1, 2, 0]), ["a b", "c", "10 000"], ["d", "efg", "猫"], np.zeros(3, np.bool_))
    )
    assert words.ids.tolist() == [1, 0]
    assert token_lists(words.src).to_pylist() == [["a", "b"], ["10 000"]]
    assert words.tags is not None
    assert [side.to_pylist() for side in words.tags] == [[["X", "Y"], ["NUM"]], [["V"], ["NOUN"]]]


def count_words(rule: object) -> Callable[[Block], list[int]]:
    """What a worker makes: a function of a module."""
    assert rule == "rule"
    return lambda given: [len(sentence.split()) for sentence in given.src]


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    blocks = [block([(" ".join("x" * n), "")]) for n in range(9)]
    assert list(block_results(count_words, "rule", iter(blocks), workers)) == [[n] for n in range(9)]


def test_a_word_that_no_table_would_take() -> None:
    words = WordRule("en", "fr", {})
    sentences = Block(np.array([5, 9]), ["a b", "c " + "w" * 65_536], ["d", "e " + "v" * 65_537], np.zeros(2, np.bool_))
    with pytest.raises(XltError, match=r"^sentence pair 9 \(from 0\) holds a word of fr of more than 65,536 bytes"):
        segmenter(words)(sentences)
