import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.lab.random import Stream, zipf

MASK = 2**64 - 1


def slow_splitmix(seed: int, n: int) -> list[int]:
    """As published, one number after the other with a state."""
    found = []
    for _ in range(n):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        found.append(z ^ (z >> 31))
    return found


def test_the_published_numbers() -> None:
    # The test vector that implementations of SplitMix64 share.
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert Stream(1234567).bits(np.arange(5)).tolist() == known == slow_splitmix(1234567, 5)


@given(st.integers(0, MASK), st.integers(1, 2**31), st.integers(1, 20))
def test_numbers_below_n_are_the_high_bits(seed: int, n: int, size: int) -> None:
    expected = [((z >> 32) * n) >> 32 for z in slow_splitmix(seed, size)]
    found = Stream(seed).below(n, np.arange(size)).tolist()
    assert found == expected
    assert all(0 <= x < n for x in found)


def test_a_number_depends_on_its_counter_alone() -> None:
    stream = Stream(5)
    assert stream.bits(np.array([7, 3, 7])).tolist() == [stream.bits(np.arange(9))[i] for i in (7, 3, 7)]


def test_children_are_told_apart_by_their_names() -> None:
    stream = Stream(5)
    children = [stream.child("a"), stream.child("b"), stream.child("a", 1), stream.child("a").child("a"), Stream(6)]
    assert len({stream.key, *(c.key for c in children)}) == 6
    assert stream.child("a") == stream.child("a")


def test_shares() -> None:
    drawn = Stream(1).chance(250, np.arange(40_000))
    assert drawn.mean() == pytest.approx(0.25, abs=0.01)
    assert not Stream(1).chance(0, np.arange(1000)).any()
    assert Stream(1).chance(1000, np.arange(1000)).all()


def test_weights_are_kept() -> None:
    drawn = Stream(2).pick(np.array([1, 1, 4, 10]), np.arange(50_000))
    shares = np.bincount(drawn, minlength=4) / 50_000
    # The weights are 1, 0, 3 and 6.
    assert shares == pytest.approx([0.1, 0.0, 0.3, 0.6], abs=0.01)
    assert shares[1] == 0


def test_zipf() -> None:
    assert np.diff(zipf(4, 0), prepend=0).tolist() == [2**24, 2**23, 2**24 // 3, 2**22]
    assert np.diff(zipf(2, 3), prepend=0).tolist() == [2**22, 2**24 // 5]


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_a_shuffle_is_a_permutation(n: int) -> None:
    shuffled = Stream(3).shuffled(n)
    assert sorted(shuffled.tolist()) == list(range(n))
    assert n < 50 or shuffled.tolist() != list(range(n))
