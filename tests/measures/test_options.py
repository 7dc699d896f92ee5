"""Settings of measures, and each measure does what its entry says: a new one is tested here without further ado."""

import math
from typing import get_args

import pytest
import torch

from tests.measures.reference import noisy
from xlt.errors import OptionError
from xlt.files.schemas import ITEMS, SCORES
from xlt.measures.measure import Items, Pairs, function_of
from xlt.measures.options import MEASURES, Direction, ScoreOptions, Similarity, Strength


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


def test_measures_are_named() -> None:
    assert ScoreOptions().measure == ("accuracy",)
    with pytest.raises(OptionError, match="measure 'accurracy': choose from accuracy"):
        ScoreOptions(measure=("accurracy",))
    assert "measure" not in ScoreOptions(measure=("accuracy",)).params()


SETTINGS = [
    ScoreOptions(),
    ScoreOptions(strength="strong", direction="tgt-src"),
    ScoreOptions(similarity="csls", csls_k=3),
]


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_every_case_asked_for_is_measured(name: str, settings: ScoreOptions) -> None:
    measure, (x, y) = MEASURES[name], noisy(40, 8)
    pairs = Pairs(x, y)
    before = x.clone(), y.clone()
    for whole in (False, True):
        result = function_of(measure, facts=whole)(pairs, settings)
        for case in measure.cases(settings):
            if isinstance(result, Items):
                assert result.outcomes[case].shape == (40,)
                facts = result.facts.get(case, {})
                assert set(facts) - {"found"} <= {column.name for column in ITEMS.columns}
                assert all(values.shape == (40,) for values in facts.values())
            else:
                assert math.isfinite(result.values[case])
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
