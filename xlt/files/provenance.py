"""Where a file comes from: one JSON object with the command, the inputs' hashes and the records of all ancestors."""

import hashlib
import json
import logging
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import NoneType
from typing import Any, TypedDict, cast

from xlt import __version__
from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.json_objects import json_object
from xlt.files.seal import BLANK, SEAL, check_seal, seal

logger = logging.getLogger(__name__)

KEY = "xlt"


class InputRecord(TypedDict, total=False):
    """An input inside a record, as :class:`Input` has it.

    Attributes:
        role, name, sha256, record: of every input.
        lang, split, resource: of data: which part they are, and the manifest that names them.
        revision, tokenizer_sha256, num_layers: of a model.
    """

    role: str
    name: str
    sha256: str | None
    record: "Record | None"
    lang: str
    split: str
    resource: str | None
    revision: str | None
    tokenizer_sha256: str | None
    num_layers: int


class Record(TypedDict, total=False):
    """What an output says of where it comes from; every record has the fields down to ``versions``.

    Attributes:
        xlt: the version that wrote it.
        step, command, time: what was run, and when.
        seed: of all chance in the step; None where there is none.
        params: what defines the data, by the names of the step's options.
        tags: given by the user.
        inputs: what was read, with the records of their own.
        versions: of Python and of the packages that the numbers depend on.
        summary: what the step kept and left out.
        files: of a folder, by name: a stamp, or of a folder inside the hashes of its files.
        layers, num_layers: of a folder of embeddings.
        recipe, task, training, kept_step: of a model, see :mod:`xlt.files.identity` and :mod:`xlt.training.run`.
    """

    xlt: str
    step: str
    command: str
    time: str
    seed: int | None
    params: dict[str, Any]
    tags: dict[str, str]
    inputs: list[InputRecord]
    versions: dict[str, str]
    summary: dict[str, Any]
    files: dict[str, Any]
    layers: list[int]
    num_layers: int
    recipe: str
    task: str | None
    training: dict[str, Any]
    kept_step: int


@dataclass(frozen=True)
class Input:
    """One input of a step.

    Attributes:
        role: what it was used as: ``corpus``, ``dict``, ``pairs``, ``embeddings``, ``model``.
        name: path or name as given.
        sha256: hash of the content (for a model: of its weights), None for a stream.
        record: the input's own provenance, if xlt wrote it.
        facts: whatever else identifies it, such as a revision or a tokenizer's hash.
    """

    role: str
    name: str
    sha256: str | None = None
    record: Record | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> InputRecord:
        """The JSON form inside a record."""
        own = {"role": self.role, "name": self.name, "sha256": self.sha256, **self.facts, "record": self.record}
        return cast(InputRecord, own)


def make_record(
    step: str,
    *,
    params: Mapping[str, Any],
    inputs: Sequence[Input] = (),
    seed: int | None = None,
    tags: Mapping[str, str] | None = None,
    packages: Sequence[str] = ("numpy", "pyarrow"),
) -> Record:
    """The provenance of an output that is about to be written.

    ``params`` holds what defines the data (not paths, not devices); the step adds a ``summary`` at its end.
    """
    return {
        "xlt": __version__,
        "step": step,
        "command": command_line(),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seed": seed,
        "params": dict(params),
        "tags": dict(tags or {}),
        "inputs": [i.as_json() for i in inputs],
        "versions": {"python": platform.python_version(), **{p: metadata.version(p) for p in packages}},
    }


def command_line() -> str:
    """The command that runs now, quoted for a shell."""
    program = "xlt" if Path(sys.argv[0]).name in {"xlt", "__main__.py"} else Path(sys.argv[0]).name
    return shlex.join([program, *sys.argv[1:]])


