"""Tiny checkpoints that can be trained."""

from collections.abc import Callable

import pytest

from tests.checkpoints import make_trainable

Model = Callable[..., str]


@pytest.fixture(scope="package")
def trainable(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A tiny checkpoint of a family with a dropout, made once."""
    made: dict[tuple[str, float], str] = {}

    def get(family: str = "bert", dropout: float = 0.0) -> str:
        if (family, dropout) not in made:
            made[family, dropout] = make_trainable(tmp_path_factory.mktemp(family), family, dropout)
        return made[family, dropout]

    return get


@pytest.fixture
def lively(trainable: Model) -> Model:
    """The same, with dropout unless told."""

    def get(family: str = "bert", dropout: float = 0.1) -> str:
        return trainable(family, dropout)

    return get
