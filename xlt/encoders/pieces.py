"""Sentences as inputs of the model: whole, or in overlapping windows where they are longer than its limit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Ints, Ragged, offsets
from xlt.encoders.options import Overlong
from xlt.encoders.tokens import WordTokenizer
from xlt.errors import XltError


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Inputs of the model, special tokens included, and where each word is found.

    Attributes:
        tokens: the token ids of each piece.
        piece: (words,) the piece that holds the word, -1 where none does.
        start, stop: (words,) span of the word in its piece.
        word_offsets: (sentences + 1,) where each sentence's words start.
        overlong: (k,) numbers of the sentences above the limit.
        words_lost: words that no piece holds.
    """

    tokens: Ragged[np.int64]
    piece: Ints
    start: Ints
    stop: Ints
    word_offsets: Ints
    overlong: Ints
    words_lost: int


def make_pieces(
    tokenizer: WordTokenizer,
    sentences: Sequence[Sequence[str]],
    max_length: int,
    overlong: Overlong = "window",
    *,
    at_once: int = 4096,
) -> Pieces:
    """Tokenise sentences and cut those above ``max_length`` subwords as ``overlong`` says.

    ``window``: windows that overlap by half, each word taken from the one where it has most context; ``cut``: the first
    ``max_length`` only; ``skip``: the sentence has no piece; ``error``: refuse. A word longer than a window has no
    piece.

    Memory beside the result: the tokenizer's own objects for ``at_once`` sentences.

    Raises:
        XltError: an overlong sentence with ``error``, or a ``max_length`` that leaves no room for words.
    """
    room = max_length - len(tokenizer.prefix) - len(tokenizer.suffix)
    if room < 1:
        raise XltError(f"--max-length {max_length} leaves no room beside the model's special tokens")
    parts = [
        _some_pieces(tokenizer, sentences[i : i + at_once], room, overlong, i)
        for i in range(0, len(sentences), at_once)
    ]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _some_pieces(
    tokenizer: WordTokenizer, sentences: Sequence[Sequence[str]], room: int, overlong: Overlong, first: int
) -> Pieces:
    subwords = tokenizer(sentences)
    starts, lengths = subwords.tokens.offsets, subwords.tokens.lengths
    long = np.flatnonzero(lengths > room)
    if len(long) and overlong == "error":
        i = int(long[0])
        opening = " ".join(list(sentences[i])[:8])
        raise XltError(
            f"sentence {first + i} ('{opening} …') has {lengths[i]:,} subwords, the model takes {room}; "
            "--overlong window, cut or skip goes on"
        )
    # One piece a sentence, empty for those that are overlong; these get their own pieces behind.
    begin, length = starts[:-1], lengths.copy()
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
        more += [(int(starts[i]) + w, min(room, int(lengths[i]) - w)) for w in windows]
    piece[subwords.start < 0] = -1
    extra = np.array(more, np.int64).reshape(-1, 2)
    begin, length = np.concatenate((begin, extra[:, 0])), np.concatenate((length, extra[:, 1]))
    shift = len(tokenizer.prefix)
    return Pieces(
        tokens=with_special(subwords.tokens.values, tokenizer, begin, length),
        piece=piece,
        start=start + shift,
        stop=stop + shift,
        word_offsets=subwords.word_offsets,
        overlong=long + first,
        words_lost=int((piece < 0).sum()),
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


def with_special(ids: Ints, tokenizer: WordTokenizer, begin: Ints, length: Ints) -> Ragged[np.int64]:
    """Pieces of some ids, each but the empty ones between the special tokens.

    Args:
        ids: subwords of all sentences.
        tokenizer: whose special tokens they are.
        begin, length: (pieces,) where each begins, and its length; they may overlap.
    """
    prefix, suffix = tokenizer.prefix, tokenizer.suffix
    used = length > 0
    starts = offsets(np.where(used, length + len(prefix) + len(suffix), 0))
    values = np.empty(starts[-1], np.int64)
    for k, token in enumerate(prefix):
        values[starts[:-1][used] + k] = token
    for k, token in enumerate(suffix):
        values[starts[1:][used] - len(suffix) + k] = token
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    values[np.repeat(starts[:-1] + len(prefix), length) + within] = ids[np.repeat(begin, length) + within]
    return Ragged(values, starts)


def _joined(parts: list[Pieces]) -> Pieces:
    before = np.cumsum([0, *(len(p.tokens) for p in parts[:-1])])
    return Pieces(
        tokens=Ragged.join([p.tokens for p in parts]),
        piece=np.concatenate([np.where(p.piece < 0, -1, p.piece + b) for p, b in zip(parts, before, strict=True)]),
        start=np.concatenate([p.start for p in parts]),
        stop=np.concatenate([p.stop for p in parts]),
        word_offsets=offsets(np.concatenate([np.diff(p.word_offsets) for p in parts])),
        overlong=np.concatenate([p.overlong for p in parts]),
        words_lost=sum(p.words_lost for p in parts),
    )
