"""Options that say where a command writes and what it keeps with it; all that define a result stand with its step."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from xlt.cli.flatten import IdleWith
from xlt.errors import XltError

Force = Annotated[bool, typer.Option("--force", help="Replace an existing output.", rich_help_panel="Output")]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", help="KEY=VALUE kept with the output; may be repeated.", metavar="KEY=VALUE", rich_help_panel="Output"
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the unfinished run of this output; begin one where there is none.",
        rich_help_panel="Output",
    ),
]
# Of a table; those that are laid out for people hold fewer digits. They are those of xlt.files.tables, which loads more
# than a help text may.
TABLE_FORMATS, LAID_OUT_FORMATS = (".parquet", ".arrow", ".csv", ".jsonl"), (".md", ".tex")


def stream_output(help_text: str) -> Any:
    """``-o FILE|-``: a file, or a stream on standard output."""
    return typer.Option(
        "--output", "-o", help=help_text, metavar="FILE|-", show_default=False, rich_help_panel="Output"
    )


def table_output(what: str, printed: str = "they are printed") -> Any:
    """``-o FILE|-`` of a table of any format, and what happens to it else."""
    formats = ", ".join((*TABLE_FORMATS, *LAID_OUT_FORMATS))
    return stream_output(f"{what}: {formats}; - is a stream. Without it {printed}.")


OutputFolder = Annotated[
    Path, typer.Option("--output", "-o", help="The folder to write.", metavar="DIR", rich_help_panel="Output")
]
Form = Literal["table", "md", "csv", "jsonl"]
# Of every command that prints a table.
Printing = Annotated[
    Form,
    typer.Option(
        "--format",
        metavar="|".join(get_args(Form)),
        help="What is printed: a table as wide as the terminal, the same in Markdown, or for programs all columns and "
        "digits as CSV or JSON lines.",
        rich_help_panel="Output",
    ),
    IdleWith("output", "which takes the table"),
]


def needed(output: Path | None) -> Path:
    """The output folder, where an option beside it makes it optional.

    Raises:
        XltError: it was not given.
    """
    if output is None:
        raise XltError("name the folder to write with -o DIR")
    return output


def parse_tags(tags: list[str] | None) -> dict[str, str]:
    """``["corpus=bible"]`` to ``{"corpus": "bible"}``.

    Raises:
        XltError: a tag without ``=``, with an empty or repeated key.
    """
    value_of: dict[str, str] = {}
    for tag in tags or []:
        key, equals, value = tag.partition("=")
        if not equals or not key.isidentifier():
            raise XltError(f"--tag {tag!r}: write KEY=VALUE, the key of letters, digits and underscores")
        if key in value_of:
            raise XltError(f"--tag {key} is given twice")
        value_of[key] = value
    return value_of
