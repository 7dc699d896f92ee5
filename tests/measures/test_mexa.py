"""MEXA, by hand and against loops."""

import numpy as np
import torch

from tests.measures.reference import CPU, noisy
from xlt.arrays import Floats
from xlt.measures.measure import Pairs
from xlt.measures.mexa import mexa
from xlt.measures.options import WHOLE, ScoreOptions
from xlt.measures.unit import unit_rows


def mutual(s: Floats) -> list[bool]:
    n = len(s)
    return [all(s[i, i] > s[i, j] + 1e-12 and s[i, i] > s[j, i] + 1e-12 for j in range(n) if j != i) for i in range(n)]


def test_by_hand() -> None:
    # Rows of X are unit vectors of the axes, so that the products are what Y says, .9 .8 .1 | .2 .7 .7 | .3 .1 .6 over
    # 1.2; a fourth axis makes up the length.
    s = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.7], [0.3, 0.1, 0.6]]) / 1.2
    y = np.concatenate((s.T, np.sqrt(1 - (s**2).sum(axis=0))[:, None]), axis=1)
    x = np.eye(3, 4)
    pairs = Pairs(unit_rows(x.astype(np.float32), CPU), unit_rows(y.astype(np.float32), CPU))
    assert mutual(s) == [True, False, False]
    # Row 0 and column 0 are right; row 1 ties; column 2 has a greater one.
    assert mexa(pairs, ScoreOptions()).outcomes[WHOLE].tolist() == [True, False, False]


def test_against_loops_whatever_the_similarity_and_the_order() -> None:
    x, y = noisy(80, 8)
    x[3], y[3] = x[40], y[40]
    slow = mutual((x.double() @ y.double().T).numpy())
    settings = ScoreOptions(similarity="csls", csls_k=3, block=16)
    hits = mexa(Pairs(x, y), settings).outcomes[WHOLE]
    assert hits.tolist() == slow
    assert 5 < sum(slow) < 75
    assert not hits[3]
    assert not hits[40]
    assert torch.equal(mexa(Pairs(x.flip(0), y.flip(0)), settings).outcomes[WHOLE].flip(0), hits)
    assert torch.equal(mexa(Pairs(y, x), settings).outcomes[WHOLE], hits)
