"""Ranks alone are those of loops and of the full ranks, whatever the blocks; and who stands alone."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.measures.reference import CPU, noisy, ranks, scores
from xlt.measures.counts import strong_counts, weak_counts
from xlt.measures.csls import csls_penalties
from xlt.measures.neighbours import Gold
from xlt.measures.products import dots_at, row_dots
from xlt.measures.ranks import pair_ranks
from xlt.measures.unit import unit_rows


@pytest.mark.parametrize("k", [None, 3])
@pytest.mark.parametrize("block", [7, 16, 1024])
def test_ranks_are_those_of_loops(k: int | None, block: int) -> None:
    x, y = noisy(40, 6)
    # Words of one form: equal vectors, and ties; x_3 finds y_3, but y_20 is as near.
    x[7], y[3] = x[30], y[20]
    x[3] = y[3]
    penalties = None if k is None else csls_penalties(x, y, k, block=1024)
    u, v = x.double().numpy(), y.double().numpy()
    weak = weak_counts(x, y, row_dots(x, y), penalties, block=block)
    strong = strong_counts(weak, x, y, row_dots(x, y), penalties, block=block)
    for of_weak, of_strong, (query, other) in zip(weak, strong, ((u, v), (v, u)), strict=True):
        assert of_weak.rank.tolist() == ranks(query, other, k, False)
        assert of_strong.rank.tolist() == ranks(query, other, k, True)
        across, own = scores(query, other, k)
        for i in range(40):
            wrong = [across[i][j] for j in range(40) if j != i]
            assert of_weak.alone[i] == all(across[i][i] > value + 1e-12 for value in wrong)
            wrong += [own[i][j] for j in range(40) if j != i]
            assert of_strong.alone[i] == all(across[i][i] > value + 1e-12 for value in wrong)
    assert 1 < strong[0].rank.double().mean() < 30
    if k is None:
        assert (weak[0].rank[3].item(), weak[0].alone[3].item()) == (1, False)


@pytest.mark.parametrize("k", [None, 4])
def test_of_many_rows_the_ranks_are_those_with_all_that_is_known(k: int | None) -> None:
    x, y = noisy(600, 12)
    penalties = None if k is None else csls_penalties(x, y, k, block=256)
    full = pair_ranks(x, y, penalties, block=256)
    weak = weak_counts(x, y, row_dots(x, y), penalties, block=100)
    strong = strong_counts(weak, x, y, row_dots(x, y), penalties, block=100)
    for side in range(2):
        assert torch.equal(weak[side].rank, full[side]["weak"].rank)
        assert torch.equal(strong[side].rank, full[side]["strong"].rank)


def test_links_among_more_words() -> None:
    x, y = noisy(30, 5)
    y = y[:26]
    links = [(0, 3), (4, 4), (4, 9), (12, 1), (25, 25), (7, 3)]
    gold = Gold(*(torch.tensor(side) for side in zip(*links, strict=True)))
    right = dots_at(x, y, gold.src, gold.tgt)
    weak = weak_counts(x, y, right, gold=gold, block=16)
    strong = strong_counts(weak, x, y, right, gold=gold, block=16)
    u, v = x.double().numpy(), y.double().numpy()
    back = [(j, i) for i, j in links]
    assert weak[0].rank.tolist() == ranks(u, v, None, False, links=links)
    assert weak[1].rank.tolist() == ranks(v, u, None, False, links=back)
    assert strong[0].rank.tolist() == ranks(u, v, None, True, links=links)
    assert strong[1].rank.tolist() == ranks(v, u, None, True, links=back)


@given(st.permutations(range(12)))
def test_the_order_of_pairs_makes_no_difference_without_ties(order: list[int]) -> None:
    x, y = noisy(12, 4)
    both = weak_counts(x, y, row_dots(x, y), block=16)
    again = weak_counts(x[order], y[order], row_dots(x, y)[order], block=16)
    for one, other in zip(both, again, strict=True):
        assert one.rank[order].tolist() == other.rank.tolist()


def test_a_tie_is_lost_to_those_before_and_nobody_is_alone() -> None:
    x = unit_rows(np.array([[1, 0], [1, 0]], np.float32), CPU)
    of_x, _ = weak_counts(x, x, row_dots(x, x), block=16)
    assert of_x.rank.tolist() == [1, 2]
    assert of_x.alone.tolist() == [False, False]
