from dataclasses import replace

import pytest

from tests.lab.small_worlds import world
from xlt.errors import XltError
from xlt.lab.world import Concepts, Grammar, Language, World, check_world, default_world


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 11, 20, 26])
def test_every_number_of_languages_makes_a_world_of_growing_distance(n: int) -> None:
    made = default_world(n)
    assert list(made.languages) == [f"qa{chr(97 + i)}" for i in range(n)]
    targets = [made.languages[code] for code in made.targets]
    shared = [t.shared for t in targets]
    assert shared == sorted(shared, reverse=True)
    assert targets[-1].shared == targets[-1].cognate == targets[-1].shared_affixes == 0
    assert targets[-1].script in ("georgian", "armenian")
    assert targets[-1].order != made.languages["qaa"].order


def test_the_default() -> None:
    made = default_world()
    assert made.source == "qaa"
    assert made.targets == ("qab", "qac", "qad", "qae", "qaf")
    assert [made.languages[t].shared for t in made.targets] == [650, 400, 150, 0, 0]
    assert [made.languages[t].order for t in made.targets] == ["SVO", "SVO", "SOV", "VSO", "SOV"]
    assert default_world(sentences=9).sizes.text == default_world(sentences=9).sizes.parallel == 9


def wrong(**changes: object) -> World:
    made = world()
    languages = dict(made.languages)
    for key in ("qaa", "qab"):
        if key in changes:
            languages[key] = changes.pop(key)  # type: ignore[assignment]
    return replace(made, **{"languages": languages, **changes})  # type: ignore[arg-type]


BAD = [
    (wrong(qab=Language(shared=600, cognate=401)), r"w: \[languages\.qab\] shared and cognate .* sum above 1"),
    (wrong(qab=Language(shared=1001)), r"w: \[languages\.qab\] shared is 1\.001, expected 0 to 1"),
    (wrong(qaa=Language(order="SOS")), r"w: \[languages\.qaa\] order is 'SOS', expected one of SVO, SOV"),
    (wrong(qaa=Language(script="georgian", vowels=6)), r"\[languages\.qaa\] vowels is 6, but the georgian .* has 5"),
    (wrong(qaa=Language(consonants=0)), r"\[languages\.qaa\] consonants is 0, expected 2 to 40"),
    (wrong(concepts=Concepts(nouns=250)), r"\[concepts\] nouns is 250, expected a multiple of .* \(12\)"),
    (wrong(grammar=Grammar(pronoun=700, name=301)), r"\[grammar\] pronoun and name .* sum above 1"),
    (wrong(seed=-1), r"w: seed is -1, expected 0 to"),
    (wrong(languages={"qaa": Language()}), r"\[languages\] has 1 tables, expected 2 to 26"),
]


@pytest.mark.parametrize(("of", "message"), BAD)
def test_wrong_dials(of: World, message: str) -> None:
    with pytest.raises(XltError, match=message):
        check_world(of, "w")


@pytest.mark.parametrize("n", [1, 27])
def test_wrong_number_of_languages(n: int) -> None:
    with pytest.raises(XltError, match=rf"languages {n}: a world has from 2 to 26"):
        default_world(n)
