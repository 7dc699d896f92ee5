"""``xlt lab languages``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.cli.command import command

lab_app = typer.Typer(
    help="Constructed languages whose every word, link, tag and label is known.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def languages(
    output: o.OutputFolder,
    languages: Annotated[
        int | None,
        typer.Option(
            help="Languages, the source included; of a --world the first ones.", metavar="N", min=2, show_default="6"
        ),
    ] = None,
    sentences: Annotated[
        int | None,
        typer.Option(
            help="Training sentences of each language's text, and of each target's parallel text.",
            metavar="N",
            min=1,
            show_default="8000",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of every random choice.", min=0, max=2**63 - 1, metavar="N", show_default="42"),
    ] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            help="Dials, as an earlier world's world.toml states them; --languages, --sentences and --seed given "
            "beside it override it.",
            metavar="FILE",
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Write a small multilingual world: a source language (qaa) and targets (qab, qac, ...) of growing distance.

    The folder holds monolingual text (text/), parallel text with gold links (parallel/), dictionaries in MUSE format
    (dict/; dict-train/ and dict-test/ are its more and its less frequent source words, 10 to 3 as in MUSE), labelled
    data (pos/, ner/, nli/, topic/, slots/) and world.toml, which states every dial and may be edited.
    """
    from xlt.cli.console import console
    from xlt.lab.languages import make_languages

    with console.progress("sentences") as progress:
        done = make_languages(
            output, world=world, languages=languages, sentences=sentences, seed=seed, force=force,
            tags=o.parse_tags(tag), progress=progress,
        )  # fmt: skip
    console.summary(str(output), done.summary)
    typer.echo(done.output)


lab_app.command("languages")(command(languages))
