"""Sentence pairs with word pairs, tokenised for realignment, and the batches that are made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Ints, members, offsets
from xlt.encoders.options import Overlong
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.tokens import WordTokenizer
from xlt.errors import XltError
from xlt.training.order import stream


@dataclass(frozen=True)
class PairStream:
    """The sentence pairs of one language pair in one file; each has at least one word pair whose words are held.

    Attributes:
        name: file and languages; its order of data depends on it.
        langs: source and target language.
        src, tgt: tokenised sentences, one piece each.
        src_ids, tgt_ids: (links,) words of each word pair, counted over all words of ``src`` and ``tgt``.
        link_offsets: (sentence pairs + 1,) where each sentence pair's word pairs start.
        dropped: sentence pairs left out because no word pair was held.
        cut: sentences longer than the limit.
        links_lost: word pairs with a word that was cut off.
    """

    name: str
    langs: tuple[str, str]
    src: Pieces
    tgt: Pieces
    src_ids: Ints
    tgt_ids: Ints
    link_offsets: Ints
    dropped: int
    cut: int
    links_lost: int

    def __len__(self) -> int:
        return len(self.link_offsets) - 1


def pair_stream(
    name: str,
    langs: tuple[str, str],
    src: Sequence[Sequence[str]],
    tgt: Sequence[Sequence[str]],
    links: Sequence[tuple[Ints, Ints]],
    tokenizer: WordTokenizer,
    max_length: int,
    overlong: Overlong,
) -> PairStream:
    """Tokenise sentence pairs.

    Args:
        name: see :class:`PairStream`.
        langs: see :class:`PairStream`.
        src: words of each source sentence.
        tgt: words of each target sentence.
        links: of each sentence pair, the positions of the paired words.
        tokenizer: of the model.
        max_length: longest input in subwords.
        overlong: ``cut``, ``skip`` or ``error``; windows have no place in a batch of sentence pairs.

    Raises:
        XltError: no sentence pair is left.
    """
    pieces = [make_pieces(tokenizer, side, max_length, overlong) for side in (src, tgt)]
    counts = np.fromiter((len(one) for one, _ in links), np.int64, len(links))
    row = np.repeat(np.arange(len(links)), counts)
    ids = [
        pieces[k].word_offsets[row] + np.concatenate([link[k] for link in links] or [np.empty(0, np.int64)])
        for k in range(2)
    ]
    # A sentence that was cut lies in a piece behind the others: sentences are numbered by the piece they are in.
    held = (pieces[0].piece[ids[0]] >= 0) & (pieces[1].piece[ids[1]] >= 0)
    kept_rows, kept_counts = np.unique(row[held], return_counts=True)
    if not len(kept_rows):
        raise XltError(
            f"{name}: no word pair is left to align: none has both words within the first {max_length} subwords "
            "(--max-length, in finetune --pair-max-length)"
        )
    return PairStream(
        name,
        langs,
        _only(pieces[0], kept_rows),
        _only(pieces[1], kept_rows),
        _renumbered(pieces[0], kept_rows, ids[0][held]),
        _renumbered(pieces[1], kept_rows, ids[1][held]),
        offsets(kept_counts),
        len(links) - len(kept_rows),
        sum(len(p.overlong) for p in pieces),
        int((~held).sum()),
    )


def _only(pieces: Pieces, rows: Ints) -> Pieces:
    # One piece a sentence, in the order of ``rows``, and of their words only those that the piece holds.
    words = members(pieces.word_offsets, rows)[0]
    held = words[pieces.piece[words] >= 0]
    sentence = np.repeat(np.arange(len(rows)), np.diff(pieces.word_offsets)[rows])[pieces.piece[words] >= 0]
    piece = np.zeros(len(rows), np.int64)
    piece[sentence] = pieces.piece[held]
    at, lengths = members(pieces.offsets, piece)
    return Pieces(
        pieces.ids[at],
        offsets(lengths),
        sentence,
        pieces.start[held],
        pieces.stop[held],
        np.searchsorted(sentence, np.arange(len(rows) + 1)),
        np.empty(0, np.int64),
        0,
    )


def _renumbered(pieces: Pieces, rows: Ints, ids: Ints) -> Ints:
    words = members(pieces.word_offsets, rows)[0]
    held = words[pieces.piece[words] >= 0]
    return np.searchsorted(held, ids)


@dataclass(frozen=True)
class PairBatch:
    """Sentence pairs of one step: ``n`` source sequences, then their ``n`` target sequences.

    Attributes:
        ids, offsets: the 2n sequences, ragged.
        row: (words,) the sequence of each word, ascending.
        start, stop: (words,) its span there.
        n_source: words of the source side; they come first.
        src_ids: (word pairs,) source word of each, among the source words.
        tgt_ids: (word pairs,) target word of each, among the target words.
    """

    ids: Ints
    offsets: Ints
    row: Ints
    start: Ints
    stop: Ints
    n_source: int
    src_ids: Ints
    tgt_ids: Ints


def pair_batch(streams: Sequence[PairStream], batch_size: int, step: int, seed: int) -> PairBatch:
    """The sentence pairs of a step, the streams taken in turn, each starting again (shuffled anew) at its end."""
    first = step * batch_size
    turns = np.arange(first, first + batch_size)
    sides: list[list[_Side]] = [[], []]
    links: list[tuple[Ints, Ints]] = []
    words = [0, 0]
    for k, each in enumerate(streams):
        mine = turns[turns % len(streams) == k]
        if not len(mine):
            continue
        rows = stream(len(each), int(mine[0]) // len(streams), len(mine), seed, each.name)
        link = members(each.link_offsets, rows)[0]
        pair: list[Ints] = []
        for s, (pieces, ids) in enumerate(((each.src, each.src_ids), (each.tgt, each.tgt_ids))):
            side = _side(pieces, rows)
            # Where the word stands among the words taken: its place in its sentence, behind the sentences before.
            counts = np.diff(pieces.word_offsets)[rows]
            base = words[s] + np.cumsum(counts) - counts
            per_row = np.diff(each.link_offsets)[rows]
            pair.append(ids[link] + np.repeat(base - pieces.word_offsets[rows], per_row))
            words[s] += int(counts.sum())
            sides[s].append(side)
        links.append((pair[0], pair[1]))
    parts = [*sides[0], *sides[1]]
    rows_before = np.cumsum([0, *(len(p.lengths) for p in parts)])
    return PairBatch(
        np.concatenate([p.ids for p in parts]),
        offsets(np.concatenate([p.lengths for p in parts])),
        np.concatenate([p.row + b for p, b in zip(parts, rows_before, strict=False)]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.stop for p in parts]),
        words[0],
        np.concatenate([one for one, _ in links]),
        np.concatenate([other for _, other in links]),
    )


@dataclass(frozen=True)
class _Side:
    ids: Ints
    lengths: Ints
    row: Ints
    start: Ints
    stop: Ints


def _side(pieces: Pieces, rows: Ints) -> _Side:
    words = members(pieces.word_offsets, rows)[0]
    return _Side(
        pieces.ids[members(pieces.offsets, rows)[0]],
        np.diff(pieces.offsets)[rows],
        np.repeat(np.arange(len(rows)), np.diff(pieces.word_offsets)[rows]),
        pieces.start[words],
        pieces.stop[words],
    )
