"""Tagged sentences: CoNLL-U, columns such as ``word<TAB>tag``, JSON lines, Parquet with lists; each also compressed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from pathlib import Path

from xlt.corpora.text import line_blocks
from xlt.corpora.word_columns import (
    CONLLU,
    WORD_ID,
    LabelRule,
    are_numbers,
    constant_label,
    header_of,
    label_column,
    label_place,
    place_of,
    word_place,
)
from xlt.corpora.word_repair import repaired
from xlt.errors import XltError

# Token and label in CoNLL-U: FORM and UPOS.
_FORM, _UPOS = 1, 3
# '# intent = x' or '# newdoc id = x'; a '#' may also be a word, so that the blanks around '=' are asked for.
_COMMENT = re.compile(r"# [\w.-]+(?: [\w.-]+)? =(?: |$)")
_TOKEN = ("tokens", "words")
_NONE = frozenset({"", "_"})
_RANGES, _NODES = "multiword-token ranges", "empty nodes"


@dataclass(frozen=True)
class Tagged:
    """Sentences as words with a label each.

    Attributes:
        words: a list of words a sentence; no sentence is empty.
        labels: as many labels.
        left_out: what the file holds beside these, and what was repaired, by name, counted.
    """

    words: list[list[str]]
    labels: list[list[str]]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.words)


@dataclass
class _Sentences:
    # Sentences as they are read, with the line (or row of a table) of each word.
    words: list[list[str]] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, words: list[str], labels: list[str], rows: list[int]) -> None:
        if words:
            self.words.append(words)
            self.labels.append(labels)
            self.rows.append(rows)

    def leave_out(self, name: str) -> None:
        self.left_out[name] = self.left_out.get(name, 0) + 1


def read_tagged(
    path: Path,
    columns: Mapping[str, str] | None = None,
    names: Sequence[str] = (),
    rule: LabelRule = LabelRule(),
) -> Tagged:
    """Read a file of tagged sentences; its form is found out from its content.

    CoNLL-U (ten columns, the first a number) gives FORM and UPOS. Multiword-token ranges (``3-4``) and empty nodes
    (``8.1``) are left out and counted; the syntactic words stay, as in the data of gaschi2023. A FORM that holds blanks
    is one word.

    Other text has columns separated by tabs, or by blanks where there is no tab; empty lines end sentences. Columns
    that nobody names are those of a header, where the first line is one; else the word is in the first column, or in
    the second where the first counts the words of every sentence, and the label in the last, or in the only one that
    can hold labels of the task. Lines that begin with ``-DOCSTART-`` are left out, and so are comments: before a
    sentence, ``# key = value``, and with tabs any line that begins with ``#`` and has no tab; anywhere, a line that
    begins with ``#`` where the first column is not the word's.

    JSON lines and Parquet have a list of words and a list of labels a row.

    Args:
        path: the file.
        columns: ``token`` and ``label``, where somebody says them: names of a header, of keys, of columns in Parquet;
            else numbers from 0, -1 the last.
        names: of labels that are stored as whole numbers; else those that a Parquet file's own metadata says.
        rule: which labels are sought, and what is repaired.

    Raises:
        XltError: not such a file; columns that cannot be told apart, unequal columns, words or labels that are missing
            or none, invalid UTF-8: the line is named.
    """
    from xlt.corpora.table_columns import is_parquet

    columns = columns or {}
    if is_parquet(path):
        return _finished(path, _parquet(path, columns, names, rule), rule)
    lines = [line for block in line_blocks(path) for line in block]
    first = next((line for line in lines if line.strip(" \t") and not line.startswith("#")), "")
    if _is_json(first):
        sentences = _jsonl(path, lines, columns, names, rule)
    elif (separator := _conllu_separator(first)) is not None:
        sentences = _conllu(path, lines, separator, columns)
    else:
        sentences = _columns(path, lines, columns, rule)
    if not sentences.words:
        raise XltError(
            f"{path} holds no sentence; a line a word is expected, with its label, and an empty line between"
        )
    return _finished(path, sentences, rule)


def _finished(path: Path, sentences: _Sentences, rule: LabelRule) -> Tagged:
    counts = repaired(path, sentences.words, sentences.labels, sentences.rows, rule)
    return Tagged(sentences.words, sentences.labels, sentences.left_out | counts)


def _is_json(line: str) -> bool:
    if not line.startswith("{") or not line.rstrip().endswith("}") or len(line.strip()) < 2:
        return line.startswith(("[{", "[[")) and line.rstrip().endswith(("]", ","))
    # A word may be a brace; what follows it is then no key.
    return line[1:].lstrip()[0] in '"}'


def _conllu_separator(first: str) -> str | None:
    # Ten columns of which the first is a number are CoNLL-U, also where blanks have taken the place of tabs.
    for separator, cells in (("\t", first.split("\t")), (" ", first.split())):
        if len(cells) == len(CONLLU) and WORD_ID.fullmatch(cells[0]) and (separator == "\t" or "\t" not in first):
            return separator
    return None


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    # Row of the first line, and the lines, of each block between empty lines.
    ends = [i for i, line in enumerate(lines) if not line or (line[0] in " \t\r" and not line.strip(" \t\r"))]
    for before, end in pairwise([-1, *ends, len(lines)]):
        if end > before + 1:
            yield before + 2, lines[before + 1 : end]


def _conllu(path: Path, lines: Sequence[str], separator: str, columns: Mapping[str, str]) -> _Sentences:
    token = place_of(columns.get("token", str(_FORM)), CONLLU, str(path))
    label = place_of(columns.get("label", str(_UPOS)), CONLLU, str(path))
    sentences = _Sentences()
    between, width = ("\t" if separator == "\t" else None), len(CONLLU)
    for start, block in _blocks(lines):
        forms: list[str] = []
        tags: list[str] = []
        rows: list[int] = []
        for row, line in enumerate(block, start):
            if line[0] == "#":
                continue
            cells = line.split(between)
            if len(cells) == width and cells[0] == str(len(forms) + 1) and cells[label] not in _NONE:
                forms.append(cells[token])
                tags.append(cells[label])
                rows.append(row)
                continue
            # Whatever else: it is left out, refused, or a number that begins with zeros.
            number = WORD_ID.fullmatch(cells[0])
            if len(cells) != width or number is None:
                raise XltError(
                    f"{path}:{row}: CoNLL-U has {len(CONLLU)} columns separated by tabs, the first a number; found "
                    f"{len(cells)}, beginning with {cells[0]!r}"
                )
            if number[2]:
                sentences.leave_out(_RANGES if number[2] == "-" else _NODES)
                continue
            if int(number[1]) != len(forms) + 1:
                raise XltError(
                    f"{path}:{row}: word {cells[0]} follows word {len(forms)}; is an empty line between two sentences "
                    "missing?"
                )
            forms.append(cells[token])
            if cells[label] in _NONE:
                raise _no_label(path, row)
            tags.append(cells[label])
            rows.append(row)
        sentences.add(forms, tags, rows)
    return sentences


def _no_label(path: Path, row: int) -> XltError:
    return XltError(f"{path}:{row}: the label is missing")


def _columns(path: Path, lines: Sequence[str], columns: Mapping[str, str], rule: LabelRule) -> _Sentences:
    tabs = any("\t" in line and not line.startswith("# ") for line in lines)
    split = (lambda line: line.split("\t")) if tabs else (lambda line: [cell for cell in line.split(" ") if cell])
    header, header_row = header_of(path, lines, split, columns)
    width, first_row = len(header), header_row
    sentence_lines = list(_blocks(lines))
    # The columns of each sentence, with the row of each word.
    table: list[tuple[list[int], list[tuple[str, ...]]]] = []
    token = word_place(path, [block for _, block in sentence_lines], split, columns, header)
    for start, block in sentence_lines:
        cells: list[list[str]] = []
        rows: list[int] = []
        for row, line in enumerate(block, start):
            if row == header_row or (
                line[0] in "#-" and (line.startswith("-DOCSTART-") or _is_comment(line, tabs, token, bool(cells)))
            ):
                continue
            fields = split(line)
            width, first_row = width or len(fields), first_row or row
            if len(fields) != width:
                raise XltError(
                    f"{path}:{row}: {len(fields)} columns, expected {width} as in line {first_row} (separator "
                    f"{'tab' if tabs else 'blank'})"
                )
            cells.append(fields)
            rows.append(row)
        if cells:
            table.append((rows, list(zip(*cells, strict=True))))
    if not table:
        return _Sentences()
    where = f"{path}:{table[0][0][0]}"
    numbered = token > 0 and "token" not in columns and not header
    label = label_place(where, [of_words for _, of_words in table], token, columns, header, rule, numbered=numbered)
    if width < 2 or not -width <= label < width or token >= width or token == label % width:
        raise XltError(
            f"{where}: {width} column{'s' * (width > 1)} (separator {'tab' if tabs else 'blank'}); a word "
            "and its label are expected in a line"
        )
    sentences = _Sentences()
    counted = numbered or (token > 0 and are_numbers(chain.from_iterable(of_words[0] for _, of_words in table)))
    for rows, of_words in table:
        words, labels = list(of_words[token]), list(of_words[label])
        if counted and not all(map(str.isdecimal, of_words[0])):
            plain = [i for i, number in enumerate(of_words[0]) if number.isdecimal()]
            for number in of_words[0]:
                if not number.isdecimal():
                    sentences.leave_out(_RANGES if "-" in number else _NODES)
            rows = [rows[i] for i in plain]
            words, labels = ([column[i] for i in plain] for column in (words, labels))
        if not _NONE.isdisjoint(labels):
            raise _no_label(path, next(row for row, tag in zip(rows, labels, strict=True) if tag in _NONE))
        sentences.add(words, labels, rows)
    if "label" not in columns and not header and width > 2 + numbered:
        constant_label(where, list(chain.from_iterable(sentences.labels)), label % width + 1)
    return sentences


def _is_comment(line: str, tabs: bool, token: int, inside: bool) -> bool:
    if not line.startswith("#"):
        return False
    if token:
        return True
    return not inside and (bool(_COMMENT.match(line)) or (tabs and "\t" not in line))


def _jsonl(
    path: Path, lines: Sequence[str], columns: Mapping[str, str], names: Sequence[str], rule: LabelRule
) -> _Sentences:
    from xlt.corpora.table_columns import find_column

    sentences = _Sentences()
    keys: tuple[str, str] | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        row = _json_row(line, where)
        if keys is None:
            there = list(row)
            token = find_column(there, [columns["token"]] if "token" in columns else _TOKEN, where)
            keys = (token, label_column(there, columns, rule, where))
        words, labels = (_json_list(row.get(key), f"{where}: '{key}'") for key in keys)
        if len(words) != len(labels) or not words:
            raise XltError(
                f"{where}: {len(words)} words, {len(labels)} labels; a sentence has as many of both, at least one"
            )
        bad = next((w for w in words if not isinstance(w, str)), None)
        if bad is not None:
            raise XltError(f"{where}: '{keys[0]}': a word is no text but {json.dumps(bad)[:40]}")
        of_labels = [_json_label(label, names, where) for label in labels]
        if _NONE.intersection(of_labels):
            raise _no_label(path, number)
        sentences.add([str(w) for w in words], of_labels, [number] * len(words))
    return sentences


def _json_row(line: str, where: str) -> dict[str, object]:
    try:
        row = json.loads(line)
        # Half of a surrogate pair is no character.
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise XltError(f"{where}: not JSON ({str(error)[:100]})") from error
    if not isinstance(row, dict):
        raise XltError(
            f'{where}: a JSON object is expected in each line, such as {{"tokens": ["a", "b"], "tags": ["X", "Y"]}}'
        )
    return row


def _json_list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise XltError(f"{where} {'is missing' if value is None else 'is no list'}; a list is expected in each line")
    return value


def _json_label(label: object, names: Sequence[str], where: str) -> str:
    if isinstance(label, str):
        return label
    if not isinstance(label, int) or isinstance(label, bool):
        raise XltError(f"{where}: a label is no text but {json.dumps(label)[:40]}")
    if names and not 0 <= label < len(names):
        raise XltError(f"{where}: label {label} has no name; there are {len(names)} ({', '.join(names)}), from 0")
    return names[label] if names else str(label)


def _parquet(path: Path, columns: Mapping[str, str], names: Sequence[str], rule: LabelRule) -> _Sentences:
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
    token = find_column(schema.names, [columns["token"]] if "token" in columns else _TOKEN, str(path))
    label = label_column(schema.names, columns, rule, str(path))
    table = read_columns(path, [token, label])
    flat_words, lengths = flat_lists(table.column(token).combine_chunks(), f"{path}: column '{token}'")
    flat_labels, others = flat_lists(table.column(label).combine_chunks(), f"{path}: column '{label}'")
    for row, (n, m) in enumerate(zip(lengths, others, strict=True), 1):
        if n != m or not n:
            raise XltError(f"{path}:{row}: {n} words, {m} labels; a sentence has as many of both, at least one")
    words = as_texts(flat_words, f"{path}: column '{token}'")
    labels = as_labels(flat_labels, names or class_names(schema, label), f"{path}: column '{label}'")
    ends = list(pairwise([0, *accumulate(lengths)]))
    return _Sentences(
        [words[a:b] for a, b in ends],
        [labels[a:b] for a, b in ends],
        [[row] * (b - a) for row, (a, b) in enumerate(ends, 1)],
    )
