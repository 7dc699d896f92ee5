"""Settings of measures, and each measure does what its entry says: a new one is tested here without further ado."""

import math
from typing import Any, get_args

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
    assert SCORES.values("direction") == (*get_args(Direction), "both", "mean")
    assert SCORES.values("strength") == (*get_args(Strength), "")
    assert SCORES.values("similarity") == (*get_args(Similarity), "")


def test_what_is_recorded_and_signed() -> None:
    assert ScoreOptions().params() == {
        "strength": "both", "direction": "both", "similarity": "cosine", "csls_k": None, "center": False,
    }  # fmt: skip
    assert ScoreOptions(similarity="csls", csls_k=3).params()["csls_k"] == 3
    # Neighbours count only where CSLS is used: for a measure that compares by no similarity they do not.
    accuracy, cosine = MEASURES["accuracy"], MEASURES["cosine"]
    assert ScoreOptions(csls_k=3).signature(accuracy) == {}
    csls = ScoreOptions(similarity="csls", csls_k=3, center=True)
    assert csls.signature(accuracy) == {"k": 3, "center": ""}
    assert csls.signature(cosine) == {"center": ""}


def test_options_of_some_measures_are_recorded_where_they_are_not_the_default() -> None:
    settings = ScoreOptions(measure=("accuracy", "violation", "hubness"), epsilon=(0.0, 0.1), anchored=True, hub_k=3)
    usual = ScoreOptions().params()
    assert settings.params() == usual | {
        "measure": ["accuracy", "violation", "hubness"], "epsilon": [0.0, 0.1], "anchored": True, "hub_k": 3,
    }  # fmt: skip
    # The parameter stands in the column set; each is signed with the measures that it belongs to alone.
    assert settings.signature(MEASURES["violation"]) == {"anchored": ""}
    assert settings.signature(MEASURES["hubness"]) == {"hub-k": "3"}
    assert settings.signature(MEASURES["accuracy"]) == {}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"epsilon": (0.1,)}, "epsilon has no effect without measure violation or graded; leave it out"),
        ({"measure": ("mrr", "auc"), "anchored": True}, "anchored has no effect with measure mrr,auc; leave it out"),
        ({"measure": ("margin",), "delta": (0.1, 1.0)}, "delta 1: give a share below 1"),
        ({"measure": ("margin",), "delta": (-0.1,)}, "delta -0.1: give at least 0"),
        ({"measure": ("violation",), "epsilon": (0.1, 2.5)}, "epsilon 2.5: give at most 2"),
        ({"measure": ("violation",), "epsilon": (math.nan,)}, "epsilon nan: give a finite number"),
        ({"measure": ("violation",), "epsilon": ()}, "epsilon is empty: give at least one"),
        ({"measure": ()}, "measure is empty: give at least one"),
        ({"measure": ("hubness",), "hub_k": 0}, "hub_k 0: give at least 1"),
    ],
    ids=str,
)
def test_what_cannot_be(given: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError) as refused:
        ScoreOptions(**given)
    assert str(refused.value) == text


def test_bounds() -> None:
    with pytest.raises(OptionError, match="csls_k 0: give at least 1"):
        ScoreOptions(csls_k=0)
    with pytest.raises(OptionError, match="block 15: give at least 16"):
        ScoreOptions(block=15)


def test_measures_are_named() -> None:
    assert ScoreOptions().measure == ("accuracy",)
    with pytest.raises(OptionError, match=r"measure 'accurracy': choose from accuracy.*; did you mean accuracy\?"):
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
