"""Correlations as tables."""

import pytest

from xlt.errors import XltError
from xlt.files.rows import Row
from xlt.report.correlations import correlation_layouts, correlation_table, kinds_of

ROW = {
    "task": "pos", "stage": "after", "depth": -1, "n": 1600, "method": "spearman", "rho": -0.52345, "p": 0.0000123,
    "ci_low": -0.7, "ci_high": -0.25, "note": "", "signature": "x",
}  # fmt: skip
EMPTY = ROW | {"stage": "before", "rho": None, "p": None, "ci_low": None, "ci_high": None, "note": "ctl is constant"}


def test_the_table() -> None:
    table = correlation_table("T", [ROW, EMPTY], ("task", "stage", "depth"))
    assert (table.title, table.keys) == ("T", 3)
    assert table.header == ["task", "stage", "depth", "n", "rho", "95 % interval", "p", "note"]
    assert table.rows == [
        ["pos", "after", "-1", "1,600", "-0.523", "[-0.700, -0.250]", "1e-05", ""],
        ["pos", "before", "-1", "1,600", "", "", "", "(a)"],
    ]
    assert table.notes == ["(a) ctl is constant"]
    # Where it is printed, what is the same in all rows stands above them.
    assert table.without_constants().title == "T, task pos, depth -1"


def test_one_row_and_adjusted_p_values() -> None:
    table = correlation_table("T", [ROW | {"p_adjusted": 0.04}], ("task", "depth"))
    assert table.title == "T"
    assert table.header == ["task", "depth", "n", "rho", "95 % interval", "p", "p adjusted"]
    assert table.rows == [["pos", "-1", "1,600", "-0.523", "[-0.700, -0.250]", "1e-05", "0.040"]]


def test_a_difference() -> None:
    row = {**ROW, "contrast": "stage: after minus before", "difference": 0.1}
    table = correlation_table("T", [row], ("task",))
    assert table.header == ["task", "contrast", "n", "difference", "95 % interval", "p"]
    assert table.rows[0][:4] == ["pos", "stage: after minus before", "1,600", "0.100"]


def test_correlations_as_in_table_2_and_8() -> None:
    rows = [
        ROW | {"task": task, "depth": depth, "strength": strength, "stage": stage, "direction": direction, "where": "f"}
        for task in ("pos", "ner")
        for depth in (-2, -1)
        for strength in ("strong", "weak")
        for stage in ("after", "before")
        for direction in ("src-tgt", "tgt-src")
    ]
    (two,) = correlation_layouts([row for row in rows if row["direction"] == "src-tgt"])
    assert two.keys == ["task", "depth"]
    assert two.heads == [("weak", "before"), ("weak", "after"), ("strong", "before"), ("strong", "after")]
    assert [keys for keys, _ in two.lines] == [["ner", "-1"], ["", "-2"], ["pos", "-1"], ["", "-2"]]
    assert two.lines[0][1][0].text == "-0.52 [-0.70, -0.25]"
    assert two.title == "Correlation of alignment and transfer: spearman, direction src-tgt, n = 1,600"
    both = correlation_layouts(rows)
    assert [table.title.rpartition("strength ")[2] for table in both] == ["strong, n = 1,600", "weak, n = 1,600"]
    assert both[0].heads[:2] == [("src-tgt", "before"), ("src-tgt", "after")]
    (chosen,) = correlation_layouts([EMPTY | {"where": "f"}, ROW | {"where": "f"}], ["stage"])
    assert chosen.lines[0][1][0].text == "- (a)"
    assert chosen.notes == ["95 % interval in brackets", "(a) ctl is constant"]
    with pytest.raises(XltError, match="columns x: no such column"):
        correlation_layouts(rows, ["x"])
    with pytest.raises(XltError, match="f: two correlations for one cell, with the same signature"):
        correlation_layouts([ROW | {"where": "f"}] * 2)


def test_depths_of_a_csv_file_are_text_and_the_last_layer_is_first() -> None:
    (table,) = correlation_layouts([ROW | {"depth": depth, "where": "f"} for depth in ("-10", "-9", "x", "-1")])
    assert [keys for keys, _ in table.lines] == [["-1"], ["-9"], ["-10"], ["x"]]


def test_strength_has_tables_of_its_own_where_direction_and_stage_head_columns() -> None:
    rows = [
        ROW | {"model": model, "direction": direction, "strength": strength, "stage": stage, "where": "f"}
        for model in ("m", "n")
        for direction in ("fwd", "bwd")
        for strength in ("weak", "strong")
        for stage in ("before", "after")
    ]
    tables = correlation_layouts(rows)
    assert [table.keys for table in tables] == [["model"]] * 2
    assert tables[0].heads == [("bwd", "before"), ("bwd", "after"), ("fwd", "before"), ("fwd", "after")]
    tables = correlation_layouts(rows, ["model", "stage"])
    assert [(table.keys, table.title.split(", ")[-2]) for table in tables] == [
        (["direction"], "strength strong"), (["direction"], "strength weak"),
    ]  # fmt: skip
    (one,) = correlation_layouts(rows, ["strength", "model", "stage"])
    assert one.keys == ["direction"]
    assert one.heads[:2] == [("weak", "m", "before"), ("weak", "m", "after")]


# Which may stand in one table

SIGNED = "metric:accuracy|method:none|interval:{}|resamples:{}|seed:42|xlt:0.1.0"


def row(interval: str = "bca", resamples: int = 2000, **more: object) -> Row:
    return ROW | {"signature": SIGNED.format(interval, resamples), "where": "a"} | more


def said(rows: list[Row]) -> list[tuple[list[str], int]]:
    return [(words, len(found)) for words, found in kinds_of(rows, ["task", "stage"])]


def test_intervals_apart() -> None:
    one, other = row(), row("cluster:model,lang", where="b", ci_low=-0.9)
    assert said([one, other]) == [(["interval bca"], 1), (["interval cluster:model,lang"], 1)]
    tables = correlation_layouts([one, other, row(stage="before")])
    about = "Correlation of alignment and transfer: spearman, depth -1, "
    # Columns that vary anywhere head all tables.
    assert [table.title for table in tables] == [
        about + "interval bca, n = 1,600", about + "interval cluster:model,lang, n = 1,600",
    ]  # fmt: skip
    assert [len(table.heads) for table in tables] == [2, 1]
    assert tables[1].lines[0][1][0].text == "-0.52 [-0.90, -0.25]"
    # Also where no two are for one cell: the brackets of one table are of one kind.
    assert len(said([one, row("none", stage="before")])) == 2


def test_coefficients_apart() -> None:
    # The coefficient is in the title of each table, and the tag method is none of it.
    assert said([row(), row(method="pearson")]) == [([], 1), ([], 1)]
    titles = [table.title for table in correlation_layouts([row(), row(method="pearson")])]
    assert ["pearson" in title for title in titles] == [True, False]


def test_what_else_tells_two_apart_is_named_only_where_it_has_to_be() -> None:
    assert said([row(), row(resamples=500, task="ner")]) == [([], 2)]
    assert said([row(), row(resamples=500)]) == [(["resamples 500"], 1), (["resamples 2000"], 1)]


def test_one_correlation_twice() -> None:
    with pytest.raises(XltError, match="a and b: two correlations for one cell, with the same signature: leave one"):
        kinds_of([row(), row("none"), row(where="b")], ["task", "stage"])
    with pytest.raises(XltError, match="a: two correlations"):
        kinds_of([row(signature=None), row(signature="")], ["task"])
    assert kinds_of([], []) == []
