"""Words against a slow reference, against values by hand, and what must never reach a file."""

import marshal
import sys
import tempfile
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xlt.corpora.words import TOKENIZERS, Tokens, as_in_text, chinese_cutter, segmentation, strip_diacritics
from xlt.errors import XltError


def lists(tokens: Tokens) -> list[list[str]]:
    flat: list[str] = tokens.values.to_pylist()
    ends = tokens.offsets.tolist()
    assert ends[0] == 0
    assert ends[-1] == len(flat)
    return [flat[a:b] for a, b in pairwise(ends)]


def words(text: str, lang: str = "en", tokenizer: str | None = "classes", **options: bool) -> list[str]:
    (tokens,) = lists(segmentation(lang, tokenizer, **options).segment([text]))
    return tokens


def reference(text: str) -> list[str]:
    """The definition, a character at a time."""
    tokens: list[str] = []
    state = "outside"
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category[0] == "M" or char in "\u200c\u200d\u00ad":
            kind = "mark"
        elif category[0] in "LN" or char == "_":
            kind = "word"
        elif category in {"Zs", "Zl", "Zp", "Cc", "Cf"}:
            kind = "outside"
        else:
            kind = "symbol"
        if kind == "outside":
            state = "outside"
        elif kind == "mark":
            if state == "outside":
                tokens.append("")
                state = "word"
            tokens[-1] += char
        elif kind == "word" and state == "word":
            tokens[-1] += char
        else:
            tokens.append(char)
            state = kind
    return tokens


# Code points without a meaning among the tags are left out: nothing is written with them.
everything = st.characters(exclude_categories=["Cs", "Cn"])
typical = st.sampled_from(
    "aZß9_ '’.,!?-«»&\t\n\r\x0b\x0c\x1c\x85\xa0\u1680\u2009\u2028\u2029\u3000\u200b\u200e\u202b\u2060\ufeff"
    "\u00ad\u200c\u200d"
    "كتاب\u064e\u0650\u0651\u0640\u0671\u0654\u06dd।हिन्दीक\u093c\u094d\u0901ไทย\u0e35漢字日本あァー한글\u1112\u1161\u11ab"
    "e\u0301o\u0308\u0323\u20e3❤\ufe0f👩👍🏽🇫🇷𝔘𐤀\U000e0067\U000e0101\U0001d165½²Ⅻ٣€+=◌"
)
texts = st.lists(st.one_of(typical, typical, everything), max_size=12).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(texts, max_size=5))
@example(["", "\u0301", "a"])
@example(["!\u0301", "\u0301\u0301a", " \u0301\u0301a"])
@example(["\u0301a", "?\u0301a"])
@example(["a\nb", "\n", "c"])
def test_the_default_against_a_slow_reference(sentences: list[str]) -> None:
    tokens = lists(segmentation("en").segment(sentences))
    assert tokens == [reference(s) for s in sentences]


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_a_sentence_is_cut_alike_in_whatever_company(sentences: list[str]) -> None:
    cut = segmentation("en", strip_marks=True).segment
    assert lists(cut(sentences)) == [lists(cut([s]))[0] for s in sentences]


@settings(max_examples=100, deadline=None)
@given(texts)
def test_nothing_visible_is_lost(text: str) -> None:
    visible = [
        c
        for c in unicodedata.normalize("NFC", text)
        if unicodedata.category(c) not in {"Zs", "Zl", "Zp", "Cc", "Cf"} or c in "\u200c\u200d\u00ad"
    ]
    assert "".join(words(text)) == "".join(visible)


