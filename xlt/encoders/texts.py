"""Whole texts and pairs of texts as inputs of the model, for sentence classification."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from xlt.arrays import Ints, Ragged
from xlt.errors import XltError

OverlongText = Literal["cut", "skip", "error"]


@dataclass(frozen=True)
class TextInputs:
    """Inputs of the model, special tokens included.

    Attributes:
        tokens: the token ids of each text; one that was skipped has none.
        type_ids: segment of each token, for tokenizers that tell segments apart, else None.
        lost: (texts,) subwords of each that were left out; 0 for a text within the limit.
    """

    tokens: Ragged[np.int64]
    type_ids: Ints | None
    lost: Ints


def tokenise_texts(
    tokenizer: Any,
    first: Sequence[str],
    second: Sequence[str] | None,
    max_length: int,
    overlong: OverlongText = "cut",
    *,
    at_once: int = 4096,
) -> TextInputs:
    """Tokenise texts, or pairs of texts joined as the model's pre-training joined them.

    Args:
        tokenizer: of transformers.
        first: texts, or the first of each pair.
        second: the second of each pair; None for single texts.
        max_length: longest input in subwords, special tokens included.
        overlong: ``cut`` takes from the end of the longer text of a pair until it fits, as the papers do; ``skip``
            leaves the input empty; ``error`` refuses.
        at_once: texts tokenised in one call: bounds the tokenizer's own objects.

    Raises:
        XltError: a text above the limit with ``error``; a limit that leaves no room for text.
    """
    parts = 1 if second is None else 2
    if max_length < tokenizer.num_special_tokens_to_add(pair=parts == 2) + parts:
        raise XltError(f"--max-length {max_length} leaves no room beside the model's special tokens")
    ids: list[list[int]] = []
    types: list[list[int]] = []
    for i in range(0, len(first), at_once):
        encoded = tokenizer(
            list(first[i : i + at_once]),
            None if second is None else list(second[i : i + at_once]),
            return_attention_mask=False,
            verbose=False,
        )
        ids += encoded["input_ids"]
        types += encoded.get("token_type_ids", [])
    whole = np.fromiter(map(len, ids), np.int64, len(ids))
    over = np.flatnonzero(whole > max_length).tolist()
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
    tokens = Ragged.of(ids, np.int64)
    return TextInputs(tokens, Ragged.of(types, np.int64).values if types else None, whole - tokens.lengths)
