"""Rows in groups: by the values of columns, in an order that knows empty cells."""

from typing import Any

from xlt.files.rows import ascending, grouped, key_of, ordered, some


def test_groups_by_hand() -> None:
    rows: list[dict[str, Any]] = [{"a": 2, "b": "x"}, {"a": 1}, {"a": 2, "b": "y"}, {"a": 1, "b": None}]
    assert grouped(rows, ["a"]) == {(2,): [rows[0], rows[2]], (1,): [rows[1], rows[3]]}
    # A column that is not there and an empty cell are one.
    assert list(grouped(rows, ["a", "b"])) == [(2, "x"), (1, None), (2, "y")]
    assert list(ordered(grouped(rows, ["a", "b"]))) == [(1, None), (2, "x"), (2, "y")]
    assert grouped(rows, []) == {(): rows}
    assert grouped([], ["a"]) == {}
    assert key_of(rows[1], ("b", "a")) == (None, 1)


def test_empty_cells_come_first() -> None:
    assert sorted([(2, None), (None, 5), (2, -1)], key=ascending) == [(None, 5), (2, None), (2, -1)]


def test_some_values() -> None:
    assert some(["b", "a", None, "b"]) == "empty, a, b"
    assert some(range(9)) == "0, 1, 2, 3, 4, …"
    assert some({"x"}) == "x"
