"""``xlt finetune``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from xlt.cli import options as o


def finetune(
    model: Annotated[str, typer.Argument(help="Checkpoint folder or hub name.", metavar="MODEL")],
    langs: Annotated[list[str], typer.Argument(help="Training languages.", metavar="LANG...")],
    task: o.Task,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The folder to write.", metavar="DIR")] = None,
    data: o.Data = None,
    epochs: Annotated[int, typer.Option(help="Passes over the training data.", metavar="N", min=1)] = 5,
    batch_size: Annotated[int, typer.Option(help="Sentences of a step.", metavar="N", min=1)] = 32,
    limit: Annotated[
        int | None,
        typer.Option(help="First sentences of each language.", metavar="N", min=1, show_default="all"),
    ] = None,
    max_length: o.MaxLength = None,
    overlong: o.TaskOverlong = None,
    drop_blank_subwords: o.DropBlank = False,
    select: Annotated[
        Literal["last", "best"], typer.Option(help="Weights kept: of the last step, or the best on development data.")
    ] = "last",
    select_on: Annotated[
        str | None,
        typer.Option(
            help="Languages of that development data, joined by commas.",
            metavar="LANGS",
            show_default="the training languages",
        ),
    ] = None,
    joint: Annotated[
        list[str] | None,
        typer.Option(
            help="Pairs table, or quoted pattern of several; repeatable: adds the realignment loss in every step.",
            metavar="PAIRS",
        ),
    ] = None,
    joint_weight: Annotated[
        float | None,
        typer.Option(
            help="Weight of the realignment loss (the code of gaschi2023: 0.1).",
            metavar="X",
            min=0.0,
            show_default="1.0",
        ),
    ] = None,
    loss: o.Loss = None,
    strength: o.Strength = None,
    temperature: o.Temperature = None,
    layers: o.RealignLayers = None,
    pool: o.RealignPool = None,
    keep: o.Keep = None,
    regularisation: o.Regularisation = None,
    pair_batch_size: o.PairBatchSize = None,
    pair_max_length: o.PairMaxLength = None,
    lr: o.LearningRate = None,
    head_lr: Annotated[
        float | None,
        typer.Option(help="Learning rate of the classifier.", metavar="RATE", min=0.0, show_default="as --lr"),
    ] = None,
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
    save_steps: o.SaveSteps = None,
    save_minutes: o.SaveMinutes = 10.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print examples, steps per epoch and steps, and train nothing.")
    ] = False,
    resume: o.Resume = False,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Fine-tune an encoder on a task, alone or jointly with realignment (--joint).

    The learning rate is 2e-5 unless told. Labels sit on the first subword of a word; sentences above the model's limit
    are trained in windows (tagging) or cut (texts).
    """
    from xlt.cli.console import console
    from xlt.training.finetune import FinetuneOptions, Joint, finetune, plan
    from xlt.training.options import RealignOptions, TrainOptions, check_finite, refuse_idle, stated
    from xlt.training.run import Output

    check_finite(head_lr=head_lr, joint_weight=joint_weight)
    options = TrainOptions.given(
        lr=lr, optimizer=optimizer, schedule=schedule, warmup=warmup, clip_norm=clip_norm, freeze=freeze,
        micro_batch=micro_batch, seed=seed, device=device, dtype=dtype, deterministic=deterministic,
        save_steps=save_steps, save_minutes=save_minutes,
    )  # fmt: skip
    if not joint:
        of_joint = {
            "--joint-weight": joint_weight, "--loss": loss, "--strength": strength, "--temperature": temperature,
            "--layers": layers, "--pool": pool, "--keep": keep, "--regularisation": regularisation,
            "--pair-batch-size": pair_batch_size, "--pair-max-length": pair_max_length,
        }  # fmt: skip
        refuse_idle(of_joint, "without --joint")
    aims = RealignOptions.given(
        loss=loss, strength=strength, temperature=temperature, layers=layers, pool=pool, keep=keep,
        regularisation=regularisation, batch_size=pair_batch_size, max_length=pair_max_length,
    )  # fmt: skip
    beside = Joint(tuple(joint), **stated(weight=joint_weight), loss=aims) if joint else None
    chosen = None if select_on is None else tuple(select_on.split(","))
    learning = FinetuneOptions(
        task, tuple(data or ()), epochs, batch_size, limit, max_length, overlong, drop_blank_subwords, head_lr, select,
        chosen,
    )  # fmt: skip
    if dry_run:
        size = plan(langs, learning)
        typer.echo(f"examples\t{size.examples}\nsteps_per_epoch\t{size.steps_per_epoch}\nsteps\t{size.steps}")
        return
    with console.training() as progress:
        done = finetune(
            model, langs, Output(o.needed(output), resume, force), learning, options,
            joint=beside, tags=o.parse_tags(tag), progress=progress,
        )  # fmt: skip
    console.trained(done)