def to_bytes(record: Record) -> bytes:
    """The stored form of a record: compact UTF-8 JSON."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def from_bytes(data: bytes | None) -> Record | None:
    """A record from its stored form; None where there is none or it is not ours, which is told."""
    if not data:
        return None
    try:
        return _parsed(data)
    except ValueError as error:
        logger.warning("a record is not one that xlt wrote (%s): the file counts as one without a record", error)
        return None


def _parsed(data: bytes) -> Record:
    record = json_object(data)
    record.pop(SEAL, None)
    _check_record(record)
    return cast(Record, record)


# What a field holds where it is there; all else of a record is looked at where it is used.
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "step": str, "command": str, "time": str, "xlt": str, "seed": (int, NoneType), "params": dict, "tags": dict,
    "inputs": list, "versions": dict, "summary": dict, "recipe": str, "task": (str, NoneType), "training": dict,
}  # fmt: skip
_INPUT_FIELDS: dict[str, type | tuple[type, ...]] = {
    "role": str, "name": str, "sha256": (str, NoneType), "record": (dict, NoneType),
    "tokenizer_sha256": (str, NoneType),
}  # fmt: skip
_DEEPEST = 100


def _check_record(record: Mapping[str, Any], depth: int = 0) -> None:
    # A chain of a hundred steps is none that anybody made.
    if depth > _DEEPEST:
        raise ValueError(f"its inputs have inputs, {_DEEPEST} deep")
    _check_fields(record, _FIELDS)
    if not -(2**63) <= (record.get("seed") or 0) < 2**63:
        raise ValueError("'seed' is a number beyond all seeds")
    for item in record.get("inputs", []):
        if not isinstance(item, dict) or not {"role", "name"} <= item.keys():
            raise ValueError("an input has no role or no name")
        _check_fields(item, _INPUT_FIELDS)
        if item.get("record") is not None:
            _check_record(item["record"], depth + 1)


def _check_fields(value: Mapping[str, Any], fields: Mapping[str, type | tuple[type, ...]]) -> None:
    for name, kind in fields.items():
        if name in value and not isinstance(value[name], kind):
            raise ValueError(f"'{name}' is a {type(value[name]).__name__}")


def read_folder_record(folder: Path) -> Record | None:
    """The record of an output folder, or None where there is none.

    Raises:
        XltError: it is damaged or broken: where the folder comes from is not known, and must not be made up.
    """
    path = folder / FOLDER_RECORD
    if not path.is_file():
        return None
    data = path.read_bytes()
    check_seal(data, str(path), f"take '{SEAL}' out of it if the change is meant")
    try:
        return _parsed(data)
    except ValueError as error:
        raise XltError(
            f"{path} is broken: not the JSON object that xlt wrote ({error}); remove it if its origin does not matter"
        ) from error


def write_folder_record(folder: Path, record: Record) -> None:
    """Write the record of an output folder, for people to read as well."""
    path = folder / FOLDER_RECORD
    path.write_text(json.dumps({**record, SEAL: BLANK}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    seal(path)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_id(record: Record | None, sha256: str | None) -> str:
    """Eight hexadecimal digits that name the data: the same for the same inputs and parameters, whenever it was made.

    Made from what defines the data in ``record`` (step, parameters, seed and the inputs' own identities); for a file
    that xlt did not write, from its bytes.
    """
    if record is None:
        return (sha256 or "unknown")[:8]
    return hashlib.sha256(json.dumps(_identity(record), sort_keys=True).encode()).hexdigest()[:8]


def _identity(record: Record) -> list[Any]:
    inputs = [_input_identity(item) for item in record.get("inputs", [])]
    return [record.get("step"), record.get("seed"), record.get("params"), inputs]


def _input_identity(item: InputRecord) -> list[Any] | str | None:
    record = item.get("record")
    return _identity(record) if record and item["role"] != "model" else item.get("sha256")


def ancestors(record: Record | None) -> list[Record]:
    """The record itself and the records of all its ancestors, nearest first."""
    if record is None:
        return []
    records = [record]
    for item in record.get("inputs", []):
        records.extend(ancestors(item.get("record")))
    return records
