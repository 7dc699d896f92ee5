"""``xlt finetune``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.cli.complete import languages
from xlt.training.options import FinetuneOptions


def finetune(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    langs: Annotated[
        list[str], typer.Argument(help="Training languages.", metavar="LANG...", autocompletion=languages)
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The folder to write.", metavar="DIR", rich_help_panel="Output"),
    ] = None,
    *,
    options: FinetuneOptions,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print examples, steps per epoch and steps, and train nothing.", rich_help_panel="Output"
        ),
    ] = False,
    resume: o.Resume = False,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Fine-tune an encoder on a task, alone or jointly with realignment (--joint).

    Labels sit on the first subword of a word; sentences above the model's limit are trained in windows (tagging) or cut
    (texts).

    $ xlt finetune --task ner -o tagger realigned en
    """
    from xlt.cli.console import console
    from xlt.training import finetune as step

    if dry_run:
        size = step.plan(langs, options)
        typer.echo(f"examples\t{size.examples}\nsteps_per_epoch\t{size.steps_per_epoch}\nsteps\t{size.steps}")
        return
    with console.training() as progress:
        trained = step.finetune(
            model, langs, options, output=o.needed(output), resume=resume, force=force, tags=o.parse_tags(tag),
            progress=progress,
        )  # fmt: skip
    console.trained(trained)
