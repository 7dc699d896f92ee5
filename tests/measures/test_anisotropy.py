"""Mean cosines within a side, by hand and against loops."""

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy
from xlt.errors import XltError
from xlt.measures.anisotropy import anisotropy, mean_cosine
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions


def test_by_hand() -> None:
    assert mean_cosine(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])) == pytest.approx((0 + 0.6 + 0.8) / 3)
    assert mean_cosine(torch.tensor([[1.0, 0.0]] * 5)) == pytest.approx(1)


def test_against_loops() -> None:
    x, y = noisy(50, 6)
    values = anisotropy(Pairs(x, y), ScoreOptions()).values
    for name, side in (("src", x.double().numpy()), ("tgt", y.double().numpy())):
        slow = np.mean([side[i] @ side[j] for i in range(50) for j in range(50) if i != j])
        assert values[Case(set=name)] == pytest.approx(slow, abs=1e-12)


def test_one_pair() -> None:
    with pytest.raises(XltError, match="two pairs or more"):
        anisotropy(Pairs(*noisy(1, 4)), ScoreOptions())
