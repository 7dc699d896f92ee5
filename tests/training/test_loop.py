"""The loop on a model of two layers: steps, schedule, log, validation, checkpoints, stopping, resuming."""

import json
import math
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.toy import Noisy, Toy
from tests.training.weights import CPU, CrashError, crash_at, equal, fixed_random, log_of
from xlt.errors import FailedRunError, StoppedError, XltError
from xlt.training.loop import Finished, Hooks, LoopOptions, train
from xlt.training.optimizer import OptimizerOptions
from xlt.training.options import TrainOptions
from xlt.training.parallel import Processes
from xlt.training.store import Store


def looped(
    steps: int, *, lr: float = 0.05, head_lr: float | None = None, log_steps: int = 10, **of_train: Any
) -> LoopOptions:
    optimizer = OptimizerOptions(rule="adam", lr=lr, head_lr=head_lr)
    return LoopOptions(steps=steps, optimizer=optimizer, train=TrainOptions(**of_train), log_steps=log_steps)


OPTIONS = looped(20, save_steps=4, log_steps=3)


def opened(folder: Path, resume: bool = False) -> Store:
    store = Store(folder)
    store.open({}, resume=resume, force=False)
    return store


def run(folder: Path, options: LoopOptions = OPTIONS, *, resume: bool = False, **kwargs: Any) -> tuple[Toy, Finished]:
    """The toy trained with two terms; a validation looks at its weights."""
    model = Toy()
    if kwargs.pop("validated", False):
        kwargs |= {"validate": lambda: math.sin(7 * float(model.head.bias.detach().sum())), "validate_steps": 5}
    terms = [Noisy(model), Noisy(model, "realignment", 2)]
    return model, train(model, terms, options, opened(folder, resume), Processes(), Hooks(**kwargs))


def state(model: Toy) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.named_parameters()}


def test_against_torch_alone(tmp_path: Path) -> None:
    model, slow = Toy(), Toy()
    options = looped(6, seed=3, lr=0.1, head_lr=0.4, warmup=0.5, clip_norm=0.2)
    term = Noisy(model)
    train(model, [term], options, opened(tmp_path / "x"), Processes(), head=("head.weight", "head.bias"))
    adam = torch.optim.Adam(
        [{"params": slow.body.parameters(), "lr": 0.1}, {"params": slow.head.parameters(), "lr": 0.4}]
    )
    rates = [1 / 3, 2 / 3, 1, 1, 2 / 3, 1 / 3]
    other = Noisy(slow)
    for step, rate in enumerate(rates):
        for group, top in zip(adam.param_groups, (0.1, 0.4), strict=True):
            group["lr"] = top * rate
        adam.zero_grad()
        other.backward(other.batch(step), fixed_random(3, step, "task", 0))
        torch.nn.utils.clip_grad_norm_(slow.parameters(), 0.2)
        adam.step()
    assert term.asked == other.asked == list(range(6))
    for name, parameter in state(model).items():
        assert torch.allclose(parameter, state(slow)[name], atol=1e-6), name
    assert not model.training


def test_the_log_holds_the_means_since_the_line_before(tmp_path: Path) -> None:
    losses: list[float] = []
    run(tmp_path / "x", progress=lambda done, total, loss, rate: losses.append(loss))
    log = log_of(tmp_path / "x")
    assert [line["step"] for line in log] == [3, 6, 9, 12, 15, 18, 20]
    for i, line in enumerate(log):
        part = losses[3 * i : 3 * i + 3]
        assert line["loss"] == pytest.approx(sum(part) / len(part))
        assert line["loss"] == pytest.approx(line["task"] + line["realignment"])
    # 2 of 20 steps rise; the line of step 3 is at 18/18, that of step 20 at 1/18 of the rate.
    assert [log[0]["lr"], log[-1]["lr"]] == pytest.approx([0.05, 0.05 / 18])


