"""A language speaks meanings: words in its order, and which slot each word says."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xlt.arrays import Ints
from xlt.lab.inventory import CELLS
from xlt.lab.meanings import Meanings, Speech
from xlt.lab.random import Bits, Stream, mixed
from xlt.lab.slots import SLOTS, spoken_order
from xlt.lab.words import Lexicon, build_lexicon
from xlt.lab.world import Language

_SECOND_WORD = 333  # thousandths in which a concept with two words takes the rarer one
_DROPPABLE = np.array([name.endswith("subject.pronoun") for name in SLOTS])


@dataclass(frozen=True)
class Speaker:
    """A language ready to speak."""

    code: str
    language: Language
    lexicon: Lexicon

    @cached_property
    def order(self) -> Ints:
        """The slots it says, in its order."""
        return spoken_order(self.language)

    @cached_property
    def running(self) -> Any:
        """Object array of all forms followed by a blank, then all forms followed by a line break."""
        return np.array([form + end for end in " \n" for form in self.lexicon.forms], object)


@dataclass(frozen=True)
class Spoken:
    """n sentences of one language, ragged: sentence i has the words ``offsets[i]`` to ``offsets[i + 1]`` - 1.

    Attributes:
        forms: (words,) numbers in ``Lexicon.forms``.
        lexemes: (words,) numbers in ``Lexicon.stems``.
        slots: (words,) numbers in ``SLOTS``.
        rows: (words,) sentence of each word.
        offsets: (n + 1,).
    """

    forms: Ints
    lexemes: Ints
    slots: Ints
    rows: Ints
    offsets: Ints

    @property
    def places(self) -> Ints:
        """(words,) position of each word in its sentence, from 0."""
        return np.arange(len(self.rows)) - self.offsets[self.rows]

    def __getitem__(self, sentences: Ints) -> "Spoken":
        """The sentences with these numbers, which ascend."""
        lengths = np.diff(self.offsets)
        selected = np.zeros(len(lengths), np.bool_)
        selected[sentences] = True
        words = selected[self.rows]
        offsets = np.concatenate([[0], np.cumsum(lengths[sentences])])
        rows = np.repeat(np.arange(len(sentences)), lengths[sentences])
        return Spoken(
            forms=self.forms[words], lexemes=self.lexemes[words], slots=self.slots[words], rows=rows, offsets=offsets
        )


def speakers(speech: Speech, where: str) -> dict[str, Speaker]:
    """All languages of a world, the source first.

    Raises:
        XltError: a language whose letters cannot make its words; the message begins with ``where``.
    """
    made: dict[str, Speaker] = {}
    source: Lexicon | None = None
    for code, language in speech.world.languages.items():
        stream = speech.stream.child("language", code)
        lexicon = build_lexicon(language, speech.inventory, stream, source, f"{where}: [languages.{code}]")
        source = source or lexicon
        made[code] = Speaker(code, language, lexicon)
    return made


def speak(speaker: Speaker, meanings: Meanings, stream: Stream) -> Spoken:
    """Say meanings; ``stream`` chooses among synonyms and drops pronouns."""
    stream = stream.child("speak", speaker.code)
    concepts = meanings.concepts[:, speaker.order]
    dropped = stream.child("dropped").chance(speaker.language.dropped_pronouns, meanings.ids)
    concepts[np.ix_(dropped, _DROPPABLE[speaker.order])] = -1
    rows, columns = np.nonzero(concepts >= 0)
    slots = speaker.order[columns]
    lexemes = concepts[rows, columns].astype(np.int64)
    second = speaker.lexicon.second[lexemes]
    rarer = stream.child("second word").chance(_SECOND_WORD, meanings.ids[rows] * len(SLOTS) + slots)
    lexemes = np.where((second >= 0) & rarer, second, lexemes)
    forms = speaker.lexicon.form_of[lexemes * CELLS + meanings.cells[rows, slots]]
    return Spoken(
        forms=forms,
        lexemes=lexemes,
        slots=slots,
        rows=rows,
        offsets=np.searchsorted(rows, np.arange(len(meanings.ids) + 1)),
    )


def links(src: Spoken, tgt: Spoken) -> tuple[Ints, Ints, Ints]:
    """Which words say the same slot: sentence, source position and target position, in this order."""
    n = len(src.offsets) - 1
    places = np.full((n, len(SLOTS)), -1, np.int64)
    places[tgt.rows, tgt.slots] = tgt.places
    partners = places[src.rows, src.slots]
    linked = partners >= 0
    return src.rows[linked], src.places[linked], partners[linked]


def digests(spoken: Spoken) -> Bits:
    """(n,) 64 bits that tell the sentences' texts apart, whatever was meant by them."""
    keys = spoken.forms.astype(np.uint64) * np.uint64(len(SLOTS)) + spoken.places.astype(np.uint64)
    return np.add.reduceat(mixed(keys), spoken.offsets[:-1])
