"""Ranks of the right candidates, by hand; against loops they stand in the tests of the search."""

import numpy as np
import pytest

from tests.measures.reference import CPU, noisy, ranks, scores
from xlt.measures.csls import csls_penalties
from xlt.measures.ranks import pair_ranks
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    # x0 = (1, 0), x1 = (0.96, 0.28); y0 = (0.8, 0.6), y1 = (-0.28, 0.96).
    # Cosines: x0.y0 0.8, x0.y1 -0.28, x1.y0 0.936, x1.y1 0; x0.x1 0.96, y0.y1 0.352.
    x = unit_rows(np.array([[1, 0], [0.96, 0.28]], np.float32), CPU)
    y = unit_rows(np.array([[0.8, 0.6], [-0.28, 0.96]], np.float32), CPU)
    of_x, of_y = pair_ranks(x, y, block=1024)
    assert of_x["weak"].rank.tolist() == [1, 2]
    assert of_x["strong"].rank.tolist() == [2, 3]
    assert of_x["weak"].right.tolist() == pytest.approx([0.8, 0])
    assert of_x["weak"].best_wrong.tolist() == pytest.approx([-0.28, 0.936])
    assert of_x["strong"].best_wrong.tolist() == pytest.approx([0.96, 0.96])
    assert of_y["weak"].rank.tolist() == [2, 1]
    assert of_y["strong"].rank.tolist() == [2, 2]
    assert of_y["weak"].best_wrong.tolist() == pytest.approx([0.936, -0.28])


def test_a_single_pair_has_no_rival() -> None:
    x, y = noisy(1, 4)
    for side in pair_ranks(x, y, block=1024):
        for ranked in side.values():
            assert ranked.rank.tolist() == [1]
            assert ranked.best_wrong.tolist() == [-np.inf]


@pytest.mark.parametrize("k", [None, 3])
def test_similarities_are_those_of_loops(k: int | None) -> None:
    x, y = noisy(25, 6)
    penalties = None if k is None else csls_penalties(x, y, k, block=1024)
    u, v = x.double().numpy(), y.double().numpy()
    for side, (query, other) in zip(pair_ranks(x, y, penalties, block=7), ((u, v), (v, u)), strict=True):
        across, own = scores(query, other, k)
        for strength, ranked in side.items():
            assert ranked.rank.tolist() == ranks(query, other, k, strength == "strong")
            for i in range(25):
                wrong = [across[i][j] for j in range(25) if j != i]
                wrong += [own[i][j] for j in range(25) if j != i] if strength == "strong" else []
                assert ranked.right[i].item() == pytest.approx(across[i][i], abs=1e-6)
                assert ranked.best_wrong[i].item() == pytest.approx(max(wrong), abs=1e-6)
