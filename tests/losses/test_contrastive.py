import math
from math import e, exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.losses.golden import check_golden, expected_values, golden_batch
from xlt.arrays import Floats
from xlt.losses.contrastive import contrastive_loss
from xlt.losses.options import Strength

STRENGTHS: tuple[Strength, Strength] = ("strong", "weak")
both = pytest.mark.parametrize("strength", STRENGTHS)


def reference(
    source: Floats, target: Floats, pairs: list[tuple[int, int]], temperature: float, strength: Strength
) -> float:
    """Equation 2, term after term."""
    words = [("source", i, v) for i, v in enumerate(source)] + [("target", i, v) for i, v in enumerate(target)]

    def similarity(a: Floats, b: Floats) -> float:
        lengths = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
        return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0

    total = 0.0
    for i, j in pairs:
        for side, own, query, right in (("source", i, source[i], target[j]), ("target", j, target[j], source[i])):
            below = 0.0
            for key_side, number, key in words:
                left_out = key_side == side if strength == "weak" else (key_side, number) == (side, own)
                if not left_out:
                    below += exp(similarity(query, key) / temperature)
            total -= log(exp(similarity(query, right) / temperature) / below)
    return total / (2 * len(pairs))


def made(
    words: tuple[int, int] = (9, 7), pairs: int = 5, d: int = 6, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    source, target = (torch.randn((n, d), generator=generator, dtype=torch.float64) for n in words)
    source_ids, target_ids = (torch.randint(n, (pairs,), generator=generator) for n in words)
    return source, target, source_ids, target_ids


def loss(
    source: list[list[float]], target: list[list[float]], pairs: list[tuple[int, int]], t: float, strength: Strength
) -> float:
    ids = torch.tensor(pairs)
    x, y = (torch.tensor(side, dtype=torch.float64) for side in (source, target))
    return contrastive_loss(x, y, ids[:, 0], ids[:, 1], temperature=t, strength=strength).item()


def test_by_hand_right_angles() -> None:
    # cos(s0, t0) = 1, all other cosines of s0 and t0 are 0. Strong keys of s0: s1, t0, t1; of t0: t1, s0, s1.
    source, target = [[2.0, 0.0], [0.0, 1.0]], [[5.0, 0.0], [0.0, 3.0]]
    assert loss(source, target, [(0, 0)], 1.0, "strong") == pytest.approx(log(e + 2) - 1, rel=1e-14)
    assert loss(source, target, [(0, 0)], 0.5, "strong") == pytest.approx(log(e**2 + 2) - 2, rel=1e-14)
    assert loss(source, target, [(0, 0)], 1.0, "weak") == pytest.approx(log(e + 1) - 1, rel=1e-14)


def test_by_hand_the_word_itself_is_no_key() -> None:
    # s0 = -s1, cos(s0, t0) = 3/5. Query s0: keys s1 (-1), t0 (0.6). Query t0: keys s0 (0.6), s1 (-0.6).
    source, target = [[1.0, 0.0], [-1.0, 0.0]], [[3.0, 4.0]]
    from_s0, from_t0 = log(exp(-1) + exp(0.6)) - 0.6, log(exp(0.6) + exp(-0.6)) - 0.6
    assert loss(source, target, [(0, 0)], 1.0, "strong") == pytest.approx((from_s0 + from_t0) / 2, rel=1e-14)
    # Weak: t0 is the only key of s0, value with certainty.
    assert loss(source, target, [(0, 0)], 1.0, "weak") == pytest.approx(from_t0 / 2, rel=1e-14)


def test_by_hand_two_pairs_crossed() -> None:
    # s0 ~ t1 and s1 ~ t0, each with cosine 1 to its translation and 0 to the other two words: four equal terms.
    source, target = [[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [2.0, 0.0]]
    assert loss(source, target, [(0, 1), (1, 0)], 1.0, "strong") == pytest.approx(log(e + 2) - 1, rel=1e-14)
    # Paired wrongly, the target has cosine 0 and a rival has 1.
    assert loss(source, target, [(0, 0), (1, 1)], 1.0, "strong") == pytest.approx(log(e + 2), rel=1e-14)


def test_by_hand_a_second_occurrence_is_a_negative() -> None:
    # s1 is s0 again in another sentence, in no pair. Query s0: keys s1 (1), t0 (1); query t0: keys s0 (1), s1 (1).
    source, target = [[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]]
    assert loss(source, target, [(0, 0)], 0.1, "strong") == pytest.approx(log(2), rel=1e-14)
    # Weak: s0 has t0 alone, t0 has both.
    assert loss(source, target, [(0, 0)], 0.1, "weak") == pytest.approx(log(2) / 2, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "strength", "temperature", "weight", "pool"),
    [
        ("contrastive_weak", "weak", 0.1, 1.0, "sum"),
        ("contrastive_strong", "strong", 0.1, 1.0, "sum"),
        ("contrastive_weak_t0.5", "weak", 0.5, 1.0, "sum"),
        ("contrastive_strong_coef0.3", "strong", 0.1, 0.3, "sum"),
        ("def_contrastive_weak_sum", "weak", 0.1, 1.0, "sum"),
        ("def_contrastive_weak_mean", "weak", 0.1, 1.0, "mean"),
    ],
)
def test_golden(golden: Path, name: str, strength: Strength, temperature: float, weight: float, pool: str) -> None:
    expected = expected_values(golden)[name]
    for dtype, key, tolerance in ((torch.float64, "loss_f64", 1e-10), (torch.float32, "loss_f32", 1e-5)):
        batch = golden_batch(golden, dtype, pool)
        value = weight * contrastive_loss(
            batch.source, batch.target, batch.source_ids, batch.target_ids, temperature=temperature, strength=strength
        )
        check_golden(batch, value, expected, key, tolerance)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Floats, Floats, list[tuple[int, int]]]:
    # Small whole numbers: repeated, opposite and zero vectors are common.
    d = draw(st.integers(1, 4))
    sides = [
        draw(hnp.arrays(np.float64, (draw(st.integers(1, 6)), d), elements=st.sampled_from([-2, -1, 0, 1, 3])))
        for _ in range(2)
    ]
    pair = st.tuples(st.integers(0, len(sides[0]) - 1), st.integers(0, len(sides[1]) - 1))
    return sides[0], sides[1], draw(st.lists(pair, min_size=1, max_size=8))


