"""Mean reciprocal rank, by hand and against loops."""

import numpy as np
import pytest

from tests.measures.reference import CPU, noisy, ranks
from xlt.measures.measure import Pairs
from xlt.measures.mrr import mrr
from xlt.measures.options import Case, ScoreOptions
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    x = unit_rows(np.array([[1, 0], [1, 1], [0, 1]], np.float32), CPU)
    y = unit_rows(np.array([[2, 1], [1, 2], [1, 1]], np.float32), CPU)
    outcomes = mrr(Pairs(x, y), ScoreOptions(strength="weak")).outcomes
    # Ranks 1 3 2 and 2 1 3.
    assert outcomes[Case("src-tgt", "weak")].tolist() == pytest.approx([1, 1 / 3, 1 / 2])
    assert outcomes[Case("tgt-src", "weak")].tolist() == pytest.approx([1 / 2, 1, 1 / 3])
    assert round(outcomes[Case("src-tgt", "weak")].mean().item(), 4) == 0.6111


def test_strong_against_loops() -> None:
    x, y = noisy(50, 6)
    outcomes = mrr(Pairs(x, y), ScoreOptions(strength="strong", similarity="csls", csls_k=3)).outcomes
    slow = 1 / np.array(ranks(y.double().numpy(), x.double().numpy(), 3, True))
    assert outcomes.keys() == {Case("src-tgt", "strong"), Case("tgt-src", "strong")}
    assert outcomes[Case("tgt-src", "strong")].tolist() == slow.tolist()
