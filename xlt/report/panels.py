"""Panels of a figure: how many in a line, what their titles and axes say, which of them share an axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlt.files.rows import Key, Row
from xlt.files.schemas import ITEMS, MEASURED, SCORES, WAYS
from xlt.report.drawing import DOUBLE, SINGLE, new_figure, panel_title, text_width, words
from xlt.report.layout import by_stage
from xlt.report.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of these the value says what it is of.
AMONG = {"pairs": "pairs", "corpus": "words", "types": "types"}
# What one expects, and what an axis need not tell.
_USUAL = {**{name: SCORES.usual(name) for name in WAYS}, "measure": ITEMS.usual("measure"), "similarity": "cosine"}
_SPEAKING = ("task", "recipe", "model", "stage", "strength", "measure", "similarity", "set", "metric")


def in_order(keys: Sequence[str], groups: Iterable[Key]) -> list[Key]:
    """Groups as tables have them: weak before strong, and inside of these before before after."""
    last = [name for name in ("strength", "stage") if name in keys]
    order = [*(name for name in keys if name not in last), *last]
    at = [keys.index(name) for name in order]
    return sorted(groups, key=lambda group: by_stage(order, [group[i] for i in at]))


def columns_of(keys: Sequence[str], groups: Sequence[Key]) -> int:
    """Panels in a line: strengths and stages side by side where there is more than these; else three or four."""
    at = [keys.index(name) for name in ("strength", "stage") if name in keys]
    kinds = len({tuple(group[i] for i in at) for group in groups})
    if 1 < kinds < len(groups):
        return kinds if kinds < 4 else 4
    return 2 if len(groups) == 4 else 3 if len(groups) <= 12 else 4


def arrow(direction: str, src: str, tgt: str) -> str:
    """``en→fr`` for ``src-tgt``; both ways for a measure that knows no direction, and for the mean of the two."""
    src, tgt = src or "src", tgt or "tgt"
    arrows = {"src-tgt": f"{src}→{tgt}", "tgt-src": f"{tgt}→{src}", "mean": f"mean {src}↔{tgt}"}
    return arrows.get(direction, f"{src}↔{tgt}")


def title_words(column: str, value: object, names: Names, src: str = "src", tgt: str = "xx") -> str:
    """What a value says in a title; nothing for an empty one."""
    if value in (None, ""):
        return ""
    text = names.cell(column, value)
    if text != str(value) or column in _SPEAKING:
        return text
    if column == "direction":
        return arrow(text, src, tgt)
    if column == "split":
        return f"{text} set"
    if column == "train_lang":
        return f"trained on {text}"
    if column == "unit":
        return f"{text}s"
    if column == "candidates":
        return f"among all {AMONG.get(text, text)}"
    return f"{names(column)} {text}".replace(" -", " −")


def alignment_words(rows: Sequence[Row], names: Names, *, source: str, target: str, places: Sequence[str] = ()) -> str:
    """What an axis of alignment shows, as far as all rows agree: ``strong alignment en→xx, layer 12``.

    Args:
        rows: scores, points or changes.
        names: what things are called.
        source, target: columns of the languages.
        places: columns of the layer that are told, the first that is the same in all.
    """
    same = {name: _same(rows, name) for name in (*MEASURED, source, target, *places)}
    how = {name: same[name] for name in WAYS if same[name] != _USUAL[name]}
    measure = names(how.pop("measure", ""))
    languages = [names(same[name]) or "xx" for name in (source, target)]
    direction = "" if same["direction"] in (None, "") else arrow(same["direction"], *languages)
    what = " ".join(filter(None, (names(same["strength"]), f"alignment ({measure})" if measure else "alignment")))
    layer = next((f"{names(name)} {same[name]}".replace(" -", " −") for name in places if same[name] is not None), "")
    parts = [f"{what} {direction}".strip(), *(title_words(name, how[name], names) for name in how), layer]
    return ", ".join(filter(None, parts))


def _same(rows: Sequence[Row], name: str) -> Any:
    values = {row.get(name) for row in rows}
    return values.pop() if len(values) == 1 else None


# Inches: the axis at the left, and between titles; a panel with title and axes, by the number of panels in a line, 0
# for a figure of one.
_AXIS, _BETWEEN = 0.6, 0.15
# A page of a paper, and the least that a panel needs.
_PAGE, _LOWEST = 8.5, 1.5
_HEIGHTS = (2.5, 2.3, 2.3, 2.0, 1.7)


@dataclass(frozen=True)
class Grid:
    """A figure, its panels line by line, and the room for the title and the axis at the left of each, in inches."""

    figure: "Figure"
    panels: "list[Axes]"
    per_line: int
    room: float
    high: float

    def set_title(self, panel: "Axes", text: str) -> None:
        """Put a title above a panel, in lines that end between words."""
        panel.set_title(panel_title(text, self.room))


def make_grid(count: int, title: str, per_line: int) -> Grid:
    """A figure with some panels: one fills a column of a paper, more go over both.

    Args:
        count: panels.
        title: of the whole, see :func:`~xlt.report.drawing.new_figure`.
        per_line: most panels in a line.
    """
    per_line = min(count, per_line)
    lines = -(-count // per_line)
    width = SINGLE if count == 1 else DOUBLE
    height = min(_HEIGHTS[per_line if count > 1 else 0], max(_LOWEST, _PAGE / lines))
    figure = new_figure(width, lines * height, title)
    grid = figure.subplots(lines, per_line, squeeze=False).ravel().tolist()
    for panel in grid[count:]:
        panel.remove()
    return Grid(
        figure=figure,
        panels=grid[:count],
        per_line=per_line,
        room=(width - _AXIS) / per_line - _BETWEEN,
        high=(0.8 if lines == 1 else 0.7) * height,
    )


def share(grid: Grid, across: Sequence[object], up: Sequence[object]) -> None:
    """Give panels of one quantity the same limits, and the numbers of an axis once where they stand side by side.

    Args:
        grid: panels, all drawn.
        across, up: what stands on the axes of each panel; equal where it is the same.
    """
    for quantities, axis in ((across, "x"), (up, "y")):
        for quantity in dict.fromkeys(quantities):
            of_it = [panel for panel, its in zip(grid.panels, quantities, strict=True) if its == quantity]
            ends = [panel.get_xlim() if axis == "x" else panel.get_ylim() for panel in of_it]
            low, high = min(low for low, _ in ends), max(high for _, high in ends)
            for panel in of_it:
                panel.set(**{f"{axis}lim": (low, high)})
    for i, panel in enumerate(grid.panels):
        below = i + grid.per_line
        if below < len(grid.panels) and across[below] == across[i]:
            panel.tick_params(labelbottom=False)
            panel.set_xlabel("")
        if i % grid.per_line and up[i - 1] == up[i]:
            panel.tick_params(labelleft=False)
            panel.set_ylabel("")
        # The words of an axis are no longer than it.
        panel.set_xlabel(panel_title(panel.get_xlabel(), grid.room))
        panel.set_ylabel("\n".join(panel_title(line, grid.high) for line in panel.get_ylabel().split("\n")))


def set_categories(panel: "Axes", room: float, labels: Sequence[str], at: Sequence[float] = ()) -> None:
    """Names below an axis, upright where they have no room side by side.

    Args:
        panel: where.
        room: for all of them, in inches.
        labels: the names.
        at: where they stand; by default 0, 1, 2, …
    """
    shown, places = [words(label) for label in labels], list(at or range(len(labels)))
    inches = room / (places[-1] + 1)
    widths = [text_width(text) + 0.05 for text in shown]
    upright = any(
        (widths[i] + widths[i + 1]) / 2 > (places[i + 1] - places[i]) * inches for i in range(len(widths) - 1)
    )
    panel.set_xticks(places, shown, rotation=90 if upright else 0)
    panel.tick_params(axis="x", length=0)
    panel.set_xlim(-0.6, places[-1] + 0.6)
