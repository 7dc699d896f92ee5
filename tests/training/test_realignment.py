"""The realignment term against losses taken of one forward pass a sentence, written out term after term."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.checkpoints import FAMILIES
from tests.pair_files import random_rows
from tests.training.weights import CPU, apart, equal, fixed_random, gradients, no_random, slow_gradients
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.options import Pool
from xlt.encoders.pieces import make_pieces
from xlt.errors import XltError
from xlt.losses.contrastive import contrastive_loss
from xlt.losses.options import L2, Contrastive, Loss
from xlt.training.freeze import freeze
from xlt.training.pair_data import PairBatch, PairStream, pair_stream
from xlt.training.parallel import Processes
from xlt.training.realignment import Realignment
from xlt.training.sequences import Arithmetic, share

ROWS = random_rows(6, longest=4)


@cache
def encoder_of(model: str) -> Encoder:
    return load_encoder(model, device="cpu")


def streams_of(encoder: Encoder) -> list[PairStream]:
    links = [(np.array(r["src_idx"], np.int64), np.array(r["tgt_idx"], np.int64)) for r in ROWS]
    src, tgt = ([r[f"{side}_tokens"] for r in ROWS] for side in ("src", "tgt"))
    return [pair_stream("x", ("en", "fr"), src, tgt, links, encoder.tokenizer, encoder.max_length, "cut")]


@dataclass(frozen=True)
class Setting:
    """A loss and what it is taken of."""

    loss: Loss
    layers: tuple[int, ...] = (3,)
    pool: Pool = "first"


def contrastive(strength: Any = "strong", **words: Any) -> Setting:
    return Setting(Contrastive(strength=strength, temperature=0.2), **words)


def l2(keep: Any = "src", regularisation: float = 1.0, **words: Any) -> Setting:
    return Setting(L2(keep=keep, regularisation=regularisation), **words)


def term(
    encoder: Encoder, setting: Setting, micro: int | None = None, autocast: bool = False, **options: Any
) -> Realignment:
    encoder.model.train()
    return Realignment(
        encoder.model,
        streams_of(encoder),
        setting.loss,
        Arithmetic(CPU, autocast=autocast, micro_batch=micro),
        Processes(),
        layers=setting.layers,
        pool=setting.pool,
        batch_size=6,
        pad_id=encoder.tokenizer.pad_id,
        seed=1,
        **options,
    )


def slow_words(model: Any, encoder: Encoder, side: str, layer: int, pool: str) -> list[list[Tensor]]:
    """The vectors of the words of each sentence, from one forward pass a sentence."""
    vectors = []
    for r in ROWS:
        pieces = make_pieces(encoder.tokenizer, [r[f"{side}_tokens"]], encoder.max_length)
        assert len(pieces.tokens.lengths) == 1
        out = model(input_ids=torch.from_numpy(pieces.tokens.values)[None], output_hidden_states=True)
        hidden = (out.last_hidden_state if layer == encoder.num_layers else out.hidden_states[layer])[0]
        spans = [(int(a), int(b)) for a, b in zip(pieces.start, pieces.stop, strict=True)]
        vectors.append(
            [{"first": hidden[a], "last": hidden[b - 1], "mean": hidden[a:b].mean(dim=0)}[pool] for a, b in spans]
        )
    return vectors


def slow_contrastive(source: list[list[Tensor]], target: list[list[Tensor]], strength: str, t: float) -> Tensor:
    """Equation 2 of gaschi2023."""
    total = torch.zeros(())
    count = 0
    for own, other, here, there in ((source, target, "src_idx", "tgt_idx"), (target, source, "tgt_idx", "src_idx")):
        for n, r in enumerate(ROWS):
            for i, j in zip(r[here], r[there], strict=True):
                query = own[n][i]
                keys = [w for sentence in other for w in sentence]
                if strength == "strong":
                    keys += [w for m, s in enumerate(own) for k, w in enumerate(s) if (m, k) != (n, i)]
                cosines = torch.stack([torch.cosine_similarity(query, k, dim=0) for k in keys]) / t
                right = torch.cosine_similarity(query, other[n][j], dim=0) / t
                total = total - (right - torch.logsumexp(cosines, 0))
                count += 1
    return total / count


def slow_l2(source: list[list[Tensor]], target: list[list[Tensor]]) -> Tensor:
    """The sum over word pairs of cao2020, section 3.3."""
    terms = [
        (source[n][i] - target[n][j]).square().sum()
        for n, r in enumerate(ROWS)
        for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
    ]
    return torch.stack(terms).sum()


def slow_loss(encoder: Encoder, setting: Setting, frozen: Any = None) -> Tensor:
    values, loss = [], setting.loss
    for layer in setting.layers:
        src, tgt = (slow_words(encoder.model, encoder, s, layer, setting.pool) for s in ("src", "tgt"))
        if isinstance(loss, Contrastive):
            values.append(slow_contrastive(src, tgt, loss.strength, loss.temperature))
            continue
        assert isinstance(loss, L2)
        value = slow_l2(src, tgt)
        with torch.no_grad():
            start = slow_words(frozen, encoder, loss.keep, layer, setting.pool)
        side = src if loss.keep == "src" else tgt
        for sentence, before in zip(side, start, strict=True):
            for now, then in zip(sentence, before, strict=True):
                value = value + loss.regularisation * (now - then).square().sum()
        values.append(value)
    return torch.stack(values).mean()


def compare(encoder: Encoder, setting: Setting, frozen: Any = None, micro: int | None = None) -> None:
    one = term(encoder, setting, micro, frozen=frozen)
    value, ours = gradients(encoder.model, one, one.batch(0))
    slow, expected = slow_gradients(encoder.model, lambda: slow_loss(encoder, setting, frozen))
    assert value == pytest.approx(slow, rel=1e-5)
    assert apart(ours, expected) < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_contrastive_for_each_family(trainable: Callable[..., str], family: str) -> None:
    compare(encoder_of(trainable(family)), contrastive())


@pytest.mark.parametrize("strength", ["strong", "weak"])
@pytest.mark.parametrize("pool", ["first", "last", "mean"])
def test_contrastive(trainable: Callable[..., str], strength: str, pool: str) -> None:
    compare(encoder_of(trainable()), contrastive(strength=strength, pool=pool, layers=(0, 2, 3)))


@pytest.mark.parametrize("keep", ["src", "tgt"])
@pytest.mark.parametrize("micro", [None, 5])
def test_l2_and_its_frozen_start(trainable: Callable[..., str], keep: str, micro: int | None) -> None:
    # Another encoder as the start, so that the regularisation is not nothing; with dropout, which must not run in it.
    frozen = load_encoder(trainable("bert", 0.4), device="cpu").model
    with torch.no_grad():
        for parameter in frozen.parameters():
            parameter.mul_(1.1)
    before = {n: p.clone() for n, p in frozen.named_parameters()}
    compare(encoder_of(trainable()), l2(keep=keep, layers=(1, 3), pool="last", regularisation=0.7), frozen, micro)
    assert equal({n: p.detach() for n, p in frozen.named_parameters()}, before)
    assert all(p.grad is None for p in frozen.parameters())
    assert not frozen.training


@pytest.mark.parametrize("setting", [contrastive, l2])
@pytest.mark.parametrize("micro", [1, 3, 100])
def test_micro_batches_give_the_gradient_of_the_batch(
    trainable: Callable[..., str], setting: Callable[..., Setting], micro: int
) -> None:
    encoder = encoder_of(trainable())
    frozen = encoder_of(trainable("bert", 0.4)).model.eval() if setting is l2 else None
    one, other = (term(encoder, setting(layers=(0, 3)), m, frozen=frozen) for m in (None, micro))
    value, grads = gradients(encoder.model, one, one.batch(0))
    cached, ours = gradients(encoder.model, other, one.batch(0))
    assert cached == pytest.approx(value, rel=1e-5)
    assert apart(ours, grads) < 1e-5


def with_masks(encoder: Encoder, batch: PairBatch, micro: int) -> Tensor:
    """The loss with every pass run once, under its own dropout, its graph kept."""
    passes = list(share(batch.sequences.lengths, 0, 1, micro))
    random = fixed_random(7)
    words: list[Tensor | None] = [None] * len(batch.row)
    for i, rows in enumerate(passes):
        longest = max(len(batch.sequences[r]) for r in rows)
        ids = torch.full((len(rows), longest), encoder.tokenizer.pad_id)
        mask = torch.zeros_like(ids)
        for k, r in enumerate(rows):
            own = torch.from_numpy(batch.sequences[r])
            ids[k, : len(own)], mask[k, : len(own)] = own, 1
        with random(i):
            hidden = encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state
        for w, r in enumerate(batch.row):
            if r in rows:
                words[w] = hidden[rows.tolist().index(r), int(batch.start[w])]
    vectors, n = torch.stack([w for w in words if w is not None]), batch.n_source
    pairs = (torch.from_numpy(batch.src_ids), torch.from_numpy(batch.tgt_ids))
    return contrastive_loss(vectors[:n], vectors[n:], *pairs, temperature=0.2, strength="strong")


@pytest.mark.parametrize("family", ["bert", "modernbert"])
@pytest.mark.parametrize("micro", [1, 5])
def test_both_passes_have_the_same_dropout(trainable: Callable[..., str], family: str, micro: int) -> None:
    encoder = encoder_of(trainable(family, 0.3))
    one = term(encoder, contrastive(), micro)
    batch = one.batch(0)
    value, ours = gradients(encoder.model, one, batch, fixed_random(7))
    slow, expected = slow_gradients(encoder.model, lambda: with_masks(encoder, batch, micro))
    assert value == pytest.approx(slow, rel=1e-5)
    assert apart(ours, expected) < 1e-5
    assert gradients(encoder.model, one, batch, fixed_random(8))[0] != value


def test_the_weight_multiplies_the_gradient_and_not_the_value_told(trainable: Callable[..., str]) -> None:
    encoder = encoder_of(trainable())
    one, other, cached = (
        term(encoder, contrastive(), micro, weight=w) for micro, w in ((None, 1.0), (None, 0.25), (4, 0.25))
    )
    batch = one.batch(0)
    value, grads = gradients(encoder.model, one, batch)
    for scaled in (other, cached):
        small, ours = gradients(encoder.model, scaled, batch)
        assert small == pytest.approx(value, rel=1e-5)
        assert apart({n: g * 4 for n, g in ours.items()}, grads) < 1e-5


def test_every_word_of_the_batch_is_seen(trainable: Callable[..., str]) -> None:
    encoder = encoder_of(trainable())
    for micro in (None, 5):
        one = term(encoder, contrastive(), micro)
        words = sum(len(r["src_tokens"]) + len(r["tgt_tokens"]) for r in ROWS)
        assert one.backward(one.batch(0), no_random)[1] == words


@pytest.mark.parametrize("micro", [None, 3])
def test_layers_that_nothing_trainable_is_under(trainable: Callable[..., str], micro: int | None) -> None:
    encoder = load_encoder(trainable(), device="cpu")
    freeze(encoder.model, "front", "x")
    for parameter in encoder.model.embeddings.parameters():
        parameter.requires_grad_(False)
    one = term(encoder, contrastive(layers=(0, 1, 3)), micro)
    value, ours = gradients(encoder.model, one, one.batch(0))
    assert value == pytest.approx(float(slow_loss(encoder, contrastive(layers=(0, 1, 3))).detach()), rel=1e-5)
    assert ours
    assert all(".layer.1." in n or ".layer.2." in n for n in ours)
    with pytest.raises(XltError, match=r"freeze .* nothing that the realignment loss"):
        gradients(encoder.model, term(encoder, contrastive(layers=(0, 1)), micro), one.batch(0))


def test_bfloat16(trainable: Callable[..., str]) -> None:
    encoder = encoder_of(trainable())
    for micro in (None, 4):
        one = term(encoder, contrastive(), micro)
        exact, _ = gradients(encoder.model, one, one.batch(0))
        rough = term(encoder, contrastive(), micro, autocast=True)
        near, grads = gradients(encoder.model, rough, one.batch(0))
        assert exact != near == pytest.approx(exact, rel=0.05)
        assert all(g.dtype == torch.float32 for g in grads.values())
