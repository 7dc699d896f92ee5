"""Columns of a user's Parquet table."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.corpora.table_columns import (
    as_labels,
    as_texts,
    class_names,
    find_column,
    flat_lists,
    is_parquet,
    read_columns,
    table_schema,
)
from xlt.errors import XltError


def test_a_file_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PAR1 and more")
    (tmp_path / "y").write_bytes(b"PA")
    assert is_parquet(tmp_path / "x")
    assert not is_parquet(tmp_path / "y")
    with pytest.raises(XltError, match="z: no such file"):
        is_parquet(tmp_path / "z")


def test_the_first_accepted_name_is_taken() -> None:
    assert find_column(["b", "a"], ["a", "b"], "x") == "a"
    with pytest.raises(XltError, match=r"^x: no column called a or b; found c$"):
        find_column(["c"], ["a", "b"], "x")
    with pytest.raises(XltError, match="found none"):
        find_column([], ["a"], "x")


def test_columns_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": ["x", "y"], "b": [1, None]}), path)
    assert table_schema(path).names == ["a", "b"]
    assert read_columns(path, ["a"]).to_pydict() == {"a": ["x", "y"]}
    with pytest.raises(XltError, match=r"x\.parquet:2: column 'b' is missing a value in this row"):
        read_columns(path, ["b"])
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), path)
    with pytest.raises(XltError, match="the table has no rows"):
        read_columns(path, ["a"])
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(XltError, match="broken or cut off"):
        table_schema(path)


@pytest.mark.parametrize(
    ("feature", "names"),
    [
        ({"names": ["no", "yes"], "_type": "ClassLabel"}, ("no", "yes")),
        ({"feature": {"names": ["O", "B"]}, "_type": "Sequence"}, ("O", "B")),
        ([{"names": ["O", "B"]}], ("O", "B")),
        ({"dtype": "string"}, ()),
        ([], ()),
    ],
)
def test_names_of_labels_out_of_the_metadata(feature: Any, names: tuple[str, ...]) -> None:
    metadata = {b"huggingface": json.dumps({"info": {"features": {"label": feature}}}).encode()}
    schema = pa.schema([pa.field("label", pa.int64())], metadata=metadata)
    assert class_names(schema, "label") == names
    assert class_names(schema, "other") == ()
    assert class_names(schema.remove_metadata(), "label") == ()
    assert class_names(schema.with_metadata({b"huggingface": b"{"}), "label") == ()


def test_labels_as_numbers_and_as_texts() -> None:
    assert as_labels(pa.array([1, 0]), ["no", "yes"], "x") == ["yes", "no"]
    assert as_labels(pa.array([1, 0]), [], "x") == ["1", "0"]
    assert as_labels(pa.array(["a", "b"]).dictionary_encode(), [], "x") == ["a", "b"]
    for values, message in (
        (pa.array([2]), r"label 2 has no name; there are 2 \(no, yes\), from 0"),
        (pa.array([-1]), "label -1 has no name"),
        (pa.array([""]), "a label is empty"),
        (pa.array([1.5]), "texts are expected here, found double"),
    ):
        with pytest.raises(XltError, match=message):
            as_labels(values, ["no", "yes"], "x")


def test_texts_of_every_type() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert as_texts(pa.array(["é", ""], kind), "x") == ["é", ""]
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xe9"))
    with pytest.raises(XltError, match=r"^x: invalid UTF-8 \(byte 0xe9\)"):
        as_texts(broken, "x")


def test_lists_by_hand() -> None:
    values, lengths = flat_lists(pa.array([["a", "b"], [], ["c"]]), "x")
    assert (values.to_pylist(), lengths) == (["a", "b", "c"], [2, 0, 1])
    with pytest.raises(XltError, match="lists are expected here, a row a sentence; found int64"):
        flat_lists(pa.array([1]), "x")
    with pytest.raises(XltError, match="a missing value inside a list"):
        flat_lists(pa.array([["a", None]]), "x")


def test_a_column_twice(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], ["a", "a"]), tmp_path / "x")
    with pytest.raises(XltError, match="two columns are called 'a'"):
        table_schema(tmp_path / "x")


def test_a_text_that_stands_once_and_is_meant_in_every_row(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"text": texts}), tmp_path / "x", store_schema=False)
    with pytest.raises(XltError, match=r"x: the columns text take more than 67,108,864 bytes"):
        read_columns(tmp_path / "x", ["text"])
