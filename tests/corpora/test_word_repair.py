"""Words that are none: refused or repaired."""

from pathlib import Path

import pytest

from xlt.corpora.word_columns import LabelRule
from xlt.corpora.word_repair import repaired
from xlt.errors import XltError


def mend(words: list[list[str]], rule: LabelRule = LabelRule()) -> dict[str, int]:
    labels = [["AB"[i % 2] for i in range(len(sentence))] for sentence in words]
    rows = [[i] * len(sentence) for i, sentence in enumerate(words, 1)]
    return repaired(Path("x"), words, labels, rows, rule)


def test_a_language_before_every_word_is_taken_off() -> None:
    words = [["en:a", "en::"], ["en:b"]]
    assert mend(words, LabelRule(lang="en")) == {"words whose prefix en: was taken off": 3}
    assert words == [["a", ":"], ["b"]]
    # Few words may be so by chance, and one word without it says that it is text.
    assert mend([["en:a", "en:b"]], LabelRule(lang="fr")) == {}
    assert mend([["en:a", "b"]], LabelRule(lang="en")) == {}
    many = [[f"fr:{i}" for i in range(12)]]
    assert mend(many, LabelRule(lang="en")) == {"words whose prefix fr: was taken off": 12}
    with pytest.raises(XltError, match="x:1: the word is missing"):
        mend([["en:a", "en:"]], LabelRule(lang="en"))


def test_words_that_are_all_alike_are_none() -> None:
    with pytest.raises(XltError, match=r"x: 2 of 3 words are _: the treebank comes without its text"):
        mend([["_", "_", "a"]])
    assert mend([["_", "b", "a"]]) == {}
    with pytest.raises(XltError, match=r"x: every word is 'doc'"):
        mend([["doc"] * 10])
    with pytest.raises(XltError, match="no word is left"):
        mend([[" "]], LabelRule(drop_blank=True))


def test_more_labels_than_words() -> None:
    labels = [[str(i) for i in range(60)]]
    with pytest.raises(XltError, match="60 different labels of 2 different words"):
        repaired(Path("x"), [["a", "b"] * 30], labels, [[1] * 60], LabelRule())
