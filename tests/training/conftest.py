"""Tiny models on one thread: more of them wait for each other longer than they compute."""

from collections.abc import Callable, Iterator

import pytest
import torch

from tests.training.material import make_trainable


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package")
def trainable(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A tiny checkpoint of a family with a dropout, made once."""
    made: dict[tuple[str, float], str] = {}

    def get(family: str = "bert", dropout: float = 0.0) -> str:
        if (family, dropout) not in made:
            made[family, dropout] = make_trainable(tmp_path_factory.mktemp(family), family, dropout)
        return made[family, dropout]

    return get
