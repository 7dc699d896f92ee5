"""The figure of groups of words: what its panels, lines, labels and counts say."""

from typing import Any

import pytest

from tests.report.test_breakdowns import ROW
from xlt.errors import XltError
from xlt.files.rows import Row
from xlt.report.groups import groups_figure

ErrorbarContainer = pytest.importorskip("matplotlib.container").ErrorbarContainer

BINNED = ROW | {"key": "rank-difference", "set": "", "unit": "word", "candidates": "corpus", "where": "b.parquet"}
BINS = (("[3, 10)", 3.0, 10.0, 0.1), ("[1, 3)", 1.0, 3.0, 0.2), ("< 1", None, 1.0, 0.3), ("ALL", None, None, 0.25))


def _bins(**changed: Any) -> list[Row]:
    of_bins = [
        {"group": g, "low": low, "high": high, "value": v, "n": 1000 + i} for i, (g, low, high, v) in enumerate(BINS)
    ]
    return [BINNED | own | changed for own in of_bins]


def test_bins_ascend_and_models_are_lines() -> None:
    rows = [
        *_bins(direction="mean"),
        *_bins(),
        *_bins(direction="mean", model="b/aligned", recipe="realign(l2)", se=None),
    ]
    figure = groups_figure(rows)
    (panel,) = figure.axes
    assert [tick.get_text() for tick in panel.get_xticklabels()] == ["< 1", "[1, 3)", "[3, 10)"]
    # Of both directions the mean alone.
    bars = [one for one in panel.containers if isinstance(one, ErrorbarContainer)]
    assert [list(one.lines[0].get_ydata()) for one in bars] == [[0.3, 0.2, 0.1]] * 2
    assert [text.get_text() for text in panel.texts] == ["1,002", "1,001", "1,000"]
    assert panel.get_title() == "mean en↔fr, layer 4, weak, csls,\namong all words"
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("rank difference", "accuracy")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["m, r", "aligned, realign(l2)"]
    segments = bars[0].lines[2][0].get_segments()
    assert [end[1] for end in segments[0]] == pytest.approx([0.3 - 0.0625, 0.3 + 0.0625])
    low, high = panel.get_ylim()
    assert low == 0
    assert high > 0.3625 / 0.9


def test_tags_stand_by_kind() -> None:
    tags = (("X", ""), ("NUM", "overlap"), ("average", "overlap"), ("ALL", ""))
    rows = [BINNED | {"key": "tag", "group": group, "group_kind": kind, "n": 5} for group, kind in tags]
    figure = groups_figure([*rows, *(row | {"layer": 2, "depth": -3} for row in rows)])
    for panel in figure.axes:
        assert [tick.get_text() for tick in panel.get_xticklabels()] == ["ALL", "NUM", "overlap average", "X"]
    assert [panel.get_title().split(", ")[1] for panel in figure.axes] == ["layer 2", "layer 4"]


def test_counts_that_differ_between_models() -> None:
    rows = [BINNED | {"key": "script"}, BINNED | {"key": "script", "model": "b", "n": 1300}]
    (panel,) = groups_figure(rows).axes
    assert [text.get_text() for text in panel.texts] == ["1,234–1,300"]


def test_what_has_no_figure() -> None:
    with pytest.raises(XltError, match=r"13 panels, .* choose with --layers"):
        groups_figure([BINNED | {"layer": layer} for layer in range(13)])
    with pytest.raises(XltError, match="a/m: two scores of one group"):
        groups_figure([BINNED, BINNED])
