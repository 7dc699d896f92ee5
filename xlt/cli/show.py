"""``xlt show FILE``."""

import sys
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.errors import OptionError, XltError
from xlt.files.options import ShowOptions


def show(
    file: Annotated[
        str, typer.Argument(help="A table, a folder of embeddings or a checkpoint; - for a pipe.", metavar="FILE")
    ],
    options: ShowOptions,
    form: o.Printing = "table",
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole provenance record as JSON.", rich_help_panel="Output")
    ] = False,
    script: Annotated[
        bool,
        typer.Option(
            "--script", help="The commands that made it, each once, as a script for bash.", rich_help_panel="Output"
        ),
    ] = False,
) -> None:
    """Print what a file is, where it came from (the exact command) and its first rows.

    On a terminal columns that do not fit are left out, and long texts shortened; --columns has them. With --format the
    rows alone stand on standard output.

    $ xlt show en-ar.parquet
    """
    from xlt.cli.console import console
    from xlt.cli.preview import preview
    from xlt.cli.tables import Printed, print_tables, terminal_width
    from xlt.files.markup import json_text
    from xlt.files.show import describe, making_of

    if script and as_json:
        raise XltError("--json and --script are two ways to tell where it comes from; give one")
    if script:
        typer.echo(making_of(file), nl=False)
        return
    if as_json and form != "table":
        raise OptionError("form", "has no effect with {option}, which prints one object; leave one out", "as_json")
    description = describe(file, options)
    if form != "table" and description.schema is None:
        raise OptionError("form", f"has no effect: {file} has no table; leave it out")
    if as_json:
        typer.echo(json_text(description.record, 2))
        return
    for name, value in description.facts.items():
        console.fact(name, value, to_stderr=form != "table")
    if description.schema is not None and (description.first or form != "table"):
        if form == "table":
            typer.echo()
        width = terminal_width(sys.stdout) if form == "table" else None
        table = preview(file, description, width, whole=bool(options.columns))
        print_tables(Printed([table], description.first, description.schema), form)
