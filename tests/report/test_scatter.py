"""Transfer against alignment as a figure."""

from pathlib import Path
from typing import Any

import pytest

from xlt.report.drawing import save
from xlt.report.scatter import look, panel_titles, panels_figure, points_figure
from xlt.study.gather import Panels


def points(**more: str) -> list[dict[str, Any]]:
    return [
        {"alignment": 0.1 * i, "ctl": -0.2 * i, "lang": lang, "model": model, **more}
        for i, (lang, model) in enumerate((lang, model) for lang in ("ar", "fr") for model in ("small", "large"))
    ]


def test_the_figure() -> None:
    pytest.importorskip("matplotlib")
    figure: Any = panels_figure(Panels(["task"], {(f"t{i}",): points() for i in range(5)}))
    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in shown] == [f"task t{i}" for i in range(5)]
    assert {(axes.get_xlabel(), axes.get_ylabel()) for axes in shown} == {("alignment", "ctl")}
    looks = {(line.get_color(), line.get_marker()) for line in shown[0].lines}
    assert len(looks) == 4
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ar", "fr", "large", "small"]


def test_points_of_a_plain_table_and_too_many_panels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("matplotlib")
    save(panels_figure(Panels([], {(): [{"a": 1, "b": 2}]}), x="a", y="b"), tmp_path / "x.svg", force=False)
    figure: Any = points_figure([(str(i), [{"a": 1, "b": 2}]) for i in range(60)], "a", "b")
    assert sum(axes.axison for axes in figure.axes) == 48
    assert "the figure shows the first 48 of 60 groups" in caplog.text


def test_looks_of_languages() -> None:
    assert len({look(i) for i in range(42)}) == 42
    assert look(42) == look(0)


def test_more_languages_than_colours() -> None:
    pytest.importorskip("matplotlib")
    rows = [{"alignment": i, "ctl": -i, "lang": f"l{i:02}", "model": "org/m"} for i in range(20)]
    figure: Any = points_figure([("all", rows)], "alignment", "ctl")
    (axes,) = figure.axes
    lines = axes.lines
    assert len({(line.get_color(), line.get_fillstyle()) for line in lines}) == len(lines) == 20
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*(f"l{i:02}" for i in range(20)), "m"]
    # None is cut off.
    figure.canvas.draw()
    assert figure.bbox.ymin <= legend.get_window_extent().ymin < legend.get_window_extent().ymax <= figure.bbox.ymax
    looks = [(line.get_color(), line.get_fillstyle()) for line in legend.get_lines()[:20]]
    assert looks == [(line.get_color(), line.get_fillstyle()) for line in lines]
    # Names stand at the rightmost point of each language.
    assert [(text.get_text(), text.xy) for text in axes.texts][:2] == [("l00", (0, 0)), ("l01", (1, -1))]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("alignment", "ctl", "all")


def test_too_many_names_are_left_out() -> None:
    pytest.importorskip("matplotlib")
    rows = [{"alignment": i, "ctl": i, "lang": f"l{i}"} for i in range(41)]
    assert not points_figure([("", rows)], "alignment", "ctl").axes[0].texts


def test_titles_of_panels() -> None:
    keys = ("task", "stage", "depth")
    assert panel_titles(keys, [("pos", "after", -1), ("pos", "before", -2)]) == [
        "stage after, depth -1", "stage before, depth -2",
    ]  # fmt: skip
    assert panel_titles(keys, [("pos", "after", -1)]) == [""]
    assert panel_titles((), [()]) == [""]
    # The method says which recipe; an empty aligner is none.
    several = ("recipe", "method", "aligner", "score_method", "stage")
    groups = [("f", "none", "", "", "after"), ("j", "joint", "dict", "joint", "after"), ("f", "none", "", "", "before")]
    assert panel_titles(several, groups) == [
        "method none, stage after", "method joint, stage after", "method none, stage before",
    ]  # fmt: skip
