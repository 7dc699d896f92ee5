"""The README's chapter on files: ``python -m tests.docs --write`` makes it from the schemas in the code."""

from pathlib import Path

from xlt.files.schemas import ALL, Schema

README = Path(__file__).resolve().parents[1] / "README.md"
START, END = "<!-- schemas: made by make docs -->", "<!-- end of schemas -->"


def chapter() -> str:
    """A table of columns per kind of table."""
    return "\n\n".join(map(_table, ALL))


def _table(schema: Schema) -> str:
    lines = [f"**{schema.kind}**: {schema.doc}", "", "| column | type | meaning |", "|---|---|---|"]
    if schema.keys:
        lines.append(f"| {schema.keys} | as there | what a row is about |")
    for column in schema.columns:
        optional = "" if column.required else " (optional)"
        lines.append(f"| `{column.name}` | {column.type}{optional} | {column.doc} |".replace("<", "\\<"))
    if schema.tags:
        lines.append("| one for each `--tag` | string | as given |")
    return "\n".join(lines)


def with_chapter(readme: str) -> str:
    """The README with its chapter made anew."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{chapter()}\n\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_chapter(README.read_text(encoding="utf-8")), encoding="utf-8")
