"""Whether files and folders are what their records say: every hash compared, every value looked at."""

import mmap
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.arrays import AnyFloats
from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.digests import LOG, check_digests, is_whole_log
from xlt.files.json_objects import json_object
from xlt.files.pairs import link_batches
from xlt.files.provenance import Record, file_sha256, read_folder_record
from xlt.files.schemas import ITEMS, PAIRS, PREDICTIONS, PRIORS, RESULTS, SCORES, kind_of
from xlt.files.seal import is_sealed
from xlt.files.shown import Shown
from xlt.files.stamps import checked_folder
from xlt.files.tables import Source, open_table
from xlt.files.vectors import open_embeddings

State = Literal["sound", "damaged", "no record"]

_BINARY, _TEXT = (".parquet", ".arrow"), (".csv", ".jsonl")
_ARRAYS = ("src.npy", "tgt.npy")
_RUN = "run.json"
# In these every number is one; others may hold what cannot be computed.
_NUMBERS = (PAIRS, PRIORS, SCORES, ITEMS, RESULTS)
_PRIORS_OF = ("forward", "backward")
_AT_ONCE = 1 << 24


@dataclass(frozen=True)
class Checked(Shown):
    """What was found.

    Attributes:
        rows: of every file or folder its ``path``, ``kind``, ``state`` (sound, damaged or no record) and ``reason``.
        summary: how many of each state.
    """

    rows: list[dict[str, Any]]
    summary: dict[str, int]

    @property
    def damaged(self) -> int:
        """How many are damaged."""
        return self.summary["damaged"]


def check(paths: Sequence[str]) -> Checked:
    """Compare files and folders with their records, and read all that is in them.

    Of tables the seal, checksums, types and values, links inside the sentences; of folders the hash of every file that
    the record names, of embeddings also shapes and every number, of unfinished runs the hashes beside them. A folder
    without a record is gone through; files in it that are none of xlt's are passed over.

    Args:
        paths: tables, folders that xlt wrote, folders with such in them.

    Raises:
        XltError: no such path, or nothing in it that xlt can check.
    """
    rows = []
    for name in paths:
        path = Path(name)
        if not path.exists():
            raise XltError(f"{name}: no such file or folder")
        own = list(_walk(path)) if path.is_dir() else _file(path)
        if not own:
            raise XltError(f"{name} holds nothing that xlt wrote; there is nothing to compare")
        rows += own
    states = Counter(row["state"] for row in rows)
    return Checked(rows, {state: states[state] for state in ("sound", "damaged", "no record")})


def _row(path: Path, kind: str, state: State, reason: str = "") -> dict[str, Any]:
    return {"path": str(path), "kind": kind, "state": state, "reason": reason}


def _walk(folder: Path) -> Iterator[dict[str, Any]]:
    names = {path.name for path in folder.iterdir()}
    known: set[str] = set()
    if FOLDER_RECORD in names:
        row, known = _recorded(folder)
        yield row
    elif _RUN in names and folder.suffix == ".training":
        yield _run(folder)
        return
    elif names.issuperset(_ARRAYS):
        yield _without_record(folder, "embeddings")
        known = {*_ARRAYS, "words.parquet"}
    elif "config.json" in names:
        yield _without_record(folder, "checkpoint")
        return
    for path in sorted(folder.iterdir()):
        if path.name in known or path.name.startswith("."):
            continue
        if path.is_dir():
            # What lies elsewhere is another's, and links may lead in circles.
            yield from () if path.is_symlink() else _walk(path)
        elif path.suffix in _BINARY or (path.suffix in _TEXT and _is_ours(path)):
            yield _table(path)


def _file(path: Path) -> list[dict[str, Any]]:
    if path.suffix in _BINARY + _TEXT and path.name != LOG:
        return [_table(path)]
    # One of those that a record is of: these belong together.
    return [_recorded(path.parent)[0]] if (path.parent / FOLDER_RECORD).is_file() else []


def _is_ours(path: Path) -> bool:
    # Tables as text are also what others write, and logs.
    try:
        return kind_of(open_table(str(path)).schema) is not None
    except (XltError, OSError):
        return False


def _table(path: Path) -> dict[str, Any]:
    kind = "table"
    try:
        source = open_table(str(path))
        of = kind_of(source.schema)
        if of is not None:
            kind = of.kind
            source = open_table(str(path), of)
        _check_rows(source)
    except (XltError, OSError) as error:
        return _row(path, kind, "damaged", _reason(error, path))
    if source.record is None:
        return _row(path, kind, "no record")
    return _row(path, kind, "sound", "" if _has_seal(path) else "no seal, as in older files: pages and values only")