def test_every_code_point_of_the_scripts() -> None:
    chars = [chr(c) for c in range(0x20000) if unicodedata.category(chr(c)) != "Cs"]
    sentences = ["a" + c + "a" for c in chars]
    assert lists(segmentation("en").segment(sentences)) == [reference(s) for s in sentences]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'homme", ["l", "'", "homme"]),
        ("don't stop.", ["don", "'", "t", "stop", "."]),
        ("«l’été»…", ["«", "l", "’", "été", "»", "…"]),
        ("state-of-the-art", ["state", "-", "of", "-", "the", "-", "art"]),
        ("3.14 %, snake_case", ["3", ".", "14", "%", ",", "snake_case"]),
        ("!!!", ["!", "!", "!"]),
        # vocalised Arabic: one word each, the marks with their letters
        ("فِي ٱلْبَدْءِ خَلَقَ ٱللهُ.", ["فِي", "ٱلْبَدْءِ", "خَلَقَ", "ٱللهُ", "."]),
        ("هذا كتابٌ، جميل؟", ["هذا", "كتابٌ", "،", "جميل", "؟"]),
        # Hindi: vowel signs and virama inside words; the danda is punctuation
        ("हिन्दी में लिखा।", ["हिन्दी", "में", "लिखा", "।"]),
        # Persian: the zero-width non-joiner is within the word
        ("می‌خواهم بروم", ["می‌خواهم", "بروم"]),
        ("Россия – это", ["Россия", "–", "это"]),
        ("한국어를 배운다", ["한국어를", "배운다"]),
        # decomposed letters are composed, also over the border of a syllable
        ("cafe\u0301", ["caf\u00e9"]),
        ("\u1112\u1161\u11ab", ["\ud55c"]),
        # an emoji keeps its variation selector; directional marks and a byte order mark vanish
        ("ok ❤\ufe0f!", ["ok", "❤\ufe0f", "!"]),
        ("\ufeffa\u200eb", ["a", "b"]),
        ("a\u00a0b\u3000c\u2028d\te", ["a", "b", "c", "d", "e"]),
        ("𝔘nicode 𐤀", ["𝔘nicode", "𐤀"]),
        ("", []),
        (" \u200e\n ", []),
    ],
)
def test_by_hand(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_no_sentence_and_empty_sentences() -> None:
    cut = segmentation("en").segment
    assert lists(cut([])) == []
    assert lists(cut(["", "", ""])) == [[], [], []]
    assert lists(cut(["", "a", ""])) == [[], ["a"], []]


def test_names_say_how_words_were_made() -> None:
    assert segmentation("en").name == "classes"
    assert segmentation("en", pretokenized=True).name == "pretokenized"
    assert segmentation("en", "treebank").name.startswith("nltk-treebank-3.")
    for code in ("zh", "zh-TW", "zh_Hans", "ZH", "zho", "cmn"):
        assert segmentation(code).name.startswith("jieba-0."), code


@pytest.mark.parametrize("lang", ["ja", "ja-JP", "jpn", "th", "th_TH", "TH", "lo", "km", "my", "bo", "yue"])
def test_languages_that_need_a_segmenter_are_refused_with_the_advice(lang: str) -> None:
    with pytest.raises(XltError, match="--pretokenized") as caught:
        segmentation(lang)
    assert str(caught.value).startswith(f"{lang}: ")
    assert words("猫 が", lang, None, pretokenized=True) == ["猫", "が"]
    assert words("猫 が", lang, "classes") == ["猫", "が"]


def test_languages_whose_code_begins_alike_are_not_refused() -> None:
    for code in ("jav", "myv", "thv", "lot", "bos"):
        assert segmentation(code).name == "classes"


def test_an_unknown_tokenizer_is_answered_with_the_known_ones() -> None:
    with pytest.raises(XltError, match=f"moses: unknown; one of {', '.join(TOKENIZERS)}"):
        segmentation("en", "moses")


def test_jieba() -> None:
    # The example of jieba's own documentation, then blanks of every kind.
    assert words("我来到北京清华大学", "zh", None) == ["我", "来到", "北京", "清华大学"]
    assert words("北京 \u3000大学\t abc ", "zh", None) == ["北京", "大学", "abc"]
    assert words("", "zh", None) == []
    assert lists(segmentation("zh").segment(["", "北京", " "])) == [[], ["北京"], []]


def test_jieba_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "jieba"]:
        del sys.modules[name]  # so that its dictionary is loaded anew
    chinese_cutter.cache_clear()
    assert words("北京大学", "zh", None) == ["北京大学"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("tokenizer", "text", "expected"),
    [
        ("treebank", "I don't stop.", ["I", "do", "n't", "stop", "."]),
        ("wordpunct", "I don't stop!!", ["I", "don", "'", "t", "stop", "!!"]),
        ("tweet", "Wow :-) #tag @me", ["Wow", ":-)", "#tag", "@me"]),
        ("toktok", "Hello, world.", ["Hello", ",", "world", "."]),
        ("jieba", "北京 abc", ["北京", "abc"]),
    ],
)
def test_tokenizers_by_name(tokenizer: str, text: str, expected: list[str]) -> None:
    assert words(text, "en", tokenizer) == expected


