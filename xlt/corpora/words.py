"""Words: the one place that cuts sentences into tokens.

By default one table of character classes, which keeps combining marks with their letters and splits off every
punctuation mark; jieba for Chinese; NLTK's tokenizers by name; or the caller's own tokens, separated by blanks.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.arrays import Ints, offsets
from xlt.errors import OptionError, XltError

# Scripts written without blanks between words, for which there is no segmenter here.
_UNSEGMENTED = {
    "ja": "Japanese", "jpn": "Japanese", "th": "Thai", "tha": "Thai", "lo": "Lao", "lao": "Lao", "km": "Khmer",
    "khm": "Khmer", "my": "Burmese", "mya": "Burmese", "bo": "Tibetan", "bod": "Tibetan", "dz": "Dzongkha",
    "dzo": "Dzongkha", "yue": "Cantonese", "wuu": "Wu", "lzh": "Literary Chinese",
}  # fmt: skip
_CHINESE = {"zh", "zho", "cmn", "chi"}
_NLTK = {
    "toktok": "ToktokTokenizer",
    "treebank": "TreebankWordTokenizer",
    "tweet": "TweetTokenizer",
    "wordpunct": "WordPunctTokenizer",
}
TOKENIZERS = ("classes", "jieba", *_NLTK)

# Vowel signs and marks of recitation that are written in few texts: Arabic harakat and Quranic marks, tatweel, Hebrew
# points. Marks that belong to the spelling (accents, Indic vowels, the composed hamza) are not among them.
_VOWEL_SIGNS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff\u0640"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+"
)
_ALEF_WASLA, _ALEF = "\u0671", "\u0627"


@dataclass(frozen=True)
class Tokens:
    """Tokens of many sentences, ragged: sentence i has ``values[offsets[i]:offsets[i + 1]]``.

    Attributes:
        values: flat Arrow string array.
        offsets: int64, one more than sentences.
    """

    values: pa.StringArray
    offsets: Ints


Segmenter = Callable[[Sequence[str]], Tokens]


@dataclass(frozen=True)
class Segmentation:
    """How one language's sentences become tokens; ``name`` is kept in the file."""

    name: str
    segment: Segmenter


def strip_diacritics(text: str) -> str:
    """Remove Arabic vowel signs, recitation marks and tatweel, and Hebrew points; alef wasla becomes alef."""
    return _VOWEL_SIGNS.sub("", text).replace(_ALEF_WASLA, _ALEF)


def unsegmented(lang: str) -> str | None:
    """The name of a language that is written without blanks and has no segmenter here; None for any other."""
    return _UNSEGMENTED.get(_base(lang))


def no_words() -> Segmentation:
    """What cuts nothing: sentences of a language without segmenter, of which only the text is of use."""
    return Segmentation("none", lambda sentences: Tokens(pa.array([], pa.string()), np.zeros(len(sentences) + 1, int)))


def one_word() -> Segmentation:
    """What takes a sentence, which must not be empty, as one word: the entries of a dictionary."""
    return Segmentation(
        "entries", lambda sentences: Tokens(pa.array(sentences, pa.string()), np.arange(len(sentences) + 1))
    )


def segmentation(
    lang: str, tokenizer: str | None = None, *, strip_marks: bool = False, pretokenized: bool = False
) -> Segmentation:
    """The segmentation of a language.

    Args:
        lang: language code; a region or script may follow (``zh-CN``, ``zh_Hans``).
        tokenizer: one of ``TOKENIZERS``; None takes jieba for Chinese and ``classes`` for all others.
        strip_marks: remove vowel signs first, see :func:`strip_diacritics`.
        pretokenized: tokens are separated by blanks and left exactly as they are.

    Raises:
        XltError: an unknown tokenizer, or a language that is written without blanks and has no segmenter here.
    """
    if pretokenized:
        return Segmentation("pretokenized", _by_class(_blank_classes(), normalise=False, strip_marks=False))
    if tokenizer is None:
        if name := unsegmented(lang):
            raise XltError(
                f"{lang}: {name} is written without blanks and xlt has no segmenter for it; segment it "
                "first and give --pretokenized (tokens separated by single blanks)"
            )
        tokenizer = "jieba" if _base(lang) in _CHINESE else "classes"
    if tokenizer == "classes":
        return Segmentation("classes", _by_class(character_classes(), normalise=True, strip_marks=strip_marks))
    if tokenizer == "jieba":
        return Segmentation(f"jieba-{metadata.version('jieba')}", _one_by_one(chinese_cutter(), strip_marks))
    if tokenizer in _NLTK:
        return Segmentation(f"nltk-{tokenizer}-{metadata.version('nltk')}", _one_by_one(_nltk(tokenizer), strip_marks))
    raise OptionError("tokenizer", f"{tokenizer}: unknown; one of {', '.join(TOKENIZERS)}")


def _base(lang: str) -> str:
    return re.split("[-_]", lang.lower())[0]


# Classes of characters. A mark belongs to what stands before it, be it a word or a symbol.
_BLANK, _WORD, _SYMBOL, _MARK, _BREAK = range(5)
_JOINERS = "\u200c\u200d\u00ad"  # within words of Persian, of Indic scripts, of hyphenated text
_MOST_BYTES = 2**31 - 1  # of text in one Arrow array
_PLANES = 0x40000  # the planes that hold scripts; beyond are only tags, private use and variation selectors


