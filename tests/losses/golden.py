"""The golden inputs of the losses as word vectors: words of all sentences of the batch, one after another."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor


@dataclass(frozen=True)
class GoldenBatch:
    """Hidden states that carry a gradient, word vectors made of them, and the word pairs."""

    hidden: tuple[Tensor, Tensor]
    source: Tensor
    target: Tensor
    source_ids: Tensor
    target_ids: Tensor


def expected_values(golden: Path) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = json.loads((golden / "loss" / "expected.json").read_text(encoding="utf-8"))
    return values


def golden_batch(golden: Path, dtype: torch.dtype = torch.float64, pool: str = "sum") -> GoldenBatch:
    """Each word is the sum (or mean) of its subword states; word ids are shifted by the words of earlier sentences."""
    with np.load(golden / "loss" / "inputs.npz", allow_pickle=False) as data:
        inputs = {name: data[name] for name in data}
    hidden, words, ids = [], [], []
    for side in ("left", "right"):
        states = torch.from_numpy(inputs[f"hidden_{side}"]).to(dtype).requires_grad_()
        rows: list[Tensor] = []
        pairs: list[int] = []
        for sentence, (length, pair_count) in enumerate(zip(inputs[f"{side}_length"], inputs["nb"], strict=True)):
            pairs += [len(rows) + int(i) for i in inputs[f"{side}_ids"][sentence][:pair_count]]
            for start, stop in inputs[f"{side}_positions"][sentence][:length].tolist():
                part = states[sentence, start:stop]
                rows.append(part.sum(dim=0) if pool == "sum" else part.mean(dim=0))
        hidden.append(states)
        words.append(torch.stack(rows))
        ids.append(torch.tensor(pairs))
    return GoldenBatch((hidden[0], hidden[1]), words[0], words[1], ids[0], ids[1])


def check_golden(batch: GoldenBatch, value: Tensor, expected: Mapping[str, float], key: str, tolerance: float) -> None:
    """A loss of the batch, and the norm of its gradient on either side where the golden values tell it."""
    assert value.dtype == batch.source.dtype
    assert value.item() == pytest.approx(expected.get(key, expected["loss_f64"]), abs=tolerance, rel=0)
    torch.autograd.backward(value)
    for states, side in zip(batch.hidden, ("left", "right"), strict=True):
        if f"grad_{side}_l2norm" in expected:
            assert states.grad is not None
            norm = torch.linalg.vector_norm(states.grad).item()
            assert norm == pytest.approx(expected[f"grad_{side}_l2norm"], rel=tolerance)
