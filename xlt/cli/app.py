"""The command ``xlt``. Heavy packages are imported inside the calls, so that help and completion stay quick."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from xlt import __version__
from xlt.cli.console import console
from xlt.cli.help_text import WIDEST
from xlt.cli.lazy import CommandGroup, Commands, lazy_group

# Where the function of each command stands; also what the list of a help text is made from.
COMMANDS: Commands = {
    "extract-pairs": "extract_pairs:extract_pairs",
    "embed": "embed:embed",
    "align-score": "align_score:align_score",
    "realign": "realign:realign",
    "finetune": "finetune:finetune",
    "eval": "eval:eval_",
    "tag": "tag:tag",
    "correlate": "correlate:correlate",
    "aer": "aer:aer",
    "pretrain": "pretrain:pretrain",
    "show": "show:show",
    "check": "check:check",
    "convert": "convert:convert",
    "report": CommandGroup(
        "Tables and figures for a paper, and a page of all of them, from the tidy files alone.",
        {
            "breakdown": "report:breakdown",
            "change": "report:change",
            "correlations": "report:correlations",
            "transfer": "report:transfer",
            "examples": "examples:examples",
            "figure": "figure:figure",
            "space": "space:space",
            "html": "page:html",
        },
    ),
    "data": CommandGroup(
        "Corpora, dictionaries and task data that xlt knows by name: list, show, fetch, find, check them.",
        {"list": "data:list_", "show": "data:show", "fetch": "data:fetch", "path": "data:path", "check": "data:check"},
    ),
    "import": CommandGroup("Turn tables of other programs into scores and results.", {"wide": "import_:wide"}),
    "lab": CommandGroup(
        "Constructed languages whose every word, link, tag and label is known.", {"languages": "lab:languages"}
    ),
}

app = typer.Typer(
    name="xlt",
    cls=lazy_group(COMMANDS),
    help="Measure and improve how well the languages inside a multilingual encoder are aligned.\n\n"
    "'xlt COMMAND --help', or 'xlt help COMMAND', tells what a command takes and ends in an example.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xlt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version.", callback=_print_version, is_eager=True)
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
    except OSError as error:
        # Help that nobody can take; the interpreter's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(0)
        console.error(f"standard output cannot be written: {error.strerror}")
        sys.exit(1)
    except Exception as error:
        # Errors of usage are no public names of typer; they are known by the method that says what is wrong.
        explain = getattr(error, "format_message", None)
        if explain is None:
            raise
        context = getattr(error, "ctx", None)
        command_path = getattr(context, "command_path", "xlt")
        text = str(explain()).replace("Value error, ", "")
        if text.startswith("Usage:"):
            sys.stderr.write(text + "\n")
        else:
            console.error(f"{' '.join(text.split()).rstrip('.')} (see '{command_path} --help')")
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
