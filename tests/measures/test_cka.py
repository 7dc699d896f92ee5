"""Debiased CKA against the definition by whole kernels, and what leaves it as it is."""

import math

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy
from xlt.arrays import Floats
from xlt.errors import XltError
from xlt.measures.cka import cka, hsic
from xlt.measures.measure import Pairs
from xlt.measures.options import WHOLE, ScoreOptions


def slow_hsic(x: Floats, y: Floats) -> float:
    n, ones = len(x), np.ones(len(x))
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    terms = np.trace(k @ m), ones @ k @ ones * (ones @ m @ ones) / ((n - 1) * (n - 2)), ones @ k @ m @ ones
    return float((terms[0] + terms[1] - 2 / (n - 2) * terms[2]) / (n * (n - 3)))


def test_by_hand() -> None:
    # One-dimensional vectors 1 0 0 1 and 1 0 1 0: of the kernels (0,3) and (0,2) are 1. tr(KL) = 0, the sums are 2 and
    # 2, 1'KL1 = 1: (0 + 4 / 6 - 2 / 2) / 4 = -1/12. Of the first with itself: (2 + 4 / 6 - 2) / 4 = 1/6.
    x, y = torch.tensor([[1.0], [0], [0], [1]]), torch.tensor([[1.0], [0], [1], [0]])
    assert hsic(x, y) == pytest.approx(-1 / 12)
    assert hsic(x, x) == pytest.approx(1 / 6)
    assert cka(Pairs(x, y), ScoreOptions()).values[WHOLE] == pytest.approx(-1 / 2)


def test_against_whole_kernels() -> None:
    x, y = noisy(40, 6)
    u, v = x.double().numpy(), y.double().numpy()
    assert hsic(x, y) == pytest.approx(slow_hsic(u, v), rel=1e-10)
    slow = slow_hsic(u, v) / math.sqrt(slow_hsic(u, u) * slow_hsic(v, v))
    assert cka(Pairs(x, y), ScoreOptions()).values[WHOLE] == pytest.approx(slow, rel=1e-10)
    assert 0.1 < slow < 0.9


def test_a_rotation_changes_nothing_and_chance_is_nothing() -> None:
    x, _ = noisy(60, 6)
    turn = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(0)))[0]
    assert cka(Pairs(x, x @ turn), ScoreOptions()).values[WHOLE] == pytest.approx(1, abs=1e-5)
    # More dimensions than pairs: the usual estimator would be near 1.
    many = Pairs(noisy(50, 400, 0)[0], noisy(50, 400, 1)[0])
    assert abs(cka(many, ScoreOptions()).values[WHOLE]) < 0.1


def test_what_has_none() -> None:
    x, y = noisy(30, 5)
    assert math.isnan(cka(Pairs(x[:1].expand(30, -1), y), ScoreOptions()).values[WHOLE])
    with pytest.raises(XltError, match="cka is of 4 pairs or more, and there are 3"):
        cka(Pairs(x[:3], y[:3]), ScoreOptions())
