"""The k nearest, by loops, and the rule of ties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.reference import noisy
from xlt.arrays import Floats
from xlt.measures.nearest import nearest


def slow(x: Floats, y: Floats, k: int, penalty: Floats) -> list[list[int]]:
    """The k greatest of each row, those of the k-th value by their number; values on a grid far above any rounding."""
    rows = []
    for row in np.round(x @ y.T - penalty, 9):
        rows.append(sorted(sorted(range(len(y)), key=lambda j: (-row[j], j))[:k]))
    return rows


@pytest.mark.parametrize("k", [1, 3, 9, 30, 99])
@pytest.mark.parametrize("block", [4, 16, 64])
def test_against_loops(k: int, block: int) -> None:
    x, y = noisy(30, 5)
    x = x[:23]
    # Three of one form, in different blocks.
    y[5] = y[17] = y[29]
    penalty = torch.linspace(0, 0.2, 30).double()
    penalty[5] = penalty[17] = penalty[29]
    expected = slow(x.double().numpy(), y.double().numpy(), min(k, 30), penalty.numpy())
    assert nearest(x, y, k, block, penalty).tolist() == expected


@given(st.integers(1, 6), st.lists(st.integers(0, 3), min_size=1, max_size=12), st.sampled_from([2, 3, 16]))
def test_of_equal_candidates_the_first(k: int, forms: list[int], block: int) -> None:
    y = torch.eye(4)[forms]
    x = torch.nn.functional.normalize(torch.tensor([[4.0, 3, 2, 1], [1, 1, 1, 1]]))
    expected = slow(x.double().numpy(), y.double().numpy(), min(k, len(forms)), np.zeros(len(forms)))
    assert nearest(x, y, k, block).tolist() == expected
