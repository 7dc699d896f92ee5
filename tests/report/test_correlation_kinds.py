"""Correlations that may not stand in one table."""

import pytest

from tests.report.test_correlations import ROW
from xlt.errors import XltError
from xlt.report.correlation_kinds import Row, kinds_of
from xlt.report.correlations import correlation_layouts

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
