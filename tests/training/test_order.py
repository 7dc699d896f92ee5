import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.training.weights import CPU
from xlt.training.order import derived_seed, epoch_batch, seeded, shuffled, stream

sizes = st.integers(1, 30)


@given(n=sizes, batch_size=sizes, seed=st.integers(0, 2**63 - 1))
def test_each_epoch_sees_each_example_once(n: int, batch_size: int, seed: int) -> None:
    per_epoch = -(-n // batch_size)
    for epoch in range(2):
        steps = range(epoch * per_epoch, (epoch + 1) * per_epoch)
        batches = [epoch_batch(n, batch_size, s, seed, "task") for s in steps]
        assert sorted(np.concatenate(batches).tolist()) == list(range(n))
        assert all(len(b) == batch_size for b in batches[:-1])


@given(n=sizes, first=st.integers(0, 100), count=st.integers(0, 60))
def test_a_stream_runs_through_shuffled_epochs(n: int, first: int, count: int) -> None:
    slow = [int(shuffled(n, 7, "x", i // n)[i % n]) for i in range(first, first + count)]
    assert stream(n, first, count, 7, "x").tolist() == slow


def test_epochs_names_and_seeds_have_orders_of_their_own() -> None:
    orders = [shuffled(50, 1, "a", 0), shuffled(50, 1, "a", 1), shuffled(50, 2, "a", 0), shuffled(50, 1, "b", 0)]
    assert len({tuple(o.tolist()) for o in orders}) == 4


def test_parts_of_a_seed_are_told_apart() -> None:
    seeds = [derived_seed(*p) for p in [(1, 23), (12, 3), ("1", 23), (1, 23, ""), (123,)]]
    # A number and its text are the same part; nothing else is.
    assert seeds[0] == seeds[2]
    assert len(set(seeds)) == 4
    assert all(0 <= s < 2**63 for s in seeds)


@pytest.mark.parametrize("hashing", ["0", "1"])
def test_the_order_does_not_depend_on_the_process(hashing: str) -> None:
    code = "from xlt.training.order import stream; print(stream(9, 5, 8, 3, 'en-fr/0').tolist())"
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hashing}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{stream(9, 5, 8, 3, 'en-fr/0').tolist()}\n"


def test_the_same_parts_give_the_same_numbers_and_others_others() -> None:
    drawn = []
    for parts in [(1, 2, "task"), (1, 2, "task"), (1, 2, "realignment"), (1, 3, "task")]:
        with seeded(CPU, *parts):
            drawn.append(tuple(torch.rand(4).tolist()))
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_what_was_drawn_before_goes_on_after_it() -> None:
    torch.manual_seed(5)
    expected = torch.rand(6)
    torch.manual_seed(5)
    first = torch.rand(3)
    with seeded(CPU, "anything"):
        torch.rand(100)
    assert torch.equal(torch.cat((first, torch.rand(3))), expected)


def test_an_error_inside_leaves_nothing_behind() -> None:
    before = torch.random.get_rng_state()
    try:
        with seeded(CPU, "x"):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert torch.equal(torch.random.get_rng_state(), before)
