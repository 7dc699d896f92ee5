"""Blocks of sentence pairs, by hand."""

from collections.abc import Sequence

import numpy as np

from xlt.corpora.choose import Block
from xlt.pairs.segment import TokenBlock, WordRule, segmenter

EN_FR = WordRule("en", "fr", {}, pretokenized=True)


def block(pairs: Sequence[tuple[str, str]], first: int = 0) -> Block:
    """Sentence pairs numbered from ``first``, none of them set aside."""
    src, tgt = ([pair[side] for pair in pairs] for side in (0, 1))
    return Block(np.arange(first, first + len(pairs)), src, tgt, np.zeros(len(pairs), np.bool_))


def tokens(pairs: Sequence[tuple[str, str]], rule: WordRule = EN_FR, first: int = 0) -> TokenBlock:
    """The same, cut into words."""
    return segmenter(rule)(block(pairs, first))
