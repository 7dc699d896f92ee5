from dataclasses import replace

import numpy as np
import pytest

from tests.lab.small_worlds import plain_language, speech
from xlt.errors import XltError
from xlt.lab.inventory import CELLS, OPEN_CLASSES, Inventory
from xlt.lab.random import Stream
from xlt.lab.words import Lexicon, build_lexicon
from xlt.lab.world import Concepts, Language

SMALL = speech().inventory
LARGE = Inventory(Concepts())


def lexicon(language: Language, inventory: Inventory = LARGE, source: Lexicon | None = None, seed: int = 1) -> Lexicon:
    return build_lexicon(language, inventory, Stream(seed), source, "w")


def forms(words: Lexicon, kind: str, index: int = 0) -> list[str]:
    lexeme = SMALL.starts[kind] + index
    return [words.forms[i] for i in words.form_of[lexeme * CELLS : (lexeme + 1) * CELLS]]


def test_paradigms_by_hand() -> None:
    words = lexicon(plain_language(), SMALL)
    stem, a = words.stems[SMALL.starts["noun"]], words.affixes
    many, obj, obl = a["plural"], a["object"], a["oblique"]
    assert forms(words, "noun") == [
        stem, stem + obj, stem + obl, stem + many, stem + many + obj, stem + many + obl,
    ]  # fmt: skip
    verb = words.stems[SMALL.starts["verb"]]
    past, future, plural = a["past"], a["future"], a["agreement"]
    assert forms(words, "verb") == [
        verb, verb + plural, verb + past, verb + past + plural, verb + future, verb + future + plural,
    ]  # fmt: skip
    assert forms(words, "adjective")[4] == words.stems[SMALL.starts["adjective"]] + many + obj
    assert set(forms(words, "adposition")) == {words.stems[SMALL.starts["adposition"]]}
    assert words.stems[SMALL.starts["stop"]] == "."


def test_dials_of_inflection() -> None:
    prefixing = lexicon(plain_language(affixes="before"), SMALL)
    a = prefixing.affixes
    assert forms(prefixing, "noun")[5] == a["oblique"] + a["plural"] + prefixing.stems[SMALL.starts["noun"]]
    bare = lexicon(plain_language(number=False, case=False, tense=False, agreement=False), SMALL)
    for kind in ("noun", "verb", "adjective", "pronoun", "name"):
        assert len(set(forms(bare, kind))) == 1
    caseless = lexicon(plain_language(case=False), SMALL)
    assert len(set(forms(caseless, "noun"))) == 2
    disagreeing = lexicon(plain_language(agreement=False), SMALL)
    assert len(set(forms(disagreeing, "adjective"))) == 1
    assert len(set(forms(disagreeing, "verb"))) == 3


def test_affixes_of_a_class_differ_and_verbs_may_look_like_nouns() -> None:
    for seed in range(30):
        for syncretism in (0, 1000):
            a = lexicon(plain_language(syncretism=syncretism, consonants=8, vowels=2), SMALL, seed=seed).affixes
            noun, verb = ({a[n] for n in names} for names in (("plural", "object", "oblique"), list(a)[3:]))
            assert len(noun) == len(verb) == 3
            assert "" not in noun | verb
            if syncretism:
                assert noun == verb


def test_every_concept_has_a_word_of_its_own() -> None:
    words = lexicon(plain_language())
    assert len(words.stems) == len(set(words.stems)) == LARGE.total
    assert (words.second == -1).all()


def test_synonyms_and_homonyms_cross_parts_of_speech() -> None:
    words = lexicon(Language(synonyms=200, homonyms=150))
    open_concepts = np.array([c in OPEN_CLASSES for c in LARGE.class_of])
    assert not (words.second[~open_concepts] >= 0).any()
    assert (words.second[open_concepts] >= 0).mean() == pytest.approx(0.2, abs=0.05)
    doubled = words.second[words.second >= 0]
    assert sorted(doubled.tolist()) == list(range(LARGE.total, len(words.stems)))

    kind = [*LARGE.class_of, *(LARGE.class_of[c] for c in np.flatnonzero(words.second >= 0))]
    users: dict[str, list[str]] = {}
    for stem, name in zip(words.stems, kind, strict=True):
        users.setdefault(stem, []).append(name)
    shared = [names for names in users.values() if len(names) > 1]
    assert all(len(set(names)) == len(names) for names in shared)
    assert sum(len(names) - 1 for names in shared) / sum(k in OPEN_CLASSES for k in kind) == pytest.approx(
        0.15, abs=0.04
    )


def test_what_is_shared_with_the_source() -> None:
    source = lexicon(Language(), seed=1)
    for shared, cognate in ((650, 250), (1000, 0), (0, 0), (0, 1000)):
        target = lexicon(plain_language(shared=shared, cognate=cognate), source=source, seed=2)
        same = np.mean([a == b for a, b in zip(target.stems, source.stems[: LARGE.total], strict=True)])
        assert same == pytest.approx(shared / 1000, abs=0.05)
        if not cognate and shared < 1000:
            assert len(set(target.stems) & set(source.stems)) == pytest.approx(shared / 1000 * LARGE.total, abs=30)


def test_cognates_are_the_sources_words_in_other_letters() -> None:
    source = lexicon(plain_language(), seed=1)
    target = lexicon(plain_language(script="cyrillic", cognate=1000), source=source, seed=2)
    starts = LARGE.starts
    letters: dict[str, set[str]] = {}
    agreeing = 0
    for concept in range(starts["noun"], starts["noun"] + 200):
        a, b = source.stems[concept], target.stems[concept]
        if len(a) == len(b):
            agreeing += 1
            for x, y in zip(a, b, strict=True):
                letters.setdefault(x, set()).add(y)
    # Cognates that fell together with another word are replaced, so that a few words do not agree.
    assert agreeing >= 190
    regular = sum(len(of) == 1 for of in letters.values())
    assert regular >= 0.5 * len(letters)


def test_shared_affixes_and_punctuation() -> None:
    source = lexicon(Language(), SMALL, seed=1)
    same = lexicon(Language(shared_affixes=1000), SMALL, source, seed=2)
    assert same.affixes == source.affixes
    own = lexicon(Language(script="georgian", common_punctuation=False), SMALL, source, seed=2)
    assert own.affixes != source.affixes
    assert own.stems[SMALL.starts["stop"]] == "჻"


def test_the_same_language_as_the_source() -> None:
    source = lexicon(plain_language(), seed=1)
    alike = lexicon(plain_language(shared=1000, shared_affixes=1000), source=source, seed=2)
    assert alike.forms == source.forms
    assert np.array_equal(alike.form_of, source.form_of)


def test_too_few_letters() -> None:
    with pytest.raises(XltError, match=r"w consonants and vowels make 15 function words, but \d+ are needed"):
        lexicon(replace(Language(), consonants=5, vowels=1), LARGE)
