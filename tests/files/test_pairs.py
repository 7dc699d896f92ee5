"""Reading pairs tables: good ones of every make, and what is said about bad ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.errors import XltError
from xlt.files.pairs import LinkBatch, link_batches, open_pairs
from xlt.files.schemas import PAIRS

ROWS: list[dict[str, Any]] = [
    {
        "sent_id": 4, "src_lang": "en", "tgt_lang": "fr", "src_tokens": ["a", "b", "c"], "tgt_tokens": ["x", "y"],
        "src_idx": [0, 2], "tgt_idx": [1, 0],
    },
    {
        "sent_id": 7, "src_lang": "en", "tgt_lang": "ar", "src_tokens": [], "tgt_tokens": ["z"],
        "src_idx": [], "tgt_idx": [],
    },
    {
        "sent_id": 9, "src_lang": "en", "tgt_lang": "ar", "src_tokens": ["d"], "tgt_tokens": ["z", "w"],
        "src_idx": [0], "tgt_idx": [1],
    },
]  # fmt: skip
ARROW = PAIRS.arrow(without=["score"])
LINKS = [(0, 0, 1, 4, "en", "fr"), (0, 2, 0, 4, "en", "fr"), (2, 0, 1, 9, "en", "ar")]


def write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema = ARROW, row_group: int = 1000) -> str:
    pq.write_table(pa.Table.from_pylist(rows, schema), path, row_group_size=row_group)
    return str(path)


def read(name: str, with_tokens: bool = True) -> list[LinkBatch]:
    return list(link_batches(open_pairs(name), with_tokens=with_tokens))


def flat(batches: list[LinkBatch]) -> list[tuple[Any, ...]]:
    found, first = [], 0
    for b in batches:
        for row, src, tgt, sent in zip(b.row.tolist(), b.src.tolist(), b.tgt.tolist(), b.sent_id.tolist(), strict=True):
            found.append((first + row, src, tgt, sent, *b.langs[row]))
        first += len(b.langs)
    return found


def changed(row: int, **values: Any) -> list[dict[str, Any]]:
    return [r | (values if i == row else {}) for i, r in enumerate(ROWS)]


@pytest.mark.parametrize("with_tokens", [True, False])
@pytest.mark.parametrize("row_group", [1, 2, 1000])
def test_links_in_file_order(tmp_path: Path, with_tokens: bool, row_group: int) -> None:
    batches = read(write(tmp_path / "x.parquet", ROWS, row_group=row_group), with_tokens)
    assert flat(batches) == LINKS
    assert [pair for b in batches for pair in b.langs] == [("en", "fr"), ("en", "ar"), ("en", "ar")]
    assert all(b.src.dtype == b.tgt.dtype == b.row.dtype == np.int64 for b in batches)
    assert ("src_tokens" in batches[0].table.schema.names) == with_tokens


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("src_lang", pa.dictionary(pa.int8(), pa.string())),
        ("tgt_lang", pa.large_string()),
        ("src_tokens", pa.large_list(pa.large_string())),
        ("tgt_idx", pa.large_list(pa.int64())),
        ("src_idx", pa.list_(pa.uint8())),
        ("sent_id", pa.int32()),
    ],
)
def test_other_types_of_the_same_meaning(tmp_path: Path, name: str, type: pa.DataType) -> None:
    schema = ARROW.set(ARROW.get_field_index(name), pa.field(name, type))
    assert flat(read(write(tmp_path / "x.parquet", ROWS, schema))) == LINKS


@pytest.mark.parametrize("name", ARROW.names)
def test_a_null_is_named_with_file_and_row(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "x.parquet", changed(2, **{name: None}), row_group=1)
    with pytest.raises(XltError, match=rf"x\.parquet.*row 2\b.*'{name}' is null"):
        read(path)


@pytest.mark.parametrize(("name", "values"), [("src_idx", [None]), ("tgt_idx", [None]), ("src_tokens", [None])])
def test_a_null_inside_a_list(tmp_path: Path, name: str, values: list[None]) -> None:
    path = write(tmp_path / "x.parquet", changed(2, **{name: values}), row_group=2)
    with pytest.raises(XltError, match=rf"x\.parquet.*row 2\b.*'{name}' holds a null"):
        read(path)


def test_lists_of_different_length(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", changed(2, src_idx=[0, 0]), row_group=2)
    with pytest.raises(XltError, match=r"x\.parquet.*row 2: src_idx has 2 entries, tgt_idx 1"):
        read(path, with_tokens=False)
    # As many on both sides in all is not enough.
    path = write(tmp_path / "y.parquet", changed(0, src_idx=[0], tgt_idx=[0, 1]) + changed(2, src_idx=[0, 0]))
    with pytest.raises(XltError, match=r"y\.parquet.*row 0: src_idx has 1 entries, tgt_idx 2"):
        read(path, with_tokens=False)


@pytest.mark.parametrize(
    ("row", "values", "said"),
    [
        (0, {"src_idx": [0, 3]}, "row 0: src_idx holds 3, but the sentence has 3 words"),
        (0, {"tgt_idx": [2, 0]}, "row 0: tgt_idx holds 2, but the sentence has 2 words"),
        (2, {"src_idx": [-1]}, "row 2: src_idx holds -1, but the sentence has 1 words"),
        (1, {"src_idx": [0], "tgt_idx": [0]}, "row 1: src_idx holds 0, but the sentence has 0 words"),
    ],
)
def test_an_index_out_of_range(tmp_path: Path, row: int, values: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "x.parquet", changed(row, **values), row_group=1)
    with pytest.raises(XltError, match=rf"x\.parquet.*{said}"):
        read(path)


def test_rows_are_counted_over_the_whole_file(tmp_path: Path) -> None:
    many = [r | {"sent_id": i} for i, r in enumerate(ROWS * 7000)]
    many[20_001] = many[20_001] | {"tgt_idx": [5, 0]}
    path = write(tmp_path / "x.parquet", many, row_group=6000)
    with pytest.raises(XltError, match=r"row 20001: tgt_idx holds 5"):
        read(path)


@pytest.mark.parametrize(("name", "row"), [("src_tokens", 2), ("tgt_tokens", 0), ("src_lang", 1)])
def test_invalid_utf8(tmp_path: Path, name: str, row: int) -> None:
    table = pa.Table.from_pylist(ROWS, ARROW)
    texts = [r[name] for r in ROWS]
    texts[row] = [b"\xff\xfe"] * len(texts[row]) if isinstance(texts[row], list) else b"\xff"
    kind = ARROW.field(name).type
    raw = pa.array(texts, pa.list_(pa.binary()) if pa.types.is_list(kind) else pa.binary())
    if pa.types.is_list(kind):
        values = raw.values.view(pa.string())
        raw = pa.ListArray.from_arrays(raw.offsets, values)
    else:
        raw = raw.view(pa.string())
    table = table.set_column(table.schema.get_field_index(name), name, raw)
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=1)
    with pytest.raises(XltError, match=rf"x\.parquet.*row {row}\b.*'{name}'.*UTF-8"):
        read(str(tmp_path / "x.parquet"))


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", ROWS, ARROW.remove(ARROW.get_field_index("tgt_idx")))
    with pytest.raises(XltError, match="column 'tgt_idx' is missing"):
        open_pairs(path)
