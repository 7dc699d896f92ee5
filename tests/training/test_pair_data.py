"""Pairs tables as streams of sentence pairs, and batches of them against a slow reference that goes one at a time."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.encoders.spelled import spelled
from tests.pair_files import loaded, pairs_record, random_rows, row, write_pairs
from xlt.arrays import Ragged
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions
from xlt.errors import OptionError, XltError
from xlt.files.pairs import open_pairs
from xlt.training.options import Aim
from xlt.training.order import shuffled
from xlt.training.pair_data import (
    PairBatch,
    PairStream,
    available_pairs,
    epoch_steps,
    load_streams,
    pair_batch,
    pair_stream,
)


@pytest.fixture
def encoder(model: str) -> Encoder:
    return loaded(model, EncodeOptions(device="cpu"))


def sentences(encoder: Encoder, stream: PairStream, side: str) -> list[str]:
    return decoded(encoder, getattr(stream, side).sequences)


def decoded(encoder: Encoder, sequences: Ragged[np.int64]) -> list[str]:
    decode = encoder.text_tokenizer.decode
    return [decode(sequences[row], skip_special_tokens=True) for row in range(len(sequences))]


MIXED = [
    row(0, "the cat", "le chat", "0-0 1-1"),
    row(1, "the light", "и землю", "1-1", "en-ru"),
    row(2, "on a mat", "sur le tapis", ""),
    row(3, "the morning", "du matin", "1-1"),
    row(4, "heavens", "небо", "0-0", "en-ru"),
]


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_file_may_hold_several_language_pairs(tmp_path: Path, encoder: Encoder, batch: int) -> None:
    path = write_pairs(tmp_path / "x.parquet", MIXED, batch=batch)
    available = available_pairs([open_pairs(path)])
    assert [(a.langs, a.rows.tolist()) for a in available] == [(("en", "fr"), [0, 3]), (("en", "ru"), [1, 4])]
    french, russian = load_streams(available, encoder, Aim(), None, 1)
    assert sentences(encoder, french, "src") == ["the cat", "the morning"]
    assert sentences(encoder, french, "tgt") == ["le chat", "du matin"]
    assert sentences(encoder, russian, "tgt") == ["и землю", "небо"]
    assert (french.links.values.tolist(), french.links.lengths.tolist()) == ([[0, 0], [1, 1], [1, 1]], [2, 1])
    assert (russian.links.values.tolist(), russian.links.lengths.tolist()) == ([[1, 1], [0, 0]], [1, 1])
    assert len({french.name, russian.name}) == 2


def test_every_batch_mixes_all_language_pairs(tmp_path: Path, encoder: Encoder) -> None:
    paths = [
        write_pairs(tmp_path / f"{tgt}.parquet", random_rows(n, f"en-{tgt}"))
        for tgt, n in (("fr", 40), ("ar", 3), ("ru", 7))
    ]
    available = available_pairs([open_pairs(p) for p in paths])
    streams = load_streams(available, encoder, Aim(batch_size=6), 20, 1)
    of = [set(sentences(encoder, s, "src")) for s in streams]
    for step in range(20):
        batch = pair_batch(streams, 6, step, 1)
        texts = decoded(encoder, batch.sequences)[:6]
        assert all(sum(t in own for t in texts) >= 2 for own in of)


def test_only_as_many_as_the_steps_need_are_drawn(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pairs(tmp_path / "x.parquet", random_rows(500))
    available = available_pairs([open_pairs(path)])
    counts = {steps: len(load_streams(available, encoder, Aim(batch_size=4), steps, 1)[0]) for steps in
              (10, 60, 110, None)}  # fmt: skip
    # Some more than will be seen, because some may drop out when they are cut.
    assert counts == {10: 40 + 4 + 100, 60: 240 + 24 + 100, 110: 500, None: 500}
    one, same, other = (
        load_streams(available, encoder, Aim(batch_size=4), 10, seed)[0].src.sequences.values.tolist()
        for seed in (1, 1, 2)
    )
    assert one == same != other
    everything = load_streams(available, encoder, Aim(), None, 1)[0]
    drawn = load_streams(available, encoder, Aim(batch_size=4), 10, 1)[0]
    assert set(sentences(encoder, drawn, "tgt")) < set(sentences(encoder, everything, "tgt"))


def test_steps_of_an_epoch(tmp_path: Path) -> None:
    paths = [write_pairs(tmp_path / f"{n}.parquet", random_rows(n, f"en-{t}")) for n, t in ((40, "fr"), (7, "ar"))]
    available = available_pairs([open_pairs(p) for p in paths])
    # 40 turns of two streams, 80 sentence pairs.
    assert [epoch_steps(available, size) for size in (16, 80, 81, 3)] == [5, 1, 1, 27]


def test_counts_of_what_was_cut(tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture,
                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)
    rows = [row(0, "a b c d e f", "a b", "0-0 5-1"), row(1, "a b c d e f", "a", "5-0"),
            row(2, "a", "b", "0-0")]  # fmt: skip
    available = available_pairs([open_pairs(write_pairs(tmp_path / "x.parquet", rows))])
    with caplog.at_level(logging.INFO, "xlt"):
        stream = load_streams(available, encoder, Aim(max_length=5), None, 1)[0]
    assert (len(stream), stream.dropped, stream.cut, stream.links_lost) == (2, 1, 2, 2)
    assert "x.parquet: 2 sentences above 5 subwords" in caplog.text


def test_the_model_s_own_limit_holds(tmp_path: Path, encoder: Encoder) -> None:
    rows = [row(0, "the cat " * 20, "le chat", "0-0")]
    available = available_pairs([open_pairs(write_pairs(tmp_path / "x.parquet", rows))])
    stream = load_streams(available, encoder, Aim(max_length=4096), None, 1)[0]
    assert int(stream.src.sequences.lengths.max()) == 32


def test_a_shared_language_on_either_side(tmp_path: Path) -> None:
    for langs, good in (
        (("en-fr", "en-ar"), True),
        (("fr-en", "ar-en"), True),
        (("en-fr", "fr-en"), False),
        (("en-fr", "ar-en"), False),
        (("en-fr", "en-ar", "de-fr"), False),
    ):
        paths = [write_pairs(tmp_path / f"{i}.parquet", random_rows(3, pair)) for i, pair in enumerate(langs)]
        sources = [open_pairs(p) for p in paths]
        if good:
            assert len(available_pairs(sources)) == len(langs)
            continue
        with pytest.raises(XltError, match=r"must be on the same side .*; swap SRC and TGT"):
            available_pairs(sources)


def test_nothing_to_align(tmp_path: Path) -> None:
    full = write_pairs(tmp_path / "full.parquet", random_rows(3), pairs_record())
    for name, rows in (("none", []), ("bare", [row(0, "a b", "c d", "")])):
        path = write_pairs(tmp_path / f"{name}.parquet", rows)
        with pytest.raises(XltError, match=rf"{name}\.parquet holds no word pair: nothing to align"):
            available_pairs([open_pairs(full), open_pairs(path)])


def test_positions_out_of_range_are_found(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pairs(tmp_path / "x.parquet", [row(0, "a b", "c", "0-0"), row(1, "a b", "c", "0-1")])
    available = available_pairs([open_pairs(path)])
    with pytest.raises(XltError, match=r"x\.parquet:row 1: tgt_idx holds 1, but the sentence has 1 words"):
        load_streams(available, encoder, Aim(), None, 1)


Link = tuple[str, str, int, int, int, int]


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
        "".join(marks.get(i) or chr(i) for i in batch.sequences[row].tolist()) for row in range(len(batch.sequences))
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
    words_and_links = read_back(pair_batch(made, size, step, seed))
    assert words_and_links == slow_batch(streams, names, size, step, seed, limit)


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
    assert batch.sequences.values.tolist() == [i for s in order for i in s]
    assert batch.sequences.lengths.tolist() == [len(s) for s in order]
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
    with pytest.raises(OptionError, match=r"^max_length leaves no word pair of en-fr/0 to align: none"):
        tokenised([Pair(["a" * 30], ["b"], [(0, 0)])])
    with pytest.raises(OptionError, match="leaves no word pair"):
        tokenised([Pair(["a"], ["b"], [])])
