"""What words of a language can sound like: unused stems and affixes out of its letters, and regular sound changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlt.errors import XltError
from xlt.lab.random import Stream
from xlt.lab.scripts import SCRIPTS
from xlt.lab.world import Language

# Words are looked for at random, so that half of what can be made must stay free.
_FREE = 2


@dataclass(frozen=True)
class Phonology:
    """The letters that a language uses, in an order of its own."""

    consonants: str
    vowels: str
    syllables: int


def phonology(language: Language, stream: Stream) -> Phonology:
    """Choose the letters of a language."""
    chosen = []
    for kind, letters, size in zip(
        ("consonants", "vowels"),
        SCRIPTS[language.script].letters,
        (language.consonants, language.vowels),
        strict=True,
    ):
        chosen.append("".join(letters[i] for i in stream.child(kind).shuffled(len(letters))[:size]))
    return Phonology(chosen[0], chosen[1], language.syllables)


def check_capacity(sounds: Phonology, content: int, function: int, where: str) -> None:
    """Refuse letters that cannot make the words needed: ``content`` of two syllables or more, ``function`` of one.

    Raises:
        XltError: half of the possible words are fewer than the needed ones.
    """
    open_syllables = len(sounds.consonants) * len(sounds.vowels)
    codas = 1 + len(sounds.consonants)
    for kind, needed, possible in (
        ("function", function, open_syllables * codas),
        ("content", content, open_syllables**2 * codas),
    ):
        if needed > possible // _FREE:
            raise XltError(
                f"{where} consonants and vowels make {possible // _FREE:,} {kind} words, but {needed:,} are needed; "
                "raise one of them, or lower [concepts]"
            )


def stems(sounds: Phonology, stream: Stream, *, function: bool) -> Iterator[str]:
    """Stems without end, with repetitions: of one syllable for function words, else of two or more."""
    codas = ["", *sounds.consonants]
    open_syllables = [c + v for c in sounds.consonants for v in sounds.vowels]
    block = 256
    for start in range(0, 2**31, block):
        counters = np.arange(start, start + block)
        sizes = np.ones(block, np.int64)
        if not function:
            sizes = 2 + stream.child("size").below(sounds.syllables - 1, counters)
        columns = [stream.child("syllable", k).below(len(open_syllables), counters) for k in range(sizes.max())]
        # Every other stem ends in a consonant.
        closed = stream.child("closed").below(2, counters) * (1 + stream.child("coda").below(len(codas) - 1, counters))
        for i in range(block):
            yield "".join(open_syllables[column[i]] for column in columns[: sizes[i]]) + codas[closed[i]]


def affixes(sounds: Phonology, stream: Stream) -> Iterator[str]:
    """Affixes without end, with repetitions: a vowel, or a vowel and a consonant on either side."""
    for i in range(2**31):
        counter = np.array([i])
        vowel = sounds.vowels[int(stream.child("vowel").below(len(sounds.vowels), counter)[0])]
        consonant = sounds.consonants[int(stream.child("consonant").below(len(sounds.consonants), counter)[0])]
        yield (vowel, vowel + consonant, consonant + vowel)[int(stream.child("shape").below(3, counter)[0])]


def sound_changes(sounds: Phonology, source: Phonology) -> dict[int, str]:
    """Regular changes, for ``str.translate``: each letter of the source becomes one of the language's own."""
    return {
        ord(letter): own[i % len(own)]
        for letters, own in ((source.consonants, sounds.consonants), (source.vowels, sounds.vowels))
        for i, letter in enumerate(letters)
    }
