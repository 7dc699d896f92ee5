"""``xlt show FILE``."""

from typing import Annotated

import typer

from xlt.files.options import ShowOptions


def show(
    file: Annotated[
        str, typer.Argument(help="A table, a folder of embeddings or a checkpoint; - for a pipe.", metavar="FILE")
    ],
    options: ShowOptions,
    as_json: Annotated[bool, typer.Option("--json", help="The whole provenance record as JSON.")] = False,
) -> None:
    """Print what a file is, where it came from (the exact command) and its first rows."""
    import json

    from xlt.cli.console import print_table
    from xlt.files.show import describe

    description = describe(file, options)
    if as_json:
        typer.echo(json.dumps(description.record, ensure_ascii=False, indent=2))
        return
    for name, value in description.facts.items():
        typer.echo(f"{name}: {value}")
    if description.rows:
        typer.echo("")
        print_table("", description.header, description.rows)
