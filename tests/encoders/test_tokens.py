from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checkpoints import FAMILIES, TEXT, byte_level, sentencepiece, wordpiece
from xlt.encoders.tokens import WordTokenizer, word_tokenizer
from xlt.errors import XltError

TOKENIZERS = {"wordpiece": wordpiece, "sentencepiece": sentencepiece, "byte_level": byte_level}
WORDS = [*sorted({w for line in TEXT for w in line.split()}), "\u200b", "�", "unbelievably", "🙂", "，"]


@pytest.fixture(scope="module", params=TOKENIZERS)
def both(request: pytest.FixtureRequest) -> tuple[Any, WordTokenizer]:
    tokenizer = TOKENIZERS[request.param]()
    return tokenizer, word_tokenizer(tokenizer, request.param)


@given(sentences=st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_word_has_a_span_of_its_own(both: tuple[Any, WordTokenizer], sentences: list[list[str]]) -> None:
    _, words = both
    subwords = words(sentences)
    for i, sentence in enumerate(sentences):
        length = subwords.tokens.lengths[i]
        spans = slice(subwords.word_offsets[i], subwords.word_offsets[i + 1])
        start, stop = subwords.start[spans], subwords.stop[spans]
        assert len(start) == len(sentence)
        assert ((start >= 0) & (start < stop) & (stop <= length)).all()
        assert (start[1:] >= stop[:-1]).all()


def test_ids_are_those_of_the_tokenizer_itself() -> None:
    tokenizer = wordpiece()
    words = word_tokenizer(tokenizer, "wordpiece")
    sentences = [line.split() for line in TEXT[:7]]
    subwords = words(sentences)
    for i, sentence in enumerate(sentences):
        ours = words.prefix + subwords.tokens[i].tolist() + words.suffix
        assert ours == tokenizer(sentence, is_split_into_words=True)["input_ids"]


def test_golden_spans_of_wordpiece() -> None:
    # A vocabulary written by hand, so that the pieces are known: un ##believ ##ably.
    vocabulary = {
        t: i
        for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "un", "##believ", "##ably", "."])
    }
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    raw = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    words = word_tokenizer(
        transformers.PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]"), "t"
    )
    subwords = words([["the", "unbelievably", ".", "xyz"], [], ["the"]])
    assert subwords.tokens.values.tolist() == [5, 6, 7, 8, 9, 1, 5]
    assert subwords.start.tolist() == [0, 1, 4, 5, 0]
    assert subwords.stop.tolist() == [1, 4, 5, 6, 1]
    assert subwords.tokens.offsets.tolist() == [0, 6, 6, 7]
    assert subwords.word_offsets.tolist() == [0, 4, 4, 5]


def test_a_word_without_subword_becomes_the_unknown_token(both: tuple[Any, WordTokenizer]) -> None:
    tokenizer, words = both
    subwords = words([["the", "\u200b", "cat"]])
    start, stop = int(subwords.start[1]), int(subwords.stop[1])
    assert stop > start
    if not tokenizer("\u200b", add_special_tokens=False)["input_ids"]:
        assert subwords.tokens.values[start:stop].tolist() == [tokenizer.unk_token_id]


def test_a_lone_word_start_is_no_first_subword() -> None:
    tokenizer = sentencepiece()
    mark = tokenizer.convert_tokens_to_ids("▁")
    subwords = word_tokenizer(tokenizer, "t")([["cat", "🙂", "cat"]])
    assert mark in subwords.tokens.values
    assert subwords.tokens.values[subwords.start[1]] != mark
    dropped = word_tokenizer(tokenizer, "t", drop_blank=True)([["cat", "🙂", "cat"]])
    assert mark not in dropped.tokens.values
    assert len(dropped.tokens.values) == len(subwords.tokens.values) - int((subwords.tokens.values == mark).sum())


def test_byte_level_words_are_cut_as_in_running_text() -> None:
    tokenizer = byte_level()
    words = word_tokenizer(tokenizer, "t")
    sentence = TEXT[0].split()
    ids = words([sentence]).tokens.values.tolist()
    running = tokenizer(" " + " ".join(sentence), add_special_tokens=False)["input_ids"]
    assert ids == running


class _NoWordIds:
    """A tokenizer without ``word_ids``, as those written in Python are."""

    is_fast = False

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __call__(self, text: str, **options: Any) -> Any:
        assert isinstance(text, str), "a tokenizer of this kind takes no separate words"
        return self._inner(text, **options)


