"""``xlt check PATH...``."""

from typing import Annotated

import typer

from xlt.cli import options as o


def check(
    paths: Annotated[
        list[str],
        typer.Argument(help="Tables, folders that xlt wrote, folders with such in them.", metavar="PATH..."),
    ],
    form: o.Printing = "table",
) -> None:
    """Compare files and folders with their records: what is damaged, what is sound, what has no record.

    The exit status is 0 where nothing is damaged, else 1.

    $ xlt check en-ar.parquet
    """
    import pyarrow as pa

    from xlt.cli.console import console
    from xlt.cli.tables import Printed, print_tables
    from xlt.files import check as step
    from xlt.files.text_table import TextTable

    checked = step.check(paths)
    header = ["path", "kind", "state", "reason"]
    table = TextTable("", header, [[row[name] for name in header] for row in checked.rows])
    print_tables(Printed([table], checked.rows, pa.schema([(name, pa.string()) for name in header])), form)
    console.summary("checked", checked.summary)
    if checked.damaged:
        raise typer.Exit(1)
