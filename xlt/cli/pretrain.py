"""``xlt pretrain``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.errors import XltError


def pretrain(
    text: Annotated[
        list[str], typer.Argument(help="Text files, a sentence or paragraph a line; .gz too.", metavar="TEXT...")
    ],
    output: o.OutputFolder,
    tlm: Annotated[
        list[str] | None,
        typer.Option(
            help="Pairs table whose sentence pairs are read together (translation language modelling).",
            metavar="PAIRS",
        ),
    ] = None,
    vocab_size: Annotated[int, typer.Option(help="Subwords in the vocabulary.", metavar="N", min=16)] = 8000,
    num_layers: Annotated[int, typer.Option(help="Transformer layers.", metavar="N", min=1)] = 4,
    hidden_size: Annotated[int, typer.Option(help="Dimensions.", metavar="N", min=8)] = 192,
    num_heads: Annotated[int, typer.Option(help="Attention heads.", metavar="N", min=1)] = 4,
    intermediate_size: Annotated[
        int | None,
        typer.Option(help="Feed-forward size.", metavar="N", min=8, show_default="4 times --hidden-size"),
    ] = None,
    max_length: Annotated[int, typer.Option(help="Longest input in subwords.", metavar="N", min=8)] = 128,
    dropout: Annotated[float, typer.Option(help="Dropout of the model.", metavar="SHARE", min=0.0, max=0.9)] = 0.1,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the text.", metavar="N", min=1, show_default="3")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Optimiser steps, in place of --epochs.", metavar="N", min=1, show_default="by the epochs"),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Sequences of a step.", metavar="N", min=1)] = 64,
    limit: Annotated[
        int | None, typer.Option(help="First lines of each file.", metavar="N", min=1, show_default="all")
    ] = None,
    lr: o.LearningRate = None,
    optimizer: o.Optimizer = "adamw",
    schedule: o.Schedule = "linear",
    warmup: o.Warmup = None,
    clip_norm: o.ClipNorm = 1.0,
    micro_batch: o.MicroBatch = None,
    seed: o.Seed = 42,
    device: o.Device = "auto",
    dtype: o.TrainDtype = "auto",
    deterministic: o.Deterministic = False,
    save_every: Annotated[
        int | None,
        typer.Option(help="Keep the model of every N steps as DIR-stepN.", metavar="N", min=1, show_default="no"),
    ] = None,
    save_steps: o.SaveSteps = None,
    save_minutes: o.SaveMinutes = 10.0,
    resume: o.Resume = False,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Train a tokenizer and a small encoder from nothing, by masked language modelling on any text.

    The learning rate is 5e-4 unless told. All languages share one vocabulary; nothing tells the model which is which.
    """
    from xlt.cli.console import console
    from xlt.training.options import TrainOptions
    from xlt.training.pretrain import PretrainOptions, pretrain
    from xlt.training.run import Output
    from xlt.training.vocabulary import Shape

    options = TrainOptions.given(
        lr=lr, optimizer=optimizer, schedule=schedule, warmup=warmup, clip_norm=clip_norm, micro_batch=micro_batch,
        seed=seed, device=device, dtype=dtype, deterministic=deterministic, save_steps=save_steps,
        save_minutes=save_minutes,
    )  # fmt: skip
    if epochs and steps:
        raise XltError("--epochs and --steps both say how long to train; give one")
    shape = Shape(num_layers, hidden_size, num_heads, intermediate_size, max_length, dropout)
    size = PretrainOptions(shape, vocab_size, epochs or 3, steps, batch_size, limit)
    with console.training() as progress:
        done = pretrain(
            text, Output(output, resume, force), size, options, tlm=tlm or [], keep_steps=save_every,
            tags=o.parse_tags(tag), progress=progress,
        )  # fmt: skip
    console.trained(done)
