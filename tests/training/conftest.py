"""Tiny checkpoints that can be trained."""

from collections.abc import Callable

import pytest

from tests.training.material import make_trainable


@pytest.fixture(scope="package")
def trainable(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A tiny checkpoint of a family with a dropout, made once."""
    made: dict[tuple[str, float], str] = {}

    def get(family: str = "bert", dropout: float = 0.0) -> str:
        if (family, dropout) not in made:
            made[family, dropout] = make_trainable(tmp_path_factory.mktemp(family), family, dropout)
        return made[family, dropout]

    return get
