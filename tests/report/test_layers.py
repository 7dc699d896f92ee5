"""Scores over layers, for people."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.test_changes import CHANGE
from xlt.errors import OutputExistsError, XltError
from xlt.report.layers import change_figure, layer_table, layers_figure, plot_layers
from xlt.report.marks import told
from xlt.report.names import Names


def rows(langs: str = "en-fr", model: str = "m", layers: tuple[int, ...] = (0, 10, 2)) -> list[dict[str, Any]]:
    src, tgt = langs.split("-")
    return [
        {
            "model": model, "weights": None, "src_lang": src, "tgt_lang": tgt, "layer": layer, "direction": direction,
            "measure": "accuracy", "strength": strength, "similarity": "cosine", "n": 1000, "value": layer / 100 + add,
            "se": None if layer == 2 else 0.0123, "signature": f"pairs:1000|data:{tgt}",
        }
        for layer in layers
        for add, direction, strength in ((0.5, "src-tgt", "weak"), (0.4, "tgt-src", "weak"), (0.1, "src-tgt", "strong"))
    ]  # fmt: skip


def test_a_line_for_each_layer() -> None:
    (table,) = layer_table(rows())
    assert table.title == "m: en-fr, cosine, 1,000 word pairs"
    assert table.header == ["layer", "weak en→fr", "weak fr→en", "strong en→fr"]
    assert table.rows == [
        ["0", "0.500 ±0.012", "0.400 ±0.012", "0.100 ±0.012"],
        ["2", "0.520", "0.420", "0.120"],
        ["10", "0.600 ±0.012", "0.500 ±0.012", "0.200 ±0.012"],
    ]


def test_one_table_for_all_pairs_of_a_model() -> None:
    tables = layer_table(rows(layers=(0, 2)) + rows("en-ar", layers=(2,)) + rows("ar-en", "other"))
    assert [table.title for table in tables] == [
        "m: 2 pairs of languages, cosine, 1,000 word pairs", "other: ar-en, cosine, 1,000 word pairs",
    ]  # fmt: skip
    assert tables[0].header == ["pair", "layer", "weak →", "weak ←", "strong →"]
    assert tables[0].rows == [
        ["en-fr", "0", "0.500 ±0.012", "0.400 ±0.012", "0.100 ±0.012"],
        ["en-fr", "2", "0.520", "0.420", "0.120"],
        ["en-ar", "2", "0.520", "0.420", "0.120"],
    ]
    assert tables[0].keys == 2
    assert tables[0].notes[0].startswith("→ words of the first language search their translations in the second; ←")
    assert tables[1].header[1:3] == ["weak ar→en", "weak en→ar"]


def test_pairs_of_one_name_are_told_apart() -> None:
    fewer = [row | {"n": 40, "signature": "pairs:1000|data:other"} for row in rows(layers=(0,))]
    (table,) = layer_table([*rows(layers=(0,)), *fewer])
    assert table.title == "m: 2 pairs of languages, cosine, 40 to 1,000 word pairs"
    assert table.header[:4] == ["pair", "data", "n", "layer"]
    assert [row[:4] for row in table.rows] == [["en-fr", "fr", "1,000", "0"], ["en-fr", "other", "40", "0"]]


def test_unknown_languages() -> None:
    (table,) = layer_table(rows("-"))
    assert table.title == "m: cosine, 1,000 word pairs"
    assert table.header[1:3] == ["weak src→tgt", "weak tgt→src"]


# The same numbers of another kind: in none of these may a cell, a line or an axis hold two of them.
OTHERS: list[dict[str, Any]] = [
    {"measure": "distance", "strength": "", "direction": "both"},
    {"measure": "mrr"},
    {"similarity": "csls", "signature": "pairs:1000|data:fr|k:10"},
    {"unit": "sentence"},
    {"candidates": "corpus"},
    {"set": "unseen"},
    {"signature": "pairs:1000|data:fr|center"},
]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_two_kinds_of_numbers_never_share_a_table(other: dict[str, Any]) -> None:
    one = [row for row in rows() if (row["strength"], row["direction"]) == ("weak", "src-tgt")]
    two = [row | {"value": row["value"] + 0.3, "se": None, **other} for row in one]
    tables = layer_table([row for both in zip(one, two, strict=True) for row in both])
    cells = [[line[1:] for line in table.rows] for table in tables]
    assert cells == [[["0.500 ±0.012"], ["0.520"], ["0.600 ±0.012"]], [["0.800"], ["0.820"], ["0.900"]]]
    if "signature" not in other or "similarity" in other:
        assert tables[0].title != tables[1].title


def test_titles_and_heads_say_what_differs() -> None:
    one = rows(layers=(0,))
    distance = {"measure": "distance", "strength": "", "similarity": "", "direction": "both", "unit": "sentence"}
    tables = layer_table([*one, one[0] | distance])
    assert [table.title for table in tables] == [
        "m: en-fr, accuracy, cosine, 1,000 word pairs", "m: en-fr, distance, 1,000 sentence pairs",
    ]  # fmt: skip
    assert tables[1].header == ["layer", "en↔fr"]
    # Alone it is named all the same: nobody expects it.
    assert layer_table([one[0] | distance])[0].title == "m: en-fr, distance, 1,000 sentence pairs"
    # A null is what an absent column is.
    assert layer_table([row | {"unit": None} for row in one]) == layer_table(one)


def test_a_layer_without_a_score_is_an_empty_cell() -> None:
    (table,) = layer_table([row for row in rows() if row["layer"] != 2 or row["strength"] == "weak"])
    assert table.rows[1] == ["2", "0.520", "0.420", ""]


def test_no_rows_no_table() -> None:
    assert layer_table([]) == []


def test_a_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    starts = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    for suffix, start in starts.items():
        path = tmp_path / f"x.{suffix}"
        plot_layers(rows() + rows("en-ar"), path)
        assert path.read_bytes().startswith(start)
        # Nothing in it says when it was drawn.
        plot_layers(rows() + rows("en-ar"), tmp_path / f"again.{suffix}")
        assert (tmp_path / f"again.{suffix}").read_bytes() == path.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {f"{n}.{s}" for n in ("x", "again") for s in starts}


def figure_of(*args: Any) -> Any:
    # Any: the stubs of matplotlib say less than its figures know.
    pytest.importorskip("matplotlib")
    return layers_figure(*args)


def test_what_the_figure_shows() -> None:
    figure = figure_of(rows() + rows("en-ar"))
    weak, strong = figure.axes
    assert (weak.get_title(), strong.get_title()) == ("weak", "strong")
    lines = {line.get_label(): line for line in weak.lines}
    assert list(lines) == ["en→fr", "fr→en", "en→ar", "ar→en"]
    # Layers ascend, whatever the order of the rows.
    assert list(lines["fr→en"].get_xdata()) == [0, 2, 10]
    assert list(lines["fr→en"].get_ydata()) == pytest.approx([0.4, 0.42, 0.5])
    # Colour says the languages, style the direction, and the legend each of them once.
    assert len({lines[name].get_color() for name in ("en→fr", "fr→en")}) == 1
    assert len({lines[name].get_color() for name in ("en→fr", "en→ar")}) == 2
    assert [line.get_linestyle() for line in lines.values()] == ["-", "--", "-", "--"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["en-fr", "en-ar", "en→xx", "xx→en"]
    assert [line.get_linestyle() for line in figure.legends[0].get_lines()][2:] == ["-", "--"]
    assert [line.get_label() for line in strong.lines] == ["en→fr", "en→ar"]


def test_one_direction_is_told_with_its_languages() -> None:
    one_way = [row for row in rows() + rows("en-ar") if row["direction"] == "src-tgt"]
    names = Names({"fr": "French", "en": "English"})
    legend = figure_of(one_way, names).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["English→French", "English→ar"]


def test_one_layer_is_points_with_error_bars() -> None:
    figure = figure_of([row for row in rows() + rows("en-ar") if row["layer"] == 10])
    weak, _ = figure.axes
    assert [text.get_text() for text in weak.get_xticklabels()] == ["en-fr", "en-ar"]
    assert weak.get_xlabel() == ""
    there, back, *_ = [bars.lines for bars in weak.containers]
    assert [*there[0].get_xdata(), *there[0].get_ydata()] == pytest.approx([-0.13, 0.6])
    assert list(back[0].get_xdata()) == [0.13]
    assert back[0].get_markerfacecolor() == "white" != there[0].get_markerfacecolor()
    (segment,) = there[2][0].get_segments()
    assert segment[:, 1].tolist() == pytest.approx([0.6 - 0.0123, 0.6 + 0.0123])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["en→xx", "xx→en"]


def test_each_kind_of_number_has_an_axis_of_its_own() -> None:
    one = rows()
    cosine = [row | {"measure": "cosine", "strength": "", "direction": "both", "similarity": "", "value": -row["value"]}
              for row in one[::3]]  # fmt: skip
    sentences = [row | {"unit": "sentence"} for row in one]
    grid = figure_of([*one, *cosine, *sentences]).axes
    accuracy, in_sentences = "accuracy (cosine)", "accuracy (cosine, sentences)"
    assert [axes.get_title() for axes in grid] == [
        f"weak, {accuracy}", f"strong, {accuracy}", "cosine", f"weak, {in_sentences}", f"strong, {in_sentences}",
    ]  # fmt: skip
    labels = [axes.get_ylabel().replace("\n", " ") for axes in grid]
    assert labels == [accuracy, "", "cosine", in_sentences, in_sentences]
    assert [[line.get_label() for line in axes.lines] for axes in grid] == [
        ["en→fr", "fr→en"], ["en→fr"], ["en↔fr"], ["en→fr", "fr→en"], ["en→fr"],
    ]  # fmt: skip
    assert list(grid[2].lines[0].get_ydata()) == pytest.approx([-0.5, -0.52, -0.6])
    # An axis begins at 0 but where numbers lie below it.
    assert grid[0].get_ylim()[0] == 0
    assert grid[2].get_ylim()[0] < -0.6
    assert grid[0].get_ylim() == grid[1].get_ylim()


def test_two_signatures_are_two_lines() -> None:
    figure = figure_of([row | {"signature": s} for s in ("a", "b") for row in rows()])
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [3] * 4


def test_an_existing_figure_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "x.svg"
    path.write_text("mine")
    with pytest.raises(OutputExistsError):
        plot_layers(rows(), path)
    assert path.read_text() == "mine"
    plot_layers(rows(), path, force=True)
    assert re.search("<svg", path.read_text())


def changes(pairs: int = 2, **more: Any) -> list[dict[str, Any]]:
    return [
        CHANGE | {"tgt_lang": f"l{i:02}", "layer": 5 + depth, "depth": depth, "before": 0.1 * i, "after": 0.2 * i,
                  "after_sd": 0.05} | more
        for i in range(pairs)
        for depth in (-1, -3, -2)
    ]  # fmt: skip


def drawn_from(rows: list[dict[str, Any]]) -> Any:
    # Any: the stubs of matplotlib say less than its figures know.
    return change_figure(rows)


def test_before_and_after() -> None:
    pytest.importorskip("matplotlib")
    figure = drawn_from([*changes(), *changes(strength="weak")])
    assert [axes.get_title() for axes in figure.axes] == ["weak", "strong"]
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("layer", "alignment en→xx")
    assert figure.axes[1].get_ylabel() == ""
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == ["en-l00 before", "en-l00 after", "en-l01 before", "en-l01 after"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["en-l00", "en-l01", "before", "after"]
    # Layers ascend, whatever the order of the rows.
    assert list(lines["en-l01 after"].get_xdata()) == [2, 3, 4]
    assert list(lines["en-l01 before"].get_ydata()) == pytest.approx([0.1] * 3)
    assert [line.get_linestyle() for line in lines.values()] == ["--", "-"] * 2


def test_one_layer_before_and_after_is_points() -> None:
    pytest.importorskip("matplotlib")
    (axes,) = drawn_from([row for row in changes(9) if row["layer"] == 4]).axes
    assert axes.get_ylabel() == "strong alignment en→xx, layer 4"
    assert [text.get_text() for text in axes.get_xticklabels()] == [f"en-l{i:02}" for i in range(9)]
    before, after = axes.containers[2].lines, axes.containers[3].lines
    assert (before[0].get_xdata()[0], after[0].get_xdata()[0]) == pytest.approx((0.87, 1.13))
    assert (before[0].get_ydata()[0], after[0].get_ydata()[0]) == pytest.approx((0.1, 0.2))
    assert after[2][0].get_segments()[0][:, 1].tolist() == pytest.approx([0.15, 0.25])
    # A pair of which one layer alone is known stays in its place among layers.
    (axes,) = drawn_from([*changes(1), *changes(2)[3:4]]).axes
    assert list(axes.lines[2].get_xdata()) == [4]


def test_points_say_what_they_are() -> None:
    pytest.importorskip("matplotlib")
    of_layers = [words for _, words in told(drawn_from(changes(1, before=0.1, after=0.2)))]
    assert of_layers == [
        [f"en-l00 before, layer {layer}\n0.100" for layer in (2, 3, 4)],
        [f"en-l00 after, layer {layer}\n0.200 ± 0.050" for layer in (2, 3, 4)],
    ]
    of_one = [words for _, words in told(drawn_from(changes(1)[:1]))]
    assert of_one == [["en-l00 before, layer 4\n0.000"], ["en-l00 after, layer 4\n0.000 ± 0.050"]]


def test_measures_share_no_axis() -> None:
    pytest.importorskip("matplotlib")
    accuracy, cka = drawn_from([*changes(), *(row | {"after": 9.0} for row in changes(measure="cka"))]).axes
    assert [accuracy.get_title(), cka.get_title()] == ["accuracy", "cka"]
    assert accuracy.get_ylim()[1] < 1 < cka.get_ylim()[1]


def test_seven_pairs_look_unlike_and_of_more_the_mean_stands_out() -> None:
    pytest.importorskip("matplotlib")
    (axes,) = drawn_from(changes(7)).axes
    assert len({line.get_color() for line in axes.lines}) == 7
    figure = drawn_from(changes(8))
    (axes,) = figure.axes
    # 0.1 and 0.2 times the mean of 0 to 7.
    assert [list(line.get_ydata()) for line in axes.lines] == [pytest.approx([0.35] * 3), pytest.approx([0.7] * 3)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        f"mean of 8 language pairs, {end}" for end in ("before", "after")
    ]
    thin = axes.collections
    assert [len(lines.get_segments()) for lines in thin] == [8, 8]
    assert thin[1].get_segments()[7].tolist() == [pytest.approx([layer, 1.4]) for layer in (2, 3, 4)]


def test_layers_known_by_their_depth_only(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("matplotlib")
    for pairs in (2, 8):
        (axes,) = drawn_from(changes(pairs, layer=None)).axes
        assert axes.get_xlabel() == "layer, counted from the end"
        assert list(axes.lines[0].get_xdata()) == [-3, -2, -1]
    # Of some models the number of layers is not known: all stand at their depth.
    (axes,) = drawn_from([*changes(1), *changes(2, layer=None)[3:]]).axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[-3, -2, -1]] * 4
    assert caplog.text == ""
    drawn_from([*changes(), *changes(1, depth=None, layer=None)])
    assert "leaves out 3 of 9 rows: their layer is empty" in caplog.text
    with pytest.raises(XltError, match="no row says which layer it is of"):
        drawn_from(changes(layer=None, depth=None))


def test_many_pairs_of_scores_look_unlike() -> None:
    lines = figure_of([row for i in range(30) for row in rows(f"en-l{i}")]).axes[0].lines
    assert len({(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines) == 60
