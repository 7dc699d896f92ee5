"""Weights, gradients and logs of training, to be compared."""

import contextlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from xlt.training.loop import Random, Term
from xlt.training.order import seeded

CPU = torch.device("cpu")


class CrashError(Exception):
    """A run that dies on its way."""


def crash_at(step: int) -> Callable[[int, int, float, float], None]:
    """A progress that ends the run when a step is done."""

    def progress(done: int, total: int, loss: float, rate: float) -> None:
        if done == step:
            raise CrashError

    return progress


def no_random(i: int) -> contextlib.AbstractContextManager[None]:
    """Nothing is drawn where nothing is dropped out."""
    return contextlib.nullcontext()


def fixed_random(*parts: object) -> Random:
    """The random state of a step, as the loop hands it to a term."""
    return partial(seeded, CPU, *parts)


def gradients(model: Any, term: Term, batch: Any, random: Random = no_random) -> tuple[float, dict[str, Tensor]]:
    """Value of a term and the gradients that it leaves, by parameter."""
    model.zero_grad()
    value, _ = term.backward(batch, random)
    return float(value), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def slow_gradients(model: Any, value: Callable[[], Tensor]) -> tuple[float, dict[str, Tensor]]:
    """The same of a loss that is computed in one go."""
    model.zero_grad()
    loss = value()
    loss.backward()  # type: ignore[no-untyped-call]
    return float(loss.detach()), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def apart(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The greatest difference of two sets of tensors, relative to the greatest entry."""
    assert one.keys() == other.keys()
    largest = max(float(t.abs().max()) for t in one.values())
    return max(float((one[n] - other[n]).abs().max()) for n in one) / largest


def weights(folder: Path | str) -> dict[str, Tensor]:
    """The weights of a checkpoint folder."""
    return load_file(Path(folder) / "model.safetensors")


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two sets of tensors are the same, bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


def log_of(folder: Path, without: Sequence[str] = ("words_per_second",)) -> list[dict[str, Any]]:
    """The metrics log, without what depends on the hour."""
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in without} for line in lines]
