"""``xlt report figure``: every figure, from all tables that it takes."""

import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call, names
from xlt.report.figures import FIGURES

Made = dict[str, list[str]]


def test_figures(call: Call, made: Made, correlated: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    scores = [*made["before"], *made["after"]]
    call("report", "change", "-q", "-o", "changes.csv", *scores)
    call("report", "transfer", "-q", "-o", "comparisons.csv", *made["results"])
    for kind, tables in (
        ("transfer", [*scores, *made["results"]]), ("transfer", ["p.parquet"]), ("layers", scores),
        ("layers", ["changes.csv"]), ("bars", made["results"]), ("bars", ["comparisons.csv"]),
    ):  # fmt: skip
        for suffix in ("svg", "png"):
            assert call("report", "figure", kind, "-q", "--force", "-o", f"x.{suffix}", *tables).out == f"x.{suffix}\n"
        assert b"<svg" in (tmp_path / "x.svg").read_bytes()
    refused = call("report", "figure", "bars", "-o", "x.jpg", *made["results"], status=2)
    assert "--output x.jpg: the suffix says the format" in refused.err


def test_without_matplotlib(call: Call, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused = call("report", "figure", "bars", "-o", "x.svg", *made["results"], status=2)
    assert "needs the package matplotlib: pip install 'xlt[plot]'" in refused.err


def test_the_help_tells_every_figure(call: Call) -> None:
    text = re.sub(r"\s+", " ", call("report", "figure", "--help").out)
    for name, kind in FIGURES.items():
        assert f"{name}: {kind.about}" in text


def test_bad_input_is_one_line(call: Call, made: Made, tmp_path: Path) -> None:
    before = names(tmp_path)
    for arguments, said in (
        (["pie", "-o", "x.svg", *made["results"]], "'pie' is not one of 'transfer', 'layers', 'bars'"),
        (
            ["layers", "-o", "x.svg", *made["results"]],
            "hold results; the figure of layers is drawn from scores or points or changes",
        ),
        (["transfer", "-o", "x.svg", *made["results"]], "is drawn from scores and results or points"),
        (["transfer", "-o", "x.svg", *made["before"]], "hold scores; the figure of transfer is drawn from"),
        (["bars", "-o", "x.jpg", *made["results"]], "--output x.jpg: the suffix says the format"),
        (["layers", "-o", "x.svg", "--layers", "7", *made["before"], *made["after"]], "--layers 7: there is nothing"),
        (["bars", "-o", "x.svg", "--baseline", "x", *made["results"]], "--baseline x: there is no such method"),
    ):
        refused = call("report", "figure", *arguments, status=2)
        assert said in refused.err, arguments
        assert refused.err.count("\n") == 1, refused.err
    assert names(tmp_path) == before
