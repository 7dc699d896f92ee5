"""Pairs tables as streams: what is in them, what is drawn of them, what is refused."""

import logging
from pathlib import Path

import pytest

from tests.pair_files import loaded, pairs_record, random_rows, row, write_pairs
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.pairs import open_pairs
from xlt.training.options import Aim
from xlt.training.pair_data import PairStream, pair_batch
from xlt.training.pair_streams import available_pairs, epoch_steps, load_streams


@pytest.fixture
def encoder(model: str) -> Encoder:
    return loaded(model, EncodeOptions(device="cpu"))


def sentences(encoder: Encoder, stream: PairStream, side: str) -> list[str]:
    pieces = getattr(stream, side)
    return [
        encoder.text_tokenizer.decode(pieces.ids[a:b], skip_special_tokens=True)
        for a, b in zip(pieces.offsets[:-1], pieces.offsets[1:], strict=True)
    ]


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
    assert (french.src_ids.tolist(), french.tgt_ids.tolist()) == ([0, 1, 3], [0, 1, 3])
    assert (russian.src_ids.tolist(), russian.tgt_ids.tolist()) == ([1, 2], [1, 2])
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
        texts = [
            encoder.text_tokenizer.decode(batch.ids[a:b], skip_special_tokens=True)
            for a, b in zip(batch.offsets[:6], batch.offsets[1:7], strict=True)
        ]
        assert all(sum(t in mine for t in texts) >= 2 for mine in of)


def test_only_as_many_as_the_steps_need_are_drawn(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pairs(tmp_path / "x.parquet", random_rows(500))
    available = available_pairs([open_pairs(path)])
    counts = {steps: len(load_streams(available, encoder, Aim(batch_size=4), steps, 1)[0]) for steps in
              (10, 60, 110, None)}  # fmt: skip
    # Some more than will be seen, because some may drop out when they are cut.
    assert counts == {10: 40 + 4 + 100, 60: 240 + 24 + 100, 110: 500, None: 500}
    one, same, other = (
        load_streams(available, encoder, Aim(batch_size=4), 10, seed)[0].src.ids.tolist() for seed in (1, 1, 2)
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
    assert int(stream.src.lengths.max()) == 32


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
