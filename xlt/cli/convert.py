"""``xlt convert IN OUT``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.files.options import ConvertOptions


def convert(
    file: Annotated[
        str,
        typer.Argument(help="A table: Parquet, Arrow, CSV or JSON lines; - for a pipe.", metavar="IN"),
    ],
    output: Annotated[
        str,
        typer.Argument(
            help=f"The file to write; its suffix says the form: {', '.join((*o.TABLE_FORMATS, *o.LAID_OUT_FORMATS))}. "
            "- is standard output.",
            metavar="OUT",
        ),
    ],
    options: ConvertOptions,
    force: o.Force = False,
) -> None:
    """Write a table in another form: the same values and types, and the record of its making where there is a place.

    Parquet and Arrow hold all of it. CSV and JSON lines have no place for the record; read again, a table of xlt has
    its values and types. Markdown and LaTeX are for people.

    $ xlt convert en-ar.parquet en-ar.jsonl
    """
    from xlt.cli.console import console
    from xlt.files import convert as step

    converted = step.convert(file, output, options, force=force)
    if converted.output != "-":
        console.result(converted.output)
