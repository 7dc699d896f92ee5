"""``xlt tag``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.tasks.options import TagOptions


def tag(
    model: Annotated[str, typer.Argument(help="Fine-tuned checkpoint folder or hub name.", metavar="MODEL")],
    pairs: Annotated[str, typer.Argument(help="Pairs table; - is a stream.", metavar="PAIRS")],
    options: TagOptions,
    output: Annotated[
        str,
        o.stream_output(
            f"Output file; its suffix says the format: {', '.join(o.TABLE_FORMATS)}. - is a stream on standard output."
        ),
    ],
    force: o.Force = False,
    tags: o.Tags = None,
) -> None:
    """Tag the words of both sides of a pairs table, for a breakdown of scores by part of speech.

    $ xlt tag -o tagged.parquet tagger en-ar.parquet
    """
    from xlt.cli.console import console
    from xlt.tasks import tag_pairs as step

    with console.progress("sentence pairs") as progress:
        tagging = step.tag_pairs(
            model, pairs, options, output=output, force=force, tags=o.parse_tags(tags), progress=progress
        )
    console.summary(pairs, tagging.summary)
    if tagging.output != "-":
        console.result(tagging.output)
