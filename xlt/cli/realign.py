"""``xlt realign``."""

from typing import Annotated

import typer

from xlt.cli import options as o


def realign(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    pairs: Annotated[list[str], typer.Argument(help="Pairs tables, taken in turn; - is a stream.", metavar="PAIRS...")],
    output: o.OutputFolder,
    loss: o.Loss = None,
    strength: o.Strength = None,
    temperature: o.Temperature = None,
    layers: o.RealignLayers = None,
    pool: o.RealignPool = None,
    keep: o.Keep = None,
    regularisation: o.Regularisation = None,
    steps: Annotated[
        int | None,
        typer.Option(help="Optimiser steps.", metavar="N", min=1, show_default="the largest file once"),
    ] = None,
    batch_size: o.PairBatchSize = None,
    max_length: o.PairMaxLength = None,
    drop_blank_subwords: o.DropBlank = False,
    lr: o.LearningRate = None,
    optimizer: o.Optimizer = "adam",
    schedule: o.Schedule = "linear",
    warmup: o.Warmup = None,
    clip_norm: o.ClipNorm = None,
    freeze: o.Freeze = None,
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
    """Realign an encoder: draw translated words together, before it learns a task.

    The learning rate is 2e-5 unless told (gaschi2023), with --loss l2 5e-5 (cao2020). Pairs files are taken in turn, so
    that every batch mixes all language pairs.
    """
    from xlt.cli.console import console
    from xlt.training.options import RealignOptions, TrainOptions
    from xlt.training.realign import realign
    from xlt.training.run import Output

    options = TrainOptions.given(
        lr=lr, optimizer=optimizer, schedule=schedule, warmup=warmup, clip_norm=clip_norm, freeze=freeze,
        micro_batch=micro_batch, seed=seed, device=device, dtype=dtype, deterministic=deterministic,
        save_steps=save_steps, save_minutes=save_minutes,
    )  # fmt: skip
    aims = RealignOptions.given(
        loss=loss, strength=strength, temperature=temperature, layers=layers, pool=pool, keep=keep,
        regularisation=regularisation, batch_size=batch_size, max_length=max_length,
        drop_blank_subwords=drop_blank_subwords,
    )  # fmt: skip
    with console.training() as progress:
        done = realign(
            model, pairs, Output(output, resume, force), options, aims, steps=steps, keep_steps=save_every,
            tags=o.parse_tags(tag), progress=progress,
        )  # fmt: skip
    console.trained(done)
