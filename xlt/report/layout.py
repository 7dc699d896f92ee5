"""Tables laid out for a paper: columns under common heads, shaded cells, notes; as Markdown and as LaTeX."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from xlt.errors import OptionError
from xlt.files import text_table
from xlt.files.atomic import output_file
from xlt.files.markup import latex_line, latex_text
from xlt.files.text_table import TextTable

# Marks of the shades, for where there is no grey.
MARKS = {"light": " ~", "dark": " v"}
_SHADES = {
    "light": "nearer to the baseline's mean than the baseline's standard deviation",
    "dark": "below the baseline by more than that",
}
_GREYS = {"light": "0.9", "dark": "0.75"}


@dataclass(frozen=True)
class Cell:
    """Text, and the grey behind it: ``light``, ``dark`` or none."""

    text: str
    shade: str = ""

    @property
    def marked(self) -> str:
        """The text with a mark for the grey."""
        return self.text + MARKS.get(self.shade, "")


@dataclass(frozen=True)
class Layout:
    """A table for people.

    Attributes:
        title: what stands above it.
        keys: heads of the first columns, which say what a line is about.
        heads: of each further column its heads, from the widest to its own; all of one length.
        lines: texts of the keys, then the cells.
        notes: sentences below.
    """

    title: str
    keys: list[str]
    heads: Sequence[tuple[str, ...]]
    lines: list[tuple[list[str], list[Cell]]]
    notes: list[str] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        """One head a column."""
        return [*self.keys, *(" ".join(filter(None, head)) for head in self.heads)]

    @property
    def shaded(self) -> bool:
        """Whether any cell is grey."""
        return any(cell.shade for _, cells in self.lines for cell in cells)

    def head_lines(self) -> list[list[tuple[str, int]]]:
        """The lines of heads, the widest first: texts, and how many columns each spans, in the last line one."""
        levels = len(self.heads[0]) if self.heads else 1
        lines = []
        for level in range(levels - 1):
            groups = [list(group) for _, group in groupby(self.heads, key=lambda head: head[: level + 1])]
            lines.append([(group[0][level], len(group)) for group in groups])
        # Also of two columns whose heads read alike each has its own.
        return [*lines, [(head[-1], 1) for head in self.heads]]

    def sentences(self, marks: bool = True) -> list[str]:
        """The notes, and what greys mean, by their marks where there is no grey."""
        shades = [
            f"'{MARKS[shade].strip()}' {what}" if marks else f"{shade} grey: {what}" for shade, what in _SHADES.items()
        ]
        return [*self.notes, *(["; ".join(shades)] if self.shaded else [])]

    def texts(self) -> list[list[str]]:
        """The lines as text, shades as marks."""
        return [[*keys, *(cell.marked for cell in cells)] for keys, cells in self.lines]

    def text_table(self) -> TextTable:
        """The table as it is printed."""
        return TextTable(self.title, self.header, self.texts(), keys=len(self.keys), notes=self.sentences())


def thinned(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    """Keys of lines, without those that stand in the line above already; a dash for an empty one below another."""
    thin: list[list[str]] = []
    for i, line in enumerate(lines):
        above = lines[i - 1] if i else [None] * len(line)
        same = next((k for k, (one, other) in enumerate(zip(line, above, strict=True)) if one != other), len(line))
        last = len(line) - 1
        # Left empty it would read as the one above.
        dashed = [text or ("-" if k < last and above[k] else "") for k, text in enumerate(line)]
        thin.append(["" if k < min(same, last) else text for k, text in enumerate(dashed)])
    return thin


def captioned(layouts: Sequence[Layout], captions: Sequence[str]) -> list[Layout]:
    """Tables with captions in place of the titles of the first ones; the notes stay.

    Raises:
        OptionError: there are more captions than tables.
    """
    if len(captions) > len(layouts):
        first = captions[len(layouts)]
        raise OptionError("captions", f"{first}: a caption more than there are tables ({len(layouts)})")
    own = [replace(table, title=caption.rstrip(".")) for table, caption in zip(layouts, captions, strict=False)]
    return [*own, *layouts[len(captions) :]]


def write_layouts(path: Path, layouts: Sequence[Layout], force: bool = False, label: str | None = None) -> None:
    """Write tables by the suffix of the file: .md, or .tex, there with a label, by default of the file's name."""
    if path.suffix == ".tex":
        label = label or "tab:" + re.sub(r"[^A-Za-z0-9.]+", "-", path.stem)
        texts = [latex(table, f"{label}-{i + 1}" if i else label) for i, table in enumerate(layouts)]
    else:
        texts = [markdown(table) for table in layouts]
    with output_file(path, force) as temporary:
        temporary.write_text("\n".join(texts), encoding="utf-8", newline="\n")


