"""``xlt embed``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.encoders.options import EncodeOptions


def embed(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    pairs: Annotated[list[str], typer.Argument(help="Pairs tables; - is a stream.", metavar="PAIRS...")],
    encode: EncodeOptions,
    n_pairs: Annotated[
        int | None,
        typer.Option(help="Random word pairs of each language pair.", metavar="N", min=1, show_default="all"),
    ] = None,
    seed: o.Seed = 42,
    shard: Annotated[str | None, typer.Option(help="Shard I of N, from 1.", metavar="I/N")] = None,
    output: o.OutputFolder = Path("embeddings"),
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Embed word pairs at every layer of an encoder, into a folder of NPY files."""
    from xlt.alignment.embed import embed
    from xlt.cli.console import console

    with console.progress("subwords") as progress:
        done = embed(
            model, pairs, output, encode, n_pairs=n_pairs, seed=seed, shard=shard, force=force,
            tags=o.parse_tags(tag), progress=progress,
        )  # fmt: skip
    console.summary(str(output), done.summary)
    typer.echo(done.output)
