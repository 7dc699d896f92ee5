"""Transfer against alignment as a figure (figures 2 and 3 of gaschi2023)."""

import logging
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from xlt.files.rows import Key, Row
from xlt.files.schemas import MEASURED, WAYS
from xlt.report.drawing import (
    COLOURS,
    DOUBLE,
    SINGLE,
    SMALL,
    TINY,
    finish,
    legend_below,
    style,
    text_width,
    words,
)
from xlt.report.marks import tell
from xlt.report.names import PLAIN, Names
from xlt.report.panels import Grid, alignment_words, columns_of, in_order, make_grid, share, title_words
from xlt.report.placing import Box, Label, freest_corner, place
from xlt.stats.options import Method

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xlt.study.gather import Panels

logger = logging.getLogger(__name__)

_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
# When all colours are used, they come again in open marks, then in half-filled ones.
_FILLS = ("full", "none", "left", "top", "right", "bottom")
# More panels than this are no figure any more.
_MOST = 48
# More names than this leave no room for names beside points.
_MOST_NAMES = 40
# Of a panel, wherever they vary.
_ALWAYS = ("task", "split", "train_lang", "stage", "layer", "depth", *MEASURED)
# Diameter of a mark, and how far a text stays from the edge of a panel, in points.
_MARK, _EDGE = 4.5, 2.0
_SIGNS: Mapping[Method, str] = {"spearman": "ρ", "pearson": "r", "kendall": "τ"}
_CTL = "cross-lingual transfer\n(target − source) / source"


