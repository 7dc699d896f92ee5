"""Heads by name: what stands on the encoder follows from the task."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.tasks.classifiers import Make
from xlt.errors import XltError
from xlt.tasks.heads import load_linear, loader_of
from xlt.tasks.kinds import HEADS, TASKS


def test_one_map_for_words_and_one_for_texts(checkpoints: Callable[..., Path]) -> None:
    assert list(HEADS) == ["linear"]
    for task in TASKS.values():
        torch.manual_seed(3)
        encoder = loader_of("linear")(str(checkpoints("bert")), task, ["no", "yes", "maybe"], device="cpu")
        per_word = task.shape == "words"
        assert type(encoder.model).__name__ == f"BertFor{'Token' if per_word else 'Sequence'}Classification"
        assert encoder.labels == ["no", "yes", "maybe"]
        assert encoder.model.classifier.weight.shape == (3, 32)
        # What is new, or stands on top, is the head.
        assert {"classifier.weight", "classifier.bias"} <= encoder.head


def test_the_head_of_a_checkpoint(classifier: Make, model: str) -> None:
    encoder = load_linear(classifier(labels=("A", "B")), TASKS["pos"], device="cpu")
    assert encoder.labels == ["A", "B"]
    with pytest.raises(XltError, match="was not trained to tag words"):
        load_linear(model, TASKS["pos"], device="cpu")
    with pytest.raises(XltError, match="was not trained to classify sentences"):
        load_linear(model, TASKS["nli"], device="cpu")


def test_another_head_is_named() -> None:
    assert all(callable(loader_of(name)) for name in HEADS)
    with pytest.raises(XltError, match="there is no head 'crf'; there are linear"):
        loader_of("crf")
