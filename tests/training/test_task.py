"""The task loss against one forward pass a sentence, and that nothing changes however the batch is split."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.checkpoints import FAMILIES
from tests.training.task_files import tagged
from tests.training.weights import CPU, apart, fixed_random, gradients, slow_gradients
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.pieces import make_pieces
from xlt.tasks.examples import Examples, tagged_examples, text_examples
from xlt.training.order import seeded
from xlt.training.parallel import Processes
from xlt.training.sequences import Arithmetic
from xlt.training.task import TaskLoss

LABELS = ["ADP", "DET", "NOUN", "VERB"]
NUMBERS = {label: i for i, label in enumerate(LABELS)}


@cache
def classifier(model: str, head: Any = "tokens") -> Encoder:
    with seeded(CPU, "head"):
        return load_encoder(model, head=head, labels=LABELS, device="cpu")


def term(
    encoder: Encoder, examples: Examples, micro: int | None = None, batch_size: int = 7, autocast: bool = False
) -> TaskLoss:
    encoder.model.train()
    return TaskLoss(
        encoder.model,
        examples,
        Arithmetic(CPU, autocast=autocast, micro_batch=micro),
        Processes(),
        batch_size=batch_size,
        pad_id=encoder.tokenizer.pad_id,
        seed=1,
    )


def slow_tagging(encoder: Encoder, words: list[list[str]], tags: list[list[str]]) -> Tensor:
    """A sentence at a time, a word at a time: mean over all words with a label of the model."""
    losses = []
    for sentence, labels in zip(words, tags, strict=True):
        pieces = make_pieces(encoder.tokenizer, [sentence], encoder.max_length)
        for i, label in enumerate(labels):
            p = int(pieces.piece[i])
            if label in NUMBERS and p >= 0:
                ids = torch.from_numpy(pieces.tokens[p])[None]
                logits = encoder.model(input_ids=ids).logits[0, int(pieces.start[i])]
                losses.append(logits.logsumexp(0) - logits[NUMBERS[label]])
    return torch.stack(losses).mean()


@pytest.mark.parametrize("family", FAMILIES)
def test_mean_over_the_labelled_words_of_the_batch(trainable: Callable[..., str], family: str) -> None:
    encoder = classifier(trainable(family))
    words, tags = tagged(5, 1)
    tags[2] = ["UNSEEN" if t == "NOUN" else t for t in tags[2]]
    # Longer than the model takes: in windows, each word counted once.
    words.append([w for s in tagged(9, 2)[0] for w in s])
    tags.append([t for s in tagged(9, 2)[1] for t in s])
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    assert len(examples.offsets) - 1 > len(examples)
    every = examples.take(np.arange(6))
    loss = term(encoder, examples)
    value, ours = gradients(encoder.model, loss, every)
    slow, expected = slow_gradients(encoder.model, lambda: slow_tagging(encoder, words, tags))
    assert value == pytest.approx(slow, rel=1e-5)
    assert apart(ours, expected) < 1e-5
    known = sum(t in NUMBERS for s in tags for t in s)
    assert loss.backward(every, fixed_random(0))[1] == known


@pytest.mark.parametrize("pair", [False, True])
def test_texts(trainable: Callable[..., str], pair: bool) -> None:
    encoder = classifier(trainable("bert"), "sentences")
    first = ["the cat sat on the mat", "God created light", "no"]
    second = ["a cat", "the heavens and the earth of the beginning", "yes"] if pair else None
    tags = ["NOUN", "ADP", "VERB"]
    tokenizer = encoder.text_tokenizer
    examples = text_examples(first, second, tags, NUMBERS, tokenizer, 32)

    def slow() -> Tensor:
        losses = []
        for i, tag in enumerate(tags):
            inputs = tokenizer(first[i], second[i] if second else None, return_tensors="pt")
            losses.append(-encoder.model(**inputs).logits[0].log_softmax(0)[NUMBERS[tag]])
        return torch.stack(losses).mean()

    value, ours = gradients(encoder.model, term(encoder, examples), examples)
    expected_value, expected = slow_gradients(encoder.model, slow)
    assert value == pytest.approx(expected_value, rel=1e-5)
    assert apart(ours, expected) < 1e-5


@pytest.mark.parametrize("family", ["bert", "modernbert"])
def test_micro_batches_give_the_gradient_of_the_batch(trainable: Callable[..., str], family: str) -> None:
    encoder = classifier(trainable(family))
    words, tags = tagged(8, 3, longest=20)
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    results = [gradients(encoder.model, term(encoder, examples, m), examples) for m in (None, 1, 3)]
    for value, grads in results[1:]:
        assert value == pytest.approx(results[0][0], rel=1e-5)
        assert apart(grads, results[0][1]) < 1e-5


def test_processes_add_up_to_the_batch(trainable: Callable[..., str]) -> None:
    encoder = classifier(trainable("bert"))
    words, tags = tagged(8, 3)
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    whole = gradients(encoder.model, term(encoder, examples), examples)
    encoder.model.zero_grad()
    values = []
    for rank in range(3):
        loss = term(encoder, examples)
        loss._world = Processes(rank, 3)
        values.append(loss.backward(examples, fixed_random(0)))
    ours = {n: p.grad for n, p in encoder.model.named_parameters() if p.grad is not None}
    assert sum(float(v) for v, _ in values) == pytest.approx(whole[0], rel=1e-5)
    assert sum(seen for _, seen in values) == sum(map(len, words))
    assert apart(ours, whole[1]) < 1e-5


def test_dropout_follows_the_random_state_of_the_pass(trainable: Callable[..., str]) -> None:
    encoder = classifier(trainable("bert", 0.3))
    words, tags = tagged(6, 4)
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    values = {
        seed: [gradients(encoder.model, term(encoder, examples), examples, fixed_random(seed))[0] for _ in range(2)]
        for seed in (1, 2)
    }
    assert values[1][0] == values[1][1] != values[2][0]


def test_a_batch_without_a_known_label_changes_nothing(trainable: Callable[..., str]) -> None:
    encoder = classifier(trainable("bert"))
    examples = tagged_examples([["a"], ["cat"]], [["X"], ["Y"]], NUMBERS, encoder.tokenizer, 32)
    assert gradients(encoder.model, term(encoder, examples), examples) == (0.0, {})


def test_batches_are_epochs(trainable: Callable[..., str]) -> None:
    encoder = classifier(trainable("bert"))
    words, tags = tagged(10, 5)
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    loss = term(encoder, examples, batch_size=4)
    sizes = [len(loss.batch(step)) for step in range(6)]
    assert sizes == [4, 4, 2] * 2
    for epoch in (range(3), range(3, 6)):
        counts = sum(len(loss.batch(step).gold) for step in epoch)
        assert counts == sum(map(len, words))


def test_bfloat16(trainable: Callable[..., str]) -> None:
    encoder = classifier(trainable("bert"))
    words, tags = tagged(6, 4)
    examples = tagged_examples(words, tags, NUMBERS, encoder.tokenizer, encoder.max_length)
    exact = gradients(encoder.model, term(encoder, examples), examples)
    near = gradients(encoder.model, term(encoder, examples, autocast=True), examples)
    assert exact[0] != near[0] == pytest.approx(exact[0], rel=0.02)
    assert all(g.dtype == torch.float32 for g in near[1].values())
