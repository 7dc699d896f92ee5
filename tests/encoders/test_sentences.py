"""Vectors of whole sentences: pools by hand, windows against a slow rule, and the model against transformers alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import transformers
from tokenizers import processors

from tests.checkpoints import FAMILIES, TEXT, byte_level
from xlt.arrays import Ints, Ragged, offsets
from xlt.encoders.batches import weighted_sums
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.options import Overlong, SentencePool
from xlt.encoders.sentences import Sentence, SentenceInputs, embed_sentences, make_sentences
from xlt.errors import XltError

POOLS: tuple[SentencePool, ...] = ("mean", "cls", "mean-all", "weighted", "last")
SENTENCES: list[Sentence] = [*(line for line in TEXT[:7] if len(line) < 62), "the cat", ("the", "cat", "sat"), "a"]
LONG = "the cat sat on the mat and looked at the light of the morning " * 3


@pytest.fixture
def encoder(checkpoints: Callable[..., Path]) -> Encoder:
    return load_encoder(str(checkpoints("bert")), device="cpu")


def vectors(
    encoder: Encoder,
    sentences: Sequence[Sentence],
    pool: SentencePool = "mean",
    batch_tokens: int = 64,
    overlong: Overlong = "window",
) -> npt.NDArray[np.float32]:
    inputs = make_sentences(encoder, sentences, overlong)
    numbers = np.arange(len(sentences))
    out = np.full((encoder.num_layers + 1, len(sentences), encoder.dim), np.nan, np.float32)

    def write(at: Ints, values: npt.NDArray[np.float32]) -> None:
        assert np.isnan(out[:, at]).all(), "a sentence was written twice"
        out[:, at] = values

    embed_sentences(
        encoder, inputs, numbers, layers=range(encoder.num_layers + 1), pool=pool, batch_tokens=batch_tokens,
        write=write,
    )  # fmt: skip
    assert not np.isnan(out).any()
    return out


def states(model: Any, ids: Sequence[int]) -> Any:
    """(layers, tokens, dim) of one sentence through transformers alone."""
    with torch.no_grad():
        out = model(input_ids=torch.tensor([list(ids)]), output_hidden_states=True)
    return torch.stack([*out.hidden_states[:-1], out.last_hidden_state])[:, 0].double().numpy()


def pooled(states: Any, prefix: int, suffix: int, pool: SentencePool) -> Any:
    """The definitions, of all tokens of one sentence."""
    total = states.shape[1]
    if pool == "cls":
        return states[:, 0]
    if pool == "last":
        return states[:, -1]
    if pool == "weighted":
        return sum((i + 1) * states[:, i] for i in range(total)) / sum(range(1, total + 1))
    return (states if pool == "mean-all" else states[:, prefix : total - suffix]).mean(axis=1)


def of(prefix: int, suffix: int, lengths: list[int]) -> SentenceInputs:
    """A piece a sentence of so many subwords."""
    n = np.array(lengths)
    return SentenceInputs(
        tokens=Ragged(np.zeros(int((n + prefix + suffix).sum()), np.int64), offsets(n + prefix + suffix)),
        sentence=np.arange(len(n)), start=np.full(len(n), prefix), stop=n + prefix, place=np.zeros(len(n), np.int64),
        subwords=n, prefix=prefix, suffix=suffix, overlong=np.empty(0, np.int64),
    )  # fmt: skip


def test_pools_by_hand() -> None:
    # [CLS] (1, 3) (3, 1) [SEP].
    hidden = torch.tensor([[[9.0, 9.0], [1.0, 3.0], [3.0, 1.0], [8.0, 8.0], [77.0, 77.0]]])
    inputs = of(1, 1, [2, 3])
    expected = {"mean": (2, 2), "mean-all": (5.25, 5.25), "cls": (9, 9), "last": (8, 8), "weighted": (5.2, 5.0)}
    for pool in POOLS:
        weights = inputs.weights(np.array([0, 1]), pool)[:1]
        (vector,) = weighted_sums([hidden], weights)
        assert vector[0].tolist() == pytest.approx(expected[pool])
    # MEXA: (1, 0), (0, 1), (1, 1) with weights 1/6, 2/6, 3/6 of a model without special tokens.
    weights = of(0, 0, [3]).weights(np.array([0]), "weighted")
    assert weights.tolist() == [pytest.approx([1 / 6, 2 / 6, 3 / 6])]
    (vector,) = weighted_sums([torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])], weights)
    assert vector[0].tolist() == pytest.approx([0.6667, 0.8333], abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_equals_one_sentence_at_a_time(checkpoints: Callable[..., Path], family: str) -> None:
    encoder = load_encoder(str(checkpoints(family)), device="cpu")
    folder = checkpoints(family)
    model, tokenizer = (
        kind.from_pretrained(folder) for kind in (transformers.AutoModel, transformers.AutoTokenizer)
    )  # fmt: skip
    model.eval()
    texts = [s for s in SENTENCES if isinstance(s, str) and len(tokenizer(s)["input_ids"]) <= encoder.max_length]
    assert len(texts) > 2
    expected = [states(model, tokenizer(text)["input_ids"]) for text in texts]
    for pool in POOLS:
        batched = vectors(encoder, texts, pool)
        alone = np.stack([pooled(one, 1, 1, pool) for one in expected], axis=1)
        error = np.abs(batched - alone).max(axis=2) / np.abs(batched).max(axis=2)
        assert error.max() < 1e-5


def test_a_decoder_pools_as_its_papers_do(tmp_path: Path) -> None:
    # Without special tokens, as GPT-2 is: the first token is a subword.
    tokenizer = byte_level()
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel()
    torch.manual_seed(0)
    size = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 32}
    model = transformers.GPT2Model(transformers.GPT2Config(vocab_size=len(tokenizer), **size)).eval()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    decoder = load_encoder(str(tmp_path), device="cpu")
    assert (decoder.tokenizer.prefix, decoder.tokenizer.suffix) == ([], [])
    texts = ["the cat sat on the mat", "the light", "a"]
    runs = [states(model, tokenizer(text)["input_ids"]) for text in texts]
    for pool in POOLS:
        expected = np.stack([pooled(run, 0, 0, pool) for run in runs], axis=1)
        np.testing.assert_allclose(vectors(decoder, texts, pool), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pool", POOLS)
def test_batches_do_not_matter(encoder: Encoder, pool: SentencePool) -> None:
    alone, together = (vectors(encoder, [*SENTENCES, LONG], pool, batch_tokens=n) for n in (1, 10_000))
    assert (np.abs(alone - together).max(axis=2) / np.abs(alone).max(axis=2)).max() < 1e-5


def test_words_are_those_of_the_word_tokenizer(encoder: Encoder) -> None:
    words = ("the", "cat's", "ligh-t")
    inputs = make_sentences(encoder, ["the cat", words, "the", ("the",)], at_once=3)
    bare = encoder.tokenizer([words]).tokens.values.tolist()
    assert inputs.tokens[1].tolist() == [*encoder.tokenizer.prefix, *bare, *encoder.tokenizer.suffix]
    assert inputs.tokens[0].tolist() == encoder.text_tokenizer("the cat")["input_ids"]
    assert inputs.tokens[2].tolist() == inputs.tokens[3].tolist()


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("limit", [3, 4, 5, 10, 11, 32])
def test_each_subword_counts_once_where_it_has_most_context(encoder: Encoder, limit: int, pool: SentencePool) -> None:
    small = replace(encoder, max_length=limit)
    room = limit - 2
    bare = encoder.text_tokenizer(LONG, add_special_tokens=False)["input_ids"]
    starts = [*range(0, len(bare) - room, max(1, room // 2)), len(bare) - room]
    first, last = encoder.tokenizer.prefix, encoder.tokenizer.suffix
    runs = [states(encoder.model, [*first, *bare[at : at + room], *last]) for at in starts]
    tokens = []
    for i in range(len(bare)):
        # The sentence's own edges are no loss of context; the first window wins.
        context = [
            min(i - at if at else len(bare), at + room - i - 1 if at < starts[-1] else len(bare))
            if at <= i < at + room else -1
            for at in starts
        ]  # fmt: skip
        best = context.index(max(context))
        tokens.append(runs[best][:, 1 + i - starts[best]])
    whole = np.stack([runs[0][:, 0], *tokens, runs[-1][:, -1]], axis=1)
    ours = vectors(small, ["the", LONG], pool)[:, 1]
    np.testing.assert_allclose(ours, pooled(whole, 1, 1, pool), rtol=1e-4, atol=2e-5)


def test_what_becomes_of_overlong_sentences(encoder: Encoder) -> None:
    room = encoder.max_length - 2
    sentences = ["the cat", LONG]
    bare = encoder.text_tokenizer(LONG, add_special_tokens=False)["input_ids"]
    cut = make_sentences(encoder, sentences, "cut")
    assert cut.tokens[1].tolist() == [*encoder.tokenizer.prefix, *bare[:room], *encoder.tokenizer.suffix]
    assert (cut.subwords.tolist(), cut.overlong.tolist()) == ([2, room], [1])
    assert np.allclose(cut.weights(np.array([1]), "mean").sum(), 1)
    skipped = make_sentences(encoder, sentences, "skip")
    assert (skipped.tokens.lengths.tolist(), skipped.subwords.tolist()) == ([4, 0], [2, 0])
    assert make_sentences(encoder, sentences).subwords.tolist() == [2, len(bare)]
    with pytest.raises(XltError, match=r"^sentence 1 \('the cat sat on .* …'\) has \d+ subwords, the model takes 30"):
        make_sentences(encoder, sentences, "error")


def test_empty_sentences_have_no_piece(encoder: Encoder) -> None:
    inputs = make_sentences(encoder, ["", "  ", (), "a"])
    assert inputs.tokens.lengths.tolist() == [0, 0, 0, 3]
    assert len(make_sentences(encoder, []).tokens) == 0


def test_a_vector_that_is_none_is_named(encoder: Encoder) -> None:
    broken = load_encoder(encoder.name, device="cpu")
    broken.model.get_input_embeddings().weight.data.fill_(float("nan"))
    with pytest.raises(XltError, match=r"layer 0, sentence 0.*: NaN or infinity"):
        vectors(broken, ["the cat"])
