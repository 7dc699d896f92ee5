"""Sentences as inputs of the model: whole, or in overlapping windows where they are longer than its limit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Ints
from xlt.encoders.options import Overlong
from xlt.encoders.tokens import Subwords, WordTokenizer
from xlt.errors import XltError

# Sentences tokenised in one call: bounds the tokenizer's own objects.
_SLICE = 4096


@dataclass(frozen=True)
class Pieces:
    """Inputs of the model, ragged, special tokens included, and where each word is found.

    Attributes:
        ids: token ids, piece after piece.
        offsets: (pieces + 1,) where each piece starts.
        piece: (words,) the piece that holds the word, -1 where none does.
        start, stop: (words,) span of the word in its piece.
        word_offsets: (sentences + 1,) where each sentence's words start.
        overlong: (k,) numbers of the sentences above the limit.
        words_lost: words that no piece holds.
    """

    ids: Ints
    offsets: Ints
    piece: Ints
    start: Ints
    stop: Ints
    word_offsets: Ints
    overlong: Ints
    words_lost: int

    @property
    def lengths(self) -> Ints:
        """(pieces,) length of each piece in tokens."""
        return np.diff(self.offsets)


def make_pieces(
    tokenizer: WordTokenizer, sentences: Sequence[Sequence[str]], max_length: int, overlong: Overlong = "window"
) -> Pieces:
    """Tokenise sentences and cut those above ``max_length`` subwords as ``overlong`` says.

    ``window``: windows that overlap by half, each word taken from the one where it has most context; ``cut``: the first
    ``max_length`` only; ``skip``: the sentence has no piece; ``error``: refuse. A word longer than a window has no
    piece.

    Raises:
        XltError: an overlong sentence with ``error``, or a ``max_length`` that leaves no room for words.
    """
    room = max_length - len(tokenizer.prefix) - len(tokenizer.suffix)
    if room < 1:
        raise XltError(f"--max-length {max_length} leaves no room beside the model's special tokens")
    parts = [
        _slice_pieces(tokenizer, sentences[i : i + _SLICE], room, overlong, i) for i in range(0, len(sentences), _SLICE)
    ]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _slice_pieces(
    tokenizer: WordTokenizer, sentences: Sequence[Sequence[str]], room: int, overlong: Overlong, first: int
) -> Pieces:
    subwords = tokenizer(sentences)
    lengths = np.diff(subwords.offsets)
    long = np.flatnonzero(lengths > room)
    if len(long) and overlong == "error":
        i = int(long[0])
        opening = " ".join(list(sentences[i])[:8])
        raise XltError(
            f"sentence {first + i} ('{opening} …') has {lengths[i]:,} subwords, the model takes {room}; "
            "--overlong window, cut or skip goes on"
        )
    # One piece a sentence, empty for those that are overlong; these get their own pieces behind.
    begin, length = subwords.offsets[:-1].copy(), lengths.copy()
    length[long] = 0
    piece = np.repeat(np.arange(len(sentences)), np.diff(subwords.word_offsets))
    start, stop = subwords.start.copy(), subwords.stop.copy()
    more: list[tuple[int, int]] = []
    for i in long.tolist():
        words = slice(subwords.word_offsets[i], subwords.word_offsets[i + 1])
        windows = _windows(int(lengths[i]), room, overlong, subwords.start[words], subwords.stop[words])
        best, at = _best_window(windows, room, int(lengths[i]), subwords.start[words], subwords.stop[words])
        piece[words] = np.where(best < 0, -1, len(sentences) + len(more) + best)
        start[words] -= at
        stop[words] -= at
        more += [(int(subwords.offsets[i]) + w, min(room, int(lengths[i]) - w)) for w in windows]
    piece[subwords.start < 0] = -1
    extra = np.array(more, np.int64).reshape(-1, 2)
    begin, length = np.concatenate((begin, extra[:, 0])), np.concatenate((length, extra[:, 1]))
    ids, offsets = _with_special(subwords, tokenizer, begin, length)
    shift = len(tokenizer.prefix)
    return Pieces(
        ids,
        offsets,
        piece,
        start + shift,
        stop + shift,
        subwords.word_offsets,
        long + first,
        int((piece < 0).sum()),
    )


def _windows(length: int, room: int, overlong: Overlong, start: Ints, stop: Ints) -> list[int]:
    if overlong == "skip":
        return []
    if overlong == "cut":
        return [0]
    last = length - room
    windows = [*range(0, last, max(1, room // 2)), last]
    # A word of more than half a window may lie across all of them: it gets a window around itself.
    held = np.zeros(len(start), np.bool_)
    for window in windows:
        held |= (start >= window) & (stop <= window + room)
    for i in np.flatnonzero(~held & (start >= 0) & (stop - start <= room)).tolist():
        middle = int(start[i] + stop[i] - room) // 2
        windows.append(max(0, min(last, middle)))
    return windows


def _best_window(windows: list[int], room: int, length: int, start: Ints, stop: Ints) -> tuple[Ints, Ints]:
    # Context is the distance to the nearer edge of the window; the sentence's own edges are no loss.
    if not windows:
        return np.full(len(start), -1), np.zeros(len(start), np.int64)
    low = np.array(windows)[:, None]
    high = low + room
    left = np.where(low == 0, length, start - low)
    right = np.where(high >= length, length, high - stop)
    context = np.where((start >= low) & (stop <= high), np.minimum(left, right), -1)
    best = context.argmax(axis=0)
    held = context.max(axis=0) >= 0
    return np.where(held, best, -1), np.where(held, np.array(windows)[best], 0)


def _with_special(subwords: Subwords, tokenizer: WordTokenizer, begin: Ints, length: Ints) -> tuple[Ints, Ints]:
    prefix, suffix = tokenizer.prefix, tokenizer.suffix
    used = length > 0
    total = np.where(used, length + len(prefix) + len(suffix), 0)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(total)))
    ids = np.empty(offsets[-1], np.int64)
    for k, token in enumerate(prefix):
        ids[offsets[:-1][used] + k] = token
    for k, token in enumerate(suffix):
        ids[offsets[1:][used] - len(suffix) + k] = token
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    ids[np.repeat(offsets[:-1] + len(prefix), length) + within] = subwords.ids[np.repeat(begin, length) + within]
    return ids, offsets


def _joined(parts: list[Pieces]) -> Pieces:
    def chained(offsets: list[Ints]) -> Ints:
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(np.concatenate([np.diff(o) for o in offsets]))))

    bases = np.cumsum([0, *(len(p.lengths) for p in parts[:-1])])
    return Pieces(
        np.concatenate([p.ids for p in parts]),
        chained([p.offsets for p in parts]),
        np.concatenate([np.where(p.piece < 0, -1, p.piece + b) for p, b in zip(parts, bases, strict=True)]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.stop for p in parts]),
        chained([p.word_offsets for p in parts]),
        np.concatenate([p.overlong for p in parts]),
        sum(p.words_lost for p in parts),
    )
