"""``xlt show FILE``."""

from typing import Annotated

import typer

from xlt.errors import XltError
from xlt.files.options import ShowOptions


def show(
    file: Annotated[
        str, typer.Argument(help="A table, a folder of embeddings or a checkpoint; - for a pipe.", metavar="FILE")
    ],
    options: ShowOptions,
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

    $ xlt show en-ar.parquet
    """
    from xlt.cli.console import console, print_table
    from xlt.files.markup import json_text
    from xlt.files.show import describe, making_of

    if script and as_json:
        raise XltError("--json and --script are two ways to tell where it comes from; give one")
    if script:
        typer.echo(making_of(file), nl=False)
        return
    description = describe(file, options)
    if as_json:
        typer.echo(json_text(description.record, 2))
        return
    for name, value in description.facts.items():
        console.fact(name, value)
    if description.rows:
        typer.echo("")
        print_table("", description.header, description.rows)
