"""Into how many subwords words are cut, and how many words are not known: what a score should be read with."""

from typing import Any

import numpy as np

from xlt.arrays import Ints
from xlt.encoders.pieces import Pieces

_SIDES = {"src": "source", "tgt": "target"}


def fertility(pieces: Pieces, words: Ints, unk_id: int | None) -> tuple[float, float]:
    """Subwords a word (Rust et al. 2021, section 3), and the share of words with an unknown subword.

    Args:
        pieces: the model's inputs.
        words: (n,) numbers of words, each in a piece; n at least 1.
        unk_id: of the unknown token; None where the vocabulary has none.
    """
    start = pieces.tokens.offsets[pieces.piece[words]] + pieces.start[words]
    counts = pieces.stop[words] - pieces.start[words]
    if unk_id is None:
        return float(counts.mean()), 0.0
    before = np.concatenate(([0], np.cumsum(pieces.tokens.values == unk_id)))
    return float(counts.mean()), float((before[start + counts] > before[start]).mean())


def fertility_facts(pieces: Pieces, src: Ints, tgt: Ints, unk_id: int | None) -> dict[str, Any]:
    """The same of both sides as counts for a summary; the unknown only where there are any."""
    facts: dict[str, Any] = {}
    for side, words in zip(_SIDES, (src, tgt), strict=True):
        subwords, unknown = fertility(pieces, words, unk_id)
        facts[f"subwords a {_SIDES[side]} word"] = round(subwords, 3)
        if unknown:
            facts[f"share of {_SIDES[side]} words with an unknown subword"] = round(unknown, 5)
    return facts
