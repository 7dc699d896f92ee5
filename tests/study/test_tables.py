"""Tables as other programs write them."""

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.files.rows import Row
from xlt.files.schemas import RESULTS, SCORES
from xlt.study.tables import read_rows


def table(*rows: Row) -> pa.Table:
    base = s.result(s.tuned("m", s.base("bert"), 31), "ar", 0.5)
    return pa.Table.from_pylist([base | row for row in rows], RESULTS.arrow())


def test_nan_is_nothing_and_numbers_are_what_their_columns_hold(tmp_path: Path) -> None:
    found = table({"value": math.nan}, {}).append_column("lr", pa.array([1, 2]))
    pq.write_table(found, tmp_path / "r.parquet")
    rows = read_rows([str(tmp_path / "r.parquet")], (RESULTS,)).rows[RESULTS.kind]
    assert [(row["value"], row["lr"]) for row in rows] == [(None, "1"), (0.5, "2")]


def test_a_wrong_type_is_told(tmp_path: Path) -> None:
    found = table({})
    at = found.schema.get_field_index("seed")
    pq.write_table(found.set_column(at, "seed", found.column("seed").cast(pa.float64())), tmp_path / "r.parquet")
    with pytest.raises(XltError, match=r"column 'seed' has type double, expected int64"):
        read_rows([str(tmp_path / "r.parquet")], (SCORES, RESULTS))


@pytest.mark.parametrize("empty", [None, ""])
def test_a_row_about_nothing_is_refused(tmp_path: Path, empty: str | None) -> None:
    pq.write_table(table({}, {"lang": empty}), tmp_path / "r.parquet")
    with pytest.raises(XltError, match=r"r\.parquet: column 'lang' is empty in 1 rows"):
        read_rows([str(tmp_path / "r.parquet")], (RESULTS,))


def scores(path: Path, *rows: Row, without: tuple[str, ...] = ()) -> list[Row]:
    schema = SCORES.arrow(unusual=["unit"])
    base = s.score(s.base("bert"), "ar", 0.5)
    written = pa.Table.from_pylist([base | row for row in rows], schema).drop_columns(list(without))
    pq.write_table(written, path)
    return read_rows([str(path)], (SCORES,)).rows[SCORES.kind]


def test_a_measure_may_search_nothing_and_an_absent_unit_is_a_word(tmp_path: Path) -> None:
    whole = {"measure": "cka", "direction": "both", "strength": None, "similarity": ""}
    for i, without in enumerate(([], ["unit"])):
        (row,) = scores(tmp_path / f"{i}.parquet", whole, without=tuple(without))
        assert (row["strength"], row["similarity"], row["unit"]) == ("", "", "word")
    (row,) = scores(tmp_path / "s.parquet", {"unit": "sentence"})
    assert row["unit"] == "sentence"
    # As CSV an empty text and nothing are one.
    (tmp_path / "s.csv").write_text(
        ",".join(SCORES.arrow().names) + "\nbert,bert,,,,,en,ar,4,-1,both,cka,,,10,0.5,,\n", encoding="utf-8"
    )
    (row,) = read_rows([str(tmp_path / "s.csv")], (SCORES,)).rows[SCORES.kind]
    assert (row["strength"], row["similarity"], row["unit"]) == ("", "", "word")


@pytest.mark.parametrize("column", ["strength", "similarity"])
def test_accuracy_searches(tmp_path: Path, column: str) -> None:
    with pytest.raises(XltError, match=f"column '{column}' is empty in 1 rows of accuracy, which has one"):
        scores(tmp_path / "s.parquet", {}, {column: ""})


@pytest.mark.parametrize("end", ["ci_low", "ci_high"])
def test_an_interval_has_two_ends(tmp_path: Path, end: str) -> None:
    whole, half = s.result(s.base("m"), "ar", 0.5, ci_low=0.1, ci_high=0.9), s.result(s.base("m"), "fr", 0.5)
    name = s.write(tmp_path / "results.parquet", [whole, half | {"ci_low": None, "ci_high": None, end: 0.5}])
    with pytest.raises(XltError, match=r"results.parquet:row 1: of the interval only one end is there"):
        read_rows([name], [RESULTS])
