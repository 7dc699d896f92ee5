"""What is checked of a table: its columns and types, tags, and what an absent column means."""

from dataclasses import replace

import pyarrow as pa
import pytest

from xlt.errors import SchemaError, XltError
from xlt.files.schema import Column, Schema, nearest_kind
from xlt.files.schemas import PAIRS, WORDS

FRUIT = Schema(
    "fruit",
    "A row a fruit.",
    (
        Column("name", "string", "what it is called"),
        Column("ripe", "string", "yes or no; empty: unknown", values=("yes", "no", "")),
        Column("unit", "string", "of the price", required=False, values=("piece", "kilo"), usual="piece"),
        Column("price", "double", "what it costs", required=False),
    ),
    tags=True,
)
BASKET = Schema("baskets", "A row a basket.", (Column("name", "string", "whose"), Column("fruit", "int64", "pieces")))


def changed(name: str, type_: pa.DataType) -> pa.Schema:
    schema = PAIRS.arrow()
    return schema.set(schema.get_field_index(name), pa.field(name, type_))


@pytest.mark.parametrize("name", ["sent_id", "src_tokens", "tgt_idx"])
def test_a_missing_column_is_named_with_the_file(name: str) -> None:
    arrow = PAIRS.arrow()
    with pytest.raises(SchemaError, match=rf"^my\.csv: column '{name}' is missing.*found sent_id|src_lang"):
        PAIRS.check(arrow.remove(arrow.get_field_index(name)), "my.csv")


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


def test_a_table_without_columns() -> None:
    with pytest.raises(SchemaError, match=r"^x: column 'name' is missing; fruit need name, ripe; found no column$"):
        FRUIT.check(pa.schema([]), "x")


def test_columns_of_the_user_and_columns_left_out() -> None:
    assert FRUIT.arrow().names == ["name", "ripe", "price"]
    assert FRUIT.arrow(["colour"], without=["price"]).names == ["name", "ripe", "colour"]
    assert FRUIT.arrow(unusual=["unit"]).names == ["name", "ripe", "unit", "price"]
    assert FRUIT.arrow(["colour"]).field("colour").type == pa.string()


def test_a_column_is_written_where_a_value_is_unusual() -> None:
    assert FRUIT.unusual([{"unit": "piece"}, {}]) == []
    assert FRUIT.unusual([{"unit": "piece"}, {"unit": "kilo"}]) == ["unit"]
    assert FRUIT.usual("unit") == "piece"
    assert FRUIT.usual("name") is None
    assert (FRUIT.values("ripe"), FRUIT.values("name")) == (("yes", "no", ""), ())


def test_a_tag_is_no_second_column() -> None:
    FRUIT.check_tags(["colour", "shape"])
    with pytest.raises(XltError, match=r"^--tag price: a column of that name is there already; choose another key$"):
        FRUIT.check_tags(["shape", "price"])
    with pytest.raises(XltError, match="--tag shape"):
        FRUIT.check_tags(["shape"], keys=["shape"])


def test_the_kind_that_lacks_least() -> None:
    assert nearest_kind(["name", "ripe"], (BASKET, FRUIT)) is FRUIT
    assert nearest_kind(["fruit"], (FRUIT, BASKET)) is BASKET
    # Of two that lack as much the first.
    assert nearest_kind([], (BASKET, FRUIT)) is BASKET


def test_columns_of_the_user_hold_text_or_numbers() -> None:
    usual = [("name", pa.string()), ("ripe", pa.string())]
    for kind in (pa.string(), pa.int64(), pa.float64(), pa.null(), pa.dictionary(pa.int8(), pa.string())):
        FRUIT.check(pa.schema([*usual, ("colour", kind)]), "x")
    for kind in (pa.list_(pa.string()), pa.struct([("a", pa.int8())]), pa.binary()):
        with pytest.raises(SchemaError, match=r"^x: column 'colour' has type .*; beside those of fruit only columns"):
            FRUIT.check(pa.schema([*usual, ("colour", kind)]), "x")
        replace(FRUIT, tags=False).check(pa.schema([*usual, ("colour", kind)]), "x")
