"""Text as sequences and batches, what is hidden of it, and the term against the models' own logits and losses."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from tests.checkpoints import TEXT
from xlt.arrays import Ragged
from xlt.training.options import EncoderShape
from xlt.training.parallel import Processes
from xlt.training.pretraining import (
    BatchPlan,
    MaskedLanguageModelling,
    Sequences,
    line_sequences,
    logits_at,
    masked,
    pair_sequences,
)
from xlt.training.sequences import Arithmetic
from xlt.training.vocabulary import learn_tokenizer, new_encoder


@pytest.mark.parametrize("micro_batch", [None, 1, 5])
def test_the_loss_is_the_models_own_over_the_hidden_tokens(micro_batch: int | None) -> None:
    tokenizer = learn_tokenizer(TEXT, 150, 32)
    torch.manual_seed(0)
    model = new_encoder(
        tokenizer,
        EncoderShape(num_layers=2, hidden_size=32, num_heads=4, intermediate_size=48, max_length=32, dropout=0.0),
    )
    sequences = line_sequences(tokenizer, TEXT, 16)
    plan = BatchPlan(sequences.ids.lengths, 12, 3)
    arithmetic = Arithmetic(torch.device("cpu"), micro_batch=micro_batch)
    term = MaskedLanguageModelling(model, sequences, plan, arithmetic, Processes(), tokenizer=tokenizer, seed=3)
    batch = term.batch(2)
    loss, seen = term.backward(batch, lambda i: nullcontext())
    ours = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}

    # The same through the labels of transformers: -100 where nothing is hidden.
    starts, ids = batch.sequences.ids.offsets, batch.sequences.ids.values
    width = int(np.diff(starts).max())
    inputs = torch.full((len(starts) - 1, width), tokenizer.pad_token_id)
    labels = torch.full((len(starts) - 1, width), -100)
    gold = dict(zip(batch.at.tolist(), batch.gold.tolist(), strict=True))
    for row in range(len(starts) - 1):
        for column, place in enumerate(range(starts[row], starts[row + 1])):
            inputs[row, column] = int(ids[place])
            labels[row, column] = gold.get(place, -100)
    model.zero_grad()
    theirs = model(input_ids=inputs, attention_mask=(inputs != tokenizer.pad_token_id).long(), labels=labels).loss
    theirs.backward()
    assert seen == len(ids)
    assert float(loss) == pytest.approx(theirs.item(), rel=1e-5)
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            assert torch.allclose(ours[name], parameter.grad, atol=1e-6), name


# Model, configuration, and what of it is called otherwise.
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "Bert": ("Bert", {}),
    "DistilBert": ("DistilBert", {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48}),
    "XLMRoberta": ("XLMRoberta", {"max_position_embeddings": 40}),
    "ModernBert": ("ModernBert", {"local_attention": 8, "cls_token_id": 2, "sep_token_id": 3}),
    "Electra": ("Electra", {"embedding_size": 24}),
    "DebertaV2": ("DebertaV2", {"type_vocab_size": 2}),
    "Albert": ("Albert", {"embedding_size": 24}),
}


def masked_model(architecture: str, vocab_size: int, pad_id: int) -> Any:
    name, other = ARCHITECTURES[architecture]
    size = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
        "max_position_embeddings": 32,
    }  # fmt: skip
    sizes = {"max_position_embeddings": 32} if architecture == "DistilBert" else size
    config = getattr(transformers, f"{name}Config")(vocab_size=vocab_size, pad_token_id=pad_id, **sizes | other)
    torch.manual_seed(0)
    model = getattr(transformers, f"{name}ForMaskedLM")(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.1)
    return model


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_of_some_tokens_are_those_of_the_model(architecture: str) -> None:
    model = masked_model(architecture, 50, 0).eval()
    ids = torch.randint(4, 50, (3, 7), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    places = torch.tensor([0, 3, 8, 20, 20])
    inputs = {"input_ids": ids, "attention_mask": mask}
    seen: list[tuple[int, ...]] = []

    def look(module: Any, arguments: Any, output: Any) -> None:
        seen.append(tuple(output.shape))

    with torch.no_grad():
        whole = model(**inputs).logits
        for module in model.modules():
            if getattr(module, "out_features", None) == 50:
                module.register_forward_hook(look)
        ours = logits_at(model, inputs, places)
    assert torch.allclose(ours, whole.reshape(-1, 50)[places], atol=1e-6, rtol=1e-6)
    # The vocabulary was gone through for these tokens alone, and the model is as it was.
    assert set(seen) == {(5, 50)}
    with torch.no_grad():
        assert torch.equal(model(**inputs).logits, whole)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_term_trains_any_architecture(architecture: str) -> None:
    model = masked_model(architecture, len(TOKENIZER), TOKENIZER.pad_token_id).eval()
    sequences = line_sequences(TOKENIZER, TEXT, 16)
    plan = BatchPlan(sequences.ids.lengths, 6, 3)
    term = MaskedLanguageModelling(
        model, sequences, plan, Arithmetic(torch.device("cpu")), Processes(), tokenizer=TOKENIZER, seed=3
    )
    batch = term.batch(0)
    loss, _ = term.backward(batch, lambda i: nullcontext())
    total = 0.0
    for row in range(len(batch.sequences)):
        start, end = batch.sequences.ids.offsets[row : row + 2]
        with torch.no_grad():
            logits = model(input_ids=torch.from_numpy(batch.sequences.ids[row][None])).logits[0]
        for at, gold in zip(batch.at.tolist(), batch.gold.tolist(), strict=True):
            if start <= at < end:
                total -= float(torch.log_softmax(logits[at - start], 0)[gold])
    assert float(loss) == pytest.approx(total / len(batch.at), rel=1e-5)
    assert any(p.grad is not None and bool(p.grad.abs().sum()) for p in model.base_model.parameters())


TOKENIZER = learn_tokenizer(TEXT, 150, 32)
CLS, SEP = TOKENIZER.cls_token_id, TOKENIZER.sep_token_id


def rows(sequences: Sequences) -> list[list[int]]:
    return [sequences.ids[row].tolist() for row in range(len(sequences))]


def test_a_line_is_a_sequence_and_a_long_one_several() -> None:
    lines = ["God", "", "the heavens and the earth", "God"]
    plain = [TOKENIZER(line, add_special_tokens=False)["input_ids"] for line in lines]
    sequences = rows(line_sequences(TOKENIZER, lines, 6))
    expected = [[CLS, *one[i : i + 4], SEP] for one in plain for i in range(0, len(one), 4)]
    assert len(plain[2]) > 4
    assert sequences == expected


def test_a_sentence_pair_is_one_sequence_with_two_segments() -> None:
    pairs = pair_sequences(TOKENIZER, ["God", "the"], ["Dieu", "la terre"], 32)
    encoded = TOKENIZER(["God", "the"], ["Dieu", "la terre"])
    assert rows(pairs) == encoded["input_ids"]
    joined = Sequences.join([line_sequences(TOKENIZER, ["God"], 32), pairs])
    assert rows(joined) == [TOKENIZER("God")["input_ids"], *encoded["input_ids"]]


@given(st.lists(st.integers(2, 30), min_size=1, max_size=300), st.integers(1, 9), st.integers(0, 3))
def test_every_epoch_sees_each_sequence_once(lengths: list[int], batch_size: int, epoch: int) -> None:
    plan = BatchPlan(np.array(lengths), batch_size, 7)
    steps = range(epoch * plan.steps_per_epoch, (epoch + 1) * plan.steps_per_epoch)
    batches = [plan.rows(step) for step in steps]
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size


def test_batches_hold_sequences_of_like_length_in_another_order_every_epoch() -> None:
    lengths = np.random.default_rng(0).integers(2, 100, 1000)
    plan = BatchPlan(lengths, 10, 7)
    spread = np.mean([np.ptp(lengths[plan.rows(step)]) for step in range(plan.steps_per_epoch)])
    assert spread < 5
    assert sorted(plan.rows(0).tolist()) != sorted(plan.rows(plan.steps_per_epoch).tolist())


def test_fifteen_percent_are_hidden_and_special_tokens_never() -> None:
    n = 40_000
    ids = np.tile(np.array([CLS, *range(10, 18), SEP]), n // 10)
    starts = np.arange(0, n + 1, 10)
    sequences = Sequences(Ragged(ids, starts), Ragged(np.zeros(n, np.int64), starts))
    special = np.array(sorted(TOKENIZER.all_special_ids))
    batch = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 0)
    shown = batch.sequences.ids.values
    assert len(batch.at) / (0.8 * n) == pytest.approx(0.15, abs=0.01)
    assert (batch.gold == ids[batch.at]).all()
    assert not np.isin(ids[batch.at], special).any()
    elsewhere = np.setdiff1d(np.arange(n), batch.at)
    assert (shown[elsewhere] == ids[elsewhere]).all()
    mask = shown[batch.at] == TOKENIZER.mask_token_id
    same = shown[batch.at] == batch.gold
    assert mask.mean() == pytest.approx(0.8, abs=0.02)
    assert same.mean() == pytest.approx(0.1, abs=0.02)
    assert not np.isin(shown[batch.at][~mask], special).any()
    again = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 0)
    other = masked(sequences, special, TOKENIZER.mask_token_id, 150, 1, "mask", 1)
    assert (again.sequences.ids.values == shown).all()
    assert (other.sequences.ids.values != shown).any()
