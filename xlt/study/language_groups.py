"""Groups of language pairs, out of a CSV file."""

import csv
from collections.abc import Iterable
from pathlib import Path

from xlt.corpora.text import existing, line_blocks
from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input, file_sha256
from xlt.files.rows import Row

# The column that rows get, and what stands there for a pair of no group.
GROUP, OTHER = "group", "other"
_COLUMNS = ("src_lang", "tgt_lang", GROUP)


class LanguageGroups:
    """The group of each language pair, whichever of the two is the source.

    Args:
        path: CSV with a header and the columns ``src_lang``, ``tgt_lang`` and ``group``.

    Attributes:
        others: pairs that were asked for and are in no group.

    Raises:
        OptionError: there is no such file.
        XltError: another header, an empty cell, a pair in two groups, no pair: the line is named.
    """

    def __init__(self, path: Path) -> None:
        file = existing(path)
        if file is None:
            raise OptionError("groups", f"{path}: no such file")
        self._by_pair: dict[frozenset[str], str] = {}
        self.others: set[frozenset[str]] = set()
        self.input = Input("groups", str(path), file_sha256(file))
        reader = csv.reader(line for block in line_blocks(file) for line in block)
        header = [cell.strip() for cell in next(reader, [])]
        if any(name not in header for name in _COLUMNS):
            found = ", ".join(header) or "nothing"
            raise XltError(f"{path}:1: a header with {', '.join(_COLUMNS)} is expected; found {found}")
        at = [header.index(name) for name in _COLUMNS]
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if not any(cells):
                continue
            if len(cells) != len(header) or not all(cells[i].strip() for i in at):
                raise XltError(f"{where}: a language pair and its group are expected; found {','.join(cells)}")
            src, tgt, group = (cells[i].strip() for i in at)
            first = self._by_pair.setdefault(frozenset((src, tgt)), group)
            if first != group:
                raise XltError(f"{where}: {src}-{tgt} is in two groups, {first} and {group}")
        if not self._by_pair:
            raise XltError(f"{path} holds no language pair")

    def __call__(self, src: str, tgt: str) -> str:
        """The group of a pair; ``other``, where it is in none."""
        pair = frozenset((src, tgt))
        if pair not in self._by_pair:
            self.others.add(pair)
        return self._by_pair.get(pair, OTHER)

    def add_to(self, rows: Iterable[Row], src: str, tgt: str, columns: Iterable[str]) -> None:
        """Give rows their group.

        Args:
            rows: of a table.
            src, tgt: the columns of the languages.
            columns: further columns of the table.

        Raises:
            OptionError: they have such a column.
        """
        if GROUP in columns:
            raise OptionError("groups", f"would give the tables a second column '{GROUP}'; leave one out")
        for row in rows:
            row[GROUP] = self(row[src], row[tgt])

    @property
    def summary(self) -> dict[str, int]:
        """How many pairs are in no group, where any is."""
        return {"language pairs in no group": len(self.others)} if self.others else {}
