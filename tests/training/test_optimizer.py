from collections.abc import Iterator

import pytest
import torch

from tests.training.toy import Toy
from xlt.training.optimizer import OptimizerOptions, make_optimizer, optimizer_tensors, restore_optimizer, trainable

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
    for _, _, change in differences(OptimizerOptions(lr=0.1)):
        assert torch.allclose(change, torch.tensor(-0.1), atol=1e-6)


def test_eps_and_betas_by_hand() -> None:
    # One step with gradient g: m = g, v = g^2 after bias correction: -lr g / (|g| + eps).
    for _, _, change in differences(OptimizerOptions(lr=0.1, eps=0.5, betas=(0.3, 0.4))):
        assert torch.allclose(change, torch.tensor(-0.1 * 0.5 / (0.5 + 0.5)), atol=1e-6)


def test_the_head_may_have_a_rate_of_its_own_even_none() -> None:
    for rate in (0.3, 0.0):
        for name, _, change in differences(OptimizerOptions(lr=0.1, head_lr=rate)):
            expected = -rate if name.startswith("head") else -0.1
            assert torch.allclose(change, torch.tensor(expected), atol=1e-6), name


def test_adamw_decays_matrices_alone() -> None:
    for name, before, change in differences(OptimizerOptions("adamw", lr=0.1, weight_decay=0.2)):
        decay = 0.1 * 0.2 * before if before.ndim > 1 else torch.zeros(())
        assert torch.allclose(change, -0.1 - decay, atol=1e-6), name


def test_frozen_parameters_are_not_in_it() -> None:
    model = Toy()
    model.body.weight.requires_grad_(False)
    assert set(trainable(model)) == {"body.bias", "head.weight", "head.bias"}
    before = model.body.weight.clone()
    moved(model, OptimizerOptions("adamw", lr=0.1, weight_decay=0.5))
    assert torch.equal(model.body.weight, before)


@pytest.mark.parametrize("rule", ["adam", "adamw"])
def test_its_state_goes_through_names(rule: str) -> None:
    options = OptimizerOptions(rule, lr=0.1, head_lr=0.2)  # type: ignore[arg-type]
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
