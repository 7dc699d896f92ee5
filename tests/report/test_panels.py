"""What panels are called, how they stand, and which share an axis."""

from typing import Any

import pytest

from xlt.report.names import PLAIN, Names
from xlt.report.panels import (
    alignment_words,
    arrow,
    columns_of,
    in_order,
    make_grid,
    set_categories,
    share,
    title_words,
)


def test_the_order_of_the_tables() -> None:
    keys = ("stage", "task", "strength")
    groups = [
        ("after", "pos", "strong"),
        ("after", "ner", "weak"),
        ("before", "pos", "strong"),
        ("after", "pos", "weak"),
    ]
    assert in_order(keys, groups) == [
        ("after", "ner", "weak"), ("after", "pos", "weak"), ("before", "pos", "strong"), ("after", "pos", "strong"),
    ]  # fmt: skip


def test_panels_in_a_line() -> None:
    stages = [("pos", "before"), ("pos", "after")]
    assert columns_of(("task", "stage"), stages) == 3
    # Stages side by side, a line a task.
    assert columns_of(("task", "stage"), [*stages, ("ner", "before"), ("ner", "after")]) == 2
    assert [columns_of(("task",), [(i,) for i in range(n)]) for n in (1, 3, 4, 5, 12, 13)] == [3, 3, 2, 3, 3, 4]
    four = [(a, b) for a in ("weak", "strong") for b in ("before", "after")]
    assert columns_of(("strength", "stage"), four) == 2
    assert columns_of(("strength", "stage", "task"), [(*two, task) for two in four for task in "ab"]) == 4


def test_words() -> None:
    assert arrow("src-tgt", "en", "fr") == "en→fr"
    assert arrow("tgt-src", "en", "fr") == "fr→en"
    assert arrow("both", "", "") == "src↔tgt"
    shown = {
        ("task", "pos"): "pos", ("stage", "before"): "before", ("direction", "tgt-src"): "xx→en",
        ("split", "dev"): "dev set",
        ("train_lang", "en"): "trained on en", ("unit", "sentence"): "sentences", ("depth", -1): "depth −1",
        ("candidates", "corpus"): "among all words", ("since", "l2"): "since l2", ("tag", None): "", ("tag", ""): "",
    }  # fmt: skip
    assert {(name, value): title_words(name, value, PLAIN, "en") for name, value in shown} == shown
    assert title_words("since", "l2", Names({"l2": "Realigned"})) == "Realigned"


def test_what_an_axis_says() -> None:
    row = {"strength": "weak", "direction": "src-tgt", "measure": "accuracy", "similarity": "cosine", "layer": 3,
           "depth": -2, "src_lang": "en", "tgt_lang": "fr"}  # fmt: skip

    def words(*rows: dict[str, Any], **more: Any) -> str:
        return alignment_words(rows, PLAIN, source="src_lang", target="tgt_lang", places=("layer", "depth"), **more)

    assert words(row) == "weak alignment en→fr, layer 3"
    # What differs is not told.
    assert words(row, row | {"tgt_lang": "ar", "strength": "strong", "layer": 1}) == "alignment en→xx, depth −2"
    other = {"measure": "cka", "similarity": "csls", "unit": "sentence", "candidates": "types", "set": "unseen"}
    assert words(row | other) == "weak alignment (cka) en→fr, csls, sentences, among all types, unseen, layer 3"


def test_axes_are_shared_where_the_quantity_is_the_same() -> None:
    pytest.importorskip("matplotlib")
    grid = make_grid(4, "", 2)
    for i, panel in enumerate(grid.panels):
        panel.set(xlim=(i, i + 1), ylim=(0, i + 1), xlabel="x", ylabel="y")
    share(grid, ["a", "a", "a", "b"], [0, 0, 1, 1])
    assert [panel.get_xlim() for panel in grid.panels] == [(0, 3), (0, 3), (0, 3), (3, 4)]
    assert [panel.get_ylim() for panel in grid.panels] == [(0, 2), (0, 2), (0, 4), (0, 4)]
    assert [panel.get_xlabel() for panel in grid.panels] == ["", "x", "x", "x"]
    assert [panel.get_ylabel() for panel in grid.panels] == ["y", "", "y", ""]


def test_a_figure_is_no_higher_than_a_page() -> None:
    pytest.importorskip("matplotlib")
    assert make_grid(2, "", 2).figure.get_size_inches().tolist() == pytest.approx([7.0, 2.3])
    assert make_grid(1, "", 2).figure.get_size_inches().tolist() == pytest.approx([3.3, 2.5])
    assert make_grid(10, "", 2).figure.get_size_inches().tolist() == pytest.approx([7.0, 8.5])
    # But none has less room than it needs.
    assert make_grid(48, "", 4).figure.get_size_inches().tolist() == pytest.approx([7.0, 18.0])


def test_names_that_have_no_room_stand_upright() -> None:
    pytest.importorskip("matplotlib")
    (panel,) = make_grid(1, "", 1).panels
    set_categories(panel, 1.0, ["ar", "fr"])
    assert [label.get_rotation() for label in panel.get_xticklabels()] == [0, 0]
    set_categories(panel, 0.8, ["Arabic, modern", "French"], [0, 1.5])
    assert [label.get_rotation() for label in panel.get_xticklabels()] == [90, 90]
    assert list(panel.get_xticks()) == [0, 1.5]
