"""``xlt import wide``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.study.options import WideOptions


def wide(
    file: Annotated[
        str, typer.Argument(help="A table with a row per run: CSV, or any that xlt reads.", metavar="FILE")
    ],
    options: WideOptions,
    scores: Annotated[
        str | None,
        typer.Option(
            help="Scores table to write.", metavar="FILE", show_default="FILE.scores.parquet", rich_help_panel="Output"
        ),
    ] = None,
    results: Annotated[
        str | None,
        typer.Option(
            help="Results table to write.",
            metavar="FILE",
            show_default="FILE.results.parquet",
            rich_help_panel="Output",
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Turn a table with a column per language, as the code of gaschi2023 writes it, into scores and results.

    The columns model, task, seed and, where there is one, method say which run a row is. The last layer of a model is
    the greatest that has a column.

    $ xlt import wide runs.csv
    """
    from xlt.cli.console import console
    from xlt.study.import_wide import import_wide

    imported = import_wide(file, options, scores=scores, results=results, force=force, tags=o.parse_tags(tag))
    console.summary(file, imported.summary)
    for path in imported.outputs:
        console.result(path)