def look(i: int) -> tuple[str, str]:
    """Colour and filling of the language with number ``i``: no two of the first 42 are alike."""
    return COLOURS[i % len(COLOURS)], _FILLS[i // len(COLOURS) % len(_FILLS)]


def panels_figure(
    panels: "Panels", names: Names = PLAIN, *, x: str = "alignment", y: str = "ctl", method: Method = "spearman"
) -> "Figure":
    """A panel per group of points: colours for languages, shapes for models, where the points have them.

    Panels stand in the order of the tables, on common axes where the quantity is the same. In each stand its
    coefficient, the number of points, and the names of languages where they do not lie on anything. Above ten models
    shapes come again: then the figure shows no more which model a point is of.

    Args:
        panels: the groups, by the cells of some columns.
        names: what things are called.
        x, y: columns across and up.
        method: the coefficient.
    """
    with style():
        groups = in_order(panels.keys, panels.groups)
        if len(groups) > _MOST:
            logger.warning("the figure shows the first %s of %s groups", _MOST, f"{len(groups):,}")
        titles = dict(zip(groups, panel_titles(panels.keys, groups, names), strict=True))
        shown = {group: panels.groups[group] for group in groups[:_MOST]}
        return _drawn(shown, titles, names, (x, y), method, columns_of(panels.keys, list(shown)))


def panel_titles(keys: Sequence[str], groups: Sequence[Key], names: Names = PLAIN) -> list[str]:
    """What tells each group of points from the others, in few words."""
    varied = [i for i in range(len(keys)) if len({group[i] for group in groups}) > 1]
    chosen = [i for i in varied if keys[i] in _ALWAYS]
    # Others only if those chosen do not say it already: a recipe is told by its method, a metric by its task.
    for i in sorted(set(varied) - set(chosen), key=lambda i: (keys[i].startswith("score_"), keys[i] == "recipe")):
        if _count(groups, [*chosen, i]) > _count(groups, chosen):
            chosen.append(i)
    shown = [i for i in varied if i in chosen]
    src = {group[keys.index("train_lang")] for group in groups} if "train_lang" in keys else set()
    source = names(src.pop()) if len(src) == 1 else "src"
    return [", ".join(filter(None, (title_words(keys[i], group[i], names, source) for i in shown))) for group in groups]


def _count(groups: Sequence[Key], columns: Sequence[int]) -> int:
    return len({tuple(group[i] for i in columns) for group in groups})


def _drawn(
    panels: Mapping[Key, Sequence[Row]],
    titles: Mapping[Key, str],
    names: Names,
    axes: tuple[str, str],
    method: Method,
    per_line: int,
) -> "Figure":
    x, y = axes
    rows = [row for group in panels.values() for row in group]
    langs, models = (sorted({str(row[name]) for row in rows if name in row}) for name in ("lang", "model"))
    short = names.models(models)
    title = f"{_axis(y, rows, names)} against {_axis(x, rows, names)}".replace("\n", " ")
    grid = make_grid(len(panels), title, per_line)
    for panel, (key, group) in zip(grid.panels, panels.items(), strict=True):
        looks: dict[tuple[tuple[str, str], str], list[Row]] = {}
        for row in group:
            of_lang = look(langs.index(str(row["lang"])) if "lang" in row else 0)
            shape = _SHAPES[models.index(str(row["model"])) % len(_SHAPES)] if "model" in row else _SHAPES[0]
            looks.setdefault((of_lang, shape), []).append(row)
        for ((colour, fill), shape), alike in looks.items():
            across, up = [row[x] for row in alike], [row[y] for row in alike]
            (marks,) = panel.plot(across, up, shape, markersize=_MARK, alpha=0.85, **_mark(colour, fill))
            tell(marks, [_point_words(row, axes, names, short) for row in alike])
        panel.margins(0.1)
        if grid.per_line > 2:
            panel.locator_params(axis="x", nbins=4)
        if titles[key]:
            grid.set_title(panel, titles[key])
        panel.set(xlabel=_axis(x, rows, names), ylabel=_axis(y, rows, names))
    share(grid, [_quantity(x, group) for group in panels.values()], [_quantity(y, group) for group in panels.values()])
    _add_legend(grid, langs, models, names)
    finish(grid.figure)
    _write_into(grid, list(panels.values()), names, axes, method)
    return grid.figure


def _point_words(row: Row, axes: tuple[str, str], names: Names, models: Mapping[str, str]) -> str:
    who = {
        "lang": names(row.get("lang")),
        "model": models.get(str(row.get("model")), ""),
        "seed": f"seed {row['seed']}" if row.get("seed") is not None else "",
    }
    numbers = ", ".join(f"{names(column)} {row[column]:.3f}" for column in axes)
    return "\n".join(filter(None, (", ".join(filter(None, who.values())), numbers)))


def _axis(column: str, rows: Sequence[Row], names: Names) -> str:
    if column == "alignment" and all("strength" in row for row in rows):
        return alignment_words(rows, names, source="train_lang", target="lang", places=("layer", "depth"))
    return _CTL if column == "ctl" else words(names(column))


def _quantity(column: str, rows: Sequence[Row]) -> object:
    # What has to be the same on an axis that panels share.
    told = {"alignment": (*WAYS, "strength"), "ctl": ("task", "metric")}.get(column, ())
    return tuple(frozenset(row.get(name) for row in rows) for name in told)


def _add_legend(grid: Grid, langs: Sequence[str], models: Sequence[str], names: Names) -> None:
    from matplotlib.lines import Line2D

    shown = names.models(models)
    entries = [
        (names(name), Line2D([], [], marker="o", linestyle="", markersize=_MARK, **_mark(*look(i))))
        for i, name in enumerate(langs)
    ]
    # One model is what the figure is about, and no mark tells it from another.
    entries += [
        (
            shown[name],
            Line2D(
                [], [], marker=_SHAPES[i % len(_SHAPES)], linestyle="", markersize=_MARK, markeredgewidth=0, color="0.4"
            ),
        )
        for i, name in enumerate(models if len(models) > 1 else ())
    ]
    if entries:
        width = SINGLE if len(grid.panels) == 1 else DOUBLE
        legend_below(grid.figure, [handle for _, handle in entries], [name for name, _ in entries], width)


def _mark(colour: str, fill: str) -> dict[str, Any]:
    # Only what is not filled needs an edge.
    return {"color": colour, "fillstyle": fill, "markerfacecoloralt": "white", "markeredgewidth": float(fill != "full")}


def _write_into(
    grid: Grid, groups: Sequence[Sequence[Row]], names: Names, axes: tuple[str, str], method: Method
) -> None:
    # When all else has its place: what stands in a panel moves nothing.
    grid.figure.draw_without_rendering()
    for panel, rows in zip(grid.panels, groups, strict=True):
        point = panel.transData.transform
        to_points = 72 / grid.figure.dpi
        places = {id(row): _pair(to_points * point((row[axes[0]], row[axes[1]]))) for row in rows}
        frame = Box(*(to_points * float(end) for end in panel.bbox.extents))
        bounds = Box(frame.left + _EDGE, frame.bottom + _EDGE, frame.right - _EDGE, frame.top - _EDGE)
        corner = _tell_coefficient(panel, rows, axes, method, list(places.values()), bounds)
        _name_languages(panel, rows, names, places, [corner], bounds)


def _pair(point: Any) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _tell_coefficient(
    panel: "Axes",
    rows: Sequence[Row],
    axes: tuple[str, str],
    method: Method,
    points: Sequence[tuple[float, float]],
    bounds: Box,
) -> Box:
    text = f"{_SIGNS[method]} = {_coefficient(rows, axes, method)}\nn = {len(rows):,}"
    width, height = 72 * max(text_width(line) for line in text.split("\n")), 2.5 * SMALL
    box = freest_corner(points, width, height, bounds)
    left, low = box.left == bounds.left, box.bottom == bounds.bottom
    at = (0 if left else 1, 0 if low else 1)
    told = panel.annotate(
        text, at, ((1 if left else -1) * _EDGE, (1 if low else -1) * _EDGE), "axes fraction",
        textcoords="offset points", ha="left" if left else "right", va="bottom" if low else "top", fontsize=SMALL,
    )  # fmt: skip
    told.set_in_layout(False)
    return box


def _coefficient(rows: Sequence[Row], axes: tuple[str, str], method: Method) -> str:
    import numpy as np

    from xlt.stats.correlation import correlation

    if len(rows) < 2:
        return "–"
    x, y = ([row[name] for row in rows] for name in axes)
    value = float(correlation(method, x, y)(np.ones((len(rows), 1)))[0])
    return "–" if np.isnan(value) else f"{value:z.2f}".replace("-", "−")


def _name_languages(
    panel: "Axes",
    rows: Sequence[Row],
    names: Names,
    places: Mapping[int, tuple[float, float]],
    taken: Sequence[Box],
    bounds: Box,
) -> None:
    # Beside the points of each language and model, for grey print.
    clusters: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if "lang" in row:
            clusters.setdefault((str(row["lang"]), str(row.get("model"))), []).append(row)
    if len(clusters) > _MOST_NAMES:
        return
    half = _MARK / 2
    marks = [Box(x - half, y - half, x + half, y + half) for x, y in places.values()]
    labels, texts = [], []
    for (lang, _), of_it in clusters.items():
        text = words(names(lang))
        middle = median(places[id(row)][1] for row in of_it)
        # Beside the rightmost point rather than the others.
        near = sorted((places[id(row)] for row in of_it), key=lambda at: (-at[0], abs(at[1] - middle)))
        labels.append(Label(near, 72 * text_width(text, TINY), 1.1 * TINY))
        texts.append(text)
    for text, box in zip(texts, place(labels, [*marks, *taken], bounds), strict=True):
        if box is not None:
            at = box.left - bounds.left + _EDGE, (box.bottom + box.top) / 2 - bounds.bottom + _EDGE
            label = panel.annotate(
                text, (0, 0), at, "axes fraction", textcoords="offset points", fontsize=TINY, color="0.25", va="center"
            )
            label.set_in_layout(False)
