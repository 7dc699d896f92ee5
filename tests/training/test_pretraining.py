from contextlib import nullcontext

import numpy as np
import pytest
import torch

from tests.checkpoints import TEXT
from xlt.training.masked_text import BatchPlan, line_sequences
from xlt.training.parallel import World
from xlt.training.pretraining import MaskedLanguageModelling
from xlt.training.sequences import Arithmetic
from xlt.training.vocabulary import Shape, learn_tokenizer, new_encoder


@pytest.mark.parametrize("micro_batch", [None, 1, 5])
def test_the_loss_is_the_models_own_over_the_hidden_tokens(micro_batch: int | None) -> None:
    tokenizer = learn_tokenizer(TEXT, 150, 32)
    torch.manual_seed(0)
    model = new_encoder(tokenizer, Shape(2, 32, 4, 48, 32, 0.0))
    sequences = line_sequences(tokenizer, TEXT, 16)
    plan = BatchPlan(np.diff(sequences.offsets), 12, 3)
    arithmetic = Arithmetic(torch.device("cpu"), micro_batch=micro_batch)
    term = MaskedLanguageModelling(model, sequences, plan, arithmetic, World(), tokenizer=tokenizer, seed=3)
    batch = term.batch(2)
    loss, seen = term.backward(batch, lambda i: nullcontext())
    ours = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}

    # The same through the labels of transformers: -100 where nothing is hidden.
    starts, ids = batch.sequences.offsets, batch.sequences.ids
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
