"""Pairs that are no translations: all of them, or a draw."""

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy
from xlt.errors import XltError
from xlt.measures.measure import Pairs
from xlt.measures.negatives import cosines_of_others, non_equivalents
from xlt.measures.options import ScoreOptions


def slow(pairs: Pairs) -> list[float]:
    x, y = pairs.x.double().numpy(), pairs.y.double().numpy()
    alike = [form.tolist() for form in pairs.forms]
    return sorted(
        float(x[i] @ y[j])
        for i in range(len(x))
        for j in range(len(y))
        if i != j and not any(form[i] == form[j] for form in alike)
    )


def test_all_but_translations_and_those_of_a_form() -> None:
    x, y = noisy(20, 4)
    forms = (torch.arange(20) // 2, torch.tensor([7, 7, 7, *range(17)]))
    for own in ((), forms[:1], forms):
        pairs = Pairs(x, y, forms=own)
        values = non_equivalents(pairs, ScoreOptions(block=16))
        assert values.tolist() == pytest.approx(slow(pairs), abs=1e-14)
        assert values is non_equivalents(pairs, ScoreOptions())
    assert len(values) < 20 * 19 - 20


def test_a_draw_is_of_all_alike_and_hangs_on_the_seed() -> None:
    x, y = noisy(12, 4)
    forms = (torch.arange(12) // 3,)
    pairs = Pairs(x, y, forms=forms, seed=3)
    drawn = cosines_of_others(pairs, 16, most=11, drawn=40_000)
    everything = np.array(slow(pairs))
    # Of each word two others have its form: 40,000 x 9 / 11 are left, some 370 of each pair.
    assert len(drawn) == pytest.approx(40_000 * 9 / 11, rel=0.02)
    at = np.abs(everything[:, None] - drawn.numpy()).argmin(axis=0)
    assert np.abs(everything[at] - drawn.numpy()).max() < 1e-12
    counts = np.bincount(at, minlength=len(everything))
    assert 0.7 * counts.mean() < counts.min()
    assert counts.max() < 1.3 * counts.mean()
    assert torch.equal(drawn, cosines_of_others(Pairs(x, y, forms=forms, seed=3), 16, most=11, drawn=40_000))
    assert not torch.equal(drawn, cosines_of_others(Pairs(x, y, forms=forms, seed=4), 16, most=11, drawn=40_000))


def test_few_of_many_are_the_same_as_out_of_whole_blocks() -> None:
    x, y = noisy(150, 4)
    pairs = Pairs(x, y, forms=(torch.arange(150) // 3,), seed=1)
    # 150 x 150 cells for 300 and 200 draws: on both sides of where whole blocks are quicker.
    for drawn in (300, 200):
        values = cosines_of_others(pairs, 16, most=10, drawn=drawn)
        cells = np.random.default_rng(1).integers(0, 150 * 149, drawn)
        u, v = x.double().numpy(), y.double().numpy()
        expected = []
        for i, j in zip(cells // 149, cells % 149, strict=True):
            other = j + (j >= i)
            if i // 3 != other // 3:
                expected.append(float(u[i] @ v[other]))
        assert values.tolist() == pytest.approx(sorted(expected), abs=1e-14)


def test_nothing_to_compare_with() -> None:
    x, y = noisy(3, 4)
    with pytest.raises(XltError, match=r"^there is one pair: nothing that is no translation"):
        non_equivalents(Pairs(x[:1], y[:1]), ScoreOptions())
    with pytest.raises(XltError, match=r"^all pairs share a word form: nothing"):
        non_equivalents(Pairs(x, y, forms=(torch.zeros(3),)), ScoreOptions())
