"""``xlt pretrain``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.training.options import PretrainOptions


def pretrain(
    text: Annotated[
        list[str], typer.Argument(help="Text files, a sentence or paragraph a line; .gz too.", metavar="TEXT...")
    ],
    output: o.OutputFolder,
    options: PretrainOptions,
    tlm: Annotated[
        list[str] | None,
        typer.Option(
            help="Pairs tables, one or several; their pairs are read together (translation language modelling).",
            metavar="PAIRS",
            rich_help_panel="Input",
        ),
    ] = None,
    resume: o.Resume = False,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Train a tokenizer and a small encoder from nothing, by masked language modelling on any text.

    All languages share one vocabulary; nothing tells the model which is which.

    $ xlt pretrain -o tiny --vocab-size 50 --num-layers 1 --steps 20 text.en text.fr
    """
    from xlt.cli.console import console
    from xlt.training import pretrain as step

    with console.training() as progress:
        trained = step.pretrain(
            text, options, output=output, tlm=tlm or [], resume=resume, force=force, tags=o.parse_tags(tag),
            progress=progress,
        )  # fmt: skip
    console.trained(trained)
