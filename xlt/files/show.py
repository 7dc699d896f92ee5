"""What a file is and where it came from."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from xlt.errors import OptionError, XltError
from xlt.files.options import ShowOptions
from xlt.files.provenance import Input, Record, read_folder_record
from xlt.files.rows import Row
from xlt.files.schema import Schema, nearest_kind
from xlt.files.schemas import ALL, UNIT, WORDS, kind_of
from xlt.files.script import PIPE, commands_before, shell_script
from xlt.files.tables import Source, open_exact_table
from xlt.files.vectors import open_embeddings


@dataclass
class Description:
    """What a file is.

    Attributes:
        facts: by name, as text.
        schema: of its table; None where it has none.
        first: the first rows of the table.
        kind: what kind of table it is, if one of ours.
        record: the whole provenance record.
    """

    facts: dict[str, str]
    schema: pa.Schema | None = None
    first: list[Row] = field(default_factory=list)
    kind: Schema | None = None
    record: Record | None = None

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [] if self.schema is None else list(self.schema.names)

    @property
    def rows(self) -> list[list[str]]:
        """The first rows as text."""
        return [[cell_text(value) for value in row.values()] for row in self.first]


def describe(name: str, options: ShowOptions = ShowOptions()) -> Description:
    """Describe a table (path or ``-``), a folder of embeddings or a checkpoint folder.

    Args:
        name: of the file or folder.
        options: how many rows, of which columns.

    Raises:
        XltError: nothing there, or nothing that xlt can read.
        OptionError: no such column.
    """
    description = _described(name, options)
    if description.schema is None and options.columns:
        raise OptionError("columns", f"has no effect: {name} has no table; leave it out")
    return description


def _described(name: str, options: ShowOptions) -> Description:
    path = Path(name)
    if name == "-" or not path.is_dir():
        return _table(open_exact_table(name), options)
    if (path / "src.npy").exists() or (path / "tgt.npy").exists():
        return _embeddings(path, options)
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


def _table(source: Source, options: ShowOptions) -> Description:
    kind = kind_of(source.schema)
    lacks = _lacks(source.schema, kind)
    if lacks:
        kind = None
    facts = {
        "file": source.where,
        "kind": f"{kind.kind} - {kind.doc}" if kind else f"a table that is none of xlt's kinds{lacks}",
        "rows": f"{source.num_rows:,}",
        "columns": ", ".join(f"{f.name} ({f.type})" for f in source.schema),
        **_origin(source.record),
    }
    return replace(_first_rows(source, options), facts=facts, kind=kind, record=source.record)


def _lacks(table: pa.Schema, kind: Schema | None) -> str:
    # A table that somebody made, or cut, to be one of ours: most of its columns are there. A kind that needs no column
    # fits many tables; those are of it whose columns are all its own.
    if kind is not None and (
        any(column.required for column in kind.columns) or {c.name for c in kind.columns}.issuperset(table.names)
    ):
        return ""
    kinds = [kind for kind in ALL if any(column.required for column in kind.columns)]
    nearest = nearest_kind(table.names, kinds)
    needed = [column.name for column in nearest.columns if column.required]
    missing = [name for name in needed if name not in table.names]
    if 2 * len(missing) >= len(needed):
        return ""
    return f"; to be one of {nearest.kind} it lacks {', '.join(missing)}"


def _unit(words: Source | None) -> str:
    # Folders of words say nothing, and all rows of a folder are of one kind.
    if words is None or UNIT not in words.schema.names or not words.num_rows:
        return "word"
    first = next(batch.column(UNIT)[0].as_py() for batch in words.batches([UNIT]) if batch.num_rows)
    return str(first or "word")


def _embeddings(path: Path, options: ShowOptions) -> Description:
    opened = open_embeddings(path)
    facts = {
        "folder": str(path),
        "kind": "embeddings - row i of src.npy is a translation of row i of tgt.npy",
        "shape": f"{len(opened.layers)} layers x {opened.src.shape[1]:,} {_unit(opened.words)} pairs x "
        f"{opened.src.shape[2]} dimensions",
        "dtype": str(opened.src.dtype),
        "layers": ", ".join(map(str, opened.layers)),
        **_origin(opened.record),
    }
    if opened.words is None:
        return Description(facts, record=opened.record)
    return replace(_first_rows(opened.words, options), facts=facts, kind=WORDS, record=opened.record)


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
    return facts | {f"summary {k}": _counts(v) for k, v in (record.get("summary") or {}).items()}


def _counts(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_counts(count)}" for name, count in value.items())
    return f"{value:,}" if type(value) is int else str(value)


def _first_rows(source: Source, options: ShowOptions) -> Description:
    names = list(options.columns) or list(source.schema.names)
    for name in names:
        if name not in source.schema.names:
            raise OptionError("columns", f"{name}: no such column; there are {', '.join(source.schema.names)}")
    names = list(dict.fromkeys(names))
    rows: list[Row] = []
    for batch in source.batches(None):
        rows += batch.select(names).slice(0, options.rows - len(rows)).to_pylist()
        if len(rows) >= options.rows:
            break
    return Description({}, schema=pa.schema([source.schema.field(name) for name in names]), first=rows)


def cell_text(value: Any) -> str:
    """A value as people read it, whole: of small numbers three digits, of others four behind the point."""
    if isinstance(value, list):
        return " ".join(map(cell_text, value))
    if isinstance(value, float):
        return f"{value:.4f}" if value == 0 or not 0 < abs(value) < 0.001 else f"{value:.3g}"
    return "" if value is None else str(value)
