"""Tagged sentences: CoNLL-U, columns such as ``word<TAB>tag``, or Parquet with lists; each also compressed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path

from xlt.corpora.text import line_blocks
from xlt.errors import XltError

# Token and label in CoNLL-U: FORM and UPOS.
_CONLLU_WIDTH, _FORM, _UPOS = 10, 1, 3
_CONLLU_ID = re.compile(r"(\d+)(?:([-.])\d+)?")
# '# intent = x' or '# newdoc id = x'; a '#' may also be a word, so that the blanks around '=' are asked for.
_COMMENT = re.compile(r"# [\w.-]+(?: [\w.-]+)? =(?: |$)")
_PARQUET_TOKEN = ("tokens", "words")
_PARQUET_LABEL = ("labels", "tags", "ner_tags", "upos", "pos_tags", "slots")


@dataclass(frozen=True)
class Tagged:
    """Sentences as words with a label each.

    Attributes:
        words: a list of words a sentence; no sentence is empty.
        labels: as many labels.
        left_out: what the file holds beside these, by name, counted.
    """

    words: list[list[str]]
    labels: list[list[str]]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.words)


def read_tagged(path: Path, columns: Mapping[str, str] | None = None, names: Sequence[str] = ()) -> Tagged:
    """Read a file of tagged sentences; its form is found out from its content.

    CoNLL-U (ten columns, the first a number) gives FORM and UPOS. Multiword-token ranges (``3-4``) and empty nodes
    (``8.1``) are left out and counted; the syntactic words stay, as in the data of gaschi2023. A FORM that holds blanks
    is one word.

    Other text has columns separated by tabs, or by blanks where there is no tab; empty lines end sentences. The word is
    in the first column (in the second where the first counts 1, 2, 3), the label in the last. Lines that begin with
    ``-DOCSTART-`` are left out, and so are comments: before a sentence, ``# key = value``, and with tabs any line that
    begins with ``#`` and has no tab; anywhere, a line that begins with ``#`` where the first column is not the word's.

    Parquet has a list of words and a list of labels a row.

    Args:
        path: the file.
        columns: ``token`` and ``label``, where a manifest says them: names in Parquet, else numbers from 0, -1 the
            last.
        names: of labels that Parquet stores as whole numbers; else those that the file's own metadata says.

    Raises:
        XltError: not such a file; unequal columns, a missing word or label, invalid UTF-8: the line is named.
    """
    from xlt.corpora.table_columns import is_parquet

    columns = columns or {}
    if is_parquet(path):
        return _parquet(path, columns, names)
    lines = [line for block in line_blocks(path) for line in block]
    first = next((line for line in lines if line.strip(" \t") and not line.startswith("#")), "")
    cells = first.split("\t")
    at = [int(columns[key]) if key in columns else None for key in ("token", "label")]
    if len(cells) == _CONLLU_WIDTH and _CONLLU_ID.fullmatch(cells[0]):
        tagged = _conllu(path, lines, _FORM if at[0] is None else at[0], _UPOS if at[1] is None else at[1])
    else:
        tagged = _columns(path, lines, at[0], -1 if at[1] is None else at[1])
    if not tagged.words:
        raise XltError(
            f"{path} holds no sentence; a line a word is expected, with its label, and an empty line between"
        )
    return tagged


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    # Row of the first line, and the lines, of each block between empty lines.
    ends = [i for i, line in enumerate(lines) if not line.strip(" \t\r")]
    for before, end in pairwise([-1, *ends, len(lines)]):
        if end > before + 1:
            yield before + 2, lines[before + 1 : end]


def _conllu(path: Path, lines: Sequence[str], token: int, label: int) -> Tagged:
    words: list[list[str]] = []
    labels: list[list[str]] = []
    left_out = {"multiword-token ranges": 0, "empty nodes": 0}
    for start, block in _blocks(lines):
        forms: list[str] = []
        tags: list[str] = []
        for row, line in enumerate(block, start):
            if line.startswith("#"):
                continue
            cells = line.split("\t")
            number = _CONLLU_ID.fullmatch(cells[0])
            if len(cells) != _CONLLU_WIDTH or number is None:
                raise XltError(
                    f"{path}:{row}: CoNLL-U has {_CONLLU_WIDTH} columns separated by tabs, the first a number; found "
                    f"{len(cells)}, beginning with {cells[0]!r}"
                )
            if number[2]:
                left_out["multiword-token ranges" if number[2] == "-" else "empty nodes"] += 1
                continue
            if int(number[1]) != len(forms) + 1:
                raise XltError(
                    f"{path}:{row}: word {cells[0]} follows word {len(forms)}; is an empty line between two sentences "
                    "missing?"
                )
            if not cells[token] or cells[label] in ("", "_"):
                raise XltError(f"{path}:{row}: the {'label' if cells[token] else 'word'} is missing")
            forms.append(cells[token])
            tags.append(cells[label])
        if forms:
            words.append(forms)
            labels.append(tags)
    return Tagged(words, labels, {name: count for name, count in left_out.items() if count})


def _columns(path: Path, lines: Sequence[str], token: int | None, label: int) -> Tagged:
    words: list[list[str]] = []
    labels: list[list[str]] = []
    tabs = any("\t" in line for line in lines if not line.startswith("# "))
    width, first_row = 0, 0
    for start, block in _blocks(lines):
        cells: list[list[str]] = []
        rows: list[int] = []
        for row, line in enumerate(block, start):
            if line.startswith("-DOCSTART-") or _is_comment(line, tabs, token, bool(cells)):
                continue
            fields = line.split("\t") if tabs else [cell for cell in line.split(" ") if cell]
            width, first_row = width or len(fields), first_row or row
            if len(fields) != width:
                raise XltError(
                    f"{path}:{row}: {len(fields)} columns, expected {width} as in line {first_row} (separator "
                    f"{'tab' if tabs else 'blank'})"
                )
            cells.append(fields)
            rows.append(row)
        if not cells:
            continue
        if token is None:
            numbered = width > 2 and [c[0] for c in cells] == [str(i) for i in range(1, len(cells) + 1)]
            token = 1 if numbered else 0
        if width < 2 or not -width <= label < width or token >= width or token == label % width:
            raise XltError(
                f"{path}:{rows[0]}: {width} column{'s' * (width > 1)} (separator {'tab' if tabs else 'blank'}); a word "
                "and its label are expected in a line"
            )
        empty = next((row for row, c in zip(rows, cells, strict=True) if not c[label]), None)
        if empty is not None:
            raise XltError(f"{path}:{empty}: the label is missing")
        words.append([c[token] for c in cells])
        labels.append([c[label] for c in cells])
    return Tagged(words, labels)


def _is_comment(line: str, tabs: bool, token: int | None, inside: bool) -> bool:
    if not line.startswith("#"):
        return False
    if token:
        return True
    return not inside and (bool(_COMMENT.match(line)) or (tabs and "\t" not in line))


def _parquet(path: Path, columns: Mapping[str, str], names: Sequence[str]) -> Tagged:
    from xlt.corpora.table_columns import (
        as_labels,
        as_texts,
        class_names,
        find_column,
        flat_lists,
        read_columns,
        table_schema,
    )

    schema = table_schema(path)
    token = find_column(schema.names, [columns["token"]] if "token" in columns else _PARQUET_TOKEN, str(path))
    label = find_column(schema.names, [columns["label"]] if "label" in columns else _PARQUET_LABEL, str(path))
    table = read_columns(path, [token, label])
    flat_words, lengths = flat_lists(table.column(token).combine_chunks(), f"{path}: column '{token}'")
    flat_labels, others = flat_lists(table.column(label).combine_chunks(), f"{path}: column '{label}'")
    for row, (n, m) in enumerate(zip(lengths, others, strict=True), 1):
        if n != m or not n:
            raise XltError(f"{path}:{row}: {n} words, {m} labels; a sentence has as many of both, at least one")
    words = as_texts(flat_words, f"{path}: column '{token}'")
    labels = as_labels(flat_labels, names or class_names(schema, label), f"{path}: column '{label}'")
    ends = [0, *accumulate(lengths)]
    return Tagged([words[a:b] for a, b in pairwise(ends)], [labels[a:b] for a, b in pairwise(ends)])
