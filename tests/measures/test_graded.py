"""Grades against cosines: the worked example, loops, and what cannot be."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.reference import noisy
from xlt.errors import XltError
from xlt.measures.graded import graded, out_of_order
from xlt.measures.measure import Items, Pairs, Scalar
from xlt.measures.options import Case, ScoreOptions

COSINES, GRADES = [0.9, 0.7, 0.2, 0.4], [1, 0.8, 0.5, -1]


def example(grades: list[float] | None = GRADES) -> Pairs:
    """Vectors whose cosines are those of the worked example."""
    y = torch.tensor([[c, (1 - c * c) ** 0.5] for c in COSINES], dtype=torch.float64)
    pairs = Pairs(
        torch.tensor([[1.0, 0.0]] * 4),
        y.float(),
        grades=None if grades is None else torch.tensor(grades, dtype=torch.float64),
    )
    pairs.shared["cosines"] = y[:, 0]
    return pairs


def test_calibrated_by_hand() -> None:
    # Errors .1 .1 .3 1.4, the first not in floating point.
    result = graded(example(), ScoreOptions(measure=("graded",), epsilon=(0.1, 0.3)))
    assert isinstance(result, Items)
    assert result.outcomes[Case(set="eps=0.1")].tolist() == [False, False, True, True]
    assert result.outcomes[Case(set="eps=0.3")].tolist() == [False, False, False, True]


def test_order_by_hand() -> None:
    # (0,2) (0,3) (1,2) (1,3) (2,3), the last of which is wrong.
    result = graded(example(), ScoreOptions(measure=("graded",), epsilon=(0.25,), grade_reading="order"))
    assert isinstance(result, Scalar)
    assert result.values[Case(set="eps=0.25")] == pytest.approx(0.2)
    assert result.resampled == {}


values = st.integers(-4, 4)


@given(st.lists(st.tuples(values, values), min_size=2, max_size=20), st.integers(0, 8))
def test_order_against_loops(rows: list[tuple[int, int]], epsilon: int) -> None:
    apart = [(a, b) for a in rows for b in rows if a[1] > b[1] and a[1] - b[1] >= epsilon]
    if not apart:
        return
    slow = sum(a[0] <= b[0] for a, b in apart) / len(apart)
    cosines, grades = (np.array(side, np.float64) / 10 for side in zip(*rows, strict=True))
    assert out_of_order(cosines, grades, epsilon / 10) == pytest.approx(slow, abs=1e-12)


def test_without_grades_translations_have_one_and_others_none() -> None:
    x, y = noisy(20, 5)
    s = (x.double() @ y.double().T).numpy()
    settings = ScoreOptions(measure=("graded",), epsilon=(0.3,))
    result = graded(Pairs(x, y), settings)
    assert isinstance(result, Scalar)
    right = np.array([abs(s[i, i] - 1) > 0.3 for i in range(20)])
    wrong = np.array([abs(s[i, j]) > 0.3 for i in range(20) for j in range(20) if i != j])
    case = Case(set="eps=0.3")
    assert result.values[case] == pytest.approx((right.sum() + wrong.sum()) / 400)
    weights = np.zeros((2, 20))
    weights[0, :], weights[1, 4] = 1, 20
    assert result.resampled[case](weights).tolist() == pytest.approx(
        [result.values[case], (20 * right[4] + wrong.sum()) / 400]
    )
    order = graded(Pairs(x, y), ScoreOptions(measure=("graded",), epsilon=(0.3,), grade_reading="order"))
    assert isinstance(order, Items)
    others = [s[i, j] for i in range(20) for j in range(20) if i != j]
    slow = [np.mean([s[i, i] <= value for value in others]) for i in range(20)]
    assert order.outcomes[case].tolist() == pytest.approx(slow, abs=1e-12)


def test_grades_that_do_not_go() -> None:
    order = ScoreOptions(measure=("graded",), epsilon=(1.5,), grade_reading="order")
    with pytest.raises(XltError, match=r"^no two grades differ by 1.5; they lie within 0.5$"):
        graded(example([0.5, 0.0, 0.2, 0.1]), order)
    with pytest.raises(XltError, match=r"no two grades differ by 1.5; they lie within 1$"):
        graded(Pairs(*noisy(4, 3)), order)
    with pytest.raises(XltError, match="some pairs have a grade and some have none"):
        graded(example([0.5, float("nan"), 0.2, 0.1]), order)
