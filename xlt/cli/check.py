"""``xlt check PATH...``."""

from typing import Annotated

import typer


def check(
    paths: Annotated[
        list[str],
        typer.Argument(help="Tables, folders that xlt wrote, folders with such in them.", metavar="PATH..."),
    ],
) -> None:
    """Compare files and folders with their records: what is damaged, what is sound, what has no record.

    The exit status is 0 where nothing is damaged, else 1.
    """
    from xlt.cli.console import console, print_table
    from xlt.files import check as step

    checked = step.check(paths)
    header = ["path", "kind", "state", "reason"]
    print_table("", header, [[row[name] for name in header] for row in checked.rows])
    console.summary("checked", checked.summary)
    if checked.damaged:
        raise typer.Exit(1)
