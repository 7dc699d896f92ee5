from itertools import islice

import pytest

from xlt.errors import XltError
from xlt.lab.phonology import Phonology, affixes, check_capacity, phonology, sound_changes, stems
from xlt.lab.random import Stream
from xlt.lab.scripts import SCRIPTS
from xlt.lab.world import Language

FEW = Phonology("pt", "a", 2)


def test_letters_are_chosen_from_the_script() -> None:
    found = phonology(Language(script="greek", consonants=6, vowels=3), Stream(1))
    assert (len(set(found.consonants)), len(set(found.vowels))) == (6, 3)
    assert set(found.consonants) <= set(SCRIPTS["greek"].consonants)
    assert set(found.vowels) <= set(SCRIPTS["greek"].vowels)
    assert found != phonology(Language(script="greek", consonants=6, vowels=3), Stream(2))


def test_all_words_that_can_be_made_are_made() -> None:
    function = {c + "a" + coda for c in "pt" for coda in ("", "p", "t")}
    assert set(islice(stems(FEW, Stream(1), function=True), 500)) == function
    content = {c + "a" + stem for c in "pt" for stem in function}
    assert set(islice(stems(FEW, Stream(1), function=False), 1000)) == content
    assert set(islice(affixes(FEW, Stream(1)), 200)) == {"a", "ap", "at", "pa", "ta"}


def test_content_words_have_from_two_syllables_up_to_the_dial() -> None:
    found = list(islice(stems(Phonology("ptk", "ai", 4), Stream(1), function=False), 600))
    assert {sum(c in "ai" for c in stem) for stem in found} == {2, 3, 4}


@pytest.mark.parametrize(
    ("content", "function", "kind"), [(6, 3, None), (7, 3, "make 6 content words, but 7"), (6, 4, "3 function words")]
)
def test_capacity(content: int, function: int, kind: str | None) -> None:
    if kind is None:
        check_capacity(FEW, content, function, "f: [languages.qab]")
        return
    with pytest.raises(XltError, match=rf"f: \[languages\.qab\] consonants and vowels .*{kind}"):
        check_capacity(FEW, content, function, "f: [languages.qab]")


def test_sound_changes_are_regular() -> None:
    changes = sound_changes(Phonology("бд", "оуы", 2), Phonology("ptk", "ai", 2))
    assert "patikip".translate(changes) == "бодубуб"
