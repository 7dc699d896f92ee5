"""Texts and pairs of texts: whole, cut or left out."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers.processors import TemplateProcessing

from tests.checkpoints import TEXT, sentencepiece, wordpiece
from xlt.encoders.texts import TextInputs, tokenise_texts
from xlt.errors import XltError

TOKENIZERS = {"wordpiece": wordpiece(), "sentencepiece": sentencepiece()}
TEXTS = st.lists(st.sampled_from([*TEXT[:7], "cat", "🙂"]), min_size=1, max_size=5)


@pytest.fixture(params=TOKENIZERS)
def tokenizer(request: pytest.FixtureRequest) -> Any:
    return TOKENIZERS[request.param]


def rows(inputs: TextInputs) -> list[list[int]]:
    return [inputs.tokens[i].tolist() for i in range(len(inputs.tokens))]


def test_whole_texts_are_as_the_tokenizer_makes_them(tokenizer: Any) -> None:
    inputs = tokenise_texts(tokenizer, TEXT[:7], None, 1000)
    assert rows(inputs) == [tokenizer(text)["input_ids"] for text in TEXT[:7]]
    pairs = tokenise_texts(tokenizer, TEXT[:6], TEXT[1:7], 1000)
    assert rows(pairs) == [tokenizer(a, b)["input_ids"] for a, b in pairwise(TEXT[:7])]
    for whole in (inputs, pairs):
        assert whole.lost.tolist() == [0] * len(whole.tokens)


def typed() -> Any:
    """A tokenizer that tells segments apart, as BERT's own do."""
    tokenizer = wordpiece()
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    special = [("[CLS]", tokenizer.cls_token_id), ("[SEP]", tokenizer.sep_token_id)]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    return tokenizer


def test_segments_are_told_apart_where_the_tokenizer_does() -> None:
    inputs = tokenise_texts(typed(), ["the cat", "the", TEXT[2]], ["the mat", TEXT[2], "the"], 12)
    assert inputs.type_ids is not None
    # [CLS] the cat [SEP] the mat [SEP]; of the others the longer text gives way.
    assert len(inputs.type_ids) == len(inputs.tokens.values)
    of_text = [inputs.type_ids[a:b].tolist() for a, b in pairwise(inputs.tokens.offsets)]
    assert of_text == [[0] * 4 + [1] * 3, [0] * 3 + [1] * 9, [0] * 10 + [1] * 2]
    alone = tokenise_texts(typed(), ["the cat"], None, 12)
    assert alone.type_ids is not None
    assert alone.type_ids.tolist() == [0] * 4
    assert tokenise_texts(wordpiece(), ["the cat"], None, 12).type_ids is None


@given(first=TEXTS, second=TEXTS, limit=st.integers(6, 40))
@settings(max_examples=60, deadline=None)
def test_cutting_takes_from_the_end_of_the_longer_text(first: list[str], second: list[str], limit: int) -> None:
    for tokenizer in TOKENIZERS.values():
        n = min(len(first), len(second))
        inputs = tokenise_texts(tokenizer, first[:n], second[:n], limit, "cut")
        for i, row in enumerate(rows(inputs)):
            one, other = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (first[i], second[i]))
            whole = tokenizer(first[i], second[i])["input_ids"]
            special = len(whole) - len(one) - len(other)
            assert inputs.lost[i] == max(0, len(whole) - limit) == len(whole) - len(row)
            # Subword after subword goes from the longer one; where both are equal, either may lose it.
            a, b = len(one), len(other)
            while a + b > limit - special:
                a, b = (a - 1, b) if a > b else (a, b - 1)
            assert row in [
                [*whole[:1], *one[:x], *whole[len(one) + 1 : len(one) + special - 1], *other[:y], *whole[-1:]]
                for x, y in {(a, b), (b, a), (a + 1, b - 1), (a - 1, b + 1)}
                if x <= len(one) and y <= len(other)
            ]


def test_skipping_and_refusing() -> None:
    tokenizer = typed()
    texts = ["the cat", TEXT[2], "cat"]
    whole = tokenise_texts(tokenizer, texts, None, 1000)
    lengths = whole.tokens.lengths
    limit = int(lengths[0])
    skipped = tokenise_texts(tokenizer, texts, None, limit, "skip")
    assert rows(skipped) == [rows(whole)[0], [], rows(whole)[2]]
    assert skipped.lost.tolist() == [0, lengths[1], 0]
    assert skipped.type_ids is not None
    assert len(skipped.type_ids) == len(skipped.tokens.values)
    with pytest.raises(XltError, match=rf"^text 1 \('The cat sat .* has {lengths[1]} subwords, the limit is {limit}"):
        tokenise_texts(tokenizer, texts, None, limit, "error")


def test_a_limit_without_room() -> None:
    # [CLS] text [SEP] and [CLS] text [SEP] text [SEP].
    tokenizer = wordpiece()
    assert [len(r) for r in rows(tokenise_texts(tokenizer, ["the cat"], None, 3))] == [3]
    assert [len(r) for r in rows(tokenise_texts(tokenizer, ["the cat"], ["the mat"], 5))] == [5]
    for second, limit in ((None, 2), (["b"], 4)):
        with pytest.raises(XltError, match=f"--max-length {limit} leaves no room"):
            tokenise_texts(tokenizer, ["a"], second, limit)


def test_an_empty_text() -> None:
    tokenizer = wordpiece()
    inputs = tokenise_texts(tokenizer, ["", "the cat", TEXT[2], ""], ["the cat", "", "", ""], 8)
    assert [len(r) for r in rows(inputs)[:2]] == [5, 5]
    assert len(rows(inputs)[2]) <= 8
    assert rows(inputs)[3] == [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.sep_token_id]


def test_no_text_at_all_and_many() -> None:
    tokenizer = wordpiece()
    assert tokenise_texts(tokenizer, [], None, 9).tokens.offsets.tolist() == [0]
    many = tokenise_texts(tokenizer, ["the cat"] * 4097 + [TEXT[2]], None, 9)
    assert len(many.tokens) == 4098
    assert np.flatnonzero(many.lost).tolist() == [4097]
