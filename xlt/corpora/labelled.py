"""Labelled sentences and sentence pairs: TSV with a header, JSON lines, Parquet; each also compressed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.corpora.text import line_blocks
from xlt.errors import XltError

_LABEL = ("label", "category")
_TEXT = ("text", "sentence")
_PAIR = ("premise", "hypothesis")
# Conventions of data sets for a text on whose label nobody agreed, or whose label is withheld.
_NO_LABEL = frozenset({"-1", "-100", "-"})


@dataclass(frozen=True)
class Labelled:
    """Texts, or pairs of texts, with a label each.

    Attributes:
        first: the text, or the premise.
        second: the hypothesis; None where there is one text only.
        labels: as many labels.
        left_out: what the file holds beside these, by name, counted.
        rows: the files that they come from, in order, and the line (or row of a table) of each text there.
    """

    first: list[str]
    second: list[str] | None
    labels: list[str]
    left_out: dict[str, int] = field(default_factory=dict)
    rows: Sequence[tuple[Path, Sequence[int]]] = field(default=(), compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    def place(self, text: int) -> str:
        """File and line of a text, for messages."""
        for path, rows in self.rows:
            if text < len(rows):
                return f"{path}:{rows[text]}"
            text -= len(rows)
        raise IndexError(text)


def read_labelled(
    path: Path, *, pair: bool, columns: Mapping[str, str] | None = None, names: Sequence[str] = ()
) -> Labelled:
    """Read a file of labelled texts; its form is found out from its content.

    The columns are ``premise`` and ``hypothesis`` for pairs, ``text`` or ``sentence`` for single texts, and ``label``
    or ``category``. In TSV only tabs separate and quotation marks are text. Rows whose label is -1 (or ``-``) have
    none: they are left out and counted.

    Args:
        path: the file.
        pair: whether pairs are wanted.
        columns: ``premise``, ``hypothesis``, ``text``, ``label``, where a manifest says other names.
        names: of labels that are stored as whole numbers; for Parquet else those that its own metadata says. Without
            any, a number stays as it is.

    Raises:
        XltError: not such a file, a missing column, label or value, invalid UTF-8: the line is named.
    """
    from xlt.corpora.table_columns import is_parquet

    columns = columns or {}
    accepted = [[columns[key]] if key in columns else [key] for key in _PAIR]
    if not pair:
        accepted = [[columns["text"]] if "text" in columns else list(_TEXT)]
    accepted.append([columns["label"]] if "label" in columns else list(_LABEL))
    if is_parquet(path):
        texts, first = _parquet(path, accepted, names), 1
    else:
        lines = [line for block in line_blocks(path) for line in block]
        while lines and not lines[-1].strip():
            lines.pop()
        if not lines:
            raise XltError(f"{path} is empty; {_expected(accepted)}")
        read, first = (_jsonl, 1) if lines[0].lstrip().startswith("{") else (_tsv, 2)
        texts = read(path, lines, accepted, names)
    rows: Sequence[int] = range(first, first + len(texts[-1]))
    without = sum(label in _NO_LABEL for label in texts[-1])
    if without == len(texts[-1]):
        raise XltError(f"{path}: no row has a label, all say {texts[-1][0]}: are the labels of this split withheld?")
    if without:
        labelled = [i for i, label in enumerate(texts[-1]) if label not in _NO_LABEL]
        texts = [[values[i] for i in labelled] for values in texts]
        rows = [rows[i] for i in labelled]
    left_out = {"texts without a label": without} if without else {}
    return Labelled(texts[0], texts[1] if pair else None, texts[-1], left_out, [(path, rows)])


def _expected(accepted: Sequence[Sequence[str]]) -> str:
    return f"columns {', '.join(' or '.join(names) for names in accepted)} are expected"


def _tsv(path: Path, lines: Sequence[str], accepted: Sequence[Sequence[str]], names: Sequence[str]) -> list[list[str]]:
    from xlt.corpora.table_columns import find_column

    header = lines[0].split("\t")
    if len(header) < 2:
        raise XltError(f"{path}:1: one column; a header is expected here, separated by tabs: {_expected(accepted)}")
    at = [header.index(find_column(header, name, f"{path}:1")) for name in accepted]
    cells = [line.split("\t") for line in lines[1:]]
    if not cells:
        raise XltError(f"{path} holds a header and no row")
    bad = next((i for i, row in enumerate(cells) if len(row) != len(header)), None)
    if bad is not None:
        raise XltError(f"{path}:{bad + 2}: {len(cells[bad])} columns, expected {len(header)} as in the header")
    texts = [[row[i] for row in cells] for i in at]
    texts[-1] = _named(texts[-1], names, path, 2)
    return texts


def _jsonl(
    path: Path, lines: Sequence[str], accepted: Sequence[Sequence[str]], names: Sequence[str]
) -> list[list[str]]:
    from xlt.corpora.table_columns import find_column

    rows = [_json_row(line, f"{path}:{i}") for i, line in enumerate(lines, 1)]
    keys = [find_column(list(rows[0]), name, f"{path}:1") for name in accepted]
    texts: list[list[str]] = [[] for _ in keys]
    for i, row in enumerate(rows, 1):
        for key, values in zip(keys, texts, strict=True):
            value = row.get(key)
            is_label = values is texts[-1]
            if is_label and isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if not isinstance(value, str):
                problem = "is missing" if value is None else f"is no text but {json.dumps(value)[:40]}"
                raise XltError(f"{path}:{i}: '{key}' {problem}")
            values.append(_encodable(value, f"{path}:{i}: '{key}'"))
    texts[-1] = _named(texts[-1], names, path, 1)
    return texts


def _encodable(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise XltError(f"{where} holds half of a surrogate pair, which is no character") from error
    return text


def _json_row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise XltError(f"{where}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise XltError(f'{where}: a JSON object is expected in each line, such as {{"text": …, "label": …}}')
    return row


def _named(labels: list[str], names: Sequence[str], path: Path, first_row: int) -> list[str]:
    # Copies of a resource may hold the names where the manifest expects their numbers.
    name_of = {str(i): name for i, name in enumerate(names)} | {name: name for name in names}
    for row, label in enumerate(labels, first_row):
        if not label:
            raise XltError(f"{path}:{row}: the label is missing")
        if names and label not in name_of and label not in _NO_LABEL:
            raise XltError(
                f"{path}:{row}: label '{label[:40]}' is neither a name ({', '.join(names)}) nor the number of one, "
                "from 0"
            )
    return [name_of.get(label, label) for label in labels] if names else labels


def _parquet(path: Path, accepted: Iterable[Sequence[str]], names: Sequence[str]) -> list[list[str]]:
    from xlt.corpora.table_columns import as_labels, as_texts, class_names, find_column, read_columns, table_schema

    schema = table_schema(path)
    keys = [find_column(schema.names, name, str(path)) for name in accepted]
    table = read_columns(path, list(dict.fromkeys(keys)))
    columns = [(table.column(key).combine_chunks(), f"{path}: column '{key}'") for key in keys]
    texts = [as_texts(column, where) for column, where in columns[:-1]]
    labels, where = columns[-1]
    texts.append(as_labels(labels, names or class_names(schema, keys[-1]), where, none=_NO_LABEL))
    return texts
