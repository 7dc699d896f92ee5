"""Differences of similarities: the worked example, and against all of them in a list."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.reference import noisy
from xlt.measures.differences import Differences, differences
from xlt.measures.measure import Pairs
from xlt.measures.options import WHOLE, Case, ScoreOptions

# Differences: -.1 .1 .1 .2 .3 .4 .4 .5 .6 .7 .7 .8, some of them not in floating point.
EXAMPLE = Differences(
    torch.tensor([0.9, 0.8, 0.6], dtype=torch.float64), torch.tensor([0.1, 0.2, 0.5, 0.7], dtype=torch.float64)
)


@pytest.mark.parametrize(("epsilon", "share"), [(0.0, 1 / 12), (0.1, 1 / 12), (0.2, 3 / 12), (0.3, 4 / 12), (2.0, 1)])
def test_shares_below_by_hand(epsilon: float, share: float) -> None:
    assert EXAMPLE.below(epsilon).mean().item() == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("delta", "epsilon"), [(0.0, -0.1), (0.08, -0.1), (1 / 12, 0.1), (0.25, 0.2), (0.5, 0.4), (0.999, 0.8)]
)
def test_margins_by_hand(delta: float, epsilon: float) -> None:
    assert EXAMPLE.margin(delta) == pytest.approx(epsilon, abs=1e-12)


tenths = st.lists(st.integers(-10, 10), min_size=1, max_size=12)


@given(tenths, tenths, st.integers(0, 19))
def test_against_all_differences(right: list[int], wrong: list[int], twentieths: int) -> None:
    apart = Differences(
        torch.tensor(right, dtype=torch.float64) / 10, torch.tensor(sorted(wrong), dtype=torch.float64) / 10
    )
    whole = sorted(a - b for a in right for b in wrong)
    assert apart.margin(twentieths / 20) == pytest.approx(whole[twentieths * len(whole) // 20] / 10, abs=1e-12)
    for epsilon in (-3, 0, 2, 20):
        share = sum(d < epsilon for d in whole) / len(whole)
        assert apart.below(epsilon / 10).mean().item() == pytest.approx(share, abs=1e-12)


def test_margins_of_resamples_are_those_of_the_pairs_taken() -> None:
    rng = np.random.default_rng(0)
    right, wrong = rng.normal(0.3, 0.2, 60), np.sort(rng.normal(0, 0.2, 500))
    apart = Differences(torch.from_numpy(right), torch.from_numpy(wrong))
    weights = rng.multinomial(60, [1 / 60] * 60, 200).astype(np.float64)
    slow = np.array(
        [
            Differences(torch.from_numpy(np.repeat(right, row.astype(int))), torch.from_numpy(wrong)).margin(0.1)
            for row in weights
        ]
    )
    fast = apart.margins(0.1)(weights)
    # Far nearer than the resamples lie apart.
    assert np.abs(fast - slow).max() < 0.03 * slow.std()
    assert fast.std() == pytest.approx(slow.std(), rel=0.01)


def test_anchored_is_against_the_best_wrong_candidate_of_a_direction() -> None:
    x, y = noisy(30, 5)
    cosines = (x.double() @ y.double().T).numpy()
    settings = ScoreOptions(measure=("violation",), anchored=True, similarity="csls")
    by_case = differences(Pairs(x, y), settings)
    assert by_case.keys() == {Case("src-tgt", "weak"), Case("tgt-src", "weak")}
    for case, s in ((Case("src-tgt", "weak"), cosines), (Case("tgt-src", "weak"), cosines.T)):
        slow = [s[i, i] - max(s[i, j] for j in range(30) if j != i) for i in range(30)]
        assert by_case[case].right.tolist() == pytest.approx(slow, abs=1e-12)
        assert by_case[case].wrong.tolist() == [0]
    assert differences(Pairs(x, y), ScoreOptions()).keys() == {WHOLE}
