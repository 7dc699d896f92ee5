"""Methods as bars, with error bars over the seeds (figure 1 of gaschi2023)."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xlt.report.figures import COLOURS
from xlt.report.layout import short_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]

# They tell bars apart in grey.
_HATCHES = ("", "///", "...", "xxx", "\\\\\\", "ooo", "+++")
_MOST = 12


def bars_figure(rows: Sequence[Row]) -> "Figure":
    """A panel per task, metric and model; a group of bars per language, a bar per method, the baseline first.

    Args:
        rows: of a table of comparisons.
    """
    from matplotlib.figure import Figure

    models = short_names(dict.fromkeys(row["model"] for row in rows))
    panels: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        panels.setdefault((row["task"], row["train_lang"], row["split"], row["metric"], row["model"]), []).append(row)
    if len(panels) > _MOST:
        logger.warning("the figure shows the first %s of %s models and tasks", _MOST, f"{len(panels):,}")
    shown = dict(list(panels.items())[:_MOST])
    methods = list(dict.fromkeys(row["method"] for row in sorted(rows, key=lambda r: r["method"] != r["baseline"])))
    widest = max(len({row["lang"] for row in group}) for group in shown.values())
    figure = Figure(
        figsize=(max(5.0, 0.22 * widest * (len(methods) + 1) + 1.5), 2.5 * len(shown) + 0.5), layout="constrained"
    )
    for axes, (key, group) in zip(figure.subplots(len(shown), 1, squeeze=False).ravel(), shown.items(), strict=True):
        langs = list(dict.fromkeys(row["lang"] for row in group))
        width = 0.8 / len(methods)
        for i, method in enumerate(methods):
            found = [row for row in group if row["method"] == method and row["mean"] is not None]
            axes.bar(
                [langs.index(row["lang"]) - 0.4 + (i + 0.5) * width for row in found],
                [100 * row["mean"] for row in found], width,
                yerr=[100 * (row["sd"] or 0.0) for row in found], label=method, color=COLOURS[i % len(COLOURS)],
                hatch=_HATCHES[i % len(_HATCHES)], edgecolor="white", linewidth=0.5,
                error_kw={"elinewidth": 1, "capsize": 2},
            )  # fmt: skip
        axes.set_xticks(range(len(langs)), langs)
        axes.set_title(f"{key[0]}: {models[key[4]]}, {key[2]} set, trained on {key[1]}", fontsize="small")
        axes.set_ylabel(f"{key[3]} in percent")
    handles = {
        text: handle for axes in figure.axes for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        [handles[m] for m in methods if m in handles], [m for m in methods if m in handles],
        loc="outside lower center", frameon=False, fontsize="small", ncols=1 if max(map(len, methods)) > 24 else 3,
    )  # fmt: skip
    return figure
