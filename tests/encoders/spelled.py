"""A tokenizer that needs no vocabulary: one subword a letter."""

from collections.abc import Sequence

import numpy as np

from xlt.arrays import Ints
from xlt.encoders.tokens import WordTokenizer


def spelled(unknown: int | None = None) -> WordTokenizer:
    """One subword a letter, its code point as id; 1 and 2 stand around a sentence; an empty word has no subword."""

    def split(sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        words = [w for s in sentences for w in s]
        ids = np.array([ord(c) for w in words for c in w], np.int64)
        return ids, np.repeat(np.arange(len(words)), [len(w) for w in words])

    return WordTokenizer(
        name="spelled",
        prefix=[1],
        suffix=[2],
        pad_id=0,
        unk_id=unknown,
        drop_blank=False,
        split=split,
        is_blank=lambda i: not chr(i).strip(),
    )
