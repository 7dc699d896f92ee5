"""What the documentation has from the code: the help of every command, the columns of every table."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT
from tests.docs.commands import contexts, help_of
from xlt.files.schema import Schema
from xlt.files.schemas import ALL

COMMANDS = ROOT / "docs" / "commands.md"
FILES = ROOT / "docs" / "files.md"
_HELP = re.compile(r"<!-- help: ([^\n]*) -->\n.*?<!-- end of help -->", re.DOTALL)
_SCHEMAS = re.compile(r"<!-- schemas: made by make docs -->\n.*?<!-- end of schemas -->", re.DOTALL)


def with_help(text: str) -> str:
    """``docs/commands.md`` with the help between its markers made anew.

    Raises:
        ValueError: a marker names no command, or a command has no marker or two.
    """
    marked, there = sorted(_HELP.findall(text)), sorted(contexts())
    if marked != there:
        odd = sorted({*marked} ^ {*there}) or sorted({name for name in marked if marked.count(name) > 1})
        raise ValueError(f"docs/commands.md: each command needs one '<!-- help: NAME -->': {', '.join(odd)}")
    return _HELP.sub(
        lambda m: f"<!-- help: {m[1]} -->\n```text\n{help_of(m[1]).rstrip()}\n```\n<!-- end of help -->", text
    )


def with_schemas(text: str) -> str:
    """``docs/files.md`` with its tables of columns made anew.

    Raises:
        ValueError: the markers are not there.
    """
    tables = "\n\n".join(map(_table, ALL))
    made, count = _SCHEMAS.subn(
        lambda _: f"<!-- schemas: made by make docs -->\n\n{tables}\n\n<!-- end of schemas -->", text
    )
    if count != 1:
        raise ValueError(f"docs/files.md: {count} places for the tables, expected one")
    return made


def _table(schema: Schema) -> str:
    lines = [f"### {schema.kind}", "", schema.doc, "", "| column | type | meaning |", "|---|---|---|"]
    if schema.keys:
        lines.append(f"| {schema.keys} | as there | what a row is about |")
    for column in schema.columns:
        optional = "" if column.required else " (optional)"
        lines.append(f"| `{column.name}` | {column.type}{optional} | {column.doc} |".replace("<", "\\<"))
    if schema.tags:
        lines.append("| one for each `--tag` | string | as given |")
    return "\n".join(lines)


DOCUMENTS: dict[Path, Callable[[str], str]] = {COMMANDS: with_help, FILES: with_schemas}
