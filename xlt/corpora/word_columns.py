"""Which column of a table of words holds the word, and which its label: by name, by number, or found out."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from xlt.errors import XltError

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
WORD_ID = re.compile(r"(\d+)(?:([-.])\d+)?")
"""The number of a word in CoNLL-U; a hyphen makes it a range of words, a point an empty node."""

NAME_THEM = "name the columns, counted from 1: --columns word=2,label=3"
_WORD_NAMES = ("word", "words", "token", "tokens", "form")
_GENERAL = ("labels", "tags", "label", "tag")
_OF_TASKS = ("ner_tags", "upos", "pos_tags", "slots", "ner", "pos", "xpos", "slot", "chunk_tags")
_PLACE = re.compile(r"-?[0-9]{1,9}")
_PLUS = re.compile(r"#\s*global\.columns\s*=\s*(.+)")


@dataclass(frozen=True)
class LabelRule:
    """Which labels are sought in a file, and what is repaired there.

    Attributes:
        lang: code of the language, which some files write before each word.
        columns: names that a column of such labels has, the likeliest first.
        fits: whether a text can be such a label; None where any can.
        drop_blank: leave words out that are empty or of white space alone.
    """

    lang: str = ""
    columns: tuple[str, ...] = ()
    fits: Callable[[str], bool] | None = None
    drop_blank: bool = False


def place_of(column: str, header: Sequence[str], where: str) -> int:
    """The place of a column, from 0, out of its number or its name in a header (case does not matter).

    Raises:
        XltError: a name that the header does not have, or where there is none.
    """
    if _PLACE.fullmatch(column):
        return int(column)
    if column.casefold() not in header:
        there = f"found {', '.join(header)}" if header else "the first line is no header that has it"
        raise XltError(f"{where}: no column called {column}; {there}")
    return list(header).index(column.casefold())


def header_of(
    path: Path, lines: Sequence[str], split: Callable[[str], list[str]], columns: Mapping[str, str]
) -> tuple[list[str], int]:
    """The names of the columns in small letters, and the line that says them, from 1; no name and 0 without a header.

    The first line is one where it has the names asked for, or where it names both a word and a label. CoNLL-U Plus
    names its columns in a comment.

    Raises:
        XltError: names are asked for that the first line does not have.
    """
    asked = [name.casefold() for name in columns.values() if not _PLACE.fullmatch(name)]
    for row, line in enumerate(lines, 1):
        plus = _PLUS.match(line)
        if plus is not None:
            return plus[1].casefold().split(), row
        if not line.strip() or (line.startswith("# ") and "\t" not in line):
            continue
        names = [cell.strip().lstrip("#").strip().casefold() for cell in split(line)]
        missing = [name for name in asked if name not in names]
        if missing:
            raise XltError(f"{path}:{row}: no column called {missing[0]}; found {', '.join(names)[:200]}")
        usual = set(names) & set(_WORD_NAMES) and set(names) & {*_GENERAL, *_OF_TASKS}
        return (names, row) if asked or usual else ([], 0)
    return [], 0


def word_place(
    path: Path,
    blocks: Sequence[Sequence[str]],
    split: Callable[[str], list[str]],
    columns: Mapping[str, str],
    header: Sequence[str],
) -> int:
    """The place of the words: as said, as the header has it, the second where the first column counts, else the first.

    Args:
        path: for messages.
        blocks: lines of each sentence.
        split: a line into its columns.
        columns: ``token``, where somebody says it.
        header: see :func:`header_of`.

    Raises:
        XltError: a first column of numbers that do not count the words of each sentence.
    """
    if "token" in columns:
        return place_of(columns["token"], header, str(path))
    if header:
        return next((header.index(name) for name in _WORD_NAMES if name in header), 0)
    ids: list[list[str]] = []
    width = 0
    for block in blocks:
        cells = [split(line) for line in block if not line.startswith(("#", "-DOCSTART-"))]
        if not all(c and WORD_ID.fullmatch(c[0]) for c in cells):
            return 0
        width = width or max(map(len, cells), default=0)
        ids.append([c[0] for c in cells])
    numbers = [[int(n) for n in block if n.isdecimal()] for block in ids if block]
    rows = sum(map(len, numbers))
    counts = all(b - a == 1 for block in numbers for a, b in pairwise(block)) and (
        all(block[:1] in ([], [0], [1]) for block in numbers)
        or all(b[0] - a[-1] == 1 for a, b in pairwise([block for block in numbers if block]))
    )
    if width > 2 and not counts and rows > 1:
        raise XltError(
            f"{path}: the first column holds numbers alone, which do not count the words of each sentence; {NAME_THEM}"
        )
    if width <= 2 and counts and any(len(block) > 2 for block in numbers):
        raise XltError(
            f"{path}: the first of {width} columns counts 0, 1, 2: where are the words? If these are numbers indeed, "
            "--columns word=1,label=2"
        )
    return 1 if width > 2 and counts else 0


def are_numbers(cells: Iterable[str]) -> bool:
    """Whether all are numbers of words as CoNLL-U has them."""
    return all(map(WORD_ID.fullmatch, cells))


def label_place(
    where: str,
    sentences: Sequence[Sequence[Sequence[str]]],
    token: int,
    columns: Mapping[str, str],
    header: Sequence[str],
    rule: LabelRule,
    *,
    numbered: bool,
) -> int:
    """The place of the labels: as said, as the header has it, else the last, or the only one that can hold them.

    Args:
        where: for messages.
        sentences: the columns of each sentence, at least one.
        token: the place of the words.
        columns: ``label``, where somebody says it.
        header: see :func:`header_of`.
        rule: which labels are sought.
        numbered: whether the first column counts words.

    Raises:
        XltError: several could, or the header names several.
    """
    if "label" in columns:
        return place_of(columns["label"], header, where)
    if header:
        return list(header).index(label_column(header, columns, rule, where))
    width = len(sentences[0])
    others = [i for i in range(int(numbered), width) if i != token]
    if rule.fits is None or len(others) < 2:
        return -1
    fits = rule.fits
    fitting = [i for i in others if all(map(fits, set(chain.from_iterable(of_words[i] for of_words in sentences))))]
    if width - 1 in fitting or not fitting:
        return -1
    if len(fitting) > 1:
        raise XltError(
            f"{where}: columns {' and '.join(str(i + 1) for i in fitting)} may both hold the labels; {NAME_THEM}"
        )
    return fitting[0]


def constant_label(where: str, labels: Sequence[str], column: int) -> None:
    """Refuse a column that was taken for the labels since it is the last, and that says the same of every word.

    Raises:
        XltError: it does.
    """
    if len(labels) > 1 and len(set(labels)) == 1:
        raise XltError(f"{where}: column {column}, the last, holds {labels[0]!r} for every word; {NAME_THEM}")


def label_column(names: Sequence[str], columns: Mapping[str, str], rule: LabelRule, where: str) -> str:
    """The name of the column (or key) with the labels: as said, one of the task, one of any task.

    Raises:
        XltError: none, or several of other tasks.
    """
    from xlt.corpora.table_columns import find_column

    if "label" in columns:
        return find_column(names, [columns["label"]], where)
    usual = next((name for name in (*rule.columns, *_GENERAL) if name in names), None)
    if usual is not None:
        return usual
    others = [name for name in _OF_TASKS if name in names]
    if len(others) > 1:
        raise XltError(f"{where}: {' and '.join(others)} may both hold the labels; say --columns label={others[0]}")
    return find_column(names, [*dict.fromkeys((*rule.columns, *_GENERAL, *_OF_TASKS))], where)
