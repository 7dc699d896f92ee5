"""Links by the similarity of an encoder's vectors, block by block."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch

from xlt.aligners.links import Links, joined, no_links
from xlt.aligners.similarity import Method, Units, similarity_links
from xlt.arrays import Ints, members, offsets
from xlt.corpora.words import Tokens
from xlt.encoders.load import Encoder, load_encoder, model_input
from xlt.encoders.options import Overlong, Pool, batch_tokens_on, parse_layers
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.vectors import embed_words
from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.pairs.segment import TokenBlock

# The layer whose vectors align best in multilingual BERT (Dou and Neubig 2021, section 4.3; SimAlign, figure 2).
LAYER = 8
THRESHOLD = 0.001

# Sentence pairs whose vectors are in memory at once.
_PAIRS_AT_ONCE = 1024


class SimilarityLinks:
    """AWESOME, argmax or itermax links; memory: the vectors of 1,024 sentence pairs."""

    scored = True

    def __init__(
        self,
        method: Method,
        model: str,
        *,
        layer: int = LAYER,
        pool: Pool | Literal["subwords"] = "subwords",
        threshold: float = THRESHOLD,
        overlong: Overlong = "window",
        max_length: int | None = None,
        batch_tokens: int | None = None,
        dtype: str = "auto",
        device: str = "auto",
    ) -> None:
        self._method, self._pool, self._threshold, self._overlong = method, pool, threshold, overlong
        self._encoder = load_encoder(model, device=device, dtype=dtype, max_length=max_length)
        self._layer = _layer(self._encoder, layer)
        self._batch_tokens = batch_tokens_on(self._encoder.device.type, batch_tokens)
        self._counts: Counter[str] = Counter()
        self.inputs: list[Input] = [model_input(self._encoder)]
        self.params: dict[str, Any] = {
            "aligner": method,
            "layer": self._layer,
            "pool": pool,
            "overlong": overlong,
            "max_length": max_length,
            "dtype": "float32" if dtype == "auto" else dtype,
        }
        if method == "awesome":
            self.params["threshold"] = threshold

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order."""
        del workers  # the tokens come from other processes; the encoder has threads of its own
        for block in blocks:
            parts = []
            for first in range(0, len(block), _PAIRS_AT_ONCE):
                rows = range(first, min(first + _PAIRS_AT_ONCE, len(block)))
                found = self._aligned(_sentences(block.src, rows), _sentences(block.tgt, rows))
                parts.append(Links(found.sentence + first, found.src, found.tgt, found.score))
            yield block, joined(parts) if parts else no_links(scored=True)

    def summary(self) -> dict[str, Any]:
        """What the encoder's limit did to the text."""
        return {name: n for name, n in self._counts.items() if n}

    def _aligned(self, src: list[list[str]], tgt: list[list[str]]) -> Links:
        pieces = make_pieces(self._encoder.tokenizer, [*src, *tgt], self._encoder.max_length, self._overlong)
        self._counts["overlong sentences"] += len(pieces.overlong)
        self._counts["words without a vector, not aligned"] += pieces.words_lost
        units, words = _units(pieces, self._pool)
        wanted = np.flatnonzero(units.piece >= 0)
        vectors = torch.zeros(len(wanted), self._encoder.dim)
        if len(wanted):
            self._embed(units, wanted, vectors)
        vectors = vectors.to(self._encoder.device)
        # Only units with a vector stand before the aligner.
        kept = offsets(np.bincount(_sentence_of(units.word_offsets)[wanted], minlength=len(units.word_offsets) - 1))
        middle = int(kept[len(src)])
        sides = (
            Units(vectors[:middle], words[wanted[:middle]], kept[: len(src) + 1]),
            Units(vectors[middle:], words[wanted[middle:]], kept[len(src) :] - middle),
        )
        return similarity_links(*sides, self._method, self._threshold)

    def _embed(self, units: Pieces, wanted: Ints, vectors: torch.Tensor) -> None:
        def write(which: Ints, found: np.ndarray[Any, np.dtype[np.float32]]) -> None:
            vectors[torch.from_numpy(which)] = torch.from_numpy(found[0])

        embed_words(
            self._encoder,
            units,
            wanted,
            layers=[self._layer],
            pool="first" if self._pool == "subwords" else self._pool,
            batch_tokens=self._batch_tokens,
            write=write,
        )


def _layer(encoder: Encoder, layer: int) -> int:
    try:
        (number,) = parse_layers(str(layer), list(range(encoder.num_layers + 1)), encoder.num_layers)
    except XltError as error:
        raise XltError(f"--layer {layer}: the model has {encoder.num_layers} layers; name one of 0 to that") from error
    return number


def _sentences(tokens: Tokens, rows: range) -> list[list[str]]:
    bounds = tokens.offsets[rows.start : rows.stop + 1].tolist()
    words = tokens.values.slice(bounds[0], bounds[-1] - bounds[0]).to_pylist()
    return [words[a - bounds[0] : b - bounds[0]] for a, b in pairwise(bounds)]


def _units(pieces: Pieces, pool: str) -> tuple[Pieces, Ints]:
    # What is compared: words, or subwords as if each were a word. And the position of the word in its sentence.
    counts = np.diff(pieces.word_offsets)
    position = np.arange(int(pieces.word_offsets[-1])) - np.repeat(pieces.word_offsets[:-1], counts)
    if pool != "subwords":
        return pieces, position
    length = np.where(pieces.piece >= 0, pieces.stop - pieces.start, 1)
    starts = offsets(length)
    at, _ = members(starts, np.arange(len(length)))
    word = np.repeat(np.arange(len(length)), length)
    start = pieces.start[word] + at - starts[word]
    units = Pieces(
        pieces.ids,
        pieces.offsets,
        pieces.piece[word],
        start,
        start + 1,
        starts[pieces.word_offsets],
        pieces.overlong,
        pieces.words_lost,
    )
    return units, position[word]


def _sentence_of(word_offsets: Ints) -> Ints:
    return np.repeat(np.arange(len(word_offsets) - 1), np.diff(word_offsets))
