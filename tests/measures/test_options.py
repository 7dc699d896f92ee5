"""Settings of measures: what is asked for, recorded and signed."""

from typing import get_args

import pytest

from xlt.errors import OptionError
from xlt.files.schemas import SCORES
from xlt.measures.options import Direction, ScoreOptions, Similarity, Strength


def test_what_is_asked_for() -> None:
    assert ScoreOptions().strengths() == ["weak", "strong"]
    assert ScoreOptions(strength="strong").strengths() == ["strong"]
    assert ScoreOptions().directions() == ["src-tgt", "tgt-src"]
    assert ScoreOptions(direction="tgt-src").directions() == ["tgt-src"]


def test_the_schema_allows_what_can_be_chosen_and_that_nothing_was() -> None:
    assert SCORES.values("direction") == (*get_args(Direction), "both")
    assert SCORES.values("strength") == (*get_args(Strength), "")
    assert SCORES.values("similarity") == (*get_args(Similarity), "")


def test_what_is_recorded_and_signed() -> None:
    assert ScoreOptions().params() == {
        "strength": "both", "direction": "both", "similarity": "cosine", "csls_k": None, "center": False,
    }  # fmt: skip
    assert ScoreOptions(similarity="csls", csls_k=3).params()["csls_k"] == 3
    # Neighbours count only where CSLS is used: for a measure that compares by no similarity they do not.
    assert ScoreOptions(csls_k=3).signature(similarity=True) == {}
    csls = ScoreOptions(similarity="csls", csls_k=3, center=True)
    assert csls.signature(similarity=True) == {"k": 3, "center": ""}
    assert csls.signature(similarity=False) == {"center": ""}


def test_bounds() -> None:
    with pytest.raises(OptionError, match="csls_k 0: give at least 1"):
        ScoreOptions(csls_k=0)
    with pytest.raises(OptionError, match="block 15: give at least 16"):
        ScoreOptions(block=15)
