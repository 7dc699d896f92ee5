"""``xlt import wide``."""

from typing import Annotated, Literal

import typer

from xlt.cli import options as o
from xlt.cli.command import command

import_app = typer.Typer(
    help="Turn tables of other programs into scores and results.", no_args_is_help=True, rich_markup_mode=None
)


def wide(
    file: Annotated[
        str, typer.Argument(help="A table with a row per run: CSV, or any that xlt reads.", metavar="FILE")
    ],
    source: Annotated[
        str, typer.Option(help="Language of training; its column is called 'same'.", metavar="LANG")
    ] = "en",
    split: Annotated[str, typer.Option(help="Split of the results.", metavar="SPLIT")] = "test",
    strength: Annotated[
        Literal["weak", "strong"], typer.Option(help="What the alignment scores are, where no {strength} says it.")
    ] = "strong",
    result_columns: Annotated[
        str | None,
        typer.Option(
            help="What columns of results are called.", metavar="PATTERN", show_default="final_eval_{lang}_{metric}"
        ),
    ] = None,
    score_columns: Annotated[
        str | None,
        typer.Option(
            help="What columns of alignment scores are called; {strength} may stand there, too.",
            metavar="PATTERN",
            show_default="alignment_{stage}_{direction}_{lang}_{layer}",
        ),
    ] = None,
    scores: Annotated[
        str | None,
        typer.Option(help="Scores table to write.", metavar="FILE", show_default="FILE.scores.parquet"),
    ] = None,
    results: Annotated[
        str | None,
        typer.Option(help="Results table to write.", metavar="FILE", show_default="FILE.results.parquet"),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Turn a table with a column per language, as the code of gaschi2023 writes it, into scores and results.

    The columns model, task, seed and, where there is one, method say which run a row is. The last layer of a model is
    the greatest that has a column.
    """
    from xlt.cli.console import console
    from xlt.study.import_wide import WideOptions, import_wide

    patterns = {"result_columns": result_columns, "score_columns": score_columns}
    options = WideOptions(
        source, split, strength, **{name: text for name, text in patterns.items() if text is not None}
    )
    done = import_wide(file, options, scores=scores, results=results, force=force, tags=o.parse_tags(tag))
    console.summary(file, done.summary)
    for path in done.outputs:
        typer.echo(path)


import_app.command("wide")(command(wide))
