"""Parallel text in every form that people have it: blocks of sentence pairs out of a name or a path."""

import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xlt.corpora.language_codes import english_names, same_language_codes
from xlt.corpora.manifests import did_you_mean
from xlt.corpora.tagged import Tagged
from xlt.corpora.text import existing, line_blocks, regrouped
from xlt.corpora.treebanks import is_treebank, parallel_treebanks
from xlt.errors import OptionError, XltError
from xlt.files.parquet import bounded_batches

# Sentence pairs at a time, unless told.
BATCH = 4096

# Fewer numbers may follow each other in text; longer ones are no count of lines.
_MANY, _DIGITS = 3, 10
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")
Pairs = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Corpus:
    """A parallel corpus, ready to be read from its start any number of times (standard input: once).

    Attributes:
        name: as it was given.
        files: what is read, in order; empty for standard input.
        form: how the files hold the text, in a few words.
        read: gives lists of source and target sentences of equal length, a batch of pairs at a time.
        notes: counts that are known when reading has ended, such as keys without a partner.
        treebank: the words and tags of both sides by the number of the sentence pair, where the files hold them.
        digest: of standard input, SHA-256 of what was read so far; None for files.
    """

    name: str
    files: tuple[Path, ...]
    form: str
    read: Callable[[], Iterator[Pairs]]
    notes: dict[str, int]
    digest: Callable[[], str] | None = None
    treebank: tuple[Tagged, Tagged] | None = None


def open_corpus(
    spec: str, src: str, tgt: str, *, split: str = "train", join_key: bool = False, batch: int = BATCH
) -> Corpus:
    """Find a corpus by path; names of manifests are resolved by the caller.

    Args:
        spec: ``-``, a file, a Moses prefix, or with ``join_key`` two files ``A,B`` whose first column is a key. It may
            hold ``{src}``, ``{tgt}``, ``{lang}`` (source and target file) and ``{split}``; a missing ``.gz`` is found.
        src: source language code: extension of a Moses file or name of a column.
        tgt: target language code.
        split: what ``{split}`` stands for.
        join_key: join two files on the key in their first column.
        batch: sentence pairs at a time.

    Raises:
        XltError: nothing there, or a form that is not known.
    """
    if src == tgt:
        raise XltError(f"source and target language are both '{src}'")
    notes: dict[str, int] = {}
    if spec == "-":
        digest = hashlib.sha256()
        read = partial(_stdin, src, tgt, digest.update, batch)
        return Corpus("-", (), "lines from standard input", read, notes, digest.hexdigest)
    path = spec.replace("{split}", split).replace("{src}", src).replace("{tgt}", tgt)
    if join_key:
        left, right = _two_files(path, src, tgt)
        return Corpus(spec, (left, right), "TSV joined on keys", partial(_joined, left, right, notes, batch), notes)
    file = existing(Path(path))
    if file is None and ("{lang}" in path or "," in path):
        left, right = _two_files(path, src, tgt)
        if is_treebank(left) and is_treebank(right):
            return treebank_corpus(spec, left, right, batch)
        return Corpus(spec, (left, right), "two line-aligned files", partial(_moses, left, right, batch), notes)
    if file is not None:
        return _one_file(spec, file, src, tgt, notes, batch)
    source, target = (existing(Path(f"{path}.{lang}")) for lang in (src, tgt))
    if source and target:
        return Corpus(spec, (source, target), "two line-aligned files", partial(_moses, source, target, batch), notes)
    if source or target:
        missing = tgt if source else src
        raise OptionError("corpus", f"{spec}: {path}.{missing} (or .gz) is missing beside {source or target}")
    raise OptionError(
        "corpus",
        f"{spec}: no such file, nor {path}.{src} and {path}.{tgt} (each also with .gz); {did_you_mean(spec, 'corpus')}",
    )


def moses_corpus(name: str, left: tuple[Path, ...], right: tuple[Path, ...]) -> Corpus:
    """A corpus of line-aligned files that are already known, pair by pair."""

    def read() -> Iterator[Pairs]:
        for a, b in zip(left, right, strict=True):
            yield from _moses(a, b, BATCH)

    return Corpus(name, (*left, *right), "two line-aligned files", read, {})


def treebank_corpus(name: str, left: Path, right: Path, batch: int = BATCH) -> Corpus:
    """A corpus of two CoNLL-U files that are parallel by ``sent_id``; memory: O(both files).

    Raises:
        XltError: they are not; see :func:`xlt.corpora.treebanks.parallel_treebanks`.
    """
    source, target, notes = parallel_treebanks(left, right)

    def read() -> Iterator[Pairs]:
        for start in range(0, len(source.texts), batch):
            yield source.texts[start : start + batch], target.texts[start : start + batch]

    tagged = (source.tagged, target.tagged)
    return Corpus(name, (left, right), "treebanks parallel by sent_id", read, notes, treebank=tagged)


def table_corpus(name: str, files: tuple[Path, ...], src: str, tgt: str) -> Corpus:
    """A corpus of Parquet or TSV files that are already known, one after the other."""
    parts = [_one_file(name, file, src, tgt, {}, BATCH) for file in files]
    return Corpus(name, files, parts[0].form, lambda: (pairs for part in parts for pairs in part.read()), {})


