"""The kinds of tables: each knows its own."""

import pyarrow as pa
import pytest

from xlt.files.schema import Schema
from xlt.files.schemas import ALL, ITEMS, MEASURED, SCORES, WAYS, WORDS, kind_of
from xlt.measures.options import ScoreOptions


@pytest.mark.parametrize("schema", ALL, ids=lambda s: s.kind)
def test_each_kind_accepts_and_knows_itself(schema: Schema) -> None:
    arrow = schema.arrow(["my_tag"])
    schema.check(arrow, "x")
    assert kind_of(arrow) is schema


def test_nothing_is_of_no_kind() -> None:
    assert kind_of(pa.schema([])) is None


def test_the_most_demanding_kind_is_found() -> None:
    # Items hold every column of words, and one of pairs.
    assert kind_of(ITEMS.arrow()) is ITEMS
    assert kind_of(pa.schema([("src_word", pa.string())])) is WORDS
    assert kind_of(pa.schema([("price", pa.float64())])) is None
    assert kind_of(SCORES.arrow(["corpus"])) is SCORES


def test_the_usual_measure_is_the_one_that_is_measured_unless_told_otherwise() -> None:
    assert (ITEMS.usual("measure"),) == ScoreOptions().measure


def test_what_tells_scores_apart() -> None:
    assert MEASURED == ("direction", "measure", "strength", "similarity", "unit", "candidates", "set")
    assert set(WAYS) < set(MEASURED)
