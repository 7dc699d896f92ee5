"""Scores of groups of words, by hand and against a slow reference."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pair_files import row, write_pairs
from tests.study.item_files import both_ways, item, scored, write_items
from tests.study.study_files import base, tuned
from xlt.errors import OptionError, XltError
from xlt.files.rows import Row
from xlt.files.tables import open_table
from xlt.study.breakdown import break_down
from xlt.study.options import BreakdownOptions

TAGS = ("NOUN", "NOUN", "NOUN", "VERB", "ADP", "ADP")


def _tags(tmp_path: Path, **tags: tuple[str, ...]) -> tuple[str, ...]:
    # A file a language, a sentence a tag.
    for lang, own in tags.items():
        word = {"en": "cat", "fr": "chat"}[lang]
        (tmp_path / lang).write_text("".join(f"{word}\t{tag}\n\n" for tag in own), encoding="utf-8")
    return tuple(f"{lang}={tmp_path / lang}" for lang in tags)


def _values(rows: list[Row], direction: str = "src-tgt") -> dict[Any, float]:
    return {(r["group"], r["group_kind"]): r["value"] for r in rows if r["direction"] == direction}


def test_parts_of_speech_by_hand(tmp_path: Path) -> None:
    name = write_items(tmp_path / "i.parquet", [item(i, hit) for i, hit in enumerate((1, 0, 0, 1, 1, 1))], scored())
    rows = break_down([name], BreakdownOptions(by="tag", tags=_tags(tmp_path, en=TAGS))).rows
    assert _values(rows) == pytest.approx(
        {
            ("ALL", ""): 4 / 6,
            ("ADP", "closed"): 1.0, ("average", "closed"): 1.0,
            ("NOUN", "open"): 1 / 3, ("VERB", "open"): 1.0, ("average", "open"): (1 / 3 + 1) / 2,
        }
    )  # fmt: skip
    assert [(r["group"], r["n"]) for r in rows] == [
        ("ALL", 6), ("ADP", 2), ("average", 2), ("NOUN", 3), ("VERB", 1), ("average", 4),
    ]  # fmt: skip
    assert {(r["model"], r["layer"], r["depth"], r["key"], r["candidates"]) for r in rows} == {
        ("org/small", 4, -1, "tag", "pairs")
    }


def test_the_tag_is_that_of_the_word_that_searches(tmp_path: Path) -> None:
    items = both_ways([item(i, hit) for i, hit in enumerate((1, 0, 0))], (1, 1, 0))
    name = write_items(tmp_path / "i.parquet", items, scored())
    tags = _tags(tmp_path, en=("NOUN", "NOUN", "PART"), fr=("NOUN", "VERB", "NOUN"))
    rows = break_down([name], BreakdownOptions(by="tag", tags=tags)).rows
    assert _values(rows) == pytest.approx(
        {("ALL", ""): 1 / 3, ("NOUN", "open"): 0.5, ("average", "open"): 0.5, ("PART", ""): 0.0}
    )
    assert _values(rows, "tgt-src") == pytest.approx(
        {("ALL", ""): 2 / 3, ("NOUN", "open"): 0.5, ("VERB", "open"): 1.0, ("average", "open"): 0.75}
    )
    # A tag of one side alone has no mean; an average is that of both.
    assert _values(rows, "mean") == pytest.approx(
        {("ALL", ""): 0.5, ("NOUN", "open"): 0.5, ("average", "open"): (0.5 + 0.75) / 2}
    )
    assert {r["group"]: r["n"] for r in rows if r["direction"] == "mean"} == {"ALL": 6, "NOUN": 4, "average": 5}


def test_tags_of_pairs_tables(tmp_path: Path) -> None:
    pairs = [row(0, "cat", "chat", "0-0") | {"src_tags": ["NOUN"]}, row(1, "cat", "chat", "") | {"src_tags": ["X"]}]
    pq.write_table(pa.Table.from_pylist(pairs), tmp_path / "p.parquet")
    name = write_items(tmp_path / "i.parquet", [item(0, 1), item(1, 0)], scored())
    rows = break_down([name], BreakdownOptions(by="tag", pairs=(str(tmp_path / "p.parquet"),))).rows
    assert _values(rows)["NOUN", "open"] == 1.0
    assert _values(rows)["X", ""] == 0.0


def test_differences_of_ranks_by_hand(tmp_path: Path) -> None:
    # Ranks: the 1, cat 2, black 2, sleeps 4; le 1, chat 2, dort 3.
    (tmp_path / "en").write_text("the\t10\ncat\t4\nblack\t4\nsleeps\t1\n", encoding="utf-8")
    (tmp_path / "fr").write_text("le\t9\nchat\t5\ndort\t2\n", encoding="utf-8")
    counts = (f"en={tmp_path / 'en'}", f"fr={tmp_path / 'fr'}")
    words = [("the", "chat", 1), ("cat", "chat", 0), ("sleeps", "le", 1), ("dog", "dort", 0)]
    items = [item(i, hit, src, tgt) for i, (src, tgt, hit) in enumerate(words)]
    name = write_items(tmp_path / "i.parquet", items, scored())
    done = break_down([name], BreakdownOptions(by="rank-difference", counts=counts))
    # A dog is of rank 5: behind all four types.
    groups = [(r["group"], r["low"], r["high"], r["n"], r["value"]) for r in done.rows]
    assert groups == [
        ("ALL", None, None, 4, 0.5), ("[0, 1)", 0, 1, 1, 0), ("[1, 3)", 1, 3, 2, 0.5), ("[3, 10)", 3, 10, 1, 1),
    ]  # fmt: skip
    assert done.summary["en words without a count"] == 1
    rows = break_down([name], BreakdownOptions(by="rank-difference", counts=counts, signed=True)).rows
    assert [(r["group"], r["n"]) for r in rows[1:]] == [("[-1, 0)", 1), ("[0, 1)", 1), ("[1, 3)", 1), ("[3, 10)", 1)]
    rows = break_down([name], BreakdownOptions(by="rank-difference", counts=counts, bins="2")).rows
    assert [(r["group"], r["low"], r["high"], r["n"]) for r in rows[1:]] == [("< 2", None, 2, 2), (">= 2", 2, None, 2)]
    with pytest.raises(XltError, match="no counts of the words of fr; there are those of en"):
        break_down([name], BreakdownOptions(by="rank-difference", counts=counts[:1]))


def test_counts_of_pairs_tables(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "p.parquet", [row(0, "the the cat", "chat", "")])
    name = write_items(tmp_path / "i.parquet", [item(0, 1)], scored())
    rows = break_down([name], BreakdownOptions(by="rank-difference", counts_from=(pairs,))).rows
    assert [r["group"] for r in rows] == ["ALL", "[1, 3)"]


def test_letters_scripts_and_lengths(tmp_path: Path) -> None:
    words = [("nation", "nación", 1), ("cat", "кот", 0), ("7", "7", 1)]
    items = both_ways([item(i, hit, src, tgt) for i, (src, tgt, hit) in enumerate(words)], (0, 0, 1))
    name = write_items(tmp_path / "i.parquet", items, scored())
    assert _values(break_down([name], BreakdownOptions(by="overlap")).rows, "mean") == {
        ("ALL", ""): 0.5, ("[0, 0.2)", ""): 0.0, ("[0.6, 0.8)", ""): 0.5, (">= 1", ""): 1.0,
    }  # fmt: skip
    assert _values(break_down([name], BreakdownOptions(by="script")).rows, "mean") == {
        ("ALL", ""): 0.5, ("same script", ""): 0.5, ("other script", ""): 0.0, ("no letters", ""): 1.0,
    }  # fmt: skip
    assert _values(break_down([name], BreakdownOptions(by="length")).rows) == {
        ("ALL", ""): 2 / 3, ("[1, 2)", ""): 1.0, ("[3, 4)", ""): 0.0, ("[6, 8)", ""): 1.0,
    }  # fmt: skip


def test_standard_errors_are_those_of_a_slow_bootstrap(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    words, hits = draw.choice(["cat", "кот", "7"], (2, 90)), draw.integers(0, 2, (2, 90))
    sentences = draw.integers(0, 12, 90)
    items = [item(i, int(hits[0, i]), str(words[0, i]), str(words[1, i]), int(sentences[i])) for i in range(90)]
    name = write_items(tmp_path / "i.parquet", both_ways(items, hits[1]), scored())
    rows = break_down([name], BreakdownOptions(by="script", seed=7)).rows
    letters = np.array([["7" in (a, b), a != b] for a, b in words.T])
    of_group = {
        "ALL": np.ones(90, bool),
        "no letters": letters[:, 0],
        "other script": letters[:, 1] & ~letters[:, 0],
        "same script": ~letters.any(axis=1),
    }
    _, cluster = np.unique(sentences, return_inverse=True)
    rng, k = np.random.default_rng(7), cluster.max() + 1
    weights = np.stack([np.bincount(rng.integers(0, k, k), minlength=k)[cluster] for _ in range(1000)])
    for one in rows:
        own = of_group[one["group"]]
        means = [(weights[:, own] @ hits[d, own]) / weights[:, own].sum(axis=1) for d in (0, 1)]
        expected = {"src-tgt": means[0], "tgt-src": means[1], "mean": (means[0] + means[1]) / 2}[one["direction"]]
        assert one["se"] == pytest.approx(np.nanstd(expected, ddof=1))


def test_no_error_of_one_sentence(tmp_path: Path) -> None:
    name = write_items(tmp_path / "i.parquet", [item(0, 1, sent_id=3), item(1, 0, sent_id=3)], scored())
    assert [r["se"] for r in break_down([name], BreakdownOptions(by="script")).rows] == [None, None]


def test_neither_the_order_of_items_nor_other_files_matter(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    items = [item(i, int(draw.integers(0, 2)), str(draw.choice(["cat", "кот"])), sent_id=i // 3) for i in range(60)]
    one = write_items(tmp_path / "a.parquet", items, scored())
    other = write_items(tmp_path / "b.parquet", [items[i] for i in draw.permutation(60)], scored())
    third = write_items(tmp_path / "c.parquet", items[:20], scored(tuned("pos", base("org/small"), 31)))
    options = BreakdownOptions(by="script")
    rows = [{k: v for k, v in r.items() if k != "signature"} for r in break_down([one], options).rows]
    assert [{k: v for k, v in r.items() if k != "signature"} for r in break_down([other], options).rows] == rows
    assert break_down([third, one], options).rows[-len(rows) :] == break_down([one], options).rows


def test_other_measures_are_means_of_outcomes(tmp_path: Path) -> None:
    items = [item(i, 0, measure="cosine", outcome=v, rank=None) for i, v in enumerate((0.25, 0.75))]
    name = write_items(tmp_path / "i.parquet", items, scored())
    rows = break_down([name], BreakdownOptions(by="script")).rows
    assert _values(rows) == {("ALL", ""): 0.5, ("same script", ""): 0.5}


def test_the_file(tmp_path: Path) -> None:
    record = scored(candidates="corpus") | {"tags": {"method": "base"}}
    name = write_items(tmp_path / "i.parquet", [item(0, 1), item(1, 0)], record)
    out = str(tmp_path / "b.parquet")
    done = break_down([name], BreakdownOptions(by="overlap"), output=out)
    source = open_table(out)
    assert source.schema.names[-1] == "method"
    assert next(iter(source.batches(["group", "method", "candidates"]))).to_pylist()[0] == {
        "group": "ALL", "method": "base", "candidates": "corpus",
    }  # fmt: skip
    assert source.record is not None
    assert source.record["params"] == {"by": "overlap", "bins": "0,0.2,0.4,0.6,0.8,1", "signed": False}
    assert source.record["summary"] == done.summary == {"items": 2, "rows": 2}
    assert [i["role"] for i in source.record["inputs"]] == ["items"]


def test_what_cannot_be(tmp_path: Path) -> None:
    name = write_items(tmp_path / "i.parquet", [item(0, 1)], scored())
    with pytest.raises(OptionError, match="needs tags"):
        break_down([name], BreakdownOptions(by="tag"))
    with pytest.raises(OptionError, match="needs counts"):
        break_down([name], BreakdownOptions(by="rank-difference"))
    with pytest.raises(OptionError, match="has no effect"):
        BreakdownOptions(by="script", bins="1,2")
    with pytest.raises(OptionError, match="one of the two"):
        BreakdownOptions(by="rank-difference", counts=("en=x",), counts_from=("y",))
    copy = write_items(tmp_path / "j.parquet", [item(0, 1)], scored())
    with pytest.raises(XltError, match="stand in two files"):
        break_down([name, copy], BreakdownOptions(by="script"))
    with pytest.raises(XltError, match="no row"):
        break_down([write_items(tmp_path / "e.parquet", [], scored())], BreakdownOptions(by="script"))
