"""The optimiser over an encoder and the head on top of it, and its learning rate over the steps."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from xlt.training.options import OptimizerRule, Schedule


@dataclass(frozen=True, kw_only=True)
class OptimizerOptions:
    """How weights are moved.

    Attributes:
        rule: ``adam`` (gaschi2023 app. B.3) or ``adamw``.
        lr: learning rate at the top of the schedule.
        head_lr: that of the classifier; None takes ``lr``.
        betas, eps: of Adam.
        weight_decay: of ``adamw``, on matrices; not on biases and norms.
    """

    rule: OptimizerRule
    lr: float
    head_lr: float | None = None
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01


def make_optimizer(model: Any, options: OptimizerOptions, head: Collection[str] = ()) -> torch.optim.Optimizer:
    """Adam or AdamW over the parameters that are not frozen; the fused kernel where the device has one.

    Args:
        model: what is trained.
        options: see there.
        head: names of the parameters that have the head's learning rate.
    """
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in trainable(model).items():
        lr = options.head_lr if name in head and options.head_lr is not None else options.lr
        decay = options.weight_decay if options.rule == "adamw" and parameter.ndim > 1 else 0.0
        groups.setdefault((lr, decay), []).append(parameter)
    kind = torch.optim.Adam if options.rule == "adam" else torch.optim.AdamW
    fused = next(iter(groups.values()))[0].device.type in ("cpu", "cuda")
    return kind(
        [
            {"params": parameters, "lr": lr, "initial_lr": lr, "weight_decay": decay}
            for (lr, decay), parameters in groups.items()
        ],
        betas=options.betas,
        eps=options.eps,
        fused=fused,
    )


def trainable(model: Any) -> dict[str, torch.nn.Parameter]:
    """The parameters that are not frozen, by name."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def optimizer_tensors(model: Any, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """The optimiser's state as named tensors, ``exp_avg/PARAMETER`` and the like."""
    return {
        f"{key}/{name}": value
        for name, parameter in trainable(model).items()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(model: Any, optimizer: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put back what :func:`optimizer_tensors` gave."""
    parameters = trainable(model)
    for full, value in tensors.items():
        key, _, name = full.partition("/")
        parameter = parameters[name]
        # The fused kernels want the step count beside the weights.
        optimizer.state[parameter][key] = value.to(parameter.device)


def rate_factor(step: int, steps: int, schedule: Schedule, warmup: float) -> float:
    """What the learning rate is multiplied with at ``step`` (from 0) of ``steps``.

    ``linear``: rises over the first ``warmup`` share of the steps to 1, then falls in a straight line towards 0
    (gaschi2023 app. B.3: 10 % warm-up); no step has a rate of 0. ``constant``: 1, as the published code of gaschi2023
    realigns before fine-tuning.
    """
    if schedule == "constant":
        return 1.0
    rising = math.ceil(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / (steps - rising)
