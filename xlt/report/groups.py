"""Scores of groups of words, a line a model (cao2020, figure 3)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlt.errors import XltError
from xlt.files.rows import Key, Row, grouped, key_of
from xlt.files.schemas import ALL_GROUPS, AVERAGE_GROUP, BREAKDOWNS, SCORES, WAYS
from xlt.report.drawing import COLOURS, TINY, finish, legend_below, style, text_width
from xlt.report.marks import tell
from xlt.report.names import PLAIN, Names
from xlt.report.panels import arrow, in_order, make_grid, set_categories, share, title_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_SHAPES = ("o", "s", "^", "D", "v", "P", "X")
_PANEL = ("key", "src_lang", "tgt_lang", "layer", "depth", *WAYS, "strength", "direction")
_LINE = ("model", "recipe", "task", "seed")
_OF_ALL = {column.name for column in BREAKDOWNS.columns}
# Room above the highest point for the counts, as a share of the panel: side by side, and upright.
_LYING, _UPRIGHT = 0.12, 0.3
_MOST = 12
# Lines of one panel stand beside each other by so much, that error bars do not hide one another.
_BESIDE = 0.5


def groups_figure(rows: Sequence[Row], names: Names = PLAIN) -> "Figure":
    """A panel per language pair, layer and key: groups from left to right, a line per model.

    Error bars are one standard error. Of both directions their mean is shown. Numbers at the top are the queries in a
    group.

    Args:
        rows: of tables of breakdowns.
        names: what things are called.

    Raises:
        XltError: there are more than twelve panels, or two scores of one group.
    """
    tags = sorted({name for row in rows for name in row} - _OF_ALL - {"where"})
    means = {_without_direction(row, tags) for row in rows if row["direction"] == "mean"}
    rows = [row for row in rows if row["direction"] == "mean" or _without_direction(row, tags) not in means]
    panels = grouped(rows, _PANEL)
    if len(panels) > _MOST:
        raise XltError(
            f"{len(panels)} panels, of languages, layers, measures and keys, are more than a figure has room for "
            f"({_MOST}): choose with --layers, or give fewer tables"
        )
    lines = _names_of_lines(rows, tags, names)
    order = in_order(_PANEL, panels)
    with style():
        grid = make_grid(len(order), "Scores of groups of words", 3)
        for panel, key in zip(grid.panels, order, strict=True):
            _draw_groups(panel, panels[key], (*_LINE, *tags), list(lines), names, grid.room)
            grid.set_title(panel, _title(dict(zip(_PANEL, key, strict=True)), names))
            panel.set_ylabel(names(key[_PANEL.index("measure")]))
            panel.set_xlabel(names(key[0].replace("-", " ")))
        share(grid, order, [key[_PANEL.index("measure")] for key in order])
        handles = [_legend_line(i) for i in range(len(lines))]
        if len(lines) > 1:
            legend_below(grid.figure, handles, list(lines.values()), grid.figure.get_figwidth())
        return finish(grid.figure)


def _without_direction(row: Row, tags: Sequence[str]) -> Key:
    return key_of(row, (*(name for name in _PANEL if name != "direction"), *_LINE, *tags))


def _names_of_lines(rows: Sequence[Row], tags: Sequence[str], names: Names) -> dict[Key, str]:
    # By what tells lines apart the words for it: only what varies.
    columns = (*_LINE, *tags)
    lines = list(grouped(rows, columns))
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    varied = [i for i in range(len(columns)) if len({line[i] for line in lines}) > 1]

    def text(line: Key) -> str:
        cells = [models[line[i]] if columns[i] == "model" else names.cell(columns[i], line[i]) for i in varied]
        return ", ".join(filter(None, cells))

    return {line: text(line) for line in lines}


def _title(key: Row, names: Names) -> str:
    # Layers without a number are told by their depth; of the rest what is not as usual.
    pair = arrow(key["direction"], names(key["src_lang"]), names(key["tgt_lang"]))
    layer = "depth" if key["layer"] is None else "layer"
    ways = [name for name in ("strength", *WAYS) if name != "measure" and key[name] != SCORES.usual(name)]
    return ", ".join(filter(None, (pair, *(title_words(name, key[name], names) for name in (layer, *ways)))))


def _draw_groups(
    panel: "Axes", rows: Sequence[Row], columns: Sequence[str], lines: Sequence[Key], names: Names, room: float
) -> None:
    binned = any(row["low"] is not None or row["high"] is not None for row in rows)
    groups = _groups(rows, binned)
    by_line = grouped(rows, columns)
    here = [line for line in lines if line in by_line]
    counts: dict[Key, set[int]] = {}
    for k, line in enumerate(here):
        points = {_group(row): row for row in by_line[line] if _group(row) in groups}
        if len(points) < sum(_group(row) in groups for row in by_line[line]):
            raise XltError(f"{by_line[line][0]['model']}: two scores of one group; leave one of the tables out")
        side = 0.0 if binned else _BESIDE * ((k + 0.5) / len(here) - 0.5)
        there = [group for group in groups if group in points]
        for group in there:
            counts.setdefault(group, set()).add(points[group]["n"])
        which = lines.index(line)
        drawn = panel.errorbar(
            [groups.index(group) + side for group in there],
            [points[group]["value"] for group in there],
            yerr=[points[group]["se"] or 0.0 for group in there],
            fmt=("-" if binned else "") + _SHAPES[which % len(_SHAPES)], color=COLOURS[which % len(COLOURS)],
            markersize=3, linewidth=1.0, elinewidth=0.7, capsize=1.5, capthick=0.7,
        )  # fmt: skip
        tell(drawn.lines[0], [_words(points[group], names) for group in there])
    set_categories(panel, room, [_name(group, names) for group in groups])
    _write_counts(panel, [counts[group] for group in groups], room, lowest=min(row["value"] for row in rows))


def _groups(rows: Sequence[Row], binned: bool) -> list[Key]:
    # Bins ascend; tags stand by kind, those without one last.
    groups = list(dict.fromkeys(_group(row) for row in rows if not (binned and row["group"] == ALL_GROUPS)))
    if binned:
        return sorted(groups, key=lambda group: (group[2] is not None, group[2] or 0.0))
    kinds = list(dict.fromkeys(kind for _, kind, _ in groups if kind))

    def place(group: Key) -> tuple[bool, int, bool]:
        name, kind, _ = group
        return name != ALL_GROUPS, kinds.index(kind) if kind else len(kinds), name == AVERAGE_GROUP

    return sorted(groups, key=place)


def _group(row: Row) -> Key:
    return key_of(row, ("group", "group_kind", "low"))


def _name(group: Key, names: Names) -> str:
    name, kind, _ = group
    return f"{names(kind)} {names(name)}" if name == AVERAGE_GROUP else names(name)


def _words(row: Row, names: Names) -> str:
    error = "" if row["se"] is None else f" ± {row['se']:.3f}"
    return f"{_name(_group(row), names)}\n{row['value']:.3f}{error}, {row['n']:,} queries"


def _write_counts(panel: "Axes", counts: Sequence[set[int]], room: float, *, lowest: float) -> None:
    texts = ["–".join(f"{n:,}" for n in sorted({min(own), max(own)})) for own in counts]
    upright = max(text_width(text, TINY) for text in texts) + 0.04 > room / (len(texts) + 0.2)
    low, high = panel.get_ylim()
    low = 0.0 if lowest >= 0 else low
    panel.set_ylim(low, low + (high - low) / (1 - (_UPRIGHT if upright else _LYING)))
    for i, text in enumerate(texts):
        panel.text(
            i, 0.99, text, transform=panel.get_xaxis_transform(), size=TINY, color="0.4", ha="center", va="top",
            rotation=90 if upright else 0,
        )  # fmt: skip


def _legend_line(which: int) -> "Line2D":
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], color=COLOURS[which % len(COLOURS)], marker=_SHAPES[which % len(_SHAPES)], markersize=3, linewidth=1.0
    )