def test_tokenizers_by_name_normalise_too() -> None:
    assert words("cafe\u0301 كِتَاب", "fr", "toktok", strip_marks=True) == ["caf\u00e9", "كتاب"]


def test_pretokenized_leaves_tokens_exactly_as_they_are() -> None:
    spelling = ["don't", "cafe\u0301", "كِتَابٌ", "a\u3000b", "\tx", "\u200b", "!?", "\ufeff", "\u0301", "👩‍👧", "\x85"]
    assert words(" ".join(spelling), "en", None, pretokenized=True, strip_marks=True) == spelling
    assert words("  a  b ", "en", None, pretokenized=True) == ["a", "b"]


pretokenized_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \n"), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(pretokenized_text, max_size=4), max_size=4))
def test_pretokenized_is_the_inverse_of_joining(sentences: list[list[str]]) -> None:
    cut = segmentation("ja", pretokenized=True).segment
    assert lists(cut([" ".join(s) for s in sentences])) == sentences


def test_strip_diacritics() -> None:
    assert strip_diacritics("فِي ٱلْبَدْءِ خَلَقَ ٱللهُ") == "في البدء خلق الله"
    assert strip_diacritics("كـــتاب") == "كتاب"  # tatweel
    assert strip_diacritics("בְּרֵאשִׁית") == "בראשית"
    # What belongs to the spelling stays: hamza and madda on their letters, accents, Indic vowels.
    for spelling in ("أإآؤئ", "été", "हिन्दी", "Й", "ไทยที่"):
        assert strip_diacritics(spelling) == spelling
    # A decomposed hamza is composed first, so that it stays as well.
    assert words("ا\u0654حد", "ar", None, strip_marks=True) == ["\u0623حد"]


def test_strip_marks_in_a_sentence() -> None:
    assert words("وَقَالَ ٱللهُ: «نُورٌ»", "ar", None, strip_marks=True) == ["وقال", "الله", ":", "«", "نور", "»"]
    assert words("وَقَالَ", "ar", None) == ["وَقَالَ"]


@pytest.mark.parametrize(
    ("tokens", "text", "expected"),
    [
        (["A", "&amp;", "B", "&#124;", "c"], "A & B | c", ["A", "&", "B", "|", "c"]),
        (["``", "no", "''", "said"], '"no" said', ['"', "no", '"', "said"]),
        (["&amp;", "x"], "&amp; x", ["&amp;", "x"]),
        (["a", "/", "b"], "a ://c/ b", ["a", ":/", "/", "c/", "b"]),
        (["''", "z"], "' ' z", ["'", "'", "z"]),
        (["x"], "", []),
        ([], " left over ", ["left", "over"]),
    ],
)
def test_tokens_stand_in_the_text(tokens: list[str], text: str, expected: list[str]) -> None:
    spelled = as_in_text(tokens, text)
    assert "".join(spelled) == "".join(text.split())
    if ":" not in text:
        assert spelled == expected


def test_a_cache_of_others_does_not_decide_how_chinese_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "jieba.cache").write_bytes(marshal.dumps(({"我喜": 1000, "欢苹果": 1000, "我": 0, "欢": 0}, 2000)))
    chinese_cutter.cache_clear()
    assert words("我喜欢苹果", "zh", None) == ["我", "喜欢", "苹果"]
