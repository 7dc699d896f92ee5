"""Word pairs to vectors: what ``embed`` and ``align-score`` share."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.alignment.sample import by_language_pair, draw, lowest, one_of_each_type, priorities, too_few
from xlt.alignment.word_pairs import WordPairs, word_pairs
from xlt.arrays import AnyFloats, Ints, LangPair
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions, Overlong, batch_tokens_on
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.vectors import embed_words
from xlt.files.tables import Source
from xlt.work import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """Tokenised word pairs, ready for the encoder.

    Attributes:
        pairs: the word pairs that have vectors.
        pieces: the model's inputs.
        src, tgt: (n,) numbers of the words over all sentences.
        lost: word pairs without a vector, by language pair.
    """

    pairs: WordPairs
    pieces: Pieces
    src: Ints
    tgt: Ints
    lost: Counter[LangPair]


def prepare(encoder: Encoder, pairs: WordPairs, overlong: Overlong) -> Prepared:
    """Tokenise, and leave out the word pairs of which a side has no vector (overlong and skipped, cut or unknown)."""
    pieces = make_pieces(encoder.tokenizer, pairs.sentences, encoder.max_length, overlong)
    src = pieces.word_offsets[pairs.src_sentence] + pairs.src
    tgt = pieces.word_offsets[pairs.tgt_sentence] + pairs.tgt
    has_vector = (pieces.piece[src] >= 0) & (pieces.piece[tgt] >= 0)
    held = np.flatnonzero(has_vector)
    lost = Counter(pairs.langs[i] for i in np.flatnonzero(~has_vector).tolist())
    return Prepared(pairs.take(held) if lost else pairs, pieces, src[held], tgt[held], lost)


def prepare_sample(
    encoder: Encoder,
    sources: Sequence[Source],
    n_pairs: int | None,
    seed: int,
    overlong: Overlong,
    *,
    unique_types: bool = False,
) -> Prepared:
    """Draw and tokenise; where word pairs have no vector, others are drawn in their place.

    The result is as if these never were, except that with ``unique_types`` their words stay taken.
    """
    extra = 0
    while True:
        wanted = None if n_pairs is None else n_pairs + extra
        sample = draw(sources, wanted, seed, unique_types=unique_types)
        (pairs,) = word_pairs(sources, sample)
        prepared = prepare(encoder, pairs, overlong)
        exhausted = wanted is None or all(n <= wanted for n in sample.available.values())
        lost = prepared.lost.total()
        if lost <= extra or exhausted:
            break
        extra = 2 * lost
    if len(prepared.pairs) and (n_pairs is not None or unique_types):
        prepared = _first_of_draw(prepared, n_pairs, seed, unique_types)
    if n_pairs is not None:
        taken = Counter(prepared.pairs.langs)
        for pair in sample.available:
            if taken[pair] < n_pairs:
                logger.warning("%s-%s: %s", *pair, too_few(n_pairs, taken[pair]))
    return prepared


def _first_of_draw(prepared: Prepared, n_pairs: int | None, seed: int, unique_types: bool) -> Prepared:
    # More were drawn than asked for, in case that some have no vector; and files may hold a word pair of one identity
    # each.
    pairs = prepared.pairs
    priority = priorities(seed, pairs.sent_id, pairs.src, pairs.tgt)
    words = pairs.words() if unique_types else None
    parts = []
    for rows in by_language_pair(pairs.langs, np.arange(len(pairs))).values():
        if words is not None:
            src, tgt = (words.column(f"{side}_word").take(pa.array(rows)).to_pylist() for side in ("src", "tgt"))
            parts.append(rows[one_of_each_type(priority[rows], src, tgt, n_pairs)])
        else:
            parts.append(rows[lowest(priority[rows], len(rows) if n_pairs is None else n_pairs)])
    kept = np.sort(np.concatenate(parts))
    if len(kept) == len(pairs):
        return prepared
    return Prepared(pairs.take(kept), prepared.pieces, prepared.src[kept], prepared.tgt[kept], prepared.lost)


def encode(
    encoder: Encoder,
    prepared: Prepared,
    layers: Sequence[int],
    options: EncodeOptions,
    src: AnyFloats,
    tgt: AnyFloats,
    first: int = 0,
    progress: Progress | None = None,
) -> None:
    """Write the vectors of all word pairs into rows ``first`` and following of two (layers, N, dim) arrays."""
    n = len(prepared.src)

    def write(wanted: Ints, vectors: npt.NDArray[np.float32]) -> None:
        is_src = wanted < n
        src[:, first + wanted[is_src]] = vectors[:, is_src]
        tgt[:, first + wanted[~is_src] - n] = vectors[:, ~is_src]

    embed_words(
        encoder,
        prepared.pieces,
        np.concatenate((prepared.src, prepared.tgt)),
        layers=layers,
        pool=options.pool,
        batch_tokens=batch_tokens_on(encoder.device.type, options.batch_tokens),
        write=write,
        progress=progress,
    )
