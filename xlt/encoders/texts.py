"""Whole texts and pairs of texts as inputs of the model, for sentence classification."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from xlt.arrays import Ints
from xlt.arrays import offsets as row_offsets
from xlt.errors import XltError

OverlongText = Literal["cut", "skip", "error"]

# Texts tokenised in one call: bounds the tokenizer's own objects.
_SLICE = 4096


@dataclass(frozen=True)
class TextInputs:
    """Inputs of the model, ragged, special tokens included.

    Attributes:
        ids: token ids, text after text; a text that was skipped has none.
        offsets: (texts + 1,) where each starts.
        type_ids: segment of each token, for tokenizers that tell segments apart, else None.
        lost: (texts,) subwords of each that were left out; 0 for a text within the limit.
    """

    ids: Ints
    offsets: Ints
    type_ids: Ints | None
    lost: Ints


def tokenise_texts(
    tokenizer: Any, first: Sequence[str], second: Sequence[str] | None, max_length: int, overlong: OverlongText = "cut"
) -> TextInputs:
    """Tokenise texts, or pairs of texts joined as the model's pre-training joined them.

    Args:
        tokenizer: of transformers.
        first: texts, or the first of each pair.
        second: the second of each pair; None for single texts.
        max_length: longest input in subwords, special tokens included.
        overlong: ``cut`` takes from the end of the longer text of a pair until it fits, as the papers do; ``skip``
            leaves the input empty; ``error`` refuses.

    Raises:
        XltError: a text above the limit with ``error``; a limit that leaves no room for text.
    """
    parts = 1 if second is None else 2
    if max_length < tokenizer.num_special_tokens_to_add(pair=parts == 2) + parts:
        raise XltError(f"--max-length {max_length} leaves no room beside the model's special tokens")
    ids: list[list[int]] = []
    types: list[list[int]] = []
    for i in range(0, len(first), _SLICE):
        encoded = tokenizer(
            list(first[i : i + _SLICE]),
            None if second is None else list(second[i : i + _SLICE]),
            return_attention_mask=False,
            verbose=False,
        )
        ids += encoded["input_ids"]
        types += encoded.get("token_type_ids", [])
    whole = _lengths(ids)
    over = [i for i, one in enumerate(ids) if len(one) > max_length]
    if over and overlong == "error":
        raise XltError(
            f"text {over[0]} ('{first[over[0]][:40]} …') has {len(ids[over[0]]):,} subwords, the limit is "
            f"{max_length}; --overlong cut goes on"
        )
    if over and overlong == "cut":
        encoded = tokenizer(
            [first[i] for i in over],
            None if second is None else [second[i] for i in over],
            truncation="longest_first",
            max_length=max_length,
            return_attention_mask=False,
            verbose=False,
        )
        for k, i in enumerate(over):
            ids[i] = encoded["input_ids"][k]
            if types:
                types[i] = encoded["token_type_ids"][k]
    elif over:
        for i in over:
            ids[i] = []
            if types:
                types[i] = []
    lengths = _lengths(ids)
    return TextInputs(_flat(ids), row_offsets(lengths), _flat(types) if types else None, whole - lengths)


def _lengths(rows: list[list[int]]) -> Ints:
    return np.fromiter(map(len, rows), np.int64, len(rows))


def _flat(rows: list[list[int]]) -> Ints:
    return np.fromiter((i for row in rows for i in row), np.int64, sum(map(len, rows)))
