"""Ragged sequences to padded inputs, hidden states to word vectors; the values by hand, the layers on each family."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.checkpoints import FAMILIES
from xlt.arrays import Ragged
from xlt.encoders.batches import hidden_states, padded, weighted_sums, word_vectors
from xlt.encoders.options import Pool
from xlt.errors import XltError

CPU = torch.device("cpu")
TOKENS = Ragged.of([[5, 6], [7], [8, 9, 10]], np.int64)


def test_padding_by_hand() -> None:
    inputs = padded(TOKENS, np.array([1, 2]), 99, CPU, np.array([0, 1, 1, 0, 1, 0]))
    assert {name: tensor.tolist() for name, tensor in inputs.items()} == {
        "input_ids": [[7, 99, 99], [8, 9, 10]],
        "attention_mask": [[1, 0, 0], [1, 1, 1]],
        "token_type_ids": [[1, 0, 0], [0, 1, 0]],
    }
    assert all(tensor.dtype == torch.int64 for tensor in inputs.values())


def test_no_wider_than_the_longest_wanted_and_in_their_order() -> None:
    inputs = padded(TOKENS, np.array([1, 0]), 0, CPU)
    assert inputs["input_ids"].tolist() == [[7, 0], [5, 6]]
    assert "token_type_ids" not in inputs


HIDDEN = torch.arange(24.0).reshape(2, 4, 3)
ROWS, START, STOP = np.array([0, 1, 1]), np.array([1, 0, 2]), np.array([3, 1, 4])


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("first", [[3, 4, 5], [12, 13, 14], [18, 19, 20]]),
        ("last", [[6, 7, 8], [12, 13, 14], [21, 22, 23]]),
        ("mean", [[4.5, 5.5, 6.5], [12, 13, 14], [19.5, 20.5, 21.5]]),
    ],
)
def test_pooling_by_hand(pool: Pool, expected: list[list[float]]) -> None:
    one, two = word_vectors([HIDDEN, HIDDEN * 2], ROWS, START, STOP, pool)
    assert one.tolist() == expected
    assert torch.equal(two, one * 2)


@pytest.mark.parametrize("pool", ["first", "last", "mean"])
def test_gradients_reach_the_subwords_of_the_words_alone(pool: Pool) -> None:
    hidden = HIDDEN.clone().requires_grad_()
    word_vectors([hidden], ROWS, START, STOP, pool)[0].sum().backward()  # type: ignore[no-untyped-call]
    assert hidden.grad is not None
    gradient = hidden.grad[..., 0].tolist()
    expected = {
        "first": [[0, 1, 0, 0], [1, 0, 1, 0]],
        "last": [[0, 0, 1, 0], [1, 0, 0, 1]],
        "mean": [[0, 0.5, 0.5, 0], [1, 0, 0.5, 0.5]],
    }[pool]
    assert gradient == expected


@pytest.mark.parametrize("pool", ["first", "last", "mean"])
@pytest.mark.parametrize(
    ("given", "got"),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_vectors_are_full_numbers(pool: Pool, given: torch.dtype, got: torch.dtype) -> None:
    assert word_vectors([HIDDEN.to(given)], ROWS, START, STOP, pool)[0].dtype == got


def test_no_word() -> None:
    none = np.empty(0, np.int64)
    for pool in ("first", "last", "mean"):
        assert word_vectors([HIDDEN], none, none, none, pool)[0].shape == (0, 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_layer_is_the_same_alone_and_among_all(checkpoints: Callable[..., Path], family: str) -> None:
    model = transformers.AutoModel.from_pretrained(checkpoints(family)).eval()
    inputs = {"input_ids": torch.tensor([[2, 8, 9, 3]]), "attention_mask": torch.ones(1, 4, dtype=torch.int64)}
    with torch.no_grad():
        alone = hidden_states(model, inputs, [3], 3)
        among = hidden_states(model, inputs, [0, 1, 3], 3)
        out = model(**inputs, output_hidden_states=True)
    assert torch.equal(alone[0], out.last_hidden_state)
    assert torch.equal(among[2], alone[0])
    assert torch.equal(among[0], out.hidden_states[0])
    assert torch.equal(among[1], out.hidden_states[1])


def test_a_model_whose_layers_are_not_those_of_its_config() -> None:
    def model(**inputs: Any) -> Any:
        return SimpleNamespace(hidden_states=(HIDDEN,) * 5, last_hidden_state=HIDDEN)

    with pytest.raises(XltError, match="gives 5 hidden states, expected 4"):
        hidden_states(model, {}, [0, 3], 3)


def test_weighted_sums_by_hand() -> None:
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    weights = np.array([[0.5, 0.5], [1.0, 0.0]])
    for layer, dtype in ((hidden, torch.float32), (hidden.bfloat16(), torch.float32), (hidden.double(), torch.float64)):
        first, second = weighted_sums([layer, 2 * layer], weights)
        assert first.tolist() == [[2, 3], [5, 6]]
        assert second.tolist() == [[4, 6], [10, 12]]
        assert first.dtype == dtype
