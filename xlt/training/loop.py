"""The training loop: every step adds up the gradients of its terms and moves the weights once.

Realignment is one term, a task another, joint training both, masked language modelling one more. Nothing about the
order of data or random numbers is kept between steps (both follow from seed and step), so that a run that was killed
goes on from its newest checkpoint to the same weights, bit for bit on the same kind of CPU.
"""

import json
import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import torch

from xlt.errors import FailedRunError, StoppedError, XltError
from xlt.training.optimizer import (
    OptimizerOptions,
    make_optimizer,
    optimizer_tensors,
    rate_factor,
    restore_optimizer,
    trainable,
)
from xlt.training.options import TrainOptions
from xlt.training.order import seeded
from xlt.training.parallel import Processes, sum_gradients
from xlt.training.stop import StopFlag, stop_signals
from xlt.training.store import Checkpoint, Store

# (steps done, steps in all, loss, words a second)
TrainingProgress = Callable[[int, int, float, float], None]
# Seconds of work that are worth a checkpoint before the end is written.
_WORTH_SAVING = 60.0

Random = Callable[[int], AbstractContextManager[None]]


class Term(Protocol):
    """One part of the loss.

    Attributes:
        name: its column in the log.
        weight: what its loss is multiplied with.
    """

    name: str
    weight: float

    def batch(self, step: int) -> Any:
        """The data of a step: a pure function of ``step``, called ahead of time in another thread."""

    def backward(self, batch: Any, random: Random) -> tuple[torch.Tensor, int]:
        """Add the gradients of this process's share of the batch, times ``weight``, to the parameters.

        ``random(i)`` is entered around the i-th forward pass of the step; entering it again gives the same dropout.

        Returns:
            This process's share of the loss without its weight (the shares add up to it), and how many words it saw.
        """


@dataclass(frozen=True, kw_only=True)
class LoopOptions:
    """How long and how to train.

    Attributes:
        steps: optimiser steps.
        optimizer: as the user and the method together have it.
        train: as the user states it.
        log_steps: steps between two lines of the log.
    """

    steps: int
    optimizer: OptimizerOptions
    train: TrainOptions = TrainOptions()
    log_steps: int = 10


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The end of a run.

    Attributes:
        best_step, best_value: of the validation; None without one.
        words: words seen by all processes since the first step after the start or resume.
        seconds: what these steps took, without validation and checkpoints.
        resumed_from: the step that a resume began at, 0 for a run from the start.
    """

    best_step: int | None
    best_value: float | None
    words: int
    seconds: float
    resumed_from: int

    @property
    def words_a_second(self) -> int:
        """Of all processes together."""
        return round(self.words / max(self.seconds, 1e-9))


@dataclass
class _State:
    # All that a checkpoint holds beside tensors.
    step: int = 0
    best_step: int | None = None
    best_value: float | None = None
    sums: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Run:
    # What the parts of the loop work on.
    model: Any
    terms: Sequence[Term]
    options: LoopOptions
    store: Store
    world: Processes
    parameters: list[torch.nn.Parameter]
    device: torch.device
    optimizer: torch.optim.Optimizer
    state: _State
    watch: "_Watch"


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What is called between steps.

    Attributes:
        validate: gives the value to be made greatest; called every ``validate_steps`` and at the end.
        validate_steps: see ``validate``.
        keep: called with the step every ``keep_steps``, to keep intermediate models.
        keep_steps: see ``keep``.
        progress: called after every step.
    """

    validate: Callable[[], float] | None = None
    validate_steps: int | None = None
    keep: Callable[[int], None] | None = None
    keep_steps: int | None = None
    progress: TrainingProgress | None = None


