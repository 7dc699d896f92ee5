from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xlt.training.sequences import Arithmetic, cheapest_cuts, share


@given(
    lengths=st.lists(st.integers(1, 40), max_size=20),
    size=st.integers(1, 4),
    micro=st.one_of(st.none(), st.integers(1, 25)),
)
def test_every_sequence_is_run_once_by_one_process(lengths: list[int], size: int, micro: int | None) -> None:
    array = np.array(lengths, np.int64)
    of_process = [list(share(array, rank, size, micro)) for rank in range(size)]
    assert sorted(int(i) for passes in of_process for rows in passes for i in rows) == list(range(len(lengths)))
    assert all(0 < len(rows) <= (micro or len(lengths)) for passes in of_process for rows in passes)
    counts = [sum(map(len, passes)) for passes in of_process]
    assert max(counts) - min(counts) <= 1


def test_passes_are_of_like_length_and_work_is_even() -> None:
    lengths = np.array([3, 9, 1, 8, 2, 7])
    assert [lengths[rows].tolist() for rows in share(lengths, 0, 1, 2)] == [[9, 8], [7, 3], [2, 1]]
    assert [lengths[rows].tolist() for rows in share(lengths, 1, 2, None)] == [[8, 3, 1]]


@pytest.mark.parametrize("autocast", [True, False])
def test_autocast_is_bfloat16_for_products_alone(autocast: bool) -> None:
    layer = torch.nn.Linear(3, 3)
    with Arithmetic(torch.device("cpu"), autocast).context():
        assert layer(torch.ones(1, 3)).dtype == (torch.bfloat16 if autocast else torch.float32)
    assert layer.weight.dtype == torch.float32


@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(0, 60))
def test_the_cuts_are_the_cheapest_of_all(lengths: list[int], cost: int) -> None:
    ranked = sorted(lengths, reverse=True)

    def price(cuts: tuple[int, ...]) -> int:
        bounds = [0, *cuts, len(ranked)]
        return sum((b - a) * ranked[a] + cost for a, b in pairwise(bounds))

    cuts = cheapest_cuts(np.array(ranked), cost)
    places = range(1, len(ranked))
    every = (cuts for k in range(len(ranked)) for cuts in combinations(places, k))
    assert price(tuple(cuts)) == min(map(price, every))


def test_long_sequences_run_apart_from_short_ones() -> None:
    lengths = np.array([5, 60, 6, 58, 5])
    assert [sorted(rows.tolist()) for rows in share(lengths, 0, 1, None, 20)] == [[1, 3], [0, 2, 4]]
    assert [sorted(rows.tolist()) for rows in share(lengths, 0, 1, None, 1000)] == [[0, 1, 2, 3, 4]]
    assert [sorted(rows.tolist()) for rows in share(lengths, 0, 1, 2, 20)] == [[1, 3], [0, 2], [4]]
