"""The command ``xlt``. Command files import heavy packages inside the call, so that help and completion stay quick."""

import sys
from typing import Annotated

import typer

from xlt import __version__
from xlt.cli import align_score, embed, extract_pairs, show
from xlt.cli.command import command
from xlt.cli.data import data_app

app = typer.Typer(
    name="xlt",
    help="Measure and improve how well the languages inside a multilingual encoder are aligned.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("extract-pairs")(command(extract_pairs.extract_pairs))
app.command("embed")(command(embed.embed))
app.command("align-score")(command(align_score.align_score))
app.add_typer(data_app, name="data")
app.command("show")(command(show.show))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xlt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of the console script: UTF-8 and ``\\n`` whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
    app()
