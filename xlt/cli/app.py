"""The command ``xlt``. Command files import heavy packages inside the call, so that help and completion stay quick."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from xlt import __version__
from xlt.cli import aer, align_score, correlate, embed, extract_pairs, finetune, pretrain, realign, show
from xlt.cli import eval as eval_
from xlt.cli.command import command
from xlt.cli.console import console
from xlt.cli.data import data_app
from xlt.cli.import_ import import_app
from xlt.cli.lab import lab_app
from xlt.cli.report import report_app

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
app.command("realign")(command(realign.realign))
app.command("finetune")(command(finetune.finetune))
app.command("eval")(command(eval_.eval_))
app.command("correlate")(command(correlate.correlate))
app.command("aer")(command(aer.aer))
app.command("pretrain")(command(pretrain.pretrain))
app.add_typer(report_app, name="report")
app.add_typer(data_app, name="data")
app.add_typer(import_app, name="import")
app.add_typer(lab_app, name="lab")
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
    """Entry point of the console script: UTF-8 and ``\\n`` whatever the locale says, one line for wrong usage."""
    _open_streams()
    try:
        sys.exit(app(prog_name="xlt", standalone_mode=False))
    except typer.Abort:
        sys.exit(130)
    except Exception as error:
        # Errors of usage are no public names of typer; they are known by the method that says what is wrong.
        explain = getattr(error, "format_message", None)
        if explain is None:
            raise
        context = getattr(error, "ctx", None)
        command_path = getattr(context, "command_path", "xlt")
        text = str(explain())
        if text.startswith("Usage:"):
            sys.stderr.write(text + "\n")
        else:
            console.error(f"{text.rstrip('.')} (see '{command_path} --help')")
        sys.exit(2)


def _open_streams() -> None:
    # A parent may have closed a stream; what is written there then goes nowhere, as it wished.
    if sys.stdout is None:
        console.error("standard output is closed: there is nowhere to write to")
        sys.exit(1)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
