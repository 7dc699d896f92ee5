"""The margin against a sorted list, and that it is the inverse of violations."""

import numpy as np
import pytest

from tests.measures.reference import noisy
from xlt.measures.margin import margin
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions


def test_against_the_sorted_differences() -> None:
    x, y = noisy(25, 5)
    s = (x.double() @ y.double().T).numpy()
    settings = ScoreOptions(measure=("margin",), delta=(0.0, 0.05, 0.5))
    result = margin(Pairs(x, y), settings)
    wrong = [s[i, j] for i in range(25) for j in range(25) if i != j]
    whole = np.sort([s[i, i] - value for i in range(25) for value in wrong])
    expected = {
        Case(set="delta=0"): whole[0], Case(set="delta=0.05"): whole[750], Case(set="delta=0.5"): whole[7500],
    }  # fmt: skip
    assert dict(result.values) == pytest.approx(expected, abs=1e-12)
    # Each pair once is no resample.
    for case, value in result.values.items():
        assert result.resampled[case](np.ones((1, 25)))[0] == pytest.approx(value, abs=1e-6)


def test_anchored_is_a_quantile_of_what_pairs_are_ahead() -> None:
    x, y = noisy(40, 5)
    s = (x.double() @ y.double().T).numpy().T
    ahead = sorted(s[i, i] - max(s[i, j] for j in range(40) if j != i) for i in range(40))
    result = margin(Pairs(x, y), ScoreOptions(measure=("margin",), delta=(0.1,), anchored=True))
    assert result.values[Case("tgt-src", "weak", "delta=0.1")] == pytest.approx(ahead[4], abs=1e-12)
