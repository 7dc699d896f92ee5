"""Alignment over layers: as a table for people and as a figure."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

from xlt.errors import XltError
from xlt.files.rows import Key, Row, grouped
from xlt.files.schemas import CHANGES, ITEMS, SCORES, WAYS
from xlt.files.signature import Signature
from xlt.files.text_table import TextTable
from xlt.report.drawing import COLOURS, DOUBLE, SINGLE, finish, legend_below, save, style
from xlt.report.layout import order_of, split_keys
from xlt.report.marks import tell
from xlt.report.names import PLAIN, Names
from xlt.report.panels import (
    AMONG,
    Grid,
    alignment_words,
    arrow,
    columns_of,
    in_order,
    make_grid,
    set_categories,
    share,
    title_words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xlt.study.changes import Changes

logger = logging.getLogger(__name__)

# What one table or line is about; a model trained on keeps its name, but not its weights.
_WHO = ("model", "weights", "src_lang", "tgt_lang")
# What a block of lines is about in a table of several language pairs, and how its columns say who searches.
_PAIR = ("src_lang", "tgt_lang", "signature")
_ARROWS = {"src-tgt": "→", "tgt-src": "←", "mean": "mean ↔"}
_ARROW_NOTES = {
    "src-tgt": "→ {}s of the first language search their translations in the second",
    "tgt-src": "← {}s of the second language in the first",
}
# They tell language pairs of one colour apart.
_SHAPES = ("o", "s", "^", "D", "v", "P", "X")
# What is drawn of a change, and whether dashed with open marks.
_STYLES = {"before": True, "after": False}
# What one panel of the figure before and after is about.
_PANELS = ("task", "model", "recipe", "since", "strength", "direction", *WAYS)
# What stands across: the first that most rows know.
_AXES = {"layer": "layer", "depth": "layer, counted from the end"}
_OPTIONAL = [name for name in WAYS if SCORES.usual(name) is not None]
_KNOWN = {*(column.name for column in CHANGES.columns), "where"}
_MOST = 24
# Of one layer, how far the points of a language pair stand from its place.
_BESIDE = 0.13
# More pairs than colours cannot be told apart: their mean is drawn, and they as thin grey lines behind it.
_MOST_LINES = len(COLOURS)


def layer_table(rows: Sequence[Row]) -> list[TextTable]:
    """Tables of a line per language pair and layer: score ± standard error. One pair alone stands in the title.

    There is a table for each model; rows of two measures, similarities or units never stand in one, nor do those whose
    signatures tell more apart than what the word pairs are.
    """
    tables = []
    rows = [_named(row) | {"way": _measured_as(row)} for row in _whole(rows)]
    several = len({row["measure"] for row in rows}) > 1
    for (model, _, measure, similarity, unit, candidates, subset, _), group in grouped(
        rows, ("model", "weights", *WAYS, "way")
    ).items():
        # The usual measure is what one expects, but where something else stands beside it.
        name = measure if several or measure != ITEMS.usual("measure") else ""
        pairs = list(grouped(group, _PAIR))
        pair = _pair_name(*pairs[0][:2]) if len(pairs) == 1 else f"{len(pairs)} pairs of languages"
        among = "" if candidates == SCORES.usual("candidates") else f"among all {AMONG[candidates]}"
        about = ", ".join(filter(None, (pair, name, subset, similarity, among)))
        counts = sorted({row["n"] for row in group})
        n = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        title = f"{model}: {about}, {n} {unit} pairs"
        tables.append(_single(title, group) if len(pairs) == 1 else _side_by_side(title, group))
    return tables


def _measured_as(row: Row) -> tuple[tuple[str, str], ...]:
    # How it was measured, whatever the pairs.
    return tuple(part for part in Signature.parse(row["signature"]).parts if part[0] != "data")


def _pair_name(src: str, tgt: str) -> str:
    return f"{src}-{tgt}" if src or tgt else ""


def _single(title: str, rows: Sequence[Row]) -> TextTable:
    series = grouped(rows, ("strength", "direction"))
    src, tgt = rows[0]["src_lang"], rows[0]["tgt_lang"]
    header = ["layer", *(" ".join(filter(None, (s, arrow(d, src, tgt)))) for s, d in series)]
    columns = [{row["layer"]: row for row in column} for column in series.values()]
    lines = [
        [str(layer), *(_cell(column.get(layer)) for column in columns)]
        for layer in sorted(dict.fromkeys(row["layer"] for row in rows), key=_place)
    ]
    return TextTable(title, header, lines)


def _side_by_side(title: str, rows: Sequence[Row]) -> TextTable:
    series = list(grouped(rows, ("strength", "direction")))
    pairs = grouped(rows, _PAIR)
    names = [_pair_name(src, tgt) for src, tgt, _ in pairs]
    # Two files of one pair of languages are told apart by what they were made from.
    data = [Signature.parse(signature).values().get("data", "") for *_, signature in pairs]
    heads = {"pair": names, **({"data": data} if len(set(names)) < len(names) else {})}
    counts = [f"{group[0]['n']:,}" for group in pairs.values()]
    if len(set(counts)) > 1:
        heads["n"] = counts
    lines = []
    for i, group in enumerate(pairs.values()):
        cells = {(row["layer"], row["strength"], row["direction"]): row for row in group}
        for layer in sorted(dict.fromkeys(row["layer"] for row in group), key=_place):
            scores = [_cell(cells.get((layer, *column))) for column in series]
            lines.append([*(column[i] for column in heads.values()), str(layer), *scores])
    header = [*heads, "layer", *(" ".join(filter(None, (s, _ARROWS.get(d, "↔")))) for s, d in series)]
    unit = rows[0]["unit"]
    arrows = [what.format(unit) for way, what in _ARROW_NOTES.items() if any(d == way for _, d in series)]
    return TextTable(title, header, lines, keys=len(heads) + 1, notes=["; ".join(arrows)] if arrows else [])


def _whole(rows: Sequence[Row]) -> list[Row]:
    # Optional columns that are absent, or null, have their usual value.
    return [{**row, **{name: row.get(name) or SCORES.usual(name) for name in _OPTIONAL}} for row in rows]


def _named(row: Row) -> Row:
    # What is over layers stands below those that it is of.
    if row["layer"] is not None:
        return row
    subset, _, over = row["set"].rpartition(",")
    return {**row, "layer": over, "set": subset}


def _place(layer: int | str) -> float:
    # Numbers ascending, then what is over all of them as it comes.
    return math.inf if isinstance(layer, str) else layer


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row["value"] is None:
        return "–"
    return f"{row['value']:.3f}" + ("" if row["se"] is None else f" ±{row['se']:.3f}")


def plot_layers(rows: Sequence[Row], path: Path, force: bool = False) -> None:
    """Write scores against layers as a figure, see :func:`layers_figure`."""
    save(layers_figure(rows), path, force)


def layers_figure(rows: Sequence[Row], names: Names = PLAIN) -> "Figure":
    """Scores against layers: a panel per strength, a line per language pair and direction, bands of one standard error.

    Colours are language pairs, the style of a line is its direction. Scores of one layer are points with error bars,
    language pairs side by side. Each measure, similarity and unit has panels and an axis of its own.

    Args:
        rows: scores.
        names: what things are called.
    """
    with style():
        # What is over layers, over directions or not defined has no place of its own.
        rows = [row for row in _whole(rows) if row["layer"] is not None and row["value"] is not None]
        rows = [row for row in rows if row["direction"] != "mean"]
        keys = (*WAYS, "strength")
        panels = grouped(rows, keys)
        ways = list(grouped(rows, WAYS))
        order = [key for way in ways for key in in_order(keys, [key for key in panels if _way(key) == way])]
        grid = make_grid(len(order), "Alignment over layers", 2 if len(order) > len(ways) else 3)
        pairs = list(grouped(rows, _WHO))
        directions = list(dict.fromkeys(row["direction"] for row in rows))
        one_layer = len({row["layer"] for row in rows}) == 1
        for panel, key in zip(grid.panels, order, strict=True):
            for who, line in grouped(panels[key], (*_WHO, "direction", "signature")).items():
                label = arrow(who[4], names(who[2]), names(who[3]))
                points = Line(
                    at=[row["layer"] for row in line], value=[row["value"] for row in line],
                    spread=[row["se"] for row in line],
                )  # fmt: skip
                side = (_BESIDE if who[4] == "tgt-src" else -_BESIDE) if len(directions) > 1 else 0.0
                beside = side if one_layer else None
                _draw(panel, points, pairs.index(who[:4]), label, open_marks=who[4] == "tgt-src", beside=beside)
            strength = names(key[-1])
            grid.set_title(
                panel, strength if len(ways) == 1 else ", ".join(filter(None, (strength, _axis(*_way(key)))))
            )
            panel.set_ylabel(_axis(*_way(key)))
            _set_across(panel, grid.room, [names.pair(*who[2:]) for who in pairs] if one_layer else [], "layer")
        for panel, key in zip(grid.panels, order, strict=True):
            if all(row["value"] >= 0 for row in panels[key]):
                panel.set_ylim(0, None)
        share(grid, [0] * len(order), [_way(key) for key in order])
        # Two directions are told by the style, once for all pairs.
        langs = [
            names.pair(*who[2:]) if len(directions) > 1 else arrow(*directions, *map(names, who[2:])) for who in pairs
        ]
        src, tgt = ({who[i] for who in pairs} for i in (2, 3))
        ends = [names(one.pop()) if len(one) == 1 else "xx" for one in (src, tgt)]
        styles = [(arrow(direction, *ends), direction == "tgt-src") for direction in directions]
        _add_legend(grid, [] if one_layer else langs, styles if len(directions) > 1 else [], one_layer)
        return finish(grid.figure)


def _way(key: Key) -> Key:
    # All of the ways, without the strength.
    return key[:-1]


def _axis(measure: str, similarity: str, unit: str, candidates: str, subset: str) -> str:
    among = "" if candidates == SCORES.usual("candidates") else f"among all {AMONG[candidates]}"
    told = ", ".join(filter(None, (subset, similarity, "" if unit == SCORES.usual("unit") else f"{unit}s", among)))
    return f"{measure} ({told})" if told else measure


@dataclass(frozen=True)
class Line:
    """A line of points: layers, values, and the half length of their error bars, where it is known."""

    at: Sequence[int]
    value: Sequence[float]
    spread: Sequence[float | None]


def _draw(panel: "Axes", points: Line, which: int, label: str, *, open_marks: bool, beside: float | None) -> None:
    # ``beside``: of one layer, where the point stands beside the place of its pair. Marks on an axis are whole.
    colour, shape = COLOURS[which % len(COLOURS)], _SHAPES[which // len(COLOURS) % len(_SHAPES)]
    face = "white" if open_marks else colour
    order = sorted(range(len(points.at)), key=lambda i: points.at[i])
    x, y = [points.at[i] for i in order], [points.value[i] for i in order]
    # Where there is none, nothing is drawn: a bar of no length would say that nothing varies.
    spread = [math.nan if (one := points.spread[i]) is None else one for i in order]
    told = [
        f"{label}, layer {points.at[i]}\n{points.value[i]:.3f}"
        + (f" ± {points.spread[i]:.3f}" if points.spread[i] is not None else "")
        for i in order
    ]
    if beside is not None:
        drawn = panel.errorbar(
            [which + beside] * len(y), y, yerr=spread, fmt=shape, color=colour, markerfacecolor=face, markersize=4,
            elinewidth=0.8, capsize=2, capthick=0.8, label=label, clip_on=False,
        )  # fmt: skip
        tell(drawn.lines[0], told)
        return
    (drawn_line,) = panel.plot(
        x, y, "--" if open_marks else "-", color=colour, marker=shape, markersize=3, markerfacecolor=face,
        markeredgewidth=0.7, label=label, clip_on=False,
    )  # fmt: skip
    tell(drawn_line, told)
    low, high = ([v + s * e for v, e in zip(y, spread, strict=True)] for s in (-1, 1))
    panel.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def _set_across(panel: "Axes", room: float, pairs: Sequence[str], layers: str) -> None:
    if not pairs:
        from matplotlib.ticker import MaxNLocator

        panel.set_xlabel(layers)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    set_categories(panel, room, pairs)


def _add_legend(grid: Grid, pairs: Sequence[str], styles: Sequence[tuple[str, bool]], one_layer: bool) -> None:
    # Colours for language pairs, then what the two styles of lines are.
    from matplotlib.lines import Line2D

    entries = [
        (pair, Line2D([], [], color=COLOURS[i % len(COLOURS)], marker=_SHAPES[i // len(COLOURS) % len(_SHAPES)],
                      markersize=3))
        for i, pair in enumerate(pairs)
    ]  # fmt: skip
    entries += [
        (name, Line2D([], [], color="0.3", marker="o", markersize=4 if one_layer else 3, markeredgewidth=0.7,
                      markerfacecolor="white" if second else "0.3",
                      linestyle="" if one_layer else "--" if second else "-"))
        for name, second in styles
    ]  # fmt: skip
    if len(entries) > 1:
        width = SINGLE if len(grid.panels) == 1 else DOUBLE
        legend_below(grid.figure, [handle for _, handle in entries], [name for name, _ in entries], width)


def changes_figure(changes: "Changes", names: Names = PLAIN) -> "Figure":
    """Alignment over layers before and after training, see :func:`change_figure`."""
    return change_figure(changes.rows, names)


def change_figure(rows: Sequence[Row], names: Names = PLAIN) -> "Figure":
    """Alignment over layers before and after training (figures 4 and 5 of gaschi2023): a panel per model and setting.

    Before is dashed, with open marks; after is whole, with a band of one standard deviation over the seeds. One layer
    is drawn as points, language pairs side by side. Above seven language pairs each is a thin grey line, and their mean
    stands out. Layers stand across by their number, or by their depth where more rows know that, as in imported tables.

    Args:
        rows: of a table of changes; further columns are tags, which panels keep apart.
        names: what things are called.

    Raises:
        XltError: no row says which layer it is of.
    """
    with style():
        rows, across = _at_layers(rows)
        models = names.models(dict.fromkeys(row["model"] for row in rows))
        rows = [dict(row, model=models[row["model"]]) for row in rows]
        tags = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _KNOWN]
        keys, _ = split_keys(rows, (*_PANELS[:3], *tags, *_PANELS[3:]))
        panels = grouped(rows, keys)
        if len(panels) > _MOST:
            logger.warning("the figure shows the first %s of %s settings", _MOST, f"{len(panels):,}")
        order = in_order(keys, panels)[:_MOST]
        pairs = sorted({(row["src_lang"], row["tgt_lang"]) for row in rows}, key=order_of)
        layers = {row[across] for row in rows}
        places = [] if len(layers) > 1 else [across]
        words_of = alignment_words(rows, names, source="src_lang", target="tgt_lang", places=places)
        grid = make_grid(len(order), f"{words_of} before and after training", columns_of(keys, order))
        for panel, key in zip(grid.panels, order, strict=True):
            by_pair = grouped(panels[key], ("src_lang", "tgt_lang"))
            if len(pairs) > _MOST_LINES and not places:
                _mean_before_and_after(panel, list(by_pair.values()), across)
            else:
                for pair, line in by_pair.items():
                    _before_and_after(
                        panel, line, pairs.index((pair[0], pair[1])), names.pair(*pair), across, bool(places)
                    )
            text = ", ".join(filter(None, map(title_words, keys, key, [names] * len(keys))))
            if text:
                grid.set_title(panel, text)
            panel.set_ylabel(words_of)
            _set_across(panel, grid.room, [names.pair(*pair) for pair in pairs] if places else [], _AXES[across])
            if all(row[end] >= 0 for row in panels[key] for end in _STYLES if row[end] is not None):
                panel.set_ylim(0, None)
        at = [keys.index(name) for name in WAYS if name in keys]
        share(grid, [0] * len(order), [tuple(key[i] for i in at) for key in order])
        styles = list(_STYLES.items())
        if len(pairs) > _MOST_LINES and not places:
            styles = [(f"mean of {len(pairs)} language pairs, {end}", second) for end, second in styles]
            pairs = []
        _add_legend(grid, [] if places else [names.pair(*pair) for pair in pairs], styles, bool(places))
        return finish(grid.figure)


def _at_layers(rows: Sequence[Row]) -> tuple[list[Row], str]:
    # The rows that can be drawn, and the column that says where.
    across = max(_AXES, key=lambda name: sum(row[name] is not None for row in rows))
    known = [row for row in rows if row[across] is not None]
    if not known:
        raise XltError("no row says which layer it is of: layer and depth are empty")
    if len(known) < len(rows):
        left_out = f"{len(rows) - len(known):,}"
        logger.warning("the figure leaves out %s of %s rows: their %s is empty", left_out, f"{len(rows):,}", across)
    return known, across


def _before_and_after(panel: "Axes", line: Sequence[Row], which: int, name: str, across: str, one_layer: bool) -> None:
    for end, second in _STYLES.items():
        there = [row for row in line if row[end] is not None]
        spread = [row["after_sd"] if end == "after" else None for row in there]
        points = Line(at=[row[across] for row in there], value=[row[end] for row in there], spread=spread)
        side = -_BESIDE if end == "before" else _BESIDE
        _draw(panel, points, which, f"{name} {end}", open_marks=second, beside=side if one_layer else None)


def _mean_before_and_after(panel: "Axes", lines: Sequence[Sequence[Row]], across: str) -> None:
    from matplotlib.collections import LineCollection

    for end, second in _STYLES.items():
        at: dict[int, list[float]] = {}
        for row in (row for line in lines for row in line if row[end] is not None):
            at.setdefault(row[across], []).append(row[end])
        segments = [
            [(row[across], row[end]) for row in sorted(line, key=lambda row: int(row[across])) if row[end] is not None]
            for line in lines
        ]
        style_of = "--" if second else "-"
        panel.add_collection(LineCollection(segments, colors="0.75", linewidths=0.5, linestyles=style_of))
        x = sorted(at)
        y = [fsum(at[layer]) / len(at[layer]) for layer in x]
        panel.plot(
            x, y, style_of, color="0.3", marker="o", markersize=3.5, markerfacecolor="white" if second else "0.3",
            label=end,
        )  # fmt: skip
