"""A table as people read it, all cells text; how wide it may be is the business of whoever prints it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xlt.files.markup import markdown_line, markdown_text

# Cells of one column or line.
Cells = list[str]


@dataclass(frozen=True)
class TextTable:
    """A table for people.

    Attributes:
        title: what stands above it.
        header: a head for each column.
        rows: the cells of each line.
        keys: how many columns, from the left, tell the lines apart.
        notes: sentences below.
    """

    title: str
    header: Cells
    rows: list[Cells]
    keys: int = 1
    notes: list[str] = field(default_factory=list)

    def column(self, place: int) -> Cells:
        """The cells of a column."""
        return [row[place] for row in self.rows]

    def of_columns(self, places: Sequence[int]) -> "TextTable":
        """The table with some of its columns."""
        return replace(
            self,
            header=[self.header[place] for place in places],
            rows=[[row[place] for place in places] for row in self.rows],
            keys=sum(place < self.keys for place in places),
        )

    def without_constants(self) -> "TextTable":
        """The table with its keys that are the same in all lines in the title. Of a single line all remain."""
        same = [place for place in range(self.keys) if len(self.rows) > 1 and self._is_constant(place)]
        words = [f"{self.header[place]} {self.rows[0][place]}".strip() for place in same if self.rows[0][place]]
        varied = self.of_columns([place for place in range(len(self.header)) if place not in same])
        return replace(varied, title=", ".join(filter(None, [self.title, *words])))

    def _is_constant(self, place: int) -> bool:
        # A key that stands in the line above may be left out, but for the last of the keys.
        left_out = {""} if place < self.keys - 1 else set()
        return set(self.column(place)) - left_out <= {self.rows[0][place]} != left_out


def markdown(table: TextTable) -> str:
    """A table in Markdown: its title in bold above it, keys to the left, other cells to the right."""
    lines = [f"**{markdown_text(table.title)}**\n\n"] if table.title else []
    lines.append(markdown_line(table.header))
    lines.append(markdown_line(["---"] * table.keys + ["--:"] * (len(table.header) - table.keys)))
    lines += [markdown_line(row) for row in table.rows]
    lines += [f"\n{markdown_text(note)}\n" for note in table.notes]
    return "".join(lines)
