"""The table and the figure of correlations."""

from pathlib import Path
from typing import Any

import pytest

from xlt.errors import OutputExistsError
from xlt.report.correlations import correlation_table, panel_titles
from xlt.report.scatter import plot_points

ROW = {
    "task": "pos", "stage": "after", "depth": -1, "n": 1600, "method": "spearman", "rho": -0.52345, "p": 0.0000123,
    "ci_low": -0.7, "ci_high": -0.25, "note": "", "signature": "x",
}  # fmt: skip
EMPTY = ROW | {"stage": "before", "rho": None, "p": None, "ci_low": None, "ci_high": None, "note": "ctl is constant"}


def test_the_table() -> None:
    title, header, lines = correlation_table("T", [ROW, EMPTY], ("task", "stage", "depth"))
    # What is the same in all rows stands above them.
    assert title == "T, task pos, depth -1"
    assert header == ["stage", "n", "rho", "95 % interval", "p", "note"]
    assert lines == [
        ["after", "1,600", "-0.523", "[-0.700, -0.250]", "1e-05", ""],
        ["before", "1,600", "", "", "", "ctl is constant"],
    ]


def test_one_row_and_adjusted_p_values() -> None:
    title, header, lines = correlation_table("T", [ROW | {"p_adjusted": 0.04}], ("task", "depth"))
    assert title == "T"
    assert header == ["task", "depth", "n", "rho", "95 % interval", "p", "p adjusted"]
    assert lines == [["pos", "-1", "1,600", "-0.523", "[-0.700, -0.250]", "1e-05", "0.040"]]


def test_a_difference() -> None:
    row = {**ROW, "contrast": "stage: after minus before", "difference": 0.1}
    _, header, lines = correlation_table("T", [row], ("task",))
    assert header == ["task", "contrast", "n", "difference", "95 % interval", "p"]
    assert lines[0][:4] == ["pos", "stage: after minus before", "1,600", "0.100"]


def test_titles_of_panels() -> None:
    keys = ("task", "stage", "depth")
    assert panel_titles(keys, [("pos", "after", -1), ("pos", "before", -2)]) == [
        "stage after, depth -1", "stage before, depth -2",
    ]  # fmt: skip
    assert panel_titles(keys, [("pos", "after", -1)]) == [""]
    assert panel_titles((), [()]) == [""]


def points(**more: str) -> list[dict[str, Any]]:
    return [
        {"alignment": 0.1 * i, "ctl": -0.2 * i, "lang": lang, "model": model, **more}
        for i, (lang, model) in enumerate((lang, model) for lang in ("ar", "fr") for model in ("small", "large"))
    ]


def test_the_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    panels = [(f"panel {i}", points()) for i in range(5)]
    for name in ("a.svg", "b.svg", "c.png", "d.pdf"):
        plot_points(panels, "alignment", "ctl", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(OutputExistsError):
        plot_points(panels, "alignment", "ctl", tmp_path / "a.svg")
    drawn: list[Any] = []

    def keep(figure: Any, path: Path, **_: Any) -> None:
        drawn.append(figure)
        path.touch()

    monkeypatch.setattr(Figure, "savefig", keep)
    plot_points(panels, "alignment", "ctl", tmp_path / "x.svg")
    shown = [axes for axes in drawn[0].axes if axes.axison]
    assert [axes.get_title() for axes in shown] == [f"panel {i}" for i in range(5)]
    looks = {(line.get_color(), line.get_marker()) for line in shown[0].lines}
    assert len(looks) == 4
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 2
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ["ar", "fr", "large", "small"]


def test_points_of_a_plain_table_and_too_many_panels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("matplotlib")
    plot_points([("", [{"a": 1, "b": 2}])], "a", "b", tmp_path / "x.svg")
    plot_points([(str(i), [{"a": 1, "b": 2}]) for i in range(60)], "a", "b", tmp_path / "y.svg")
    assert "the figure shows the first 48 of 60 groups" in caplog.text