def _has_seal(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return is_sealed(data)


def _check_rows(source: Source) -> None:
    if source.kind is PAIRS:
        for _ in link_batches(source, with_tokens=True):
            pass
    first = 0
    for batch in source.batches(None):
        for field, column in zip(batch.schema, batch.columns, strict=True):
            if source.kind in _NUMBERS:
                _check_numbers(source.where, field.name, column, first)
        if source.kind is PREDICTIONS:
            _check_lengths(source.where, batch, first)
        first += batch.num_rows


def _check_numbers(where: str, name: str, column: pa.Array, first: int) -> None:
    values = column.flatten() if pa.types.is_list(column.type) else column
    if not pa.types.is_floating(values.type):
        return
    right = pc.is_finite(values)
    if name in _PRIORS_OF:
        right = pc.and_(right, pc.and_(pc.greater_equal(values, 0), pc.less_equal(values, 1)))
    wrong = np.flatnonzero(~right.fill_null(True).to_numpy(zero_copy_only=False))
    if len(wrong):
        row = f"row {first + wrong[0]}: " if values is column else ""
        raise XltError(f"{where}:{row}column '{name}' holds {values[int(wrong[0])].as_py()}")


def _check_lengths(where: str, batch: pa.RecordBatch, first: int) -> None:
    gold, predicted = (pc.list_value_length(batch.column(name)) for name in ("gold", "predicted"))
    uneven = np.flatnonzero(pc.not_equal(gold, predicted).fill_null(True).to_numpy(zero_copy_only=False))
    if len(uneven):
        raise XltError(f"{where}:row {first + uneven[0]}: gold and predicted have other numbers of labels")


def _recorded(folder: Path) -> tuple[dict[str, Any], set[str]]:
    # A folder with a record, and the names in it that the record is of.
    kind = "folder"
    known = {FOLDER_RECORD}
    try:
        record = read_folder_record(folder) or {}
        files = record.get("files")
        kind = _kind(folder, record)
        known |= {*files} if isinstance(files, dict | list) else set()
        checked_folder(folder)
        if isinstance(files, dict):
            _check_inside(folder, files)
        if kind == "embeddings":
            known |= {*_ARRAYS, "words.parquet"}
            _check_vectors(folder)
        hashed = isinstance(files, dict) and files
    except (XltError, OSError) as error:
        # What the record does not say any more is not looked for.
        return _row(folder, kind, "damaged", _reason(error, folder)), known | {p.name for p in folder.iterdir()}
    return _row(folder, kind, *(("sound", "") if hashed else ("no record", "its record has no hashes"))), known


def _kind(folder: Path, record: Record) -> str:
    if (folder / _ARRAYS[0]).is_file():
        return "embeddings"
    return "checkpoint" if (folder / "config.json").is_file() else str(record.get("step", "folder"))


def _check_inside(folder: Path, files: Mapping[str, Any]) -> None:
    # Of a folder inside, the hashes of its files.
    for name, hashes in files.items():
        for inside, digest in hashes.items() if isinstance(hashes, dict) and "sha256" not in hashes else ():
            path = folder / name / inside
            if not path.is_file():
                raise XltError(f"{path} is missing, which xlt wrote there")
            if file_sha256(path) != digest:
                raise XltError(f"{path} is damaged or was changed: it is not the file that xlt wrote there")


def _check_vectors(folder: Path) -> None:
    opened = open_embeddings(folder)
    for name, array in zip(_ARRAYS, (opened.src, opened.tgt), strict=True):
        rows = max(1, _AT_ONCE // array.shape[2])
        for layer, vectors in zip(opened.layers, array, strict=True):
            for first in range(0, len(vectors), rows):
                _check_finite(folder / name, layer, first, vectors[first : first + rows])
    if opened.words is not None:
        _check_rows(opened.words)


def _check_finite(path: Path, layer: int, first: int, vectors: AnyFloats) -> None:
    wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(wrong):
        raise XltError(f"{path}, layer {layer}, row {first + wrong[0]}: NaN or infinity")


def _run(folder: Path) -> dict[str, Any]:
    kind = "unfinished run"
    log = folder / LOG
    try:
        json_object((folder / _RUN).read_bytes())
        lines = log.read_bytes() if log.is_file() else b""
        for path in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
            check_digests(path)
            if not is_whole_log(lines, path):
                raise ValueError(f"{log} lacks lines, or holds other ones")
    except (OSError, ValueError) as error:
        return _row(folder, kind, "damaged", _reason(error, folder))
    return _row(folder, kind, "sound")


def _without_record(folder: Path, kind: str) -> dict[str, Any]:
    try:
        if kind == "embeddings":
            _check_vectors(folder)
    except (XltError, OSError) as error:
        return _row(folder, kind, "damaged", _reason(error, folder))
    return _row(folder, kind, "no record")


def _reason(error: Exception, path: Path) -> str:
    # The path stands beside it.
    return str(error).removeprefix(str(path)).lstrip(f"{os.sep}: ")
