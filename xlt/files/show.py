"""What a file is and where it came from."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.errors import XltError
from xlt.files.options import ShowOptions
from xlt.files.provenance import Input, Record, read_folder_record
from xlt.files.schemas import kind_of
from xlt.files.script import PIPE, commands_before, shell_script
from xlt.files.tables import Source, open_table
from xlt.files.vectors import open_embeddings


@dataclass
class Description:
    """Facts by name, the first rows as text, and the whole provenance record."""

    facts: dict[str, str]
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    record: Record | None = None


def describe(name: str, options: ShowOptions = ShowOptions()) -> Description:
    """Describe a table (path or ``-``), a folder of embeddings or a checkpoint folder.

    Args:
        name: of the file or folder.
        options: how many rows.

    Raises:
        XltError: nothing there, or nothing that xlt can read.
    """
    path = Path(name)
    if name == "-" or not path.is_dir():
        return _table(open_table(name), options.rows)
    if (path / "src.npy").exists() or (path / "tgt.npy").exists():
        return _embeddings(path, options.rows)
    if (path / "config.json").is_file():
        return _checkpoint(path)
    record = read_folder_record(path)
    if record is not None:
        names = ", ".join(sorted(p.name for p in path.iterdir()))
        facts = {"folder": str(path), "kind": f"written by xlt {record.get('step')}", "holds": names}
        return Description(facts | _origin(record), record=record)
    have = ", ".join(sorted(p.name for p in path.iterdir())) or "nothing"
    raise XltError(f"{name} is neither a folder of embeddings (src.npy, tgt.npy) nor a checkpoint; it holds {have}")


def making_of(name: str) -> str:
    """A script for bash that makes a table, a folder of embeddings or a checkpoint again, by its record.

    Raises:
        XltError: as :func:`describe`; or there is no record.
    """
    record = describe(name, ShowOptions(rows=0)).record
    if record is None:
        raise XltError(f"{name} has no record of the commands that made it; 'xlt show {name}' says what it is")
    return shell_script([Input("file", PIPE if name == "-" else name, None, record)], name)


def _table(source: Source, rows: int) -> Description:
    kind = kind_of(source.schema)
    facts = {
        "file": source.where,
        "kind": f"{kind.kind} - {kind.doc}" if kind else "a table that is none of xlt's kinds",
        "rows": f"{source.num_rows:,}",
        "columns": ", ".join(f"{f.name} ({f.type})" for f in source.schema),
        **_origin(source.record),
    }
    return Description(facts=facts, header=source.schema.names, rows=_first_rows(source, rows), record=source.record)


def _embeddings(path: Path, rows: int) -> Description:
    opened = open_embeddings(path)
    facts = {
        "folder": str(path),
        "kind": "embeddings - row i of src.npy is a translation of row i of tgt.npy",
        "shape": f"{len(opened.layers)} layers x {opened.src.shape[1]:,} word pairs x {opened.src.shape[2]} dimensions",
        "dtype": str(opened.src.dtype),
        "layers": ", ".join(map(str, opened.layers)),
        **_origin(opened.record),
    }
    if opened.words is None:
        return Description(facts, record=opened.record)
    return Description(
        facts=facts, header=opened.words.schema.names, rows=_first_rows(opened.words, rows), record=opened.record
    )


def _checkpoint(path: Path) -> Description:
    try:
        config: Any = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise XltError(f"{path / 'config.json'} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise XltError(f"{path / 'config.json'} is not a JSON object, as the configuration of a checkpoint is")
    record = read_folder_record(path)
    facts = {
        "folder": str(path),
        "kind": f"checkpoint - {config.get('model_type', 'model type unknown')}",
        "architecture": _names_in(config.get("architectures")),
        "size": f"{config.get('num_hidden_layers', '?')} layers of {config.get('hidden_size', '?')} dimensions",
        **_origin(record),
    }
    return Description(facts, record=record)


def _names_in(value: Any) -> str:
    return ", ".join(map(str, value)) if value and isinstance(value, list) else "unknown"


def _origin(record: Record | None) -> dict[str, str]:
    if record is None:
        return {"made by": "unknown (no xlt record)"}
    facts = {
        "made by": f"xlt {record.get('xlt')} at {record.get('time')}",
        "command": str(record.get("command")),
    }
    if record.get("recipe"):
        facts["recipe"] = str(record["recipe"])
    facts |= {f"tag {k}": str(v) for k, v in (record.get("tags") or {}).items()}
    for item in record.get("inputs") or []:
        digest = (item.get("sha256") or "")[:12]
        role, name = str(item.get("role")), f"{item.get('name')}" + (f" (sha256 {digest}…)" if digest else "")
        facts[role] = f"{facts[role]}; {name}" if role in facts else name
    earlier = commands_before(record)
    if earlier:
        facts["before it"] = "; ".join(earlier)
    facts |= {f"summary {k}": str(v) for k, v in (record.get("summary") or {}).items()}
    return facts


def _first_rows(source: Source, rows: int) -> list[list[str]]:
    shown: list[list[str]] = []
    for batch in source.batches(None):
        shown.extend([_cell(v) for v in row.values()] for row in batch.slice(0, rows - len(shown)).to_pylist())
        if len(shown) >= rows:
            break
    return shown


def _cell(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    text = f"{value:.4f}" if isinstance(value, float) else text
    return text if len(text) <= 60 else text[:59] + "…"
