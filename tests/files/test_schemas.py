"""What is checked on reading a table."""

import pyarrow as pa
import pytest

from xlt.errors import SchemaError
from xlt.files.schemas import ALL, ITEMS, PAIRS, SCORES, WORDS, Schema, kind_of


def changed(name: str, type_: pa.DataType) -> pa.Schema:
    schema = PAIRS.arrow()
    return schema.set(schema.get_field_index(name), pa.field(name, type_))


@pytest.mark.parametrize("schema", ALL, ids=lambda s: s.kind)
def test_each_kind_accepts_and_knows_itself(schema: Schema) -> None:
    arrow = schema.arrow(["my_tag"])
    schema.check(arrow, "x")
    assert kind_of(arrow) is schema


@pytest.mark.parametrize("name", ["sent_id", "src_tokens", "tgt_idx"])
def test_a_missing_column_is_named_with_the_file(name: str) -> None:
    arrow = PAIRS.arrow()
    with pytest.raises(SchemaError, match=rf"^my\.csv: column '{name}' is missing.*found sent_id|src_lang"):
        PAIRS.check(arrow.remove(arrow.get_field_index(name)), "my.csv")


def test_an_empty_schema() -> None:
    with pytest.raises(SchemaError, match="found no column"):
        PAIRS.check(pa.schema([]), "x")
    assert kind_of(pa.schema([])) is None


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("sent_id", pa.float64()),
        ("sent_id", pa.string()),
        ("src_lang", pa.int64()),
        ("src_lang", pa.binary()),
        ("src_tokens", pa.string()),
        ("src_tokens", pa.list_(pa.int64())),
        ("src_idx", pa.list_(pa.string())),
        ("src_idx", pa.list_(pa.float32())),
        ("src_idx", pa.int32()),
        ("score", pa.list_(pa.string())),
        ("score", pa.float64()),
    ],
)
def test_a_wrong_type_is_named(name: str, type_: pa.DataType) -> None:
    with pytest.raises(SchemaError, match=rf"column '{name}' has type"):
        PAIRS.check(changed(name, type_), "x")


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("sent_id", pa.int32()),
        ("sent_id", pa.uint16()),
        ("src_lang", pa.large_string()),
        ("src_lang", pa.string_view()),
        ("src_lang", pa.dictionary(pa.int32(), pa.string())),
        ("src_tokens", pa.large_list(pa.large_string())),
        ("src_idx", pa.list_(pa.int64())),
        ("src_idx", pa.list_(pa.null())),
        ("score", pa.list_(pa.float32())),
        ("score", pa.list_(pa.int64())),
        ("score", pa.null()),
    ],
)
def test_what_other_writers_call_the_same(name: str, type_: pa.DataType) -> None:
    PAIRS.check(changed(name, type_), "x")


def test_optional_columns_may_be_absent() -> None:
    without = PAIRS.arrow(without=["score"])
    assert "score" not in without.names
    PAIRS.check(without, "x")
    WORDS.check(pa.schema([]), "x")


def test_the_most_demanding_kind_is_found() -> None:
    # Items hold every column of words, and one of pairs.
    assert kind_of(ITEMS.arrow()) is ITEMS
    assert kind_of(pa.schema([("src_word", pa.string())])) is WORDS
    assert kind_of(pa.schema([("price", pa.float64())])) is None
    assert kind_of(SCORES.arrow(["corpus"])) is SCORES
