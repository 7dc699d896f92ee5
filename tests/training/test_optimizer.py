from collections.abc import Iterator

import pytest
import torch

from tests.training.toy import Toy
from xlt.training.optimizer import (
    OptimizerOptions,
    make_optimizer,
    optimizer_tensors,
    rate_factor,
    restore_optimizer,
    trainable,
)

HEAD = ("head.weight", "head.bias")


def moved(model: Toy, options: OptimizerOptions, steps: int = 1, gradient: float = 0.5) -> None:
    optimizer = make_optimizer(model, options, HEAD)
    for _ in range(steps):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, gradient)
        optimizer.step()


def differences(options: OptimizerOptions, steps: int = 1) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    model = Toy()
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    moved(model, options, steps)
    for name, parameter in model.named_parameters():
        yield name, before[name], parameter.detach() - before[name]


def test_the_first_step_of_adam_is_the_rate() -> None:
    # Bias-corrected, m / sqrt(v) is the sign of the gradient.
    for _, _, change in differences(OptimizerOptions(rule="adam", lr=0.1)):
        assert torch.allclose(change, torch.tensor(-0.1), atol=1e-6)


def test_eps_and_betas_by_hand() -> None:
    # One step with gradient g: m = g, v = g^2 after bias correction: -lr g / (|g| + eps).
    for _, _, change in differences(OptimizerOptions(rule="adam", lr=0.1, eps=0.5, betas=(0.3, 0.4))):
        assert torch.allclose(change, torch.tensor(-0.1 * 0.5 / (0.5 + 0.5)), atol=1e-6)


def test_the_head_may_have_a_rate_of_its_own_even_none() -> None:
    for rate in (0.3, 0.0):
        for name, _, change in differences(OptimizerOptions(rule="adam", lr=0.1, head_lr=rate)):
            expected = -rate if name.startswith("head") else -0.1
            assert torch.allclose(change, torch.tensor(expected), atol=1e-6), name


def test_adamw_decays_matrices_alone() -> None:
    for name, before, change in differences(OptimizerOptions(rule="adamw", lr=0.1, weight_decay=0.2)):
        decay = 0.1 * 0.2 * before if before.ndim > 1 else torch.zeros(())
        assert torch.allclose(change, -0.1 - decay, atol=1e-6), name


def test_frozen_parameters_are_not_in_it() -> None:
    model = Toy()
    model.body.weight.requires_grad_(False)
    assert set(trainable(model)) == {"body.bias", "head.weight", "head.bias"}
    before = model.body.weight.clone()
    moved(model, OptimizerOptions(rule="adamw", lr=0.1, weight_decay=0.5))
    assert torch.equal(model.body.weight, before)


@pytest.mark.parametrize("rule", ["adam", "adamw"])
def test_its_state_goes_through_names(rule: str) -> None:
    options = OptimizerOptions(rule=rule, lr=0.1, head_lr=0.2)  # type: ignore[arg-type]
    whole, parted = Toy(), Toy()
    moved(whole, options, 1)
    optimizer = make_optimizer(whole, options)
    first = make_optimizer(parted, options)
    for model, one in ((whole, optimizer), (parted, first)):
        model.load_state_dict(Toy().state_dict())
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 0.5)
        one.step()
    tensors = {name: tensor.clone() for name, tensor in optimizer_tensors(parted, first).items()}
    assert set(tensors) == {f"{k}/{n}" for n in trainable(parted) for k in ("step", "exp_avg", "exp_avg_sq")}
    second = make_optimizer(parted, options)
    restore_optimizer(parted, second, tensors)
    for model, one in ((whole, optimizer), (parted, second)):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, -0.2)
        one.step()
    assert all(torch.equal(p, q) for p, q in zip(whole.parameters(), parted.parameters(), strict=True))


def test_linear_by_hand() -> None:
    # 10 steps, the first 3 rise; then 7 fall towards 0, which no step has.
    expected = [1 / 3, 2 / 3, 1, 7 / 7, 6 / 7, 5 / 7, 4 / 7, 3 / 7, 2 / 7, 1 / 7]
    assert [rate_factor(s, 10, "linear", 0.3) for s in range(10)] == pytest.approx(expected)


def test_a_tenth_is_rounded_up() -> None:
    assert [rate_factor(s, 15, "linear", 0.1) for s in range(3)] == pytest.approx([1 / 2, 1, 13 / 13])


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.9])
def test_every_step_moves_the_weights_and_none_more_than_the_rate(steps: int, warmup: float) -> None:
    factors = [rate_factor(s, steps, "linear", warmup) for s in range(steps)]
    assert all(0 < f <= 1 for f in factors)
    assert max(factors) == 1


def test_without_warmup_it_only_falls() -> None:
    assert [rate_factor(s, 4, "linear", 0.0) for s in range(4)] == [1, 0.75, 0.5, 0.25]


def test_constant() -> None:
    assert {rate_factor(s, 9, "constant", 0.1) for s in range(9)} == {1.0}
