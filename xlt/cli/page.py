"""``xlt report html``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.report.options import PageOptions


def html(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="Scores, results, points, correlations, differences, changes, comparisons, in any order.",
            metavar="TABLES...",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The page: .html.", metavar="PAGE", rich_help_panel="Output")
    ],
    options: PageOptions,
    force: o.Force = False,
) -> None:
    """Gather all tables and figures that can be made on one page, which opens without a network.

    What cannot be made is said on the page, and on stderr. At the end of the page stand the commands that made the
    inputs. Without matplotlib the page has no figures.

    $ xlt report html -o study.html scores/*.parquet results/*.parquet
    """
    from xlt.cli.console import console
    from xlt.report.page import make_page

    make_page(tables, options, output=output, force=force)
    console.result(output)
