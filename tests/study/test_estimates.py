"""Cells of a group's row: what is paired, what is drawn, and what the signature says."""

from typing import Any

import pyarrow as pa
import pytest

from xlt.errors import OptionError
from xlt.files.rows import Row
from xlt.files.schemas import CORRELATIONS, DIFFERENCES
from xlt.study.estimates import Contrast, Data, contrast_of, correlation_row, difference_rows, key_names
from xlt.study.options import CorrelateOptions

FIXED = ["split", "side"]


def rows(side: str = "a", sign: int = 1) -> list[Row]:
    return [
        {"model": "m", "lang": f"l{i}", "seed": 1, "split": "test", "side": side, "x": float(i), "y": float(sign * i)}
        for i in range(4)
    ]


def data(points: list[Row], fixed: list[str] = FIXED) -> Data:
    return Data(rows=points, x="x", y="y", fixed=fixed, schema=pa.schema([]))


def options(**more: Any) -> CorrelateOptions:
    return CorrelateOptions(**{"interval": "none", "by": ("side",), **more})


def test_a_row_by_hand() -> None:
    points = rows()
    points[3]["y"] = 1.5
    row = correlation_row(data(points), options(), {"side": "a"}, points)
    # Ranks 1 2 3 4 and 1 2 4 3: 1 - 6 * 2 / (4 * 15).
    assert (row["side"], row["n"], row["rho"], row["method"]) == ("a", 4, pytest.approx(0.8), "spearman")
    assert (row["ci_low"], row["ci_high"], row["note"]) == (None, None, "")
    assert row["signature"].startswith("split:test|side:a|interval:none|xlt:")
    # Of a plain table the signature names the columns.
    assert correlation_row(data(points, []), options(), {}, points)["signature"].startswith("x:x|y:y|interval:none|")


def test_one_cluster_has_neither_interval_nor_p_value() -> None:
    points = rows()
    points[3]["y"] = 1.5
    row = correlation_row(data(points), options(interval="cluster:model"), {}, points)
    assert (row["rho"], row["p"], row["note"]) == (pytest.approx(0.8), None, "one cluster alone has no interval")


def test_a_difference_pairs_units() -> None:
    first, second = rows("a"), rows("b", -1)
    # Only three units stand on both sides.
    both = data([*first, *second[1:]])
    (row,) = difference_rows(both, options(), Contrast("side", "a", "b"), (), [])
    assert (row["contrast"], row["n"]) == ("side: a minus b", 3)
    assert (row["rho_first"], row["rho_second"], row["difference"]) == (1, -1, 2)
    # A setting of which both sides have one value each is none of the whole.
    assert row["signature"].startswith("split:test|interval:none|")
    with pytest.raises(OptionError, match="side: several points of one group are of model m, lang l0, seed 1; they"):
        difference_rows(data([*first, first[0], *second]), options(), Contrast("side", "a", "b"), (), [])


def test_contrasts() -> None:
    points = data([*rows("a"), *rows("b,c"), *rows("c")])
    assert contrast_of("side=a,c", points, options()) == Contrast("side", "a", "c")
    # Values may have commas of their own.
    assert contrast_of("side=b,c,a", points, options()) == Contrast("side", "b,c", "a")
    for text, said in (
        ("side=a", "write COLUMN=FIRST,SECOND"), ("side=a,a", "give two different values of side; there are a, b,c, c"),
        ("lang=l0,l1", r"lang=l0,l1: by \(side\) does not name its column"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=said):
            contrast_of(text, points, options())


def test_names_of_grouping_columns() -> None:
    assert key_names(["stage", "method", "n"], CORRELATIONS) == ["stage", "by_method", "by_n"]
    assert key_names(["contrast"], DIFFERENCES) == ["by_contrast"]
