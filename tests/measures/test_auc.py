"""Area under the curve: the worked example, ties, and against loops."""

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy
from xlt.measures.auc import auc
from xlt.measures.measure import Pairs
from xlt.measures.options import WHOLE, ScoreOptions


def test_the_worked_example() -> None:
    # s+ .9 .8 .6 against s- .7 .5 .2 .1, put where the measure looks for them.
    pairs = Pairs(torch.eye(3), torch.eye(3))
    pairs.shared["cosines"] = torch.tensor([0.9, 0.8, 0.6], dtype=torch.float64)
    pairs.shared["non-equivalents"] = torch.tensor([0.1, 0.2, 0.5, 0.7], dtype=torch.float64)
    assert auc(pairs, ScoreOptions()).outcomes[WHOLE].mean().item() == pytest.approx(11 / 12)


def test_against_loops_with_ties_counting_half() -> None:
    x, y = noisy(20, 4)
    # The words of pair 4 are those of pair 11: (x_4, y_11) has the cosine of both pairs.
    x[4], y[4] = x[11], y[11]
    s = (x.double() @ y.double().T).numpy()
    wrong = np.array([s[i, j] for i in range(20) for j in range(20) if i != j])
    slow = [np.mean((s[i, i] > wrong + 1e-12) + 0.5 * (np.abs(s[i, i] - wrong) <= 1e-12)) for i in range(20)]
    outcomes = auc(Pairs(x, y), ScoreOptions()).outcomes[WHOLE]
    assert outcomes.tolist() == pytest.approx(slow, abs=1e-12)
    assert round(outcomes[4].item() * 2 * len(wrong)) % 2 == 0
    assert 0.5 < outcomes.mean() < 1