def train(
    model: Any,
    terms: Sequence[Term],
    options: LoopOptions,
    store: Store,
    world: Processes,
    hooks: Hooks = Hooks(),
    *,
    head: Collection[str] = (),
) -> Finished:
    """Train ``model`` in place; with a validation it ends with the best weights, else with the last.

    Args:
        model: any model of transformers; frozen parameters stay.
        terms: what the loss is the sum of.
        options: see :class:`LoopOptions`.
        store: opened folder of this run; its newest checkpoint is gone on with.
        world: the processes that train together; each sees its share of every batch.
        hooks: what is called between steps.
        head: names of the parameters that have the head's learning rate.

    Raises:
        FailedRunError: the loss is no number any more.
        StoppedError: a signal asked to stop; a checkpoint was written.
        XltError: the newest checkpoint is broken, or nothing can be trained.
    """
    run = _begun(model, terms, options, store, world, head)
    state, steps = run.state, options.steps
    resumed_from = state.step
    model.train()
    saved_at = time.monotonic()
    with (
        stop_signals() as stop,
        _deterministic(options.train.deterministic),
        _ahead(terms, state.step, steps) as batches,
    ):
        for step, batch in batches:
            values, signum = _step(run, step, batch, stop)
            if hooks.progress and world.first:
                hooks.progress(state.step, steps, _total(terms, values), run.watch.rate)
            last = state.step == steps
            validating = hooks.validate and (last or _every(hooks.validate_steps, state.step))
            keeping = hooks.keep and _every(hooks.keep_steps, state.step)
            # At the end, what follows may take minutes, or find the disk full.
            waited = time.monotonic() - saved_at
            saving = waited > _WORTH_SAVING if last else signum or _due(options.train, state.step, waited)
            if last or validating or keeping or saving:
                _check_weights(run)
            if saving and last and world.first:
                _save(run)
            if hooks.validate and validating:
                _validate(run, hooks.validate)
            if hooks.keep and keeping and world.first:
                hooks.keep(state.step)
            if saving and not last:
                if world.first:
                    _save(run)
                saved_at = time.monotonic()
            if signum and not last:
                raise StoppedError(signum, f"stopped at step {state.step} of {steps}; --resume goes on from here")
    if state.best_step is not None:
        _put_back(model, store.best(state.best_step, run.device))
    model.eval()
    return Finished(
        best_step=state.best_step,
        best_value=state.best_value,
        words=run.watch.words,
        seconds=run.watch.seconds,
        resumed_from=resumed_from,
    )


def _begun(
    model: Any, terms: Sequence[Term], options: LoopOptions, store: Store, world: Processes, head: Collection[str]
) -> _Run:
    # From the start, or where the newest checkpoint of all processes ends.
    parameters = list(trainable(model).values())
    if not parameters:
        raise XltError("every parameter is frozen: nothing is left to train")
    device = parameters[0].device
    optimizer = make_optimizer(model, options.optimizer, head)
    state = _resumed(model, optimizer, store, device)
    steps_of_all = world.sum_(torch.tensor(float(state.step), device=device))
    if steps_of_all != state.step * world.size:
        raise XltError(f"the processes find different checkpoints: {store.folder} must be a folder that all share")
    if world.first:
        store.keep_log_until(state.step)
    world.wait()
    return _Run(
        model=model, terms=terms, options=options, store=store, world=world, parameters=parameters, device=device,
        optimizer=optimizer, state=state, watch=_Watch(),
    )  # fmt: skip


def _step(run: _Run, step: int, batch: Sequence[Any], stop: StopFlag) -> tuple[list[float], int]:
    # Move the weights once; the value of each term over all processes, and the signal that asks one of them to stop.
    options, state, device = run.options, run.state, run.device
    run.watch.start()
    for group in run.optimizer.param_groups:
        factor = rate_factor(step, options.steps, options.train.schedule, options.train.warmup)
        group["lr"] = group["initial_lr"] * factor
    run.optimizer.zero_grad()
    losses, words = [], 0
    for term, data in zip(run.terms, batch, strict=True):
        random = partial(seeded, device, options.train.seed, step, term.name, run.world.rank)
        loss, seen = term.backward(data, random)
        losses.append(loss.detach().to(device, torch.float32))
        words += seen
    # The words and the request to stop travel with the gradients: all processes stop at the same step.
    more = torch.tensor([words, stop.signum, stop.signum > 0], dtype=torch.float32, device=device)
    sums = sum_gradients(run.world, run.parameters, torch.cat((torch.stack(losses), more)))
    *values, words_seen, signum, asked = sums.tolist()
    bad = [term.name for term, value in zip(run.terms, values, strict=True) if not math.isfinite(value)]
    if bad:
        raise _diverged(f"the {bad[0]} loss of step {step + 1} is", run.store)
    if options.train.clip_norm is not None:
        torch.nn.utils.clip_grad_norm_(run.parameters, options.train.clip_norm)
    run.optimizer.step()
    state.step = step + 1
    run.watch.stop(int(words_seen))
    _add(state.sums, run.terms, values)
    if run.world.first and (state.step % options.log_steps == 0 or state.step == options.steps):
        _log(run)
    return values, (stop.signum or round(signum / asked)) if signum else 0


def _due(options: TrainOptions, step: int, waited: float) -> bool:
    return (options.save_minutes is not None and waited > 60 * options.save_minutes) or _every(options.save_steps, step)


