"""Transfer against alignment as a figure."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from xlt.report.drawing import DOUBLE, SINGLE, save
from xlt.report.marks import told
from xlt.report.names import Names
from xlt.report.scatter import look, panel_titles, panels_figure
from xlt.study.gather import Panels


def points(**more: Any) -> list[dict[str, Any]]:
    facts = {"strength": "strong", "measure": "accuracy", "similarity": "cosine", "direction": "src-tgt", "layer": 12,
             "train_lang": "en", "task": "pos", "metric": "accuracy"}  # fmt: skip
    return [
        {**facts, "alignment": 0.1 * i, "ctl": -0.2 * i, "lang": lang, "model": model, **more}
        for i, (lang, model) in enumerate((lang, model) for lang in ("ar", "fr") for model in ("small", "large"))
    ]


def drawn(panels: Panels, *args: Any, **more: Any) -> Any:
    # Any: the stubs of matplotlib say less than its figures know.
    pytest.importorskip("matplotlib")
    return panels_figure(panels, *args, **more)


def test_the_figure() -> None:
    figure = drawn(Panels(["task"], {(f"t{i}",): points() for i in range(5)}))
    assert [axes.get_title() for axes in figure.axes] == [f"t{i}" for i in range(5)]
    looks = {(line.get_color(), line.get_marker()) for line in figure.axes[0].lines}
    assert len(looks) == 4
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ar", "fr", "large", "small"]


def test_points_say_what_they_are() -> None:
    rows = [row | {"seed": 31} for row in points()]
    figure = drawn(Panels([], {(): rows}), Names({"ar": "Arabic", "small": "S"}))
    words = [text for _, texts in told(figure) for text in texts]
    assert sorted(words) == [
        "Arabic, S, seed 31\nalignment 0.000, ctl -0.000", "Arabic, large, seed 31\nalignment 0.100, ctl -0.200",
        "fr, S, seed 31\nalignment 0.200, ctl -0.400", "fr, large, seed 31\nalignment 0.300, ctl -0.600",
    ]  # fmt: skip
    plain = drawn(Panels([], {(): [{"a": 1, "b": 2.5}]}), x="a", y="b")
    assert [words for _, words in told(plain)] == [["a 1.000, b 2.500"]]


def test_axes_say_what_they_are_and_panels_share_them() -> None:
    weak = points(strength="weak", alignment=0.9)
    groups = {("after", "strong"): points(), ("after", "weak"): weak, ("before", "strong"): points(ctl=0.5),
              ("before", "weak"): weak}  # fmt: skip
    figure = drawn(Panels(["stage", "strength"], groups))
    # In the order of the tables, two by two.
    assert [axes.get_title() for axes in figure.axes] == [
        "before, weak", "after, weak", "before, strong", "after, strong",
    ]  # fmt: skip
    ylabel = "cross-lingual transfer\n(target − source) / source"
    # The strengths differ: the titles say them. Left and below alone where the quantity is the same.
    label = "alignment en→xx, layer 12"
    assert [axes.get_ylabel() for axes in figure.axes] == [ylabel, "", ylabel, ""]
    assert [axes.get_xlabel() for axes in figure.axes] == [label] * 4
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    limits = [axes.get_xlim() for axes in figure.axes]
    assert limits[0] == limits[1] != limits[2] == limits[3]
    assert drawn(Panels([], {(): points()})).axes[0].get_xlabel() == "strong alignment en→xx, layer 12"
    other = points(measure="cka", direction="both", strength="", unit="sentence", layer=None, depth=-1)
    assert drawn(Panels([], {(): other})).axes[0].get_xlabel() == "alignment (cka) en↔xx, sentences, depth −1"


def test_the_coefficient_and_the_number_of_points_stand_in_the_panel() -> None:
    def told(**more: Any) -> str:
        (axes,) = drawn(Panels([], {(): points()}), **more).axes
        return str(next(text.get_text() for text in axes.texts if "n = " in text.get_text()))

    assert told() == "ρ = −1.00\nn = 4"
    assert told(method="kendall") == "τ = −1.00\nn = 4"
    assert told(method="pearson") == "r = −1.00\nn = 4"
    (axes,) = drawn(Panels([], {(): points(ctl=0.0)})).axes
    assert axes.texts[0].get_text() == "ρ = –\nn = 4"


def test_points_of_a_plain_table_and_too_many_panels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    figure = drawn(Panels([], {(): [{"a": 1, "b": 2}]}), x="a", y="b")
    save(figure, tmp_path / "x.svg", force=False)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel(), figure.axes[0].get_title()) == ("a", "b", "")
    figure = drawn(Panels(["k"], {(i,): [{"a": 1, "b": 2}] for i in range(60)}), x="a", y="b")
    assert len(figure.axes) == 48
    assert "the figure shows the first 48 of 60 groups" in caplog.text


def test_looks_of_languages() -> None:
    assert len({look(i) for i in range(42)}) == 42
    assert look(42) == look(0)


def many(count: int, **more: Any) -> Panels:
    rows = [{"alignment": i % 7, "ctl": -i, "lang": f"l{i:02}", "model": "org/m", **more} for i in range(count)]
    return Panels([], {(): rows})


def test_more_languages_than_colours() -> None:
    figure = drawn(many(20))
    (axes,) = figure.axes
    lines = axes.lines
    assert len({(line.get_color(), line.get_fillstyle()) for line in lines}) == len(lines) == 20
    (legend,) = figure.legends
    # One model needs no mark.
    assert [text.get_text() for text in legend.get_texts()] == [f"l{i:02}" for i in range(20)]
    figure.draw_without_rendering()
    # None is cut off.
    box = legend.get_window_extent()
    assert figure.bbox.xmin <= box.xmin < box.xmax <= figure.bbox.xmax
    assert figure.bbox.ymin <= box.ymin < box.ymax <= figure.bbox.ymax
    looks = [(line.get_color(), line.get_fillstyle()) for line in legend.get_lines()[:20]]
    assert looks == [(line.get_color(), line.get_fillstyle()) for line in lines]


@pytest.mark.parametrize("count", [3, 12, 40])
def test_labels_lie_on_nothing(count: int) -> None:
    figure = drawn(many(count), Names({f"l{i:02}": f"Language {i}" for i in range(count)}))
    (axes,) = figure.axes
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    # The coefficient is one of them.
    assert len(boxes) > min(count, 8)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    frame = axes.get_window_extent()
    for box in boxes:
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
    marks = [axes.transData.transform(line.get_xydata()[0]) for line in axes.lines]
    assert not any(box.contains(*mark) for box in boxes[1:] for mark in marks)


def test_too_many_names_are_left_out() -> None:
    assert len(drawn(many(41)).axes[0].texts) == 1


def test_a_long_legend_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    rows = [{"alignment": i, "ctl": i, "lang": f"l{i % 40}", "model": f"org/model-{i:03}"} for i in range(200)]
    figure = drawn(Panels([], {(): rows}))
    figure.draw_without_rendering()
    assert figure.get_figwidth() == SINGLE
    assert figure.get_figheight() < 5
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[-1] == f"… {240 - len(names) + 1} more"
    assert f"the legend shows the first {len(names) - 1} of 240 names" in caplog.text
    assert figure.legends[0].get_window_extent().x1 <= figure.bbox.xmax


def test_titles_of_panels() -> None:
    keys = ("task", "stage", "depth")
    assert panel_titles(keys, [("pos", "after", -1), ("pos", "before", -2)]) == ["after, depth −1", "before, depth −2"]
    assert panel_titles(keys, [("pos", "after", -1)]) == [""]
    assert panel_titles((), [()]) == [""]
    # The method says which recipe; an empty aligner is none.
    several = ("recipe", "method", "aligner", "score_method", "stage")
    groups = [("f", "none", "", "", "after"), ("j", "joint", "dict", "joint", "after"), ("f", "none", "", "", "before")]
    assert panel_titles(several, groups) == ["method none, after", "method joint, after", "method none, before"]
    named = Names({"none": "Fine-tuning", "method": "how", "after": "later"})
    assert panel_titles(several, groups, named) == ["Fine-tuning, later", "how joint, later", "Fine-tuning, before"]
    assert panel_titles(("train_lang", "direction"), [("en", "src-tgt"), ("en", "tgt-src")]) == ["en→xx", "xx→en"]


@pytest.mark.parametrize("panels", [1, 2, 8, 13])
def test_titles_break_between_words_and_are_no_smaller_than_ticks(panels: int) -> None:
    recipe = "realign(contrastive,strong,dict,temperature=0.05)+finetune(pos)"
    groups = {(f"{recipe} number {i}",): points() for i in range(panels)}
    figure = drawn(Panels(["recipe"], groups | {("x",): points()}))
    assert figure.get_figwidth() == DOUBLE
    figure.draw_without_rendering()
    for axes in figure.axes[:-1]:
        title = axes.title
        assert title.get_text().replace("\n", "").replace(" ", "").startswith(recipe)
        assert all(line[-1] in ",+)" or line.endswith(("number", "finetune(pos)")) for line in
                   title.get_text().split("\n")[:-1])  # fmt: skip
        assert title.get_fontsize() >= figure.axes[-1].xaxis.get_ticklabels()[0].get_fontsize()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("tasks", [1, 2, 3, 5])
def test_the_words_of_axes_are_no_longer_than_these(tasks: int) -> None:
    kinds = [(f"t{i}", stage, strength) for i in range(tasks) for stage in ("before", "after") for strength in "ab"]
    groups = {kind: points(task=kind[0], train_lang="Old Church Slavonic") for kind in kinds}
    figure = drawn(Panels(["task", "stage", "strength"], groups))
    figure.draw_without_rendering()
    labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if axis.label.get_text()]
    boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) >= 4
    boxes += [axes.title.get_window_extent() for axes in figure.axes]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
