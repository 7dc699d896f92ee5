import unicodedata

import pytest

from xlt.corpora.words import segmentation
from xlt.lab.scripts import SCRIPTS, Script


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_letters(script: Script) -> None:
    letters = script.consonants + script.vowels
    assert len(set(letters)) == len(letters)
    assert all(unicodedata.category(c) in ("Ll", "Lo") and c == c.lower() for c in letters)
    # Nothing is normalised away, neither by our reader nor by a tokenizer that strips accents or maps to NFKC.
    assert all(unicodedata.normalize(form, c) == c for c in letters for form in ("NFD", "NFKC"))
    assert len({unicodedata.name(c).split()[0] for c in letters}) == 1


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_our_words_are_the_tokens_of_the_default_segmentation(script: Script) -> None:
    text = f"{script.consonants} {script.comma} {script.vowels} {script.stop}"
    assert segmentation("qaa").segment([text]).values.to_pylist() == text.split(" ")
    assert script.stop != script.comma
    assert all(unicodedata.category(c) == "Po" for c in (script.stop, script.comma))


def test_scripts_share_no_letter() -> None:
    letters = [c for s in SCRIPTS.values() for c in s.consonants + s.vowels]
    assert len(set(letters)) == len(letters)
