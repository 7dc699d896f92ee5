"""Reciprocal nearest neighbours, by hand and against loops."""

import numpy as np
import torch

from tests.measures.reference import CPU, noisy, winners
from xlt.measures.measure import Pairs
from xlt.measures.neighbours import Gold
from xlt.measures.options import WHOLE, ScoreOptions
from xlt.measures.reciprocity import reciprocity
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    # Both x are nearest to y1; that is nearest to x1: one of two, although y1 is the translation of neither rule.
    x = unit_rows(np.array([[1, 0], [0.96, 0.28]], np.float32), CPU)
    y = unit_rows(np.array([[0, 1], [0.8, 0.6]], np.float32), CPU)
    assert reciprocity(Pairs(x, y), ScoreOptions()).outcomes[WHOLE].tolist() == [False, True]
    # Sides that are exchanged among themselves: no word is at the right place, and all are reciprocal.
    swapped = Pairs(torch.eye(2), torch.eye(2).flip(0))
    assert reciprocity(swapped, ScoreOptions()).outcomes[WHOLE].tolist() == [True, True]


def test_against_loops() -> None:
    x, y = noisy(60, 5)
    x[3] = x[40]
    u, v = x.double().numpy(), y.double().numpy()
    there, back = winners(u, v, None, False), winners(v, u, None, False)
    slow = [back[j] == i for i, j in enumerate(there)]
    assert reciprocity(Pairs(x, y), ScoreOptions(block=16)).outcomes[WHOLE].tolist() == slow
    assert 10 < sum(slow) < 50
    gold = Gold(torch.tensor([40, 3, 7, 7]), torch.tensor([1, 3, 7, 9]))
    some = reciprocity(Pairs(x, y, gold), ScoreOptions(block=16)).outcomes[WHOLE]
    assert some.tolist() == [slow[40], slow[3], slow[7], slow[7]]
