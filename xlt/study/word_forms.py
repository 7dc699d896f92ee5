"""What two words have in common to the eye: letters, and the script that these are of."""

import unicodedata
from collections import Counter
from functools import lru_cache

# Of a text's word pairs most occur often.
_REMEMBERED = 100_000


@lru_cache(_REMEMBERED)
def overlap(one: str, other: str) -> float:
    """1 - Levenshtein distance / length of the longer word, of the words in NFC and without case (cao2020, 5.2).

    Of two empty words it is 1. Letters are code points; O(length^2).

    >>> round(overlap("nation", "Nación"), 4)
    0.6667
    """
    one, other = (unicodedata.normalize("NFC", unicodedata.normalize("NFC", w).casefold()) for w in (one, other))
    longest = max(len(one), len(other))
    return 1.0 if not longest else 1.0 - _levenshtein(one, other) / longest


def _levenshtein(one: str, other: str) -> int:
    # Insertions, deletions and replacements, each of one letter; a line of the table at a time.
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        line = [i]
        for j, theirs in enumerate(other, 1):
            line.append(min(above[j] + 1, line[-1] + 1, above[j - 1] + (letter != theirs)))
        above = line
    return above[-1]


@lru_cache(_REMEMBERED)
def script(word: str) -> str:
    """The script that most letters of a word are of, of equals the first; empty where it has no letter.

    A letter's script is the first word of its Unicode name once it is in NFKC: ``LATIN``, ``CYRILLIC``, ``CJK``. Among
    the living scripts that is the property Script of Unicode, by other names.

    >>> script("кот"), script("3,5")
    ('CYRILLIC', '')
    """
    letters = [letter for letter in unicodedata.normalize("NFKC", word) if letter.isalpha()]
    names = [unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters]
    return max(Counter(names).items(), key=lambda item: item[1])[0] if names else ""


def scripts_of(one: str, other: str) -> str:
    """``same script``, ``other script``, or ``no letters`` where a word has none, such as a number."""
    own, theirs = script(one), script(other)
    if not own or not theirs:
        return "no letters"
    return "same script" if own == theirs else "other script"


def length(word: str) -> int:
    """Code points of a word in NFC."""
    return len(unicodedata.normalize("NFC", word))