@pytest.mark.parametrize("make", [wordpiece, sentencepiece])
def test_without_word_ids_each_word_is_cut_alone(make: Callable[[], Any]) -> None:
    sentences = [line.split() for line in TEXT[:7]]
    tokenizer = make()
    fast, slow = (word_tokenizer(t, "t")(sentences) for t in (tokenizer, _NoWordIds(tokenizer)))
    np.testing.assert_array_equal(fast.tokens.values, slow.tokens.values)
    for name in ("start", "stop", "word_offsets"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name))
    np.testing.assert_array_equal(fast.tokens.offsets, slow.tokens.offsets)


@pytest.mark.parametrize("family", FAMILIES)
def test_special_tokens_are_found_out(checkpoints: Callable[..., Path], family: str) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoints(family))
    words = word_tokenizer(tokenizer, family)
    assert words.prefix == [tokenizer.cls_token_id]
    assert words.suffix == [tokenizer.sep_token_id]
    assert words.pad_id == tokenizer.pad_token_id


@pytest.mark.parametrize(
    "make", [transformers.ByT5Tokenizer, transformers.CanineTokenizer, transformers.PerceiverTokenizer]
)
@pytest.mark.parametrize("drop_blank", [False, True])
def test_bytes_and_characters_keep_the_blanks_between_words(make: Callable[[], Any], drop_blank: bool) -> None:
    tokenizer = make()
    words = word_tokenizer(tokenizer, "t", drop_blank)
    subwords = words([["the", "été", "猫"], ["cat"]])
    ids = [words.prefix + s.tolist() + words.suffix for s in (subwords.tokens[0], subwords.tokens[1])]
    assert ids == [tokenizer("the été 猫")["input_ids"], tokenizer("cat")["input_ids"]]
    # Each word is all that stands between the blanks: é is two bytes, 猫 three.
    long = 1 if make is transformers.CanineTokenizer else 2
    first = [0, 4, 4 + 2 * long + 1 + 1]
    assert subwords.start.tolist() == [*first, 0]
    assert subwords.stop.tolist() == [3, first[2] - 1, len(subwords.tokens[0]), 3]


def test_what_a_tokenizer_draws_at_random_is_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = byte_level()
    tokenizer.backend_tokenizer.model.dropout = 0.5
    words = word_tokenizer(tokenizer, "t")
    assert "t: tokenizer.json has BPE dropout 0.5, which is for training: switched off" in caplog.text
    sentence = TEXT[0].split()
    assert len({tuple(words([sentence]).tokens.values.tolist()) for _ in range(10)}) == 1
    assert (
        words([sentence]).tokens.values.tolist() == word_tokenizer(byte_level(), "t")([sentence]).tokens.values.tolist()
    )


def test_sampling_by_sentencepiece_is_refused() -> None:
    tokenizer = sentencepiece()
    tokenizer.sp_model_kwargs = {"enable_sampling": True, "alpha": 0.1}
    with pytest.raises(XltError, match="cuts words at random"):
        word_tokenizer(tokenizer, "t")


def test_a_token_that_the_model_does_not_have_is_refused() -> None:
    tokenizer = wordpiece()
    cat = tokenizer.convert_tokens_to_ids("cat")
    words = word_tokenizer(tokenizer, "t", rows=cat)
    with pytest.raises(XltError, match=f"t: the text has token {cat}, the model's embedding {cat} rows"):
        words([["cat"]])
    assert word_tokenizer(tokenizer, "t", rows=cat + 1)([["cat"]]).tokens.values.tolist() == [cat]


def test_padding_is_a_token_that_the_model_has() -> None:
    tokenizer = byte_level()
    assert word_tokenizer(tokenizer, "t", rows=len(tokenizer)).pad_id == tokenizer.pad_token_id
    tokenizer.add_special_tokens({"pad_token": "[ADDED]"})
    assert word_tokenizer(tokenizer, "t").pad_id == tokenizer.pad_token_id
    assert word_tokenizer(tokenizer, "t", rows=tokenizer.pad_token_id).pad_id == 0
    tokenizer.eos_token = "</s>"
    assert word_tokenizer(tokenizer, "t", rows=tokenizer.pad_token_id).pad_id == tokenizer.eos_token_id
