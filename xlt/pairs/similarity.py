"""Links by the similarity of an encoder's vectors, block by block."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from xlt.aligners.links import Links, joined, no_links
from xlt.aligners.similarity import Units, similarity_links
from xlt.arrays import Ints, members, offsets
from xlt.corpora.words import Tokens
from xlt.encoders.load import Encoder, load_encoder, model_input
from xlt.encoders.model_place import check_encoder
from xlt.encoders.options import batch_tokens_on, parse_layers
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.vectors import embed_words
from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input
from xlt.pairs.options import VectorOptions
from xlt.pairs.segment import TokenBlock, WordRule
from xlt.pairs.table import LinkedPairs, Text
from xlt.work import Progress, by_name


def check_source(options: VectorOptions, rule: WordRule) -> None:
    """Before anything is read or fetched: refuse a model or a device that is not there.

    Raises:
        XltError: see :func:`check_encoder`.
    """
    del rule
    check_encoder(options.model, options.device)


def open_source(options: VectorOptions, text: Text, *, force: bool, progress: Progress | None) -> LinkedPairs:
    """Word pairs by the similarity of vectors.

    Raises:
        XltError: a model that cannot be loaded, or has no such layer.
    """
    del force, progress
    return LinkedPairs(text.rule, SimilarityLinks(options), options)


class SimilarityLinks:
    """AWESOME, argmax or itermax links; memory: the vectors of ``pairs_at_once`` sentence pairs."""

    scored = True

    def __init__(self, options: VectorOptions, *, pairs_at_once: int = 1024) -> None:
        self._options, self._pairs_at_once = options, pairs_at_once
        self._encoder = load_encoder(
            options.model, device=options.device, dtype=options.dtype, max_length=options.max_length
        )
        self._layer = _layer(self._encoder, options.layer)
        self._batch_tokens = batch_tokens_on(self._encoder.device.type, options.batch_tokens)
        self._counts: Counter[str] = Counter()
        self.inputs: list[Input] = [model_input(self._encoder)]
        self.params: dict[str, Any] = {
            "layer": self._layer,
            "dtype": "float32" if options.dtype == "auto" else options.dtype,
        }

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order."""
        del workers  # the tokens come from other processes; the encoder has threads of its own
        for block in blocks:
            parts = []
            for first in range(0, len(block), self._pairs_at_once):
                rows = range(first, min(first + self._pairs_at_once, len(block)))
                links = self._aligned(_sentences(block.src, rows), _sentences(block.tgt, rows))
                parts.append(Links(links.sentence + first, links.src, links.tgt, links.score))
            yield block, joined(parts) if parts else no_links(scored=True)

    def summary(self) -> dict[str, Any]:
        """What the encoder's limit did to the text."""
        return {name: n for name, n in self._counts.items() if n}

    def _aligned(self, src: list[list[str]], tgt: list[list[str]]) -> Links:
        overlong = self._options.overlong
        pieces = make_pieces(self._encoder.tokenizer, [*src, *tgt], self._encoder.max_length, overlong)
        self._counts["overlong sentences"] += len(pieces.overlong)
        self._counts["words without a vector, not aligned"] += pieces.words_lost
        units, words = _units(pieces, self._options.pool)
        # Only units with a vector stand before the aligner.
        usable = np.flatnonzero(units.piece >= 0)
        vectors = torch.zeros(len(usable), self._encoder.dim)
        if len(usable):
            self._embed(units, usable, vectors)
        vectors = vectors.to(self._encoder.device)
        starts = offsets(np.bincount(_sentence_of(units.word_offsets)[usable], minlength=len(units.word_offsets) - 1))
        middle = int(starts[len(src)])
        sides = (
            Units(vectors[:middle], words[usable[:middle]], starts[: len(src) + 1]),
            Units(vectors[middle:], words[usable[middle:]], starts[len(src) :] - middle),
        )
        rule = partial(by_name(self._options.rule), **self._options.rule_dials)
        return similarity_links(*sides, rule, cosine=self._options.cosine)

    def _embed(self, units: Pieces, usable: Ints, vectors: torch.Tensor) -> None:
        def write(which: Ints, layers: np.ndarray[Any, np.dtype[np.float32]]) -> None:
            vectors[torch.from_numpy(which)] = torch.from_numpy(layers[0])

        embed_words(
            self._encoder,
            units,
            usable,
            layers=[self._layer],
            pool="first" if self._options.pool == "subwords" else self._options.pool,
            batch_tokens=self._batch_tokens,
            write=write,
        )


def _layer(encoder: Encoder, layer: int) -> int:
    try:
        (number,) = parse_layers(str(layer), list(range(encoder.num_layers + 1)), encoder.num_layers)
    except XltError as error:
        text = f"{layer}: the model has {encoder.num_layers} layers; name one of 0 to that"
        raise OptionError("layer", text) from error
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
    units = replace(
        pieces, piece=pieces.piece[word], start=start, stop=start + 1, word_offsets=starts[pieces.word_offsets]
    )
    return units, position[word]


def _sentence_of(word_offsets: Ints) -> Ints:
    return np.repeat(np.arange(len(word_offsets) - 1), np.diff(word_offsets))
