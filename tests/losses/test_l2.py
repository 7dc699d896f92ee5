from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor

from tests.losses.golden import check_golden, expected_values, golden_batch
from xlt.arrays import Floats
from xlt.losses.l2 import l2_loss, l2_regularisation

numbers = st.integers(-4, 4).map(float)


def ids(*values: int) -> Tensor:
    return torch.tensor(values, dtype=torch.int64)


def test_by_hand() -> None:
    source, target = torch.tensor([[1.0, 2.0], [0.0, -1.0]]), torch.tensor([[3.0, 3.0], [9.0, 9.0], [0.0, 1.0]])
    # s0 ~ t0: 2² + 1² = 5; s1 ~ t2: 0² + 2² = 4; s0 ~ t2: 1² + 1² = 2.
    assert l2_loss(source, target, ids(0), ids(0)).item() == 5
    assert l2_loss(source, target, ids(0, 1), ids(0, 2)).item() == 9
    assert l2_loss(source, target, ids(0, 1, 0), ids(0, 2, 2)).item() == 11
    # A sum, not a mean: a pair that stands twice counts twice.
    assert l2_loss(source, target, ids(0, 0), ids(0, 0)).item() == 10
    # 2 (s - t) at each word of a pair, and the opposite at the other word: s0 - t0 = (-2, -1).
    source.requires_grad_()
    target.requires_grad_()
    torch.autograd.backward(l2_loss(source, target, ids(0, 0), ids(0, 0)))
    assert source.grad is not None
    assert target.grad is not None
    assert source.grad.tolist() == [[-8.0, -4.0], [0.0, 0.0]]
    assert target.grad.tolist() == [[8.0, 4.0], [0.0, 0.0], [0.0, 0.0]]


def test_regularisation_by_hand() -> None:
    vectors, frozen = torch.tensor([[1.0, 2.0], [0.0, -1.0]]), torch.tensor([[1.0, 0.0], [3.0, 3.0]])
    vectors.requires_grad_()
    frozen.requires_grad_()
    value = l2_regularisation(vectors, frozen)
    # (0² + 2²) + (3² + 4²)
    assert value.item() == 29
    torch.autograd.backward(value)
    assert vectors.grad is not None
    assert vectors.grad.tolist() == [[0.0, 4.0], [-6.0, -8.0]]
    assert frozen.grad is None


@pytest.mark.parametrize(("name", "pool"), [("l2", "sum"), ("def_l2_mean_pooling", "mean")])
def test_golden(golden: Path, name: str, pool: str) -> None:
    expected = expected_values(golden)[name]
    for dtype, key, tolerance in ((torch.float64, "loss_f64", 1e-10), (torch.float32, "loss_f32", 1e-5)):
        batch = golden_batch(golden, dtype, pool)
        # The golden value is a mean over pairs and dimensions, cao2020's a sum.
        terms = len(batch.source_ids) * batch.source.shape[1]
        value = l2_loss(batch.source, batch.target, batch.source_ids, batch.target_ids) / terms
        check_golden(batch, value, expected, key, tolerance)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Floats, Floats, list[tuple[int, int]]]:
    d = draw(st.integers(1, 4))
    source, target = (draw(hnp.arrays(np.float64, (draw(st.integers(1, 5)), d), elements=numbers)) for _ in range(2))
    pair = st.tuples(st.integers(0, len(source) - 1), st.integers(0, len(target) - 1))
    return source, target, draw(st.lists(pair, max_size=8))


@given(batch=batches())
@settings(deadline=None)
def test_against_loops(batch: tuple[Floats, Floats, list[tuple[int, int]]]) -> None:
    source, target, pairs = batch
    value = l2_loss(
        torch.from_numpy(source), torch.from_numpy(target), ids(*(i for i, _ in pairs)), ids(*(j for _, j in pairs))
    )
    assert value.item() == sum((a - b) ** 2 for i, j in pairs for a, b in zip(source[i], target[j], strict=True))
    start = source[::-1].copy()
    regular = l2_regularisation(torch.from_numpy(source), torch.from_numpy(start))
    assert regular.item() == sum((a - b) ** 2 for a, b in zip(source.flat, start.flat, strict=True))


def test_gradient_against_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    source, target, frozen = (torch.randn((n, 3), generator=generator, dtype=torch.float64) for n in (5, 4, 5))
    source_ids, target_ids = ids(0, 2, 2, 4), ids(3, 3, 1, 0)

    def of(a: Tensor, b: Tensor) -> Tensor:
        return l2_loss(a, b, source_ids, target_ids) + 0.5 * l2_regularisation(a, frozen)

    assert torch.autograd.gradcheck(of, (source.requires_grad_(), target.requires_grad_()))


def test_narrow_vectors_and_autocast() -> None:
    # 1 + 1/128 needs all of bfloat16's digits; its squared distance to 0 needs more.
    narrow, zero = torch.full((3, 2), 1 + 1 / 128, dtype=torch.bfloat16), torch.zeros((3, 2), dtype=torch.bfloat16)
    for enabled in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            for value in (l2_loss(narrow, zero, ids(0, 1), ids(1, 2)) * 1.5, l2_regularisation(narrow, zero)):
                assert value.dtype == torch.float32
                assert value.item() == 6 * (1 + 1 / 128) ** 2


def test_no_pair_is_zero_with_a_gradient() -> None:
    source, target = torch.ones((2, 2), requires_grad=True), torch.ones((1, 2))
    value = l2_loss(source, target, ids(), ids())
    torch.autograd.backward(value)
    assert value.item() == 0
    assert source.grad is not None
    assert not source.grad.any()


def test_wrong_calls() -> None:
    vectors = torch.ones((3, 2))
    with pytest.raises(ValueError, match="got 2 and 1"):
        l2_loss(vectors, vectors, ids(0, 1), ids(0))
    with pytest.raises(ValueError, match=r"got \(3, 2\) and \(1, 2\)"):
        l2_regularisation(vectors, vectors[:1])
