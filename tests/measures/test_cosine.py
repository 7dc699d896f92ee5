"""Cosines and distances of pairs."""

import numpy as np
import pytest
import torch

from tests.measures.reference import CPU, noisy
from xlt.measures.cosine import cosine, distance
from xlt.measures.measure import Pairs
from xlt.measures.neighbours import Gold
from xlt.measures.options import WHOLE, ScoreOptions
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    x = unit_rows(np.array([[1, 0], [1, 1], [0, 1]], np.float32), CPU)
    y = unit_rows(np.array([[2, 1], [1, 2], [1, 1]], np.float32), CPU)
    near, far = (function(Pairs(x, y), ScoreOptions()).outcomes[WHOLE] for function in (cosine, distance))
    assert near.tolist() == pytest.approx([2 / 5**0.5, 3 / 10**0.5, 1 / 2**0.5], abs=1e-7)
    assert round(near.mean().item(), 4) == 0.8501
    assert far.tolist() == pytest.approx((1 - near).tolist(), abs=1e-15)


def test_of_links_the_linked_words_are_compared() -> None:
    x, y = noisy(9, 4)
    gold = Gold(torch.tensor([2, 2, 8]), torch.tensor([0, 5, 8]))
    near = cosine(Pairs(x, y, gold), ScoreOptions()).outcomes[WHOLE]
    u, v = x.double().numpy(), y.double().numpy()
    assert near.tolist() == pytest.approx([u[2] @ v[0], u[2] @ v[5], u[8] @ v[8]], abs=1e-14)