def _two_files(path: str, src: str, tgt: str) -> tuple[Path, Path]:
    names = [path.replace("{lang}", src), path.replace("{lang}", tgt)] if "{lang}" in path else path.split(",")
    if len(names) != 2 or not all(names):
        raise OptionError(
            "corpus", "{value}: {join_key} takes two files, A,B, or a path with {{lang}}", "join_key", path
        )
    left, right = (_side(path, name) for name in names)
    return left, right


def _side(path: str, name: str) -> Path:
    file = existing(Path(name))
    if file is None:
        raise OptionError("corpus", f"{path}: {name} (or .gz): no such file")
    return file


def _one_file(spec: str, file: Path, src: str, tgt: str, notes: dict[str, int], batch: int) -> Corpus:
    with file.open("rb") as raw:
        head = raw.read(4)
    if head == b"PAR1":
        return Corpus(spec, (file,), "Parquet", partial(_parquet, file, src, tgt, batch), notes)
    if is_treebank(file):
        raise OptionError(
            "corpus", f"{spec}: a treebank of one language; give two that are parallel by sent_id, as A.conllu,B.conllu"
        )
    return Corpus(spec, (file,), "lines", lambda: _lines(line_blocks(file), str(file), src, tgt, batch), notes)


def _stdin(src: str, tgt: str, seen: Callable[[bytes], None], batch: int) -> Iterator[Pairs]:
    if sys.stdin.isatty():
        raise OptionError("corpus", "- reads sentence pairs from a pipe, but standard input is a terminal")

    def blocks() -> Iterator[list[str]]:
        for lines in line_blocks(None, cast(BufferedReader, sys.stdin.buffer)):
            seen("\n".join([*lines, ""]).encode())
            yield lines

    yield from _lines(blocks(), "standard input", src, tgt, batch)


def _lines(blocks: Iterator[list[str]], where: str, src: str, tgt: str, batch: int) -> Iterator[Pairs]:
    # The first line tells the form: a header with both languages, two columns, or 'source ||| target'.
    row = 0
    columns: tuple[str, int, int, int] | None = None
    for lines in regrouped(blocks, batch):
        start = 0
        if columns is None:
            columns, start = _form(lines[0], where, src, tgt)
        separator, width, left, right = columns
        cells = [line.split(separator) for line in lines[start:]]
        if set(map(len, cells)) - {width}:
            bad = next(i for i, c in enumerate(cells) if len(c) != width)
            raise XltError(
                f"{where}:{row + start + bad + 1}: {len(cells[bad])} columns, expected {width} as in the first line "
                f"(separator {separator!r})"
            )
        if not row and width == 2 and not start:
            _check_text(cells, where)
        row += len(lines)
        if cells:
            yield [c[left] for c in cells], [c[right] for c in cells]


def _form(first: str, where: str, src: str, tgt: str) -> tuple[tuple[str, int, int, int], int]:
    names = first.split("\t")
    sides = header_sides(names, src, tgt)
    if sides is not None:
        return ("\t", len(names), *sides), 1
    if len(names) == 2:
        return ("\t", 2, 0, 1), 0
    if len(names) == 1:
        for separator in (" ||| ", "|||"):
            if len(first.split(separator)) == 2:
                # Sides may be empty, so that the blanks around the bars are no part of the separator.
                sides = header_sides(first.split("|||"), src, tgt)
                return ("|||", 2, *(sides or (0, 1))), int(sides is not None)
        raise XltError(f"{where}:1: neither two columns (tab or |||) nor a header with the columns {src} and {tgt}")
    short_names = [n for n in names if len(n) <= 8]
    missing = [lang for lang in (src, tgt) if lang not in names]
    raise XltError(
        f"{where}:1: no column named {' nor '.join(missing)}; "
        + (
            f"the columns are {', '.join(short_names)}"
            if len(short_names) == len(names)
            else f"{len(names)} columns, no header"
        )
        + "; a file without header must have two columns (cut -f makes them)"
    )


def header_sides(names: Sequence[str], src: str, tgt: str) -> tuple[int, int] | None:
    """The columns of the source and the target language out of a header; None where it does not name both.

    Codes as asked for; in any case, with ``_`` for ``-``; with a region or script (``en_US``, ``eng_Latn``); English
    names; ``source`` and ``target``.
    """
    plain = [name.strip().strip("\"'#").strip().casefold().replace("_", "-") for name in names]
    both = [lang.casefold().replace("_", "-") for lang in (src, tgt)]
    bases = [name.split("-")[0] if _CODE.fullmatch(name) else "" for name in plain]
    ways: list[tuple[Sequence[str], Sequence[frozenset[str]]]] = [
        (names, [frozenset({src}), frozenset({tgt})]),
        (plain, [frozenset({lang}) for lang in both]),
        (bases, [frozenset(same_language_codes(lang)) for lang in both]),
        (plain, [frozenset(english_names(lang)) for lang in both]),
        (plain, [frozenset({"source", "src"}), frozenset({"target", "tgt", "trg"})]),
    ]
    for cells, accepted in ways:
        left, right = ([i for i, cell in enumerate(cells) if cell in of_side] for of_side in accepted)
        if left and right and (cells is names or (len(left), len(right)) == (1, 1)) and left[0] != right[0]:
            return left[0], right[0]
    return None