def markdown(table: Layout) -> str:
    """A table in Markdown."""
    return text_table.markdown(table.text_table())


def latex(table: Layout, label: str) -> str:
    """A table float for the packages booktabs and, where cells are grey, colortbl; the label is LaTeX already."""
    k = len(table.keys)
    packages = r"\usepackage{booktabs,colortbl}" if table.shaded else r"\usepackage{booktabs}"
    lines = [
        f"% {packages} in the preamble",
        "\\begin{table}",
        "\\centering",
        f"\\caption{{{latex_text('. '.join([table.title, *table.sentences(marks=False)]))}.}}",
        f"\\label{{{label}}}",
        f"\\begin{{tabular}}{{{'l' * k}{'r' * len(table.heads)}}}",
        "\\toprule",
        *_latex_heads(table),
        "\\midrule",
    ]
    for keys, cells in table.lines:
        texts = [latex_text(text) for text in keys]
        greys = [f"\\cellcolor[gray]{{{_GREYS[cell.shade]}}}" if cell.shade else "" for cell in cells]
        # A hyphen is no dash.
        texts += [
            grey + ("--" if cell.text == "-" else latex_text(cell.text))
            for grey, cell in zip(greys, cells, strict=True)
        ]
        lines.append(latex_line(texts))
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}", ""])


def _latex_heads(table: Layout) -> list[str]:
    k = len(table.keys)
    *upper, lowest = table.head_lines()
    lines = []
    for heads in upper:
        texts, rules, at = [""] * k, [], k + 1
        for text, span in heads:
            texts.append(f"\\multicolumn{{{span}}}{{c}}{{{latex_text(text)}}}")
            rules.append(f"\\cmidrule(lr){{{at}-{at + span - 1}}}")
            at += span
        lines += [latex_line(texts), "".join(rules)]
    return [*lines, latex_line([latex_text(text) for text in (*table.keys, *(text for text, _ in lowest))])]


class Footnotes:
    """Letters for sentences that several cells share."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def mark(self, text: str, note: str) -> str:
        """The text of a cell with the letter of its note, if it has one."""
        if not note:
            return text
        letter = self._letters.setdefault(note, _letters(len(self._letters)))
        return f"{text} ({letter})".strip()

    def lines(self) -> list[str]:
        """All notes."""
        return [f"({letter}) {note}" for note, letter in self._letters.items()]


def _letters(n: int) -> str:
    # a to z, aa to zz, aaa and so on, as the columns of a spreadsheet are called.
    before, last = divmod(n, 26)
    return (_letters(before - 1) if before else "") + chr(ord("a") + last)


def split_keys(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """The columns that vary between rows; and for a title the values of those that do not, where they are not empty."""
    values = {name: {row.get(name) for row in rows} for name in columns}
    varied = [name for name in columns if len(values[name]) > 1]
    same = {name: values[name].pop() for name in columns if name not in varied}
    return varied, {name: value for name, value in same.items() if value not in (None, "")}


def text_of(value: object) -> str:
    """A cell's text; nothing for null."""
    return "" if value is None else str(value)


def short_names(models: Iterable[str]) -> dict[str, str]:
    """Models without the folders, or the organisation, that they lie in, where that tells them apart."""
    last = {model: model.rstrip("/").rpartition("/")[2] for model in models}
    times = Counter(last.values())
    return {model: short if times[short] == 1 else model for model, short in last.items()}


def order_of(values: Sequence[object]) -> list[tuple[bool, float, str]]:
    """A sorting key: null first, then numbers by size, also where they came as text, then other text.

    What is no finite number is text: ``nan`` is the code of a language. Values of one size are in order of their text.
    """
    return [(value is not None, _size(str(value)), str(value)) for value in values]


def by_stage(columns: Sequence[str], values: Sequence[object]) -> list[tuple[bool, float, str]]:
    """A sorting key for values of columns: before comes before after, and weak before strong."""
    early: dict[object, str] = {"before": "0", "after": "1", "weak": "0", "strong": "1"}
    return order_of(
        [early.get(v, v) if name in ("stage", "strength") else v for name, v in zip(columns, values, strict=True)]
    )


def _size(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        return math.inf
    return size if math.isfinite(size) else math.inf
