"""``xlt realign``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.training.options import RealignOptions


def realign(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    pairs: Annotated[
        list[str],
        typer.Argument(
            help="Pairs tables, or quoted patterns of them, taken in turn; - is a stream.", metavar="PAIRS..."
        ),
    ],
    output: o.OutputFolder,
    options: RealignOptions,
    resume: o.Resume = False,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Realign an encoder: draw translated words together, before it learns a task.

    Pairs files are taken in turn, so that every batch mixes all language pairs.

    $ xlt realign -o realigned bert-base-multilingual-cased en-ar.parquet
    """
    from xlt.cli.console import console
    from xlt.training import realign as step

    with console.training() as progress:
        trained = step.realign(
            model, pairs, options, output=output, resume=resume, force=force, tags=o.parse_tags(tag), progress=progress
        )
    console.trained(trained)
