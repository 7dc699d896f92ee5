"""``xlt embed``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.alignment.options import EmbedOptions
from xlt.cli import options as o


def embed(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    pairs: Annotated[
        list[str], typer.Argument(help="Pairs tables, or quoted patterns of them; - is a stream.", metavar="PAIRS...")
    ],
    options: EmbedOptions,
    output: o.OutputFolder = Path("embeddings"),
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Embed word pairs, or sentences, at every layer of an encoder, into a folder of NPY files.

    $ xlt embed -o vectors bert-base-multilingual-cased en-ar.parquet
    """
    from xlt.alignment import embed as step
    from xlt.cli.console import console

    tags = o.parse_tags(tag)
    with console.progress("subwords") as progress:
        embedding = step.embed(model, pairs, options, output=output, force=force, tags=tags, progress=progress)
    console.summary(str(output), embedding.summary)
    console.result(embedding.output)
