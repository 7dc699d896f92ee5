"""Alignment over layers: as a table for people and as a figure."""

import logging
from collections.abc import Sequence
from math import fsum
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from xlt.errors import XltError
from xlt.files.rows import Row, grouped
from xlt.files.schemas import CHANGES, ITEMS, SCORES, WAYS
from xlt.report.drawing import COLOURS, save
from xlt.report.layout import TextTable, order_of, split_keys
from xlt.report.names import PLAIN, Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xlt.study.changes import Changes

logger = logging.getLogger(__name__)

# What one table or line is about; a model trained on keeps its name, but not its weights.
_WHO = ("model", "weights", "src_lang", "tgt_lang")
# They tell lines apart in grey.
_STYLES = ("-", "--", "-.", ":")
_SHAPES = ("o", "s", "^", "D", "v", "P", "X")
# What one panel of the figure before and after is about.
_PANELS = ("task", "model", "recipe", "since", "strength", "direction", *WAYS)
# What stands across: the first that most rows know.
_AXES = {"layer": "layer", "depth": "layer, counted from the end"}
_OPTIONAL = [name for name in WAYS if SCORES.usual(name) is not None]
_AMONG = {"corpus": "words", "types": "types"}
_KNOWN = {*(column.name for column in CHANGES.columns), "where"}
_MOST = 24
# More pairs than colours cannot be told apart: their mean is drawn, and they as thin grey lines behind it.
_MOST_LINES = len(COLOURS)


def layer_table(rows: Sequence[Row]) -> list[TextTable]:
    """Tables: title, header, and a line per layer with score ± standard error.

    There is one for each model and language pair; rows of two measures, similarities or units, or of two signatures,
    never stand in one table.
    """
    tables, rows = [], _whole(rows)
    several = len({row["measure"] for row in rows}) > 1
    keys = (*_WHO, *WAYS, "signature")
    for (model, _, src, tgt, measure, similarity, unit, candidates, subset, _), group in grouped(rows, keys).items():
        series = grouped(group, ("strength", "direction"))
        header = ["layer"] + [" ".join(filter(None, (s, _arrow(d, src, tgt)))) for s, d in series]
        columns = [{row["layer"]: row for row in column} for column in series.values()]
        lines = [
            [str(layer), *(_cell(column.get(layer)) for column in columns)]
            for layer in sorted({row["layer"] for row in group})
        ]
        # The usual measure is what one expects, but where something else stands beside it.
        name = measure if several or measure != ITEMS.usual("measure") else ""
        among = "" if candidates == SCORES.usual("candidates") else f"among all {_AMONG[candidates]}"
        about = ", ".join(filter(None, (f"{src}-{tgt}" if src or tgt else "", name, subset, similarity, among)))
        tables.append((f"{model}: {about}, {group[0]['n']:,} {unit} pairs", header, lines))
    return tables


def _whole(rows: Sequence[Row]) -> list[Row]:
    # Optional columns that are absent, or null, have their usual value.
    return [{**row, **{name: row.get(name) or SCORES.usual(name) for name in _OPTIONAL}} for row in rows]


def _arrow(direction: str, src: str, tgt: str) -> str:
    src, tgt = src or "src", tgt or "tgt"
    return {"src-tgt": f"{src}→{tgt}", "tgt-src": f"{tgt}→{src}"}.get(direction, f"{src}↔{tgt}")


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{row['value']:.3f}" + ("" if row["se"] is None else f" ±{row['se']:.3f}")


def plot_layers(rows: Sequence[Row], path: Path, force: bool = False) -> None:
    """Draw scores against layers: a panel per strength, a line per language pair and direction, bands of one error.

    Each measure, similarity and unit has panels in a row of their own, with an axis of their own.
    """
    from matplotlib.figure import Figure

    kinds = grouped(_whole(rows), WAYS)
    panels_of = [grouped(group, ("strength",)) for group in kinds.values()]
    columns = max(len(panels) for panels in panels_of)
    figure = Figure(figsize=(4.2 * columns + 1.8, 3.6 * len(kinds)), layout="constrained")
    grid = figure.subplots(len(kinds), columns, sharey="row", squeeze=False)
    for axes, (kind, group), panels in zip(grid, kinds.items(), panels_of, strict=True):
        for panel, ((strength,), shown) in zip(axes, panels.items(), strict=False):
            _draw_lines(panel, shown)
            panel.set(title=strength, xlabel="layer")
            panel.xaxis.get_major_locator().set_params(integer=True)
        if all(row["value"] >= 0 for row in group):
            axes[0].set_ylim(0, None)
        axes[0].set_ylabel(_axis(*kind))
        axes[len(panels) - 1].legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        for panel in axes[len(panels) :]:
            panel.axis("off")
    save(figure, path, force)


def _axis(measure: str, similarity: str, unit: str, candidates: str, subset: str) -> str:
    among = "" if candidates == SCORES.usual("candidates") else f"among all {_AMONG[candidates]}"
    told = ", ".join(filter(None, (subset, similarity, "" if unit == SCORES.usual("unit") else f"{unit}s", among)))
    return f"{measure} ({told})" if told else measure


