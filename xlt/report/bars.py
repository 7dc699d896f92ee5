"""Methods as bars, with error bars over the seeds (figure 1 of gaschi2023)."""

import logging
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlt.errors import XltError
from xlt.files.rows import Row, grouped
from xlt.files.schemas import AVERAGE
from xlt.report.changes import plus_minus
from xlt.report.drawing import COLOURS, DOUBLE, SINGLE, finish, legend_below, new_figure, panel_title, style
from xlt.report.marks import tell
from xlt.report.names import PLAIN, Names
from xlt.report.panels import set_categories

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

# They tell bars apart in grey. As many as colours: then all pairs of both come before one comes again.
_HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "oooo", "++++")
_MOST = 12
# So many languages, and bars, stand side by side; more go on in a line below. So many fit into one column of a paper.
_WIDEST, _MOST_BARS, _FEW_BARS = 14, 110, 20
_HEIGHT = 1.9
# Languages trained on and not stand nearer to each other than to their average.
_GAP = 0.4


def look(i: int) -> tuple[str, str]:
    """Colour and hatch of the method with number ``i``: no two of the first 49 are alike."""
    return COLOURS[i % len(COLOURS)], _HATCHES[(i + i // len(COLOURS)) % len(_HATCHES)]


def bars_figure(rows: Sequence[Row], names: Names = PLAIN) -> "Figure":
    """A panel per task, metric and model; a group of bars per language, a bar per method, the baseline first.

    Args:
        rows: of a table of comparisons.
        names: what things are called.

    Raises:
        XltError: no row has a number.
    """
    if all(row["mean"] is None for row in rows):
        raise XltError("no result has a number: there is nothing to draw")
    methods = list(dict.fromkeys(row["method"] for row in sorted(rows, key=lambda r: r["method"] != r["baseline"])))
    panels = grouped(rows, ("task", "train_lang", "split", "metric", "model"))
    most = max(3, min(_WIDEST, _MOST_BARS // (len(methods) + 1)))
    lines = [(key, group, langs) for key, group in panels.items() for langs in _languages(group, most)]
    if len(lines) > _MOST:
        there = len({key for key, _, _ in lines[:_MOST]})
        logger.warning("the figure shows the first %s of %s models and tasks", there, f"{len(panels):,}")
        lines = lines[:_MOST]
    widest = max(len(langs) for _, _, langs in lines)
    width = SINGLE if len(lines) == 1 and widest * (len(methods) + 1) <= _FEW_BARS else DOUBLE
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    with style():
        figure = new_figure(width, _HEIGHT * len(lines) + 0.2, "Methods by language, mean and deviation over the seeds")
        grid = figure.subplots(len(lines), 1, squeeze=False).ravel()
        for axes, (key, group, langs) in zip(grid, lines, strict=True):
            _draw_bars(axes, group, langs, methods, names)
            ends = [i + _GAP * (lang == AVERAGE) for i, lang in enumerate(langs)]
            set_categories(axes, 0.85 * width, list(map(names, langs)), ends)
            axes.set_xlim(-0.6, widest - 0.4 + _GAP * any(AVERAGE in langs for _, _, langs in lines))
            title = f"{names(key[0])}: {models[key[4]]}, {names(key[2])} set, trained on {names(key[1])}"
            axes.set_title(panel_title(title, 0.86 * width))
            axes.set_ylabel(f"{names(key[3])} in percent")
        for metric in dict.fromkeys(key[3] for key, _, _ in lines):
            alike = [axes for axes, (key, _, _) in zip(grid, lines, strict=True) if key[3] == metric]
            highest = max(axes.get_ylim()[1] for axes in alike)
            for axes in alike:
                axes.set_ylim(0, highest)
        handles = [_patch(i) for i in range(len(methods))]
        legend_below(figure, handles, list(map(names, methods)), width)
        return finish(figure)


def _draw_bars(axes: "Axes", rows: Sequence[Row], langs: Sequence[str], methods: Sequence[str], names: Names) -> None:
    width = 0.8 / len(methods)
    for i, method in enumerate(methods):
        bars = [r for r in rows if r["method"] == method and r["lang"] in langs and r["mean"] is not None]
        colour, hatch = look(i)
        drawn = axes.bar(
            [langs.index(row["lang"]) + _GAP * (row["lang"] == AVERAGE) - 0.4 + (i + 0.5) * width for row in bars],
            [100 * row["mean"] for row in bars], width,
            yerr=[math.nan if row["sd"] is None else 100 * row["sd"] for row in bars], color=colour,
            hatch=hatch, edgecolor="white", linewidth=0.4,
            error_kw={"elinewidth": 0.7, "capsize": min(2.0, 60 * width / len(langs)), "capthick": 0.7},
        )  # fmt: skip
        for bar, row in zip(drawn.patches, bars, strict=True):
            number = plus_minus(100 * row["mean"], None if row["sd"] is None else 100 * row["sd"], "z.1f")
            seeds = f"{row['seeds']} seed{'' if row['seeds'] == 1 else 's'}"
            tell(bar, [f"{names(row['lang'])}, {names(method)}\n{number}, {seeds}"])


def _patch(i: int) -> "Artist":
    from matplotlib.patches import Patch

    colour, hatch = look(i)
    return Patch(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.4)


def _languages(group: Sequence[Row], most: int) -> list[list[str]]:
    # In lines of nearly one length.
    langs = list(dict.fromkeys(row["lang"] for row in group))
    count = -(-len(langs) // most)
    length = -(-len(langs) // count)
    return [langs[i : i + length] for i in range(0, len(langs), length)]