@given(batch=batches(), temperature=st.sampled_from([0.05, 0.1, 1.0, 4.0]), strength=st.sampled_from(STRENGTHS))
@settings(deadline=None, max_examples=200)
def test_against_loops(
    batch: tuple[Floats, Floats, list[tuple[int, int]]], temperature: float, strength: Strength
) -> None:
    source, target, pairs = batch
    value = loss(source.tolist(), target.tolist(), pairs, temperature, strength)
    assert value == pytest.approx(reference(source, target, pairs, temperature, strength), rel=1e-10, abs=1e-10)


@both
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_gradient_against_differences(strength: Strength, temperature: float) -> None:
    # Seven pairs of five and four words: some words repeat, some are in no pair.
    source, target, source_ids, target_ids = made((5, 4), 7, d=3, seed=1)

    def of(a: Tensor, b: Tensor) -> Tensor:
        return 3 * contrastive_loss(a, b, source_ids, target_ids, temperature=temperature, strength=strength)

    assert torch.autograd.gradcheck(of, (source.requires_grad_(), target.requires_grad_()))


@both
def test_lengths_of_vectors_do_not_count(strength: Strength) -> None:
    source, target, source_ids, target_ids = made()
    scales = torch.logspace(-10, 10, len(source), dtype=torch.float64)[:, None]
    value = contrastive_loss(source * scales, 7 * target, source_ids, target_ids, temperature=0.1, strength=strength)
    assert value.item() == pytest.approx(
        contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength).item(), rel=1e-12
    )


@both
def test_order_of_words_and_pairs_and_repeated_pairs_do_not_count(strength: Strength) -> None:
    source, target, source_ids, target_ids = made()
    expected = contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength).item()
    generator = torch.Generator().manual_seed(5)
    order, other = torch.randperm(len(source), generator=generator), torch.randperm(len(target), generator=generator)
    place, other_place = order.argsort(), other.argsort()
    pairs = torch.randperm(len(source_ids), generator=generator)
    ids = place[source_ids][pairs].repeat(3), other_place[target_ids][pairs].repeat(3)
    value = contrastive_loss(source[order], target[other], *ids, temperature=0.1, strength=strength)
    assert value.item() == pytest.approx(expected, rel=1e-12)


