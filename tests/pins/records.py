"""What the commands write: records, signatures, columns and, where no trained weights are behind them, numbers.

All runs in one folder of one process through the entry point of the command line, which is the one thing that stays.
What hangs on the machine (hashes of weights, times, paths, versions) has a name in its place.
"""

import hashlib
import io
import json
import logging
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from tests.checkpoints import make_checkpoint
from tests.pins.commands import COMMANDS, Command
from tests.pins.inputs import make_inputs, make_world

Record = dict[str, Any]

_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_ID = re.compile(r"(?<=data:)[0-9a-f]{8}(?:\+[0-9a-f]{8})*")
_VERSION = re.compile(r"\bxlt([: ])\d+\.\d+[\w.]*")
_TIME = re.compile(r" at \d{4}-[\dT:-]+Z")
_LONG = re.compile(r"\b\d+\.\d{10,}(e-?\d+)?\b")
_HASH = re.compile(r"\bsha256 [0-9a-f]{12}\b")
_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
_MANY, _FEW_NUMBERS = 6, 16


def all_records(folder: Path) -> dict[str, Any]:
    """Run all commands in an empty folder; what is pinned of each output, by command and output."""
    pins = {}
    with _here(folder):
        make_inputs(folder)
        make_checkpoint(folder / "encoder")
        texts = [path for path in folder.iterdir() if path.is_file()]
        seen = _Seen({file_hash(path): path.name for path in texts}, {file_hash(path)[:8] for path in texts})
        for command in COMMANDS:
            if "smaller.toml" in command.line:
                make_world(Path("world/world.toml"), Path("smaller.toml"))
                seen.inputs[file_hash(Path("smaller.toml"))] = "smaller.toml"
            out = _run(command)
            facts = {name: _facts(Path(name), command, seen) for name in command.outputs}
            if not facts:
                facts = {"stdout": _text(out)}
            pins[f"xlt {command.line}"] = facts
    return pins


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class _Seen:
    # Names of the inputs by hash, and the identities that follow from them alone.
    inputs: dict[str, str]
    ids: set[str]


@contextmanager
def _here(folder: Path) -> Iterator[None]:
    import torch

    logger = logging.getLogger("xlt")
    place, arguments, hook, threads = Path.cwd(), sys.argv, sys.unraisablehook, torch.get_num_threads()
    handling, messages = signal.getsignal(signal.SIGTERM), (logger.handlers, logger.propagate, logger.level)
    os.chdir(folder)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        os.chdir(place)
        torch.set_num_threads(threads)
        sys.argv, sys.unraisablehook = arguments, hook
        signal.signal(signal.SIGTERM, handling)
        logger.handlers, logger.propagate = messages[:2]
        logger.setLevel(messages[2])


def _run(command: Command) -> str:
    from xlt.cli.app import main

    streams = sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.argv = ["xlt", *shlex.split(command.line)]
    sys.stdout, sys.stderr = out, err
    status: Any = None
    try:
        main()
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout, sys.stderr = streams
    for stream in (out, err):
        stream.flush()
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    assert (status or 0) == command.status, f"xlt {command.line}: status {status}\n{said[0]}\n{said[1]}"
    return str(said[0])


def _facts(path: Path, command: Command, seen: _Seen) -> Any:
    if path.suffix in (".csv", ".md", ".txt"):
        return _text(path.read_text(encoding="utf-8"))
    if path.suffix == ".html":
        return _page(path.read_text(encoding="utf-8"))
    if path.suffix == ".training":
        return _unfinished(path, seen)
    if path.is_dir():
        record = json.loads((path / "xlt.json").read_text(encoding="utf-8"))
        return {"record": _record(record, seen), **_folder(path, record, command, seen)}
    table = pq.read_table(path)
    # It stands in the footer, as it is only whole when all rows are written.
    metadata = pq.read_metadata(path).metadata or {}
    assert b"xlt" in metadata, f"xlt {command.line}: {path} holds no record"
    return {"record": _record(json.loads(metadata[b"xlt"]), seen), **_table(table, command.values, seen)}


def _text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return [_steady(line) for line in text.splitlines()]


def _steady(text: str) -> str:
    text = _HASH.sub("sha256 <sha256>", _TIME.sub("", _VERSION.sub(r"xlt\1<version>", text)))
    return _LONG.sub(lambda number: f"{float(number[0]):.9g}", text)


def _page(html: str) -> dict[str, Any]:
    # Drawings hang on matplotlib, and the commands at the end of a page on the record.
    words = re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", _SVG.sub(" ", html), flags=re.DOTALL)
    words = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "<now>", words)
    lines = [_steady(" ".join(line.split())) for line in words.splitlines() if line.strip()]
    # Commands that do not hang on each other stand in the order of the seconds in which they ran.
    commands = [line for line in lines if line.startswith("xlt ")]
    words_alone = [line for line in lines if line not in commands]
    return {"figures": len(_SVG.findall(html)), "words": words_alone, "commands": sorted(commands)}


