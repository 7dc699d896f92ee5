"""Options that say where a command writes and what it keeps with it; all that define a result stand with its step."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.errors import XltError

Force = Annotated[bool, typer.Option("--force", help="Replace an existing output.")]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="KEY=VALUE kept with the output; may be repeated.", metavar="KEY=VALUE"),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the unfinished run of this output; begin one where there is none."),
]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="The folder to write.", metavar="DIR")]


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