@both
def test_sides_may_be_swapped(strength: Strength) -> None:
    source, target, source_ids, target_ids = made()
    there = contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength)
    back = contrastive_loss(target, source, target_ids, source_ids, temperature=0.1, strength=strength)
    assert there.item() == pytest.approx(back.item(), rel=1e-12)


@both
def test_zero_vectors_have_no_gradient(strength: Strength) -> None:
    source, target, source_ids, target_ids = made()
    source[source_ids[0]] = 0  # a query
    target[(target_ids[0] + 1) % len(target)] = 0
    source, target = source.float().requires_grad_(), target.float().requires_grad_()
    torch.autograd.backward(
        contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength)
    )
    for side in (source, target):
        assert side.grad is not None
        assert torch.isfinite(side.grad).all()
        zero = ~side.detach().any(dim=1)
        assert zero.sum() == 1
        assert not side.grad[zero].any()
        assert side.grad[~zero].any(dim=1).any()


@both
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_broken_vectors_break_the_loss(strength: Strength, bad: float) -> None:
    # The training loop stops at a loss that is no number: it must not be hidden by the rule for zero vectors.
    source, target, source_ids, target_ids = made()
    source[source_ids[0], 2] = bad
    assert contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength).isnan()


@both
def test_autocast_changes_nothing(strength: Strength) -> None:
    source, target, source_ids, target_ids = made((40, 30), 20, d=64)
    results = []
    for enabled in (False, True):
        vectors = source.float().requires_grad_(), target.float().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            value = contrastive_loss(*vectors, source_ids, target_ids, temperature=0.1, strength=strength)
            torch.autograd.backward(value)
        assert value.dtype == torch.float32
        results.append((value, vectors[0].grad, vectors[1].grad))
    for plain, cast in zip(*results, strict=True):
        torch.testing.assert_close(plain, cast, rtol=0, atol=0)


@both
def test_narrow_vectors_are_computed_wide(strength: Strength) -> None:
    source, target, source_ids, target_ids = made()
    narrow = source.bfloat16().requires_grad_(), target.bfloat16().requires_grad_()
    value = contrastive_loss(*narrow, source_ids, target_ids, temperature=0.1, strength=strength)
    x, y = (v.detach().double() for v in narrow)
    wide = contrastive_loss(x, y, source_ids, target_ids, temperature=0.1, strength=strength)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(wide.item(), rel=1e-6)
    torch.autograd.backward(value)
    assert all(v.grad is not None and v.grad.dtype == torch.bfloat16 for v in narrow)
    mixed = contrastive_loss(source.float(), target, source_ids, target_ids, temperature=0.1, strength=strength)
    assert mixed.dtype == torch.float64


class _Largest(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Remembers the number of elements of the largest tensor that any operation makes."""

    elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


@both
def test_memory_grows_with_pairs_times_words(strength: Strength) -> None:
    source, target, source_ids, target_ids = made((300, 200), 4, d=3)
    source.requires_grad_()
    with _Largest() as largest:  # type: ignore[no-untyped-call]
        torch.autograd.backward(
            contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength=strength)
        )
    assert 0 < largest.elements <= 2 * 4 * (300 + 200)


def test_wrong_calls() -> None:
    source, target, source_ids, target_ids = made()
    none = torch.empty(0, dtype=torch.int64)
    with pytest.raises(ValueError, match="one word pair or more, got 0 source and 0 target ids"):
        contrastive_loss(source, target, none, none, temperature=0.1, strength="weak")
    with pytest.raises(ValueError, match="got 5 source and 4 target ids"):
        contrastive_loss(source, target, source_ids, target_ids[:4], temperature=0.1, strength="weak")
    with pytest.raises(ValueError, match="strength is one of strong, weak, got 'Weak'"):
        contrastive_loss(source, target, source_ids, target_ids, temperature=0.1, strength="Weak")  # type: ignore[arg-type]


@both
@pytest.mark.parametrize("shift", [-100, 100])
def test_ids_out_of_range(strength: Strength, shift: int) -> None:
    # Also those that would be the number of a word of the other side.
    source, target, source_ids, target_ids = made((9, 200))
    with pytest.raises((IndexError, RuntimeError), match=r"out of (range|bounds)"):
        contrastive_loss(source, target, source_ids + shift, target_ids, temperature=0.1, strength=strength)
    with pytest.raises((IndexError, RuntimeError), match=r"out of (range|bounds)"):
        contrastive_loss(target, source, target_ids, source_ids + shift, temperature=0.1, strength=strength)
