"""Neighbourhoods: what CSLS subtracts."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.measures.reference import CPU, noisy
from xlt.measures.csls import csls_penalties, neighbour_means, own_neighbour_means
from xlt.measures.unit import unit_rows


def test_neighbour_means_by_hand() -> None:
    x = unit_rows(np.array([[1, 0], [0, 1], [1, 1]], np.float32), CPU)
    y = unit_rows(np.array([[1, 0], [1, 1], [0, -1]], np.float32), CPU)
    half = float(np.sqrt(0.5))
    of_x, of_y = neighbour_means(x, y, 2, block=2)
    assert of_x.tolist() == pytest.approx([(1 + half) / 2, half / 2, (1 + half) / 2])
    assert of_y.tolist() == pytest.approx([(1 + half) / 2, (1 + half) / 2, (0 - half) / 2])
    assert own_neighbour_means(x, 1, block=1024).tolist() == pytest.approx([half, half, half])
    assert own_neighbour_means(x[:1], 10, block=1024).tolist() == [0.0]


def crowded(n: int, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sides of unlike sizes with crowds: many rows are one vector, or one but for what bfloat16 cannot tell."""
    x, y = noisy(n, dim)
    rng = np.random.default_rng(3)
    y = torch.cat((y, y[:5].repeat(60, 1)))
    y[n + 150 :] += torch.from_numpy(rng.normal(size=(150, dim)).astype(np.float32)) * 1e-4
    return x, torch.nn.functional.normalize(y)


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("block", [7, 64, 1000])
@pytest.mark.parametrize("sides", [noisy, crowded])
def test_neighbour_means_of_many(
    sides: Callable[[int, int], tuple[torch.Tensor, torch.Tensor]], block: int, low: bool
) -> None:
    x, y = sides(257, 16)
    exact = x.double() @ y.double().T
    of_x, of_y = neighbour_means(x, y, 10, block=block, low=low)
    torch.testing.assert_close(of_x, exact.topk(10, 1).values.mean(1), rtol=0, atol=1e-14)
    torch.testing.assert_close(of_y, exact.topk(10, 0).values.mean(0), rtol=0, atol=1e-14)
    for side in (x, y):
        own = side.double() @ side.double().T
        own.fill_diagonal_(-torch.inf)
        means = own_neighbour_means(side, 10, block=block, low=low)
        torch.testing.assert_close(means, own.topk(10, 1).values.mean(1), rtol=0, atol=1e-14)


def test_penalties_are_half_the_means_of_the_candidates() -> None:
    x, y = noisy(40, 8)
    of_x, of_y = neighbour_means(x, y, 5, block=1024)
    penalties = csls_penalties(x, y, 5, block=1024)
    # A candidate y is near or far from many x: what counts is its own neighbourhood.
    assert torch.equal(penalties.x, of_x / 2)
    assert torch.equal(penalties.y, of_y / 2)
    assert torch.equal(penalties.x_own, own_neighbour_means(x, 5, block=1024) / 2)
    assert torch.equal(penalties.y_own, own_neighbour_means(y, 5, block=1024) / 2)
    weak = csls_penalties(x, y, 5, block=1024, strong=False)
    assert torch.equal(weak.y, penalties.y)
    assert not weak.x_own.any()


def test_more_neighbours_than_candidates_are_all_of_them() -> None:
    x, y = noisy(6, 4)
    of_x, of_y = neighbour_means(x, y, 100, block=1024)
    exact = x.double() @ y.double().T
    torch.testing.assert_close(of_x, exact.mean(dim=1))
    torch.testing.assert_close(of_y, exact.mean(dim=0))
