"""Each measure does what its entry says: a new one is tested here without further ado."""

import math

import pytest
import torch

from tests.measures.reference import noisy
from xlt.files.schemas import ITEMS
from xlt.measures.catalogue import MEASURES
from xlt.measures.measure import Items
from xlt.measures.options import ScoreOptions

SETTINGS = [
    ScoreOptions(),
    ScoreOptions(strength="strong", direction="tgt-src"),
    ScoreOptions(similarity="csls", csls_k=3),
]


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("settings", SETTINGS, ids=range(len(SETTINGS)))
def test_every_case_asked_for_is_measured(name: str, settings: ScoreOptions) -> None:
    measure, (x, y) = MEASURES[name], noisy(40, 8)
    before = x.clone(), y.clone()
    for function in filter(None, (measure.function, measure.with_facts)):
        result = function(x, y, settings)
        for case in measure.cases(settings):
            if isinstance(result, Items):
                assert result.outcomes[case].shape == (40,)
                facts = result.facts.get(case, {})
                assert set(facts) <= {column.name for column in ITEMS.columns}
                assert all(values.shape == (40,) for values in facts.values())
            else:
                assert math.isfinite(result.values[case])
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