def _record(record: Record, seen: _Seen) -> dict[str, Any]:
    stable = _with_inputs_alone(record, seen)
    identity = content_id(stable)
    if stable == record:
        seen.ids.add(identity)
    facts = {
        key: _named(stable[key], seen) for key in ("step", "params", "seed", "tags", "recipe", "task") if key in record
    }
    return facts | {
        "content id": identity,
        "keys": sorted(record),
        "versions": sorted(record["versions"]),
        "inputs": [_input(item, seen) for item in record["inputs"]],
        "summary": {key: _count(key, value) for key, value in record.get("summary", {}).items()},
        "training": sorted(record.get("training", {})),
    }


def content_id(record: Record) -> str:
    """The identity that xlt gives to data with this record."""
    from xlt.files.provenance import content_id

    return content_id(cast(Any, record), None)


def _with_inputs_alone(record: Record, seen: _Seen) -> Record:
    # The record without hashes of weights, and of tables, which hang on the library that wrote them.
    inputs = []
    for item in record["inputs"]:
        nested = _with_inputs_alone(item["record"], seen) if item["record"] else None
        known = item["sha256"] in seen.inputs or (nested == item["record"] and nested and item["role"] != "model")
        inputs.append(item | {"record": nested} | ({} if known else {"sha256": "unknown"}))
    return record | {"inputs": inputs, "params": _rounded(record["params"])}


def _rounded(value: Any) -> Any:
    # What FastAlign learns stands among its parameters; the last digits are the processor's.
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _input(item: Record, seen: _Seen) -> dict[str, Any]:
    record = item["record"]
    return _named(item, seen) | {"record": record and record["step"]}  # type: ignore[no-any-return]


def _count(key: str, value: Any) -> Any:
    if key.endswith("a second"):
        return "<speed>"
    # Which step was the best hangs on trained weights.
    return f"<{type(value).__name__}>" if isinstance(value, float) or key == "of step" else value


def _named(value: Any, seen: _Seen) -> Any:
    """A JSON value with names in place of what hangs on the machine."""
    if isinstance(value, dict):
        return {key: _named(inner, seen) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named(inner, seen) for inner in value]
    if not isinstance(value, str):
        return value
    text = value.replace(str(Path.cwd()), "<folder>")
    text = _SHA256.sub(lambda found: f"<{seen.inputs.get(found[0], 'sha256')}>", text)
    text = _ID.sub(lambda found: found[0] if set(found[0].split("+")) <= seen.ids else "<id>", text)
    return _steady(text)


def _table(table: pa.Table, values: bool, seen: _Seen) -> dict[str, Any]:
    facts: dict[str, Any] = {"columns": [f"{field.name} {field.type}" for field in table.schema], "rows": len(table)}
    if "signature" in table.column_names:
        facts["signatures"] = sorted(set(_named(table.column("signature").to_pylist(), seen)))
    if values:
        names = [name for name in table.column_names if name != "signature"]
        facts["values"] = {name: _column(table.column(name), seen) for name in names}
    return facts


def _column(column: pa.ChunkedArray, seen: _Seen) -> Any:
    """All values where they are few, else what would not be the same for others: their hash, or a weighted mean."""
    cells = _named(column.to_pylist(), seen)
    if pa.types.is_list(column.type) and pa.types.is_floating(column.type.value_type):
        cells = [cell for row in cells for cell in row or ()]
    if any(isinstance(cell, float) for cell in cells):
        if len(cells) <= _FEW_NUMBERS:
            return cells
        numbers = [(i, cell) for i, cell in enumerate(cells, 1) if cell is not None]
        total = sum(i * cell for i, cell in numbers) / sum(i for i, _ in numbers)
        return {"numbers": len(numbers), "mean weighted by row": total}
    texts = [json.dumps(cell, ensure_ascii=False) for cell in cells]
    distinct = sorted(set(texts))
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
    if len(distinct) > _MANY:
        return f"{len(distinct)} values, in order {digest}"
    values = [json.loads(text) for text in distinct]
    return values if len(values) < 2 else [*values, f"in order {digest}"]


def _folder(path: Path, record: Record, command: Command, seen: _Seen) -> dict[str, Any]:
    if record["step"] == "embed":
        return {"files": sorted(record["files"]), "words": _table(pq.read_table(path / "words.parquet"), True, seen)}
    if record["step"].startswith("lab"):
        texts = sorted(p for p in path.rglob("*") if p.is_file() and p.name != "xlt.json")
        return {"files": {str(p.relative_to(path)): file_hash(p)[:12] for p in texts}}
    log = path / "log.jsonl"
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []
    return {"log": [{key: value for key, value in line.items() if key != "words_per_second"} for line in lines]}


def _unfinished(path: Path, seen: _Seen) -> dict[str, Any]:
    # What a resume compares.
    run = json.loads((path / "run.json").read_text(encoding="utf-8"))
    return {name: _named(value, seen) for name, value in run.items() if name != "xlt"}