def _check_text(cells: Sequence[Sequence[str]], where: str) -> None:
    # A column that counts the lines is a key, no side of a translation.
    for side in range(2):
        numbers = [c[side] for c in cells]
        if len(numbers) < _MANY or not all(n.isdecimal() and len(n) < _DIGITS for n in numbers):
            continue
        if all(int(b) - int(a) == 1 for a, b in pairwise(numbers)):
            raise XltError(
                f"{where}: column {side + 1} counts the lines and is no text; cut it off (cut -f), or join two files "
                "on such a key with --join-key"
            )


def _parquet(path: Path, src: str, tgt: str, batch: int) -> Iterator[Pairs]:
    # A ``translation`` struct, as the hub has it, or a column per language; a null counts as an empty sentence.
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        nested = "translation" in schema.names and pa.types.is_struct(schema.field("translation").type)
        names = [f.name for f in schema.field("translation").type] if nested else schema.names
        missing = [lang for lang in (src, tgt) if lang not in names]
        if missing:
            raise XltError(f"{path}: no column for {' nor '.join(missing)}; it has {', '.join(names)}")
        columns = [f"translation.{lang}" if nested else lang for lang in (src, tgt)]
        for rows in bounded_batches(path, batch, columns, str(path)):
            sides = [pc.struct_field(rows.column(0), lang) if nested else rows.column(lang) for lang in (src, tgt)]
            yield _texts(sides[0]), _texts(sides[1])
    except UnicodeDecodeError as error:
        raise XltError(f"{path}: invalid UTF-8 (byte 0x{error.object[error.start]:02x}) in a sentence") from error
    except (pa.ArrowException, OSError) as error:
        raise XltError(f"{path} cannot be read: it is broken or cut off ({str(error).splitlines()[0]})") from error


def _texts(column: pa.Array) -> list[str]:
    texts: list[str] = pc.fill_null(column.cast(pa.string()), "").to_pylist()
    return texts


def _moses(left: Path, right: Path, batch: int) -> Iterator[Pairs]:
    counts, hint = [0, 0], ""
    short: list[str] = []
    for a, b in zip_longest(*(regrouped(line_blocks(file), batch) for file in (left, right)), fillvalue=short):
        if counts == [0, 0]:
            hint = _key_hint(a, b)
            if hint and [_key(line) for line in a] == [_key(line) for line in b]:
                raise XltError(f"{left}, {right}: the first column is the same in both and no text{hint}")
        counts = [counts[0] + len(a), counts[1] + len(b)]
        if len(a) != len(b):
            break
        yield a, b
    else:
        return
    totals = [sum(map(len, line_blocks(file))) for file in (left, right)]
    raise XltError(
        f"{left} has {totals[0]:,} lines, {right} {totals[1]:,}: line i of one must translate line i of the other{hint}"
    )


def _key(line: str) -> str:
    return line.partition("\t")[0]


def _key_hint(left: list[str], right: list[str]) -> str:
    # Files of key and sentence: every line of the first block has a tab, and some keys stand in both.
    tabs = bool(left and right) and all("\t" in line for line in (*left, *right))
    common = tabs and not set(map(_key, left)).isdisjoint(map(_key, right))
    return "; if the first column is a key, --join-key joins the two on it" if common else ""


def _joined(left: Path, right: Path, notes: dict[str, int], batch: int) -> Iterator[Pairs]:
    # The target side is held in memory, O(its size); the source side streams and gives the order.
    by_key: dict[str, str] = {}
    for key, text, where in _keyed(right):
        if key in by_key:
            raise XltError(f"{where}: key {key!r} stands in an earlier line too; keys must be unique")
        by_key[key] = text
    seen: set[str] = set()
    matched = 0
    a: list[str] = []
    b: list[str] = []
    for key, text, where in _keyed(left):
        if key in seen:
            raise XltError(f"{where}: key {key!r} stands in an earlier line too; keys must be unique")
        seen.add(key)
        if key in by_key:
            matched += 1
            a.append(text)
            b.append(by_key[key])
            if len(a) == batch:
                yield a, b
                a, b = [], []
    if a:
        yield a, b
    if not matched:
        raise XltError(f"{left} and {right} share no key; is the first column of both the key?")
    notes["keys without a partner"] = len(seen) + len(by_key) - 2 * matched


def _keyed(path: Path) -> Iterator[tuple[str, str, str]]:
    row = 0
    for lines in line_blocks(path):
        for line in lines:
            row += 1
            key, tab, text = line.partition("\t")
            if not tab:
                raise XltError(f"{path}:{row}: no tab; --join-key takes lines of key, tab, sentence")
            yield key, text, f"{path}:{row}"
