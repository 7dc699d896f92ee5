"""Batches of sentence pairs against a slow reference that goes through them one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.arrays import Ints
from xlt.encoders.tokens import WordTokenizer
from xlt.errors import XltError
from xlt.training.order import shuffled
from xlt.training.pair_data import PairBatch, PairStream, pair_batch, pair_stream

Link = tuple[str, str, int, int, int, int]


def spelled(unknown: int | None = None) -> WordTokenizer:
    """One subword a letter, its code point as id; 1 and 2 stand around a sentence; an empty word has no subword."""

    def split(sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        words = [w for s in sentences for w in s]
        ids = np.array([ord(c) for w in words for c in w], np.int64)
        return ids, np.repeat(np.arange(len(words)), [len(w) for w in words])

    return WordTokenizer([1], [2], 0, unknown, False, split, chr)


@dataclass(frozen=True)
class Pair:
    """A sentence pair by hand: words, and positions of word pairs."""

    src: list[str]
    tgt: list[str]
    links: list[tuple[int, int]]


def tokenised(pairs: Sequence[Pair], name: str = "en-fr/0", limit: int = 12, overlong: str = "cut") -> PairStream:
    links = [(np.array([i for i, _ in p.links], np.int64), np.array([j for _, j in p.links], np.int64)) for p in pairs]
    source, target = [p.src for p in pairs], [p.tgt for p in pairs]
    return pair_stream(name, ("en", "fr"), source, target, links, spelled(), limit, overlong)  # type: ignore[arg-type]


def slow_spans(words: list[str], limit: int) -> tuple[str, dict[int, tuple[int, int]]]:
    """A sentence as the model sees it, and where each word lies in it that is there as a whole."""
    room = limit - 2
    text, spans = "", {}
    for i, word in enumerate(words):
        if word and len(text) + len(word) <= room:
            spans[i] = (len(text) + 1, len(text) + 1 + len(word))
        text += word
    return "^" + text[:room] + "$", spans


def slow_batch(
    streams: Sequence[Sequence[Pair]], names: Sequence[str], size: int, step: int, seed: int, limit: int
) -> tuple[list[Link], list[tuple[str, int, int]], list[tuple[str, int, int]], list[str]]:
    """Word pairs, source words, target words and sequences of a batch, sorted."""
    links: list[Link] = []
    words: list[list[tuple[str, int, int]]] = [[], []]
    texts: list[str] = []
    usable = [[p for p in pairs if slow_links(p, limit)] for pairs in streams]
    for turn in range(step * size, (step + 1) * size):
        k = turn % len(streams)
        epoch, at = divmod(turn // len(streams), len(usable[k]))
        pair = usable[k][shuffled(len(usable[k]), seed, names[k], epoch)[at]]
        (src, of_src), (tgt, of_tgt) = slow_spans(pair.src, limit), slow_spans(pair.tgt, limit)
        links += [(src, tgt, *of_src[i], *of_tgt[j]) for i, j in slow_links(pair, limit)]
        words[0] += [(src, *span) for span in of_src.values()]
        words[1] += [(tgt, *span) for span in of_tgt.values()]
        texts += [src, tgt]
    return sorted(links), sorted(words[0]), sorted(words[1]), sorted(texts)


def slow_links(pair: Pair, limit: int) -> list[tuple[int, int]]:
    held = [slow_spans(side, limit)[1] for side in (pair.src, pair.tgt)]
    return [(i, j) for i, j in pair.links if i in held[0] and j in held[1]]


def read_back(
    batch: PairBatch,
) -> tuple[list[Link], list[tuple[str, int, int]], list[tuple[str, int, int]], list[str]]:
    """The same out of a batch."""
    marks = {1: "^", 2: "$"}
    texts = [
        "".join(marks.get(i) or chr(i) for i in batch.ids[a:b].tolist())
        for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)
    ]
    words = [(texts[r], int(a), int(b)) for r, a, b in zip(batch.row, batch.start, batch.stop, strict=True)]
    source, target = words[: batch.n_source], words[batch.n_source :]
    assert all(r < len(texts) // 2 for r in batch.row[: batch.n_source])
    assert all(r >= len(texts) // 2 for r in batch.row[batch.n_source :])
    assert batch.row.tolist() == sorted(batch.row.tolist())
    links = [
        (source[i][0], target[j][0], *source[i][1:], *target[j][1:])
        for i, j in zip(batch.src_ids.tolist(), batch.tgt_ids.tolist(), strict=True)
    ]
    # The two sentences of a word pair stand in the same place of their halves.
    for i, j in zip(batch.src_ids.tolist(), batch.tgt_ids.tolist(), strict=True):
        assert batch.row[i] + len(texts) // 2 == batch.row[batch.n_source + j]
    return sorted(links), sorted(source), sorted(target), sorted(texts)


word = st.text("abcdef", min_size=0, max_size=5)
sentence = st.lists(word, min_size=1, max_size=6)


@st.composite
def pair_(draw: st.DrawFn) -> Pair:
    src, tgt = draw(sentence), draw(sentence)
    every = [(i, j) for i in range(len(src)) for j in range(len(tgt))]
    return Pair(src, tgt, sorted(draw(st.sets(st.sampled_from(every), max_size=4))))


@given(
    streams=st.lists(st.lists(pair_(), min_size=1, max_size=5), min_size=1, max_size=3),
    size=st.integers(1, 7),
    step=st.integers(0, 12),
    seed=st.integers(0, 3),
    limit=st.integers(6, 20),
)
@settings(deadline=None, max_examples=150)
def test_any_batch_is_that_of_the_slow_reference(
    streams: list[list[Pair]], size: int, step: int, seed: int, limit: int
) -> None:
    names = [f"en-x/{i}" for i in range(len(streams))]
    if any(not any(slow_links(p, limit) for p in pairs) for pairs in streams):
        return
    made = [tokenised(pairs, name, limit) for pairs, name in zip(streams, names, strict=True)]
    found = read_back(pair_batch(made, size, step, seed))
    assert found == slow_batch(streams, names, size, step, seed, limit)


def test_by_hand() -> None:
    # Room for 4 letters: 'ddd' is cut off, with its word pair; an empty word is nowhere.
    pairs = [
        Pair(["aa", "", "b", "ddd"], ["x", "yy"], [(0, 1), (2, 0), (3, 0)]),
        Pair(["cccccc"], ["z"], [(0, 0)]),
        Pair(["e"], ["z", "zz"], [(0, 0), (0, 1)]),
    ]
    stream = tokenised(pairs, limit=6)
    assert (len(stream), stream.dropped, stream.cut, stream.links_lost) == (2, 1, 2, 2)
    batch = pair_batch([stream], 2, 0, 1)
    first = shuffled(2, 1, "en-fr/0", 0)[0] == 0
    aab, e, xyy, zzz = (list(map(ord, text)) for text in ("aabd", "e", "xyy", "zzz"))
    order = [[1, *s, 2] for s in ([aab, e, xyy, zzz] if first else [e, aab, zzz, xyy])]
    assert batch.ids.tolist() == [i for s in order for i in s]
    assert np.diff(batch.offsets).tolist() == [len(s) for s in order]
    assert batch.n_source == 3
    if first:
        assert batch.row.tolist() == [0, 0, 1, 2, 2, 3, 3]
        assert batch.start.tolist() == [1, 3, 1, 1, 2, 1, 2]
        assert batch.stop.tolist() == [3, 4, 2, 2, 4, 2, 4]
        assert (batch.src_ids.tolist(), batch.tgt_ids.tolist()) == ([0, 1, 2, 2], [1, 0, 2, 3])
    else:
        assert batch.row.tolist() == [0, 1, 1, 2, 2, 3, 3]
        assert batch.start.tolist() == [1, 1, 3, 1, 2, 1, 2]
        assert batch.stop.tolist() == [2, 3, 4, 2, 4, 2, 4]
        assert (batch.src_ids.tolist(), batch.tgt_ids.tolist()) == ([0, 0, 1, 2], [0, 1, 3, 2])


def numbered(count: int, letter: str) -> list[Pair]:
    return [Pair([letter * (i + 1)], ["t"], [(0, 0)]) for i in range(count)]


def test_streams_are_taken_in_turn_and_start_again_by_themselves() -> None:
    streams = [tokenised(numbered(n, c), c) for n, c in ((3, "a"), (5, "b"))]
    drawn: dict[str, list[int]] = {"a": [], "b": []}
    for step in range(15):
        sources = [text for text in read_back(pair_batch(streams, 4, step, 0))[3] if text != "^t$"]
        assert sorted(text[1] for text in sources) == ["a", "a", "b", "b"]
        for text in sources:
            drawn[text[1]].append(len(text) - 2)
    # 30 of each: ten epochs of three, six of five.
    assert sorted(drawn["a"]) == sorted([1, 2, 3] * 10)
    assert sorted(drawn["b"]) == sorted([1, 2, 3, 4, 5] * 6)


def test_more_streams_than_pairs_in_a_batch_come_over_the_steps() -> None:
    streams = [tokenised(numbered(2, c), c) for c in "abcde"]
    seen = [text[1] for step in range(5) for text in read_back(pair_batch(streams, 2, step, 0))[3] if text[1] != "t"]
    assert sorted(seen) == sorted("abcde" * 2)


def test_many_sentences_are_tokenised_in_slices() -> None:
    pairs = numbered(4090, "a")[:9] * 500
    pairs[4200] = Pair(["q" * 30, "r"], ["t"], [(0, 0)])
    pairs[4300] = Pair(["r", "q" * 30], ["s"], [(0, 0)])
    stream = tokenised(pairs)
    assert (len(stream), stream.dropped, stream.cut) == (4499, 1, 2)
    texts = [t for step in range(45) for t in read_back(pair_batch([stream], 100, step, 0))[3]]
    assert "^r" + "q" * 9 + "$" in texts


def test_skip_and_error() -> None:
    pairs = [Pair(["a", "b" * 20], ["c"], [(0, 0)]), Pair(["a"], ["c"], [(0, 0)])]
    stream = tokenised(pairs, overlong="skip")
    assert (len(stream), stream.dropped, stream.cut, stream.links_lost) == (1, 1, 1, 1)
    with pytest.raises(XltError, match="sentence 0"):
        tokenised(pairs, overlong="error")


def test_nothing_left() -> None:
    with pytest.raises(XltError, match=r"en-fr/0: no word pair is left to align: .*--max-length"):
        tokenised([Pair(["a" * 30], ["b"], [(0, 0)])])
    with pytest.raises(XltError, match="no word pair is left"):
        tokenised([Pair(["a"], ["b"], [])])
