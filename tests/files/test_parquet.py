"""Parquet in bounded batches: the same rows as ever, whatever type, and little memory where few bytes say much."""

import resource
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.errors import XltError
from xlt.files.parquet import bounded_batches, bounded_parts, check_parquet

COLUMNS: dict[str, pa.Array] = {
    "struct": pa.array([{"en": "a", "fr": "b"}, None, {"en": None, "fr": "c"}]),
    "map": pa.array([[("a", "b")], None, []], pa.map_(pa.string(), pa.string())),
    "large": pa.array(["a", "b", None], pa.large_string()),
    "bytes": pa.array([b"x", None, b"z"]),
    "view": pa.array(["a", "b", None], pa.string_view()),
    "dictionary": pa.array(["a", "b", None]).dictionary_encode(),
    "fixed": pa.array([["a", "b"], None, ["c", None]], pa.list_(pa.string(), 2)),
    "null": pa.nulls(3),
    "deep": pa.array([[["a"], ["b"]], None, [[]]]),
    "lists": pa.array([["a"], [], None], pa.large_list(pa.large_string())),
    "numbers": pa.array([1, None, 3]),
}


def read(path: Path, rows: int = 8192, columns: list[str] | None = None) -> pa.Table:
    return pa.Table.from_batches(list(bounded_batches(path, rows, columns, "x")))


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("options", [{}, {"use_dictionary": False}, {"row_group_size": 2}])
def test_all_types_are_as_the_library_reads_them(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    pq.write_table(pa.table({"n": range(30), name: pa.concat_arrays([COLUMNS[name]] * 10)}), tmp_path / "x", **options)
    expected = pq.read_table(tmp_path / "x")
    for rows in (2, 8192):
        table = read(tmp_path / "x", rows)
        assert table.schema.equals(expected.schema)
        assert table.equals(expected)
    assert read(tmp_path / "x", columns=["n"]).equals(expected.select(["n"]))


def test_part_of_a_struct(tmp_path: Path) -> None:
    pq.write_table(pa.table({"struct": COLUMNS["struct"]}), tmp_path / "x")
    assert read(tmp_path / "x", columns=["struct.fr"]).column(0).to_pylist() == [{"fr": "b"}, None, {"fr": "c"}]


def test_words_of_several_dictionaries(tmp_path: Path) -> None:
    # Lists of texts from two dictionaries do not go into one array: row groups, and a dictionary that was given up.
    table = pa.table({"words": [[f"word{i * j % 977}" for j in range(i % 9)] for i in range(3000)]})
    for options in ({"row_group_size": 700}, {"dictionary_pagesize_limit": 500, "data_page_size": 300}):
        pq.write_table(table, tmp_path / "x", **options)
        assert read(tmp_path / "x").equals(table)


def test_a_long_text_in_all_rows_takes_little_memory(tmp_path: Path) -> None:
    # A gigabyte of text in 50 kB.
    lang = pa.DictionaryArray.from_arrays(pa.array([0] * 1000), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"lang": lang}), tmp_path / "x", store_schema=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = [(b.num_rows, b.nbytes) for b in bounded_batches(tmp_path / "x", 8192, None, "x")]
    assert sum(n for n, _ in rows) == 1000
    assert max(size for _, size in rows) < 40_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000


def test_parts_of_a_batch() -> None:
    text = pa.array(["x" * (1 << 23)] * 20).dictionary_encode()
    batch = pa.RecordBatch.from_pydict({"n": range(20), "text": text})
    parts = list(bounded_parts(batch, "f", 0))
    assert [n for part in parts for n in part.column(0).to_pylist()] == list(range(20))
    assert max(part.num_rows for part in parts) == 3
    words = pa.ListArray.from_arrays([0, 19, 20], text)
    with pytest.raises(XltError, match=r"^f:row 7: the texts of this row take more than 33,554,432 bytes"):
        list(bounded_parts(pa.RecordBatch.from_pydict({"words": words}), "f", 7))


def test_more_than_the_bytes_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "x"
    pq.write_table(pa.table({"n": pa.nulls(200_000, pa.int64())}), path)
    with pytest.raises(XltError, match=r"^f says that it has 200,000 rows or entries, in [\d,]+ bytes"):
        check_parquet(pq.ParquetFile(path), path.stat().st_size, "f")
    blanks = pa.array([" " * (1 << 20) + str(i) for i in range(70)])
    pq.write_table(pa.table({"text": blanks}), path, compression="zstd", use_dictionary=False)
    with pytest.raises(XltError, match=r"^f: column 'text' unpacks to 73,\d+,\d+ bytes from [\d,]+, which no data do"):
        check_parquet(pq.ParquetFile(path), path.stat().st_size, "f")
