"""Dictionary entries that the segmentation would cut (п'ять, aujourd'hui, New York), kept whole in the text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pyarrow as pa

from xlt.arrays import Bools, Ints, offsets
from xlt.corpora.words import Tokens, normalised
from xlt.pairs.segment import Fold, distinct_words


@dataclass(frozen=True)
class WholeEntries:
    """The entries of one language, as they are compared; a word of one letter or sign cannot be cut.

    Attributes:
        entries: all of them.
        beginnings: every proper beginning of one.
    """

    entries: frozenset[str] = field(repr=False)
    beginnings: frozenset[str] = field(repr=False)


def whole_entries(words: Iterable[str]) -> WholeEntries:
    """What is looked up to find some words and phrases in tokens; memory: O(characters)."""
    entries = frozenset(word for word in words if len(word) > 1)
    return WholeEntries(entries, frozenset(chain.from_iterable(map(_beginnings, entries))))


def _beginnings(word: str) -> Iterable[str]:
    return (word[:stop] for stop in range(1, len(word)))


def join_entries(
    tokens: Tokens, sentences: Sequence[str], whole: WholeEntries, fold: Fold | None, *, strip_marks: bool
) -> tuple[Tokens, int]:
    """Make one token of each run of tokens that is an entry as it stands in its sentence.

    The longest run counts, from left to right. Blanks count as well: the entry ``well-known`` is not found in ``well -
    known``, nor ``New York`` in ``NewYork``. Two tokens of a run at least hold a letter or digit: an entry ``example,``
    takes no comma away.

    Args:
        tokens: of the sentences.
        sentences: these, before they were cut.
        whole: the entries.
        fold: what is done to text before it is compared.
        strip_marks: whether vowel signs were removed before the sentences were cut.

    Returns:
        The tokens, and how many of them are such runs.
    """
    distinct, index = distinct_words(tokens)
    keys = map(fold, distinct) if fold else distinct
    begins = np.fromiter((word in whole.beginnings for word in keys), np.bool_, len(distinct))[index]
    rows = np.unique(np.searchsorted(tokens.offsets, np.flatnonzero(begins), side="right") - 1)
    words = tokens.values.to_pylist() if len(rows) else []
    first = np.arange(len(tokens.values))
    spelled: dict[int, str] = {}
    for row in rows.tolist():
        start, stop = int(tokens.offsets[row]), int(tokens.offsets[row + 1])
        text = normalised(sentences[row], strip_marks)
        for place, end, run in _runs(text, words[start:stop], begins[start:stop], whole, fold):
            first[start + place : start + end] = start + place
            spelled[start + place] = run
    if not spelled:
        return tokens, 0
    left = np.flatnonzero(first == np.arange(len(first)))
    values = pa.array([spelled.get(i) or words[i] for i in left.tolist()], pa.string())
    return Tokens(values, _counted(tokens.offsets, left)), len(spelled)


def _counted(bounds: Ints, left: Ints) -> Ints:
    # Where the sentences start when only these tokens are left.
    return offsets(np.diff(np.searchsorted(left, bounds)))


def _runs(
    text: str, words: Sequence[str], begins: Bools, whole: WholeEntries, fold: Fold | None
) -> Iterable[tuple[int, int, str]]:
    # Of each run its first token, the one behind its last, and its text.
    places: list[int] = []
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return
        places.append(at)
        at += len(word)
    i = 0
    while i < len(words):
        stop, run = i + 1, ""
        j = i + 1 if begins[i] else len(words)
        while j < len(words):
            stretch = " ".join(text[places[i] : places[j] + len(words[j])].split())
            compared = fold(stretch) if fold else stretch
            if compared in whole.entries and sum(any(map(str.isalnum, w)) for w in words[i : j + 1]) > 1:
                stop, run = j + 1, stretch
            j = j + 1 if compared in whole.beginnings else len(words)
        if run:
            yield i, stop, run
        i = stop
