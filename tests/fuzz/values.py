"""What stands where it should not: values for cells, nodes of JSON and TOML, and words of text."""

import copy
import json
import random
from typing import Any

import pyarrow as pa

LONG = "x" * 100_000

CELLS: tuple[Any, ...] = (
    None, "", " ", "\t", "_", "-1", "nan", "NaN", "inf", "é\u0301", "\u202eabc", "\x1b[31mred", "a\nb", "a\r\nb",
    "\x00", "=1+1", "<script>", "\\", '"', "'", ",", "|", "😀" * 300, "x" * 300, "x" * 70_000, "0", "1.5", "9" * 5000,
    "../x", 0, 1, -1, 2**31 - 1, 2**31, 2**63 - 1, -(2**63), 1.5, -0.0, float("nan"), float("inf"), 1e308,
    True, [], ["a"], [0],
)  # fmt: skip

NODES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**31, 2**63, 10**400, 1e308, float("nan"), "", "x", "\x00", "a\nb", "../../x", LONG, [],
    {}, [[]], [None], ["x"], {"x": None}, {"": {}}, [1, "x"], list(range(3000)), "\ud800", "é",
)  # fmt: skip

WORDS: tuple[bytes, ...] = (
    b"", b" ", b"\t", b"\t\t\t", b"\n\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf",
    b"\xe2\x80\x8b", b"\xc2\xa0", b"\xe3\x80\x80", b"\xe2\x80\xa8", b"#", b"# x = y", b"_", b"-", b"0", b"-1", b"1-2",
    b"2147483648-0", b"999999999-999999999", b"999999999 1 1 S", b"9" * 5000, b"1e400", b"nan", b"inf", b"|||",
    b" ||| ", b"{", b"[", b"{}", b'{"text": 1}', b'{"tokens": [], "tags": []}', b"[" * 2000, b'"', b",", b";",
    b"=1+1", b"-DOCSTART-", b"x" * 300, b"x" * 70_000,
    b"x " * 20_000, "\u202e".encode(), "e\u0301".encode(), "😀".encode() * 99,
    b"PAR1", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"PK\x03\x04",
)  # fmt: skip


def column_of(draw: random.Random, rows: int) -> pa.Array:
    """A column of a type that no table of ours has there."""
    makes = (
        lambda: pa.array([2**64 - 1 - i for i in range(rows)], pa.uint64()),
        lambda: pa.array([-(2**63) + i for i in range(rows)], pa.int64()),
        lambda: pa.array([[1, None]] * rows, pa.list_(pa.int64())),
        lambda: pa.array([["a"]] * rows, pa.list_(pa.string())),
        lambda: pa.array([[["a"]]] * rows, pa.list_(pa.list_(pa.string()))),
        lambda: pa.array([["a"]] * rows, pa.large_list(pa.large_string())),
        lambda: pa.array([[1, 2]] * rows, pa.list_(pa.int32(), 2)),
        lambda: pa.array([{"x": 1, "y": "z"}] * rows),
        lambda: pa.array([[("a", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
        lambda: pa.array([b"\xff\xfe"] * rows, pa.binary()),
        lambda: pa.array([b"1234"] * rows, pa.binary(4)),
        lambda: pa.array(["a"] * rows, pa.large_string()),
        lambda: pa.array(["a"] * rows, pa.string_view()),
        lambda: pa.array(["en", "fr"] * rows, pa.string())[:rows].dictionary_encode(),
        lambda: pa.array([1] * rows, pa.int8()).dictionary_encode(),
        lambda: pa.nulls(rows),
        lambda: pa.array([float("nan"), float("inf"), -float("inf"), 1e308] * rows, pa.float64())[:rows],
        lambda: pa.array([1.5] * rows, pa.float32()),
        lambda: pa.array([True] * rows),
        lambda: pa.array([0] * rows, pa.timestamp("ns")),
        lambda: pa.array([0] * rows, pa.duration("s")),
        lambda: pa.array([0] * rows, pa.date32()),
        lambda: pa.array(range(rows), pa.decimal128(38, 0)),
        lambda: pa.array(["x" * 70_000] * min(rows, 40) + ["x"] * max(0, rows - 40)),
    )  # fmt: skip
    return draw.choice(makes)()


def node_of(draw: random.Random) -> Any:
    """A value for a place in JSON; one in twenty is nested a thousand deep."""
    if draw.random() < 0.05:
        value: Any = []
        for _ in range(draw.choice([60, 900])):
            value = [value] if draw.random() < 0.5 else {"x": value}
        return value
    # What is put in may itself be damaged next.
    return copy.deepcopy(draw.choice(NODES))


def as_json(value: Any) -> bytes:
    """JSON of anything, NaN and halves of surrogate pairs included."""
    return json.dumps(value, default=str).encode()
