"""Methods as bars, with error bars over the seeds (figure 1 of gaschi2023)."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlt.errors import XltError
from xlt.files.rows import Row, grouped
from xlt.report.drawing import COLOURS
from xlt.report.names import PLAIN, Names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

# They tell bars apart in grey. As many as colours: then all pairs of both come before one comes again.
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "ooo", "+++")
_MOST = 12
# So many languages stand side by side; more go on in a line below.
_WIDEST = 14


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
    from matplotlib.figure import Figure

    if all(row["mean"] is None for row in rows):
        raise XltError("no result has a number: there is nothing to draw")
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    panels = grouped(rows, ("task", "train_lang", "split", "metric", "model"))
    methods = list(dict.fromkeys(row["method"] for row in sorted(rows, key=lambda r: r["method"] != r["baseline"])))
    lines = [(key, group, langs) for key, group in panels.items() for langs in _languages(group)]
    if len(lines) > _MOST:
        there = len({key for key, _, _ in lines[:_MOST]})
        logger.warning("the figure shows the first %s of %s models and tasks", there, f"{len(panels):,}")
        lines = lines[:_MOST]
    widest = max(len(langs) for _, _, langs in lines)
    figure = Figure(
        figsize=(max(5.0, 0.22 * widest * (len(methods) + 1) + 1.5), 2.5 * len(lines) + 0.5), layout="constrained"
    )
    for axes, (key, group, langs) in zip(figure.subplots(len(lines), 1, squeeze=False).ravel(), lines, strict=True):
        width = 0.8 / len(methods)
        for i, method in enumerate(methods):
            bars = [r for r in group if r["method"] == method and r["lang"] in langs and r["mean"] is not None]
            colour, hatch = look(i)
            axes.bar(
                [langs.index(row["lang"]) - 0.4 + (i + 0.5) * width for row in bars],
                [100 * row["mean"] for row in bars], width,
                yerr=[100 * (row["sd"] or 0.0) for row in bars], label=_shown(names(method)), color=colour,
                hatch=hatch, edgecolor="white", linewidth=0.5,
                error_kw={"elinewidth": 1, "capsize": 2},
            )  # fmt: skip
        axes.set_xticks(range(len(langs)), list(map(names, langs)))
        axes.set_xlim(-0.6, widest - 0.4)
        axes.set_title(
            f"{names(key[0])}: {models[key[4]]}, {names(key[2])} set, trained on {names(key[1])}", fontsize="small"
        )
        axes.set_ylabel(f"{names(key[3])} in percent")
    handles = {
        text: handle for axes in figure.axes for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        # Matplotlib hides a name that begins with an underscore.
        [handles[_shown(m)] for m in methods if _shown(m) in handles],
        [_shown(m) for m in methods if _shown(m) in handles],
        loc="outside lower center", frameon=False, fontsize="small", ncols=1 if max(map(len, methods)) > 24 else 3,
    )  # fmt: skip
    return figure


def _languages(group: Sequence[Row]) -> list[list[str]]:
    # In lines of nearly one length.
    langs = list(dict.fromkeys(row["lang"] for row in group))
    count = -(-len(langs) // _WIDEST)
    length = -(-len(langs) // count)
    return [langs[i : i + length] for i in range(0, len(langs), length)]


def _shown(name: str) -> str:
    return f" {name}" if name.startswith("_") else name
