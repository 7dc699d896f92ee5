import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xlt.arrays import Ragged, members, offsets


def test_by_hand() -> None:
    starts = offsets(np.array([2, 0, 3]))
    assert starts.tolist() == [0, 2, 2, 5]
    places, counts = members(starts, np.array([2, 1, 0, 2]))
    assert places.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert counts.tolist() == [3, 0, 2, 3]


def test_nothing() -> None:
    none = np.empty(0, np.int64)
    assert offsets(none).tolist() == [0]
    places, counts = members(offsets(np.array([2, 1])), none)
    assert (places.tolist(), counts.tolist()) == ([], [])
    assert members(offsets(np.array([0, 0])), np.array([1, 0]))[0].tolist() == []


@given(rows=st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=8), data=st.data())
def test_values_of_any_rows_in_any_order(rows: list[list[int]], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    flat = np.array([v for row in rows for v in row], np.int64)
    places, counts = members(offsets(np.array([len(r) for r in rows])), np.array(wanted, np.int64))
    assert flat[places].tolist() == [v for w in wanted for v in rows[w]]
    assert counts.tolist() == [len(rows[w]) for w in wanted]
    assert places.dtype == np.int64


def test_ragged_by_hand() -> None:
    rows = Ragged.of([[1, 2], [], [3, 4, 5]], np.int64)
    assert (len(rows), rows.lengths.tolist(), rows.row.tolist()) == (3, [2, 0, 3], [0, 0, 2, 2, 2])
    assert [rows[i].tolist() for i in range(3)] == [[1, 2], [], [3, 4, 5]]
    assert rows.take(np.array([2, 0])).values.tolist() == [3, 4, 5, 1, 2]
    assert Ragged.of([], np.int64).offsets.tolist() == [0]


@given(
    first=st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=5),
    second=st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=5),
)
def test_joined_rows_are_those_of_both(first: list[list[int]], second: list[list[int]]) -> None:
    whole = Ragged.join([Ragged.of(first, np.int32), Ragged.of(second, np.int32)])
    assert [whole[i].tolist() for i in range(len(whole))] == first + second
    assert whole.values.dtype == np.int32
