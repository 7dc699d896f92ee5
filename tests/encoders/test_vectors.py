from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from tests.checkpoints import FAMILIES, TEXT
from xlt.arrays import Ints
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.options import Pool
from xlt.encoders.pieces import make_pieces
from xlt.encoders.vectors import embed_words, token_batches

SENTENCES = [line.split()[:5] for line in TEXT[:7]] + [["the"], ["cat", "unbelievably", "sat"]]


def vectors(
    encoder: Encoder, sentences: list[list[str]], pool: Pool = "first", batch_tokens: int = 64, limit: int | None = None
) -> npt.NDArray[np.float32]:
    pieces = make_pieces(encoder.tokenizer, sentences, limit or encoder.max_length)
    words = np.arange(len(pieces.piece))
    out = np.full((encoder.num_layers + 1, len(words), encoder.dim), np.nan, np.float32)

    def write(words: Ints, vectors: npt.NDArray[np.float32]) -> None:
        assert np.isnan(out[:, words]).all(), "a word was written twice"
        out[:, words] = vectors

    layers = range(encoder.num_layers + 1)
    embed_words(encoder, pieces, words, layers=layers, pool=pool, batch_tokens=batch_tokens, write=write)
    assert not np.isnan(out).any()
    return out


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("pool", ["first", "last", "mean"])
def test_equals_one_sentence_at_a_time(checkpoints: Callable[..., Path], family: str, pool: Pool) -> None:
    encoder = load_encoder(str(checkpoints(family)), device="cpu")
    model = transformers.AutoModel.from_pretrained(checkpoints(family)).eval()
    batched = vectors(encoder, SENTENCES, pool)
    expected = []
    for sentence in SENTENCES:
        cut = encoder.tokenizer([sentence])
        ids = encoder.tokenizer.prefix + cut.tokens.values.tolist() + encoder.tokenizer.suffix
        with torch.no_grad():
            out = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
        states = torch.stack([*out.hidden_states[:-1], out.last_hidden_state])[:, 0].numpy()
        for start, stop in zip(cut.start + 1, cut.stop + 1, strict=True):
            span = {"first": slice(start, start + 1), "last": slice(stop - 1, stop), "mean": slice(start, stop)}[pool]
            expected.append(states[:, span].mean(axis=1))
    # Padding and the company of other sentences must not change a vector beyond 1e-5 of its largest entry.
    error = np.abs(batched - np.stack(expected, axis=1)).max(axis=2) / np.abs(batched).max(axis=2)
    assert error.max() < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_batches_do_not_matter(checkpoints: Callable[..., Path], family: str) -> None:
    encoder = load_encoder(str(checkpoints(family)), device="cpu")
    alone, together = (vectors(encoder, SENTENCES, batch_tokens=n) for n in (1, 10_000))
    assert (np.abs(alone - together).max(axis=2) / np.abs(alone).max(axis=2)).max() < 1e-5


def test_windows_agree_with_the_whole_where_context_is_the_same(checkpoints: Callable[..., Path]) -> None:
    encoder = load_encoder(str(checkpoints("bert")), device="cpu")
    whole = vectors(encoder, SENTENCES[:1])
    windows = vectors(encoder, SENTENCES[:1], limit=10)
    # Layer 0 knows no context but the position, which is that of the whole in the first window.
    np.testing.assert_allclose(windows[0, 0], whole[0, 0], rtol=1e-6)
    assert np.abs(windows[-1] - whole[-1]).max() > 1e-3


def test_only_wanted_words_and_layers(checkpoints: Callable[..., Path]) -> None:
    encoder = load_encoder(str(checkpoints("bert")), device="cpu")
    everything = vectors(encoder, SENTENCES)
    pieces = make_pieces(encoder.tokenizer, SENTENCES, encoder.max_length)
    words = np.array([5, 2, 5, 28])
    out = np.zeros((2, 4, encoder.dim), np.float32)

    def write(places: Ints, vectors: npt.NDArray[np.float32]) -> None:
        out[:, places] = vectors

    seen: list[tuple[int, int | None]] = []
    embed_words(
        encoder, pieces, words, layers=[1, 3], pool="first", batch_tokens=64, write=write,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    np.testing.assert_allclose(out, everything[[1, 3]][:, words], rtol=1e-4, atol=1e-5)
    needed = {int(p) for p in pieces.piece[words]}
    assert seen[-1] == (int(pieces.tokens.lengths[sorted(needed)].sum()),) * 2


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 200))
def test_token_batches(lengths: list[int], budget: int) -> None:
    sizes = np.array(lengths, np.int64)
    batches = [b.tolist() for b in token_batches(sizes, budget)]
    assert sorted(i for b in batches for i in b) == [i for i, n in enumerate(lengths) if n]
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert longest * len(batch) <= budget or len(batch) == 1
    order = [lengths[i] for b in batches for i in b]
    assert order == sorted(order, reverse=True)


def test_bfloat16_is_near(checkpoints: Callable[..., Path]) -> None:
    exact = vectors(load_encoder(str(checkpoints("bert")), device="cpu"), SENTENCES)
    rough = vectors(load_encoder(str(checkpoints("bert")), device="cpu", dtype="bfloat16"), SENTENCES)
    assert rough.dtype == np.float32
    error = np.abs(rough - exact).max() / np.abs(exact).max()
    assert 1e-5 < error < 0.1
