"""Neuron-wise correlation against numpy's coefficients."""

import math

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy
from xlt.errors import XltError
from xlt.measures.measure import Pairs
from xlt.measures.neurons import neurons
from xlt.measures.options import WHOLE, ScoreOptions


def test_against_numpy() -> None:
    x, y = noisy(40, 6)
    u, v = x.double().numpy(), y.double().numpy()
    slow = np.mean([np.corrcoef(u[:, d], v[:, d])[0, 1] for d in range(6)])
    assert neurons(Pairs(x, y), ScoreOptions()).values[WHOLE] == pytest.approx(slow, abs=1e-12)
    assert 0.1 < slow < 0.9
    # A rotation is not the same neurons.
    assert abs(neurons(Pairs(x, x.roll(1, dims=1)), ScoreOptions()).values[WHOLE]) < 0.6


def test_constant_dimensions_are_left_out() -> None:
    x = torch.tensor([[0.6, 0.8, 0.0], [0.6, 0.0, 0.8], [0.6, -0.8, 0.0]])
    y = torch.tensor([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.6, 0.8, 0.0]])
    slow = np.corrcoef([0.8, 0, -0.8], [0, 0.6, 0.8])[0, 1]
    assert neurons(Pairs(x, y), ScoreOptions()).values[WHOLE] == pytest.approx(slow, abs=1e-6)
    assert math.isnan(neurons(Pairs(x[:1].expand(3, -1), y), ScoreOptions()).values[WHOLE])


def test_one_pair() -> None:
    with pytest.raises(XltError, match="two pairs or more"):
        neurons(Pairs(*noisy(1, 4)), ScoreOptions())