def test_progress_and_words(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    _, finished = run(tmp_path / "x", progress=lambda done, total, loss, rate: seen.append((done, total)))
    assert seen == [(i, 20) for i in range(1, 21)]
    # The first step is left out of the speed.
    assert (finished.words, finished.resumed_from, finished.best_step) == (19 * 7, 0, None)


@pytest.mark.parametrize("validated", [False, True])
def test_a_crash_at_any_step_changes_nothing(tmp_path: Path, validated: bool) -> None:
    whole, finished = run(tmp_path / "whole", validated=validated)
    for step in range(1, 21):
        folder = tmp_path / f"{step}"
        with pytest.raises(CrashError):
            run(folder, validated=validated, progress=crash_at(step))
        model, again = run(folder, resume=True, validated=validated)
        assert again.resumed_from == (step - 1) // 4 * 4
        assert (again.best_step, again.best_value) == (finished.best_step, finished.best_value)
        assert equal(state(model), state(whole)), step
        assert log_of(folder) == log_of(tmp_path / "whole"), step


def test_many_crashes_change_nothing(tmp_path: Path) -> None:
    whole, _ = run(tmp_path / "whole", validated=True)
    for step in (3, 5, 6, 9, 18, 19):
        with pytest.raises(CrashError):
            run(tmp_path / "x", resume=True, validated=True, progress=crash_at(step))
    model, _ = run(tmp_path / "x", resume=True, validated=True)
    assert equal(state(model), state(whole))
    assert log_of(tmp_path / "x") == log_of(tmp_path / "whole")


def test_the_best_weights_are_given_back(tmp_path: Path) -> None:
    values = iter([0.3, 0.7, 0.7, 0.1])
    states: list[dict[str, torch.Tensor]] = []
    model = Toy()

    def validate() -> float:
        assert not model.training
        states.append(state(model))
        return next(values)

    finished = train(
        model, [Noisy(model)], OPTIONS, opened(tmp_path / "x"), Processes(), Hooks(validate=validate, validate_steps=6)
    )
    # After steps 6, 12, 18 and the last; of equal ones the first.
    assert (finished.best_step, finished.best_value, len(states)) == (12, 0.7, 4)
    assert equal(state(model), states[1])
    assert not equal(states[1], states[3])
    lines = [line for line in log_of(tmp_path / "x") if "validation" in line]
    assert lines == [
        {"step": 6, "validation": 0.3, "best_step": 6},
        {"step": 12, "validation": 0.7, "best_step": 12},
        {"step": 18, "validation": 0.7, "best_step": 12},
        {"step": 20, "validation": 0.1, "best_step": 12},
    ]


def test_intermediate_models(tmp_path: Path) -> None:
    steps: list[int] = []
    run(tmp_path / "x", keep=steps.append, keep_steps=7)
    assert steps == [7, 14]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_writes_a_checkpoint_first(tmp_path: Path, signum: signal.Signals) -> None:
    def progress(done: int, total: int, loss: float, rate: float) -> None:
        if done == 10:
            os.kill(os.getpid(), signum)

    whole, _ = run(tmp_path / "whole")
    with pytest.raises(StoppedError, match="stopped at step 11 of 20; --resume goes on") as stopped:
        run(tmp_path / "x", progress=progress)
    assert stopped.value.signum == signum
    model, finished = run(tmp_path / "x", resume=True)
    assert finished.resumed_from == 11
    assert equal(state(model), state(whole))
    assert log_of(tmp_path / "x") == log_of(tmp_path / "whole")


def test_a_signal_in_the_last_step_lets_it_end(tmp_path: Path) -> None:
    def progress(done: int, total: int, loss: float, rate: float) -> None:
        if done == 19:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    run(tmp_path / "x", progress=progress)
    assert signal.getsignal(signal.SIGTERM) == before


def test_checkpoints_by_the_minute(tmp_path: Path) -> None:
    options = looped(5, save_minutes=0.0)
    with pytest.raises(CrashError):
        run(tmp_path / "x", options, progress=crash_at(4))
    assert (tmp_path / "x" / "step-00000003").is_dir()
    with pytest.raises(CrashError):
        run(tmp_path / "y", looped(5, save_minutes=None), progress=crash_at(4))
    assert not list((tmp_path / "y").glob("step-*"))


class Poisoned(Noisy):
    """No number at one step: as its value, or only as its gradient."""

    def __init__(self, model: Toy, step: int, gradient: bool) -> None:
        super().__init__(model)
        self.step, self.gradient, self.now = step, gradient, 0

    def backward(self, batch: Any, random: Any) -> tuple[torch.Tensor, int]:
        loss, words = super().backward(batch, random)
        self.now += 1
        if self.now == self.step:
            if not self.gradient:
                return loss * math.nan, words
            assert self.model.head.bias.grad is not None
            self.model.head.bias.grad[0] = math.inf
        return loss, words


@pytest.mark.parametrize("gradient", [False, True])
@pytest.mark.parametrize("step", [9, 20])
def test_no_number_any_more(tmp_path: Path, step: int, gradient: bool) -> None:
    model = Toy()
    store = opened(tmp_path / "x")
    options = looped(20, save_steps=1)
    terms = [Noisy(model, "realignment"), Poisoned(model, step, gradient)]
    with pytest.raises(FailedRunError, match=f" step {step} is no finite number.*--lr or --clip-norm") as failed:
        train(model, terms, options, store, Processes())
    assert ("what the weights hold after" if gradient else "the task loss of") in str(failed.value)
    newest = store.newest(CPU)
    assert newest is not None
    assert newest.step == step - 1
    assert all(bool(t.isfinite().all()) for t in newest.weights.values())


def test_a_rate_beyond_all_measure(tmp_path: Path) -> None:
    store = opened(tmp_path / "x")
    model = Toy()
    with pytest.raises(FailedRunError, match="no finite number"):
        train(model, [Noisy(model)], looped(20, lr=1e37), store, Processes())


def test_everything_is_frozen(tmp_path: Path) -> None:
    model = Toy().requires_grad_(False)
    with pytest.raises(XltError, match="every parameter is frozen"):
        train(model, [Noisy(model)], OPTIONS, opened(tmp_path / "x"), Processes())


def test_the_global_generator_is_left_alone(tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    run(tmp_path / "x")
    assert torch.equal(torch.random.get_rng_state(), before)


def test_deterministic_holds_inside_alone(tmp_path: Path) -> None:
    seen: list[bool] = []

    def progress(done: int, total: int, loss: float, rate: float) -> None:
        seen.append(torch.are_deterministic_algorithms_enabled())

    run(tmp_path / "x", looped(1, lr=2e-5, deterministic=True), progress=progress)
    assert (seen, torch.are_deterministic_algorithms_enabled()) == ([True], False)


def test_the_log_tells_each_loss_without_its_weight_and_their_weighted_sum(tmp_path: Path) -> None:
    model = Toy()
    light, heavy = Noisy(model, "a"), Noisy(model, "b")
    heavy.weight = 3.0
    store = Store(tmp_path / "out.training")
    store.open({}, resume=False, force=False)
    train(model, [light, heavy], looped(2, lr=2e-5, log_steps=1), store, Processes())
    for entry in map(json.loads, store.log.read_text(encoding="utf-8").splitlines()):
        assert entry["loss"] == pytest.approx(entry["a"] + 3 * entry["b"])
        assert entry["b"] > 0
