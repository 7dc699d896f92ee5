"""Transfer against alignment as a figure (figures 2 and 3 of gaschi2023)."""

import logging
import math
from collections.abc import Sequence
from statistics import median
from textwrap import fill as wrapped
from typing import TYPE_CHECKING, Any

from xlt.files.rows import Row
from xlt.files.schemas import MEASURED
from xlt.report.drawing import COLOURS
from xlt.report.names import PLAIN, Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from xlt.study.gather import Panels

logger = logging.getLogger(__name__)

_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
# When all colours are used, they come again in open marks, then in half-filled ones.
_FILLS = ("full", "none", "left", "top", "right", "bottom")
_COLUMNS = 4
# More panels than this are no figure any more.
_MOST = 48
_MOST_NAMES = 40
# Of a panel, wherever they vary.
_ALWAYS = ("task", "split", "train_lang", "stage", "layer", "depth", *MEASURED)
# So many names of the legend stand beside a line of panels; more go on in a column of their own.
_NAMES_HIGH = 13


def look(i: int) -> tuple[str, str]:
    """Colour and filling of the language with number ``i``: no two of the first 42 are alike."""
    return COLOURS[i % len(COLOURS)], _FILLS[i // len(COLOURS) % len(_FILLS)]


def panels_figure(panels: "Panels", names: Names = PLAIN, x: str = "alignment", y: str = "ctl") -> "Figure":
    """A panel per group of points, under what tells it from the others; see :func:`points_figure`."""
    titles = panel_titles(panels.keys, list(panels.groups), names)
    return points_figure(list(zip(titles, panels.groups.values(), strict=True)), x, y, names)


def panel_titles(keys: Sequence[str], groups: Sequence[Sequence[Any]], names: Names = PLAIN) -> list[str]:
    """What tells each group of points from the others, in few words."""
    varied = [i for i in range(len(keys)) if len({group[i] for group in groups}) > 1]
    chosen = [i for i in varied if keys[i] in _ALWAYS]
    # Others only if those chosen do not say it already: a recipe is told by its method, a metric by its task.
    for i in sorted(set(varied) - set(chosen), key=lambda i: (keys[i].startswith("score_"), keys[i] == "recipe")):
        if _count(groups, [*chosen, i]) > _count(groups, chosen):
            chosen.append(i)
    shown = [i for i in varied if i in chosen]
    return [
        ", ".join(f"{names(keys[i])} {names(group[i])}" for i in shown if group[i] not in (None, ""))
        for group in groups
    ]


def _count(groups: Sequence[Sequence[Any]], columns: Sequence[int]) -> int:
    return len({tuple(group[i] for i in columns) for group in groups})


def points_figure(panels: Sequence[tuple[str, Sequence[Row]]], x: str, y: str, names: Names = PLAIN) -> "Figure":
    """A panel per group of points: colours for languages, shapes for models, where the points have them.

    Names of languages stand beside their points, for grey print. Above ten models shapes come again: then the figure
    shows no more which model a point is of.

    Args:
        panels: title and rows of each.
        x, y: columns across and up.
        names: what things are called.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    if len(panels) > _MOST:
        logger.warning("the figure shows the first %s of %s groups", _MOST, f"{len(panels):,}")
        panels = panels[:_MOST]
    rows = [row for _, group in panels for row in group]
    langs, models = (sorted({str(row[name]) for row in rows if name in row}) for name in ("lang", "model"))
    short = names.models(models)
    columns = min(_COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    legend = math.ceil((len(langs) + len(models)) / (_NAMES_HIGH * lines))
    figure = Figure(figsize=(3.0 * columns + 0.8 + max(1, legend), 3.0 * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, (title, group) in zip(grid, panels, strict=False):
        looks: dict[tuple[tuple[str, str], str], list[Row]] = {}
        for row in group:
            of_lang = look(langs.index(str(row["lang"])) if "lang" in row else 0)
            shape = _SHAPES[models.index(str(row["model"])) % len(_SHAPES)] if "model" in row else _SHAPES[0]
            looks.setdefault((of_lang, shape), []).append(row)
        for ((colour, fill), shape), alike in looks.items():
            across, up = [row[x] for row in alike], [row[y] for row in alike]
            axes.plot(across, up, shape, markersize=5, alpha=0.8, **_mark(colour, fill))
        axes.margins(x=0.12)
        _name_languages(axes, group, x, y, names)
        axes.set_title(wrapped(title, 40), fontsize="x-small")
        axes.set(xlabel=x, ylabel=y)
    for axes in grid[len(panels) :]:
        axes.axis("off")
    entries = [
        Line2D([], [], marker="o", linestyle="", label=names(name), **_mark(*look(i))) for i, name in enumerate(langs)
    ] + [
        Line2D([], [], marker=_SHAPES[i % len(_SHAPES)], linestyle="", color="0.4", label=short[name])
        for i, name in enumerate(models)
    ]
    if entries:
        figure.legend(handles=entries, loc="outside right center", frameon=False, fontsize="small", ncols=legend)
    return figure


def _mark(colour: str, fill: str) -> dict[str, Any]:
    # Only what is not filled needs an edge.
    return {"color": colour, "fillstyle": fill, "markerfacecoloralt": "white", "markeredgewidth": float(fill != "full")}


def _name_languages(axes: "Axes", group: Sequence[Row], x: str, y: str, names: Names) -> None:
    # Beside the points of each language and model, where they are not too many to read.
    clusters: dict[tuple[str, str], list[Row]] = {}
    for row in group:
        if "lang" in row:
            clusters.setdefault((str(row["lang"]), str(row.get("model"))), []).append(row)
    if len(clusters) > _MOST_NAMES:
        return
    for (lang, _), rows in clusters.items():
        right = max(r[x] for r in rows), median(r[y] for r in rows)
        axes.annotate(
            names(lang), right, (4, 0), textcoords="offset points", fontsize="x-small", color="0.25", va="center"
        )