def _check_weights(run: _Run) -> None:
    # A gradient beyond all measure shows in the next loss; nothing may be written before.
    if not all(bool(p.isfinite().all()) for p in run.parameters):
        raise _diverged(f"what the weights hold after step {run.state.step} is", run.store)


def _every(steps: int | None, step: int) -> bool:
    return steps is not None and step % steps == 0


def _resumed(model: Any, optimizer: torch.optim.Optimizer, store: Store, device: torch.device) -> _State:
    checkpoint = store.newest(device, _State.__dataclass_fields__)
    if checkpoint is None:
        return _State()
    _put_back(model, checkpoint.weights)
    restore_optimizer(model, optimizer, checkpoint.optimizer)
    return _State(**checkpoint.state)


def _put_back(model: Any, weights: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in trainable(model).items():
            parameter.copy_(weights[name])


def _save(run: _Run) -> None:
    # Frozen parameters are those of the model that the run began with.
    model, state = run.model, run.state
    tensors = optimizer_tensors(model, run.optimizer)
    run.store.save(Checkpoint(step=state.step, weights=dict(trainable(model)), optimizer=tensors, state=vars(state)))


def _validate(run: _Run, validate: Callable[[], float]) -> None:
    # One process validates; the others wait for its value, so that all agree on the best step.
    model, store, state, world = run.model, run.store, run.state, run.world
    value = 0.0
    if world.first:
        model.eval()
        value = validate()
        model.train()
    if world.size > 1:
        value = float(world.sum_(torch.tensor(value, dtype=torch.float64, device=run.device)))
    if state.best_value is None or value > state.best_value:
        state.best_step, state.best_value = state.step, value
        if world.first:
            store.save_best(state.step, dict(trainable(model)))
    world.wait()
    if world.first:
        _write(store, {"step": state.step, "validation": value, "best_step": state.best_step})


def _diverged(what: str, store: Store) -> FailedRunError:
    return FailedRunError(
        f"{what} no finite number; stopped. The checkpoint before it, if there is one, stays in {store.folder}; "
        "a smaller --lr or --clip-norm may help"
    )


@contextmanager
def _ahead(terms: Sequence[Term], first: int, steps: int) -> Iterator[Iterator[tuple[int, list[Any]]]]:
    # The next batch is put together while the current one is computed.
    def load(step: int) -> list[Any]:
        return [term.batch(step) for term in terms]

    with ThreadPoolExecutor(1) as pool:

        def batches() -> Iterator[tuple[int, list[Any]]]:
            if first >= steps:
                return
            coming = pool.submit(load, first)
            for step in range(first, steps):
                batch = coming.result()
                if step + 1 < steps:
                    coming = pool.submit(load, step + 1)
                yield step, batch

        yield batches()


class _Watch:
    # Speed of the steps alone: without validation and checkpoints, and without the first step, which holds the warming
    # up of the device.
    def __init__(self) -> None:
        self.words, self.seconds = 0, 0.0
        self._warm = False
        self._begun = 0.0

    def start(self) -> None:
        self._begun = time.monotonic()

    def stop(self, words: int) -> None:
        if self._warm:
            self.words += words
            self.seconds += time.monotonic() - self._begun
        self._warm = True

    @property
    def rate(self) -> float:
        return self.words / max(self.seconds, 1e-9)


def _add(sums: dict[str, float], terms: Sequence[Term], values: Sequence[float]) -> None:
    sums["steps"] = sums.get("steps", 0) + 1
    for term, value in zip(terms, values, strict=True):
        sums[term.name] = sums.get(term.name, 0.0) + value


def _total(terms: Sequence[Term], values: Sequence[float]) -> float:
    return sum(term.weight * value for term, value in zip(terms, values, strict=True))


def _log(run: _Run) -> None:
    # Means over the steps since the line before; each term's without its weight, so that weights can be compared.
    terms, sums = run.terms, run.state.sums
    count = sums.pop("steps")
    means = {name: total / count for name, total in sums.items()}
    sums.clear()
    speed = {"lr": run.optimizer.param_groups[0]["lr"], "words_per_second": round(run.watch.rate, 1)}
    total = _total(terms, [means[term.name] for term in terms])
    _write(run.store, {"step": run.state.step, "loss": total, **means, **speed})


def _write(store: Store, entry: dict[str, Any]) -> None:
    with store.log.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(entry) + "\n")


@contextmanager
def _deterministic(only: bool) -> Iterator[None]:
    before = torch.are_deterministic_algorithms_enabled()
    if only:
        # cuBLAS asks for it; read when its first product is made.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(only or before)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
