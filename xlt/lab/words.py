"""The words of a language: a stem or two for every concept, and all their inflected forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Ints
from xlt.lab.inventory import CASES, CELLS, NOMINAL, OPEN_CLASSES, Inventory
from xlt.lab.phonology import Phonology, affixes, check_capacity, phonology, sound_changes, stems
from xlt.lab.random import Stream
from xlt.lab.scripts import SCRIPTS
from xlt.lab.world import Language

# Affixes of a language: of the plural, of the object and the oblique case; of past, future, plural subject.
_NOUN_AFFIXES = ("plural", "object", "oblique")
_VERB_AFFIXES = ("past", "future", "agreement")


@dataclass(frozen=True)
class Lexicon:
    """Words and forms. Lexeme i < concepts is the first word of concept i; second words follow.

    Attributes:
        sounds: the letters.
        stems: of each lexeme.
        affixes: by name.
        second: (concepts,) lexeme of the second word, -1 where there is none.
        forms: different word forms, spelt out.
        form_of: (lexemes x ``CELLS``,) number in ``forms`` of each lexeme's form in each cell.
    """

    sounds: Phonology
    stems: list[str]
    affixes: dict[str, str]
    second: Ints
    forms: list[str]
    form_of: Ints


def build_lexicon(
    language: Language, inventory: Inventory, stream: Stream, source: Lexicon | None, where: str
) -> Lexicon:
    """Make the words of a language.

    A first word is, by the language's dials, spelt as in the source, or a cognate, or the language's own. Of the own
    words of the open classes some take the stem of a word of another part of speech.

    Args:
        language: its dials.
        inventory: the concepts.
        stream: of this language.
        source: the source language's words; None for the source itself.
        where: what messages about the dials begin with: file and table.

    Raises:
        XltError: its letters cannot make so many words.
    """
    sounds = phonology(language, stream)
    second, concept_of = _second_words(language, inventory, stream)
    classes = [inventory.class_of[c] for c in concept_of]
    content = sum(c in {*OPEN_CLASSES, "given", "name"} for c in classes)
    check_capacity(sounds, content, len(classes) - content, where)
    stem_of = _punctuation(language, inventory)
    if source is not None:
        _borrow(stem_of, language, inventory, stream, source, sounds)
    own = np.array([i not in stem_of for i in range(len(classes))])
    for function in (False, True):
        fresh = _unused(stems(sounds, stream.child("stems", int(function)), function=function), set(stem_of.values()))
        for lexeme, kind in enumerate(classes):
            if lexeme not in stem_of and function == (kind not in {*OPEN_CLASSES, "given", "name"}):
                stem_of[lexeme] = next(fresh)
    spelt = _homonyms([stem_of[i] for i in range(len(classes))], classes, own, language.homonyms, stream)
    sounding = _affixes(language, stream, sounds, source)
    forms, form_of = _forms(language, spelt, classes, sounding)
    return Lexicon(sounds=sounds, stems=spelt, affixes=sounding, second=second, forms=forms, form_of=form_of)


def _second_words(language: Language, inventory: Inventory, stream: Stream) -> tuple[Ints, list[int]]:
    concepts = np.arange(inventory.total)
    is_open = np.array([c in OPEN_CLASSES for c in inventory.class_of])
    doubled = np.flatnonzero(is_open & stream.child("synonyms").chance(language.synonyms, concepts))
    second = np.full(inventory.total, -1, np.int64)
    second[doubled] = inventory.total + np.arange(len(doubled))
    return second, [*concepts.tolist(), *doubled.tolist()]


def _punctuation(language: Language, inventory: Inventory) -> dict[int, str]:
    marks = SCRIPTS["latin" if language.common_punctuation else language.script]
    return {inventory.starts["stop"]: marks.stop, inventory.starts["comma"]: marks.comma}


def _borrow(
    stem_of: dict[int, str],
    language: Language,
    inventory: Inventory,
    stream: Stream,
    source: Lexicon,
    sounds: Phonology,
) -> None:
    # Shared words keep the source's homonyms; a cognate that falls together with another word is given up.
    fate = stream.child("origin").below(1000, np.arange(inventory.total))
    for concept in np.flatnonzero(fate < language.shared).tolist():
        stem_of.setdefault(concept, source.stems[concept])
    changes = sound_changes(sounds, source.sounds)
    taken = set(stem_of.values())
    for concept in np.flatnonzero((fate >= language.shared) & (fate < language.shared + language.cognate)).tolist():
        changed = source.stems[concept].translate(changes)
        if concept not in stem_of and changed not in taken:
            stem_of[concept] = changed
            taken.add(changed)


def _unused(candidates: Iterator[str], taken: set[str]) -> Iterator[str]:
    for candidate in candidates:
        if candidate not in taken:
            taken.add(candidate)
            yield candidate


def _homonyms(spelt: Sequence[str], classes: Sequence[str], own: np.ndarray, share: int, stream: Stream) -> list[str]:
    lexemes = np.arange(len(spelt))
    is_open = np.array([c in OPEN_CLASSES for c in classes])
    takes = is_open & own & stream.child("homonyms").chance(share, lexemes)
    result = list(spelt)
    for kind in OPEN_CLASSES:
        same = np.array([c == kind for c in classes])
        takers, givers = np.flatnonzero(takes & same), np.flatnonzero(is_open & ~takes & ~same)
        givers = givers[stream.child("homonyms", kind).shuffled(len(givers))]
        # A giver serves one taker of a class: words of one part of speech stay apart.
        for taker, giver in zip(takers.tolist(), givers.tolist(), strict=False):
            result[taker] = spelt[giver]
    return result


def _affixes(language: Language, stream: Stream, sounds: Phonology, source: Lexicon | None) -> dict[str, str]:
    names = [*_NOUN_AFFIXES, *_VERB_AFFIXES]
    shared = stream.child("shared affixes").chance(language.shared_affixes, np.arange(len(names)))
    alike = stream.child("syncretism").chance(language.syncretism, np.arange(len(names)))
    affix_of = {n: source.affixes[n] for n, s in zip(names, shared, strict=True) if s and source is not None}
    fresh = affixes(sounds, stream.child("affixes"))
    for group in (_NOUN_AFFIXES, _VERB_AFFIXES):
        for name in group:
            if name in affix_of:
                continue
            taken = {affix_of[n] for n in group if n in affix_of}
            like = [affix_of[n] for n in _NOUN_AFFIXES if n in affix_of and affix_of[n] not in taken]
            same = group is _VERB_AFFIXES and alike[names.index(name)] and like
            # Even the fewest letters make five affixes, more than a group takes.
            affix_of[name] = like[0] if same else next(a for a in fresh if a not in taken)
    return affix_of


def _forms(
    language: Language, spelt: Sequence[str], classes: Sequence[str], sounding: dict[str, str]
) -> tuple[list[str], Ints]:
    number = sounding["plural"] if language.number else ""
    cases = ["", sounding["object"], sounding["oblique"]] if language.case else [""] * CASES
    tenses = ["", sounding["past"], sounding["future"]] if language.tense else [""] * 3
    agreement = sounding["agreement"] if language.agreement else ""
    noun = [[number * n, case] for n in range(2) for case in cases]
    verb = [[tense, agreement * n] for tense in tenses for n in range(2)]
    bare = [["", ""]] * CELLS
    cells = dict.fromkeys(NOMINAL, noun) | {"verb": verb}
    if not language.agreement:
        cells["adjective"] = bare
    numbers: dict[str, int] = {}
    form_of = []
    for stem, kind in zip(spelt, classes, strict=True):
        for inner, outer in cells.get(kind, bare):
            form = stem + inner + outer if language.affixes == "after" else outer + inner + stem
            form_of.append(numbers.setdefault(form, len(numbers)))
    return list(numbers), np.array(form_of)
