"""``xlt report examples``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.errors import OptionError
from xlt.study.options import ExampleOptions


def examples(
    items: Annotated[
        str, typer.Argument(help="What align-score --candidates corpus --per-item wrote.", metavar="ITEMS")
    ],
    options: ExampleOptions,
    output: Annotated[str | None, o.stream_output("Markdown: .md; - is a stream. Without it, it is printed.")] = None,
    force: o.Force = False,
) -> None:
    """Words in their sentences, with the words that they found: right or wrong, and at which rank.

    $ xlt report examples items.parquet --pairs en-fr.parquet --word cat
    """
    from xlt.cli.console import console
    from xlt.files.atomic import check_output, output_file
    from xlt.report.examples import examples_markdown
    from xlt.study.examples import find_examples

    path = None if output in (None, "-") else Path(output)
    if path is not None:
        if path.suffix != ".md":
            raise OptionError("output", f"{path}: examples are Markdown; name a file .md")
        check_output(path, force)
    text = examples_markdown(find_examples(items, options))
    if path is None:
        typer.echo(text, nl=False)
        return
    with output_file(path, force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    console.result(path)
