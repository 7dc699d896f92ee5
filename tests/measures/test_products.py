"""Products: what bfloat16 says lies within the bound that is claimed, and single places are those of float64."""

import pytest
import torch

from tests.measures.reference import noisy
from xlt.measures.products import blocks, dots_at, error_bound, float32_error, offsets, operand, peak_of, row_dots


@pytest.mark.parametrize("low", [False, True])
def test_every_product_lies_within_its_bound(low: bool) -> None:
    x, y = noisy(150, 24)
    y = y[:90]
    a, b = operand(x, low), operand(y, low)
    product = a.low @ b.low.T
    assert product.dtype == (torch.bfloat16 if low else torch.float32)
    add_a, add_b, constant = offsets(a, b)
    computed = product.double() + add_a[:, None] + add_b + constant
    wrong = (computed - x.double() @ y.double().T).abs()
    assert (wrong <= error_bound(a, b, peak_of(product))[:, None]).all()
    # The bound is of use: of bfloat16 without centring one could say less.
    assert float(error_bound(a, b, peak_of(product)).max()) < (0.02 if low else 1e-4)
    assert (float(wrong.max()) > float32_error(24)) == low


def test_what_is_centred_has_no_mean() -> None:
    x, _ = noisy(60, 8)
    side = operand(x, True)
    assert float((x - side.mean).mean(dim=0).abs().max()) < 1e-6
    torch.testing.assert_close(side.norm, torch.linalg.vector_norm(x - side.mean, dim=1))
    plain = operand(x, False)
    assert plain.low is x
    assert not plain.rounding.any()
    assert not plain.mean.any()


def test_single_places_are_those_of_float64() -> None:
    x, y = noisy(1300, 5)
    exact = x.double() @ y.double().T
    torch.testing.assert_close(row_dots(x, y), exact.diagonal(), rtol=0, atol=1e-15)
    i, j = torch.tensor([3, 3, 1299]), torch.tensor([0, 7, 2])
    torch.testing.assert_close(dots_at(x, y, i, j), exact[i, j], rtol=0, atol=1e-15)
    assert dots_at(x, y, i[:0], j[:0]).shape == (0,)


def test_the_peak_is_that_of_what_is_rounded() -> None:
    product = torch.tensor([[0.5, -2.0]])
    assert (float(peak_of(product)), float(peak_of(product.bfloat16()))) == (0.0, 2.0)


def test_blocks() -> None:
    assert list(blocks(7, 3)) == [(0, 3), (3, 6), (6, 7)]
    assert list(blocks(7, 3, 5)) == [(5, 7)]
    assert list(blocks(0, 3)) == []