@cache
def character_classes() -> npt.NDArray[np.uint8]:
    """The class of every code point, (0x110000,), which defines the words of the default segmentation.

    A word is a run of letters, digits and underscores with their combining marks and joiners; every other visible
    character is a token of its own, with the marks that follow it. White space, control and format characters (such as
    directional marks) separate. (Python's ``\\w`` knows no combining marks: vocalised Arabic would fall to pieces.)
    """
    table = np.full(0x110000, _SYMBOL, np.uint8)
    table[:_PLANES] = np.fromiter((_class(chr(c)) for c in range(_PLANES)), np.uint8, _PLANES)
    table[0xE0000:0xE0100], table[0xE0100:0xE01F0] = _BLANK, _MARK
    table[ord("\n")] = _BREAK
    return table


def _class(char: str) -> int:
    category = unicodedata.category(char)
    if char.isalnum() or char == "_":
        return _WORD
    if category[0] == "M" or char in _JOINERS:
        return _MARK
    return _BLANK if char.isspace() or category in {"Cc", "Cf"} else _SYMBOL


@cache
def _blank_classes() -> npt.NDArray[np.uint8]:
    table = np.full(0x110000, _WORD, np.uint8)
    table[ord(" ")], table[ord("\n")] = _BLANK, _BREAK
    return table


def _by_class(table: npt.NDArray[np.uint8], *, normalise: bool, strip_marks: bool) -> Segmenter:
    def segment(sentences: Sequence[str]) -> Tokens:
        text = "\n".join(sentences)
        if text.count("\n") != max(0, len(sentences) - 1):
            text = "\n".join(s.replace("\n", " ") for s in sentences)
        return _cut(normalised(text, strip_marks) if normalise else text, table, len(sentences))

    return segment


def _cut(text: str, table: npt.NDArray[np.uint8], sentences: int) -> Tokens:
    # All sentences in one pass over arrays, a line break between two: some twenty times a compiled pattern's speed.
    code = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kind = table[code]
    visible = (kind != _BLANK) & (kind != _BREAK)
    before = np.empty_like(kind)
    before[:1] = _BREAK
    before[1:] = kind[:-1]
    if ((kind == _MARK) & (before == _SYMBOL)).any():
        # A letter after marks goes on with the same word, unless the marks hang on a symbol.
        carrier = np.arange(len(kind))
        carrier[kind == _MARK] = 0
        carrier = np.maximum.accumulate(carrier)
        hangs_on = kind[carrier]
        before[1:][(kind[:-1] == _MARK) & (hangs_on[:-1] == _SYMBOL)] = _SYMBOL
    joined = (kind == _WORD) & ((before == _WORD) | (before == _MARK))
    joined |= (kind == _MARK) & (before != _BLANK) & (before != _BREAK)
    starts = np.flatnonzero(visible & ~joined)

    sizes = (1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)).astype(np.int32)
    sizes *= visible
    ends = np.cumsum(sizes, dtype=np.int64)
    if len(ends) and ends[-1] > _MOST_BYTES:
        raise XltError("a few thousand lines hold more than 2 GiB of text: is there a line break between sentences?")
    places = np.empty(len(starts) + 1, np.int32)
    places[:-1] = ends[starts] - sizes[starts]
    places[-1] = ends[-1] if len(ends) else 0
    text_of_words = code[visible].tobytes().decode("utf-32-le", "surrogatepass").encode()
    values = pa.StringArray.from_buffers(len(starts), pa.py_buffer(places), pa.py_buffer(text_of_words))

    bounds = np.empty(sentences + 1, np.int64)
    bounds[0], bounds[-1] = 0, len(starts)
    bounds[1:-1] = np.searchsorted(starts, np.flatnonzero(kind == _BREAK))
    return Tokens(values, bounds)


def _one_by_one(cut: Callable[[str], list[str]], strip_marks: bool) -> Segmenter:
    def segment(sentences: Sequence[str]) -> Tokens:
        words = [[w for w in cut(normalised(s, strip_marks)) if not w.isspace()] for s in sentences]
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        return Tokens(pa.array([w for sentence in words for w in sentence], pa.string()), offsets(lengths))

    return segment


def normalised(text: str, strip_marks: bool) -> str:
    """A sentence as it is before it is cut: composed (NFC), without vowel signs where these are to go."""
    text = unicodedata.normalize("NFC", text)
    return strip_diacritics(text) if strip_marks else text


@cache
def chinese_cutter() -> Callable[[str], list[str]]:
    """What cuts Chinese: jieba with the dictionary of its own package, loaded once a process."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # Its cache lies in the folder for temporary files, where another user or version may have left another dictionary.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    cut: Callable[[str], list[str]] = tokenizer.lcut
    return cut


def _nltk(name: str) -> Callable[[str], list[str]]:
    import nltk.tokenize

    tokenizer = getattr(nltk.tokenize, _NLTK[name])()
    tokenize: Callable[[str], list[str]] = tokenizer.tokenize
    return lambda text: as_in_text(tokenize(text), text)


# What NLTK's tokenizers write in the place of characters.
_REWRITTEN = {"``": '"', "''": '"', "&amp;": "&", "&#124;": "|", "&#9;": "\t"}


def as_in_text(tokens: Sequence[str], text: str) -> list[str]:
    """Tokens as they stand in the text, where a tokenizer writes other characters: quotes, entities.

    What lies between two tokens that stand there is one token, whatever the tokenizer has made of it.
    """
    spelled: list[str] = []
    at = 0
    changed = False
    for token in tokens:
        while at < len(text) and text[at].isspace():
            at += 1
        other = _REWRITTEN.get(token, token)
        if text.startswith(token, at):
            start, end = at, at + len(token)
        elif text.startswith(other, at):
            start, end = at, at + len(other)
        else:
            start = text.find(token, at)
            if start < 0:
                changed = True
                continue
            end = start + len(token)
        if text[at:start].strip():
            spelled += text[at:start].split()
        spelled.append(text[start:end])
        at = end
    if changed or text[at:].strip():
        spelled += text[at:].split()
    return spelled
