"""A model of two layers and a loss with noise, so that the loop can be run hundreds of times."""

from typing import Any

import torch

from xlt.training.loop import Random


class Toy(torch.nn.Module):
    """An encoder of one layer and a head on top."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        # Made without the global generator.
        self.body = torch.nn.utils.skip_init(torch.nn.Linear, 4, 4)  # type: ignore[no-untyped-call]
        self.head = torch.nn.utils.skip_init(torch.nn.Linear, 4, 2)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    @property
    def base_model(self) -> torch.nn.Module:
        body: torch.nn.Module = self.body
        return body


class Noisy:
    """The squared output under dropout; the batch of a step follows from its number."""

    weight = 1.0

    def __init__(self, model: Toy, name: str = "task", words: int = 5) -> None:
        self.model, self.name, self.words = model, name, words
        self.asked: list[int] = []

    def batch(self, step: int) -> torch.Tensor:
        self.asked.append(step)
        return torch.randn(3, 4, generator=torch.Generator().manual_seed(step))

    def backward(self, batch: Any, random: Random) -> tuple[torch.Tensor, int]:
        with random(0):
            out = torch.nn.functional.dropout(self.model.head(self.model.body(batch)), 0.5)
        loss = out.square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach(), self.words