def _draw_lines(panel: "Axes", rows: Sequence[Row]) -> None:
    pairs = list(grouped(rows, _WHO))
    for (*pair, direction, _), line in grouped(rows, (*_WHO, "direction", "signature")).items():
        line = sorted(line, key=lambda r: int(r["layer"]))
        x, y = [r["layer"] for r in line], [r["value"] for r in line]
        which, (_, _, src, tgt) = pairs.index(tuple(pair)), pair
        colour = COLOURS[which % len(COLOURS)]
        style = _STYLES[(2 * which + (direction == "tgt-src")) % len(_STYLES)]
        # Colours and styles together come again after 14 pairs.
        shape = _SHAPES[which // (2 * len(COLOURS)) % len(_SHAPES)]
        panel.plot(x, y, style, color=colour, marker=shape, markersize=3, label=_arrow(direction, src, tgt))
        error = [r["se"] or 0.0 for r in line]
        low, high = ([v + s * e for v, e in zip(y, error, strict=True)] for s in (-1, 1))
        panel.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def changes_figure(changes: "Changes", names: Names = PLAIN) -> "Figure":
    """Alignment over layers before and after training, see :func:`change_figure`."""
    return change_figure(changes.rows, names)


def change_figure(rows: Sequence[Row], names: Names = PLAIN) -> "Figure":
    """Alignment over layers before and after training (figures 4 and 5 of gaschi2023): a panel per model and setting.

    Before is dashed, with open marks; after is whole, with a band of one standard deviation over the seeds. Above
    seven language pairs each is a thin grey line, and their mean stands out. Layers stand across by their number, or by
    their depth where more rows know that, as in imported tables.

    Args:
        rows: of a table of changes; further columns are tags, which panels keep apart.
        names: what things are called.

    Raises:
        XltError: no row says which layer it is of.
    """
    from matplotlib.figure import Figure

    rows, across = _at_layers(rows)
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    rows = [dict(row, model=models[row["model"]]) for row in rows]
    tags = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in _KNOWN]
    keys, _ = split_keys(rows, (*_PANELS[:3], *tags, *_PANELS[3:]))
    panels = grouped(rows, keys)
    if len(panels) > _MOST:
        logger.warning("the figure shows the first %s of %s settings", _MOST, f"{len(panels):,}")
    shown = dict(sorted(panels.items(), key=lambda item: order_of(item[0]))[:_MOST])
    pairs = sorted({(row["src_lang"], row["tgt_lang"]) for row in rows}, key=order_of)
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(3.4 * columns + 1.6, 3.0 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, sharey=True, squeeze=False).ravel()
    for axes, (key, group) in zip(grid, shown.items(), strict=False):
        by_pair = grouped(sorted(group, key=lambda r: int(r[across])), ("src_lang", "tgt_lang"))
        if len(pairs) > _MOST_LINES:
            _mean_before_and_after(axes, list(by_pair.values()), len(pairs), across)
            by_pair = {}
        for pair, line in by_pair.items():
            which = pairs.index((pair[0], pair[1]))
            _before_and_after(axes, line, COLOURS[which], _SHAPES[which], names.pair(*pair), across)
        title = ", ".join(
            names.cell(name, value) for name, value in zip(keys, key, strict=True) if value not in (None, "")
        )
        axes.set_title(fill(title, 40), fontsize="small")
        axes.set_xlabel(_AXES[across])
        axes.xaxis.get_major_locator().set_params(integer=True)
    # Panels share their limits: set before all are drawn, they would be those of the first.
    grid[0].set_ylim(0, None)
    for axes in grid[:: max(1, columns)]:
        axes.set_ylabel("alignment")
    for axes in grid[len(shown) :]:
        axes.axis("off")
    handles = {text: handle for axes in grid for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside right center", frameon=False, fontsize="small")
    return figure


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


def _before_and_after(axes: "Axes", line: Sequence[Row], colour: str, shape: str, name: str, across: str) -> None:
    for end, style, face in (("before", "--", "white"), ("after", "-", colour)):
        points = [row for row in line if row[end] is not None]
        x, y = [row[across] for row in points], [row[end] for row in points]
        axes.plot(x, y, style, color=colour, marker=shape, markersize=4, markerfacecolor=face, label=f"{name} {end}")
        if end == "after":
            spread = [row["after_sd"] or 0.0 for row in points]
            low, high = ([v + s * e for v, e in zip(y, spread, strict=True)] for s in (-1, 1))
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def _mean_before_and_after(axes: "Axes", lines: Sequence[Sequence[Row]], pairs: int, across: str) -> None:
    from matplotlib.collections import LineCollection

    for end, style, face in (("before", "--", "white"), ("after", "-", COLOURS[0])):
        at: dict[int, list[float]] = {}
        for row in (row for line in lines for row in line if row[end] is not None):
            at.setdefault(row[across], []).append(row[end])
        segments = [[(row[across], row[end]) for row in line if row[end] is not None] for line in lines]
        axes.add_collection(LineCollection(segments, colors="0.75", linewidths=0.6, linestyles=style))
        x = sorted(at)
        y = [fsum(at[layer]) / len(at[layer]) for layer in x]
        label = f"mean of {pairs} language\npairs {end}"
        axes.plot(x, y, style, color=COLOURS[0], marker="o", markersize=4, markerfacecolor=face, label=label)
