"""Answers do not depend on what a word or text happens to be batched with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.checkpoints import TEXT
from xlt.encoders.load import Encoder, Head, load_encoder
from xlt.tasks.examples import Examples, tagged_examples, text_examples
from xlt.tasks.predict import picked, predict, predicted_labels

LABELS = ["A", "B", "C", "D"]
NUMBERS = {label: i for i, label in enumerate(LABELS)}
SENTENCES = [line.split() for line in TEXT[:7]]


def classifier(folder: Path, head: Head) -> Encoder:
    """A random classifier."""
    torch.manual_seed(3)
    return load_encoder(str(folder), head=head, labels=LABELS, device="cpu")


def reference(encoder: Encoder, examples: Examples) -> list[int]:
    """Every sequence alone, without padding, in a loop. The classifier is moved so that it gives several answers."""
    alone = logits_alone(encoder, examples)
    (last,) = [m for m in encoder.model.modules() if getattr(m, "out_features", 0) == len(LABELS)]
    with torch.no_grad():
        last.bias -= torch.stack([row for row in alone if row is not None]).mean(dim=0)
    return [-1 if row is None else int(row.argmax()) for row in logits_alone(encoder, examples)]


def logits_alone(encoder: Encoder, examples: Examples) -> list[torch.Tensor | None]:
    found: list[torch.Tensor | None] = []
    for target in range(len(examples.gold)):
        seq = int(examples.target_seq[target])
        if seq < 0:
            found.append(None)
            continue
        part = slice(int(examples.offsets[seq]), int(examples.offsets[seq + 1]))
        inputs = {"input_ids": torch.from_numpy(examples.ids[part])[None]}
        if examples.type_ids is not None:
            inputs["token_type_ids"] = torch.from_numpy(examples.type_ids[part])[None]
        with torch.no_grad():
            logits = encoder.model(**inputs).logits[0]
        row = logits if examples.target_at is None else logits[int(examples.target_at[target])]
        found.append(row)
    return found


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta", "xlm-roberta", "modernbert"])
def test_words(checkpoints: Callable[..., Path], family: str) -> None:
    encoder = classifier(checkpoints(family), "tokens")
    # The limit cuts some sentences in windows.
    examples = tagged_examples(SENTENCES, [["A"] * len(s) for s in SENTENCES], NUMBERS, encoder.tokenizer, 14)
    assert (np.diff(examples.seq_offsets) > 1).any()
    expected = reference(encoder, examples)
    assert len(set(expected)) > 2
    seen: list[tuple[int, int | None]] = []
    for batch_tokens in (1, 40, 10_000):
        found = predict(encoder, examples, batch_tokens, progress=lambda done, total: seen.append((done, total)))
        assert found.dtype == np.int64
        assert found.tolist() == expected, batch_tokens
        assert seen[-1] == (len(examples.ids), len(examples.ids))
    named = predicted_labels(examples, found, encoder.labels)
    assert [len(s) for s in named] == [len(s) for s in SENTENCES]
    assert [NUMBERS[str(label)] for s in named for label in s] == expected


@pytest.mark.parametrize("family", ["bert", "roberta"])
@pytest.mark.parametrize("pairs", [False, True])
def test_texts(checkpoints: Callable[..., Path], family: str, pairs: bool) -> None:
    encoder = classifier(checkpoints(family), "sentences")
    first = [" ".join(s[: n + 1]) for s in SENTENCES for n in range(5)]
    second = first[::-1] if pairs else None
    examples = text_examples(first, second, ["A"] * len(first), NUMBERS, encoder.text_tokenizer, 20, "skip")
    expected = reference(encoder, examples)
    assert len(set(expected)) > 2
    assert (-1 in expected) == (examples.truncated > 0)
    for batch_tokens in (1, 60, 10_000):
        assert predict(encoder, examples, batch_tokens).tolist() == expected
    named = predicted_labels(examples, np.array(expected), encoder.labels)
    assert named == [[None if e < 0 else LABELS[e]] for e in expected]


def test_a_word_that_no_window_holds_has_no_answer(checkpoints: Callable[..., Path]) -> None:
    encoder = classifier(checkpoints("bert"), "tokens")
    sentences = [["cat", "catmat" * 12, "mat"], ["cat"]]
    examples = tagged_examples(sentences, [["A"] * 3, ["A"]], NUMBERS, encoder.tokenizer, 12)
    found = predicted_labels(examples, predict(encoder, examples, 100), encoder.labels)
    assert [label is None for label in found[0]] == [False, True, False]
    assert examples.unseen.tolist() == [1, 0]


def test_nothing_is_held(checkpoints: Callable[..., Path]) -> None:
    encoder = classifier(checkpoints("bert"), "tokens")
    examples = tagged_examples([["cat"] * 40], [["A"] * 40], NUMBERS, encoder.tokenizer, 12, "skip")
    assert predict(encoder, examples, 100).tolist() == [-1] * 40


@pytest.mark.parametrize("autocast", [False, True])
def test_the_arithmetic_is_the_one_asked_for(checkpoints: Callable[..., Path], autocast: bool) -> None:
    encoder = classifier(checkpoints("bert"), "tokens")
    examples = tagged_examples([["cat"]], [["A"]], NUMBERS, encoder.tokenizer, 12)
    seen: list[bool] = []
    hook = encoder.model.register_forward_pre_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    predict(encoder, examples, 100, autocast=autocast)
    hook.remove()
    assert seen == [autocast]


def test_logits_are_picked_by_place() -> None:
    logits = torch.arange(2 * 3 * 2.0).reshape(2, 3, 2)
    one = np.zeros(3, np.int64)
    words = Examples(one, one, None, one, np.array([5, 4, 5]), np.array([2, 0, 1]), one, one, one)
    place = np.array([-1, -1, -1, -1, 1, 0])
    assert picked(logits, words, np.array([0, 1, 2]), place).tolist() == [[4, 5], [6, 7], [2, 3]]
    assert picked(logits, words, np.array([1]), place).tolist() == [[6, 7]]
    texts = Examples(one, one, None, one, np.array([5, 4, 5]), None, one, one, one)
    assert picked(logits[:, 0], texts, np.array([0, 1]), place).tolist() == [[0, 1], [6, 7]]
