"""Common letters, scripts and lengths of words, by hand."""

import unicodedata

import pytest

from xlt.study.word_forms import length, overlap, script, scripts_of


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # SPECS of the study: two of six letters differ, none of three is shared.
        ("nation", "nación", 1 - 2 / 6),
        ("cat", "кот", 0.0),
        ("kitten", "sitting", 1 - 3 / 7),
        ("Hund", "HUND", 1.0),
        ("Straße", "STRASSE", 1.0),
        (unicodedata.normalize("NFD", "été"), "été", 1.0),
        ("", "", 1.0),
        ("", "ab", 0.0),
        ("ab", "ba", 0.0),
    ],
)
def test_overlap(one: str, other: str, expected: float) -> None:
    assert overlap(one, other) == pytest.approx(expected)
    assert overlap(other, one) == overlap(one, other)


def test_overlap_is_no_more_than_what_a_slow_search_finds() -> None:
    def distance(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))

    words = ["", "a", "ab", "abc", "bca", "cab", "abcab", "baa"]
    for one in words:
        for other in words:
            longest = max(len(one), len(other))
            assert overlap(one, other) == pytest.approx(1 - distance(one, other) / longest if longest else 1.0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("chat", "LATIN"), ("кот", "CYRILLIC"), ("γάτα", "GREEK"), ("猫", "CJK"), ("ねこ", "HIRAGANA"),
        ("ネコ", "KATAKANA"),
        ("고양이", "HANGUL"), ("قطة", "ARABIC"), ("बिल्ली", "DEVANAGARI"), ("แมว", "THAI"), ("3,5", ""), ("!", ""),
        # Full width, and most of the letters.
        ("ｃａｔ", "LATIN"), ("кoт", "CYRILLIC"), ("食べる", "HIRAGANA"), ("x2", "LATIN"),
    ],
)  # fmt: skip
def test_script(word: str, expected: str) -> None:
    assert script(word) == expected


def test_scripts_of_two() -> None:
    assert scripts_of("chat", "cat") == "same script"
    assert scripts_of("кот", "cat") == "other script"
    assert scripts_of("кот", "7") == scripts_of("7", "7") == "no letters"


def test_length() -> None:
    assert length(unicodedata.normalize("NFD", "été")) == 3
