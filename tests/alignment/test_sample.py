"""The sample: what it depends on, what it does not, and that it is fair."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pair_files import Rows, random_rows, row, word_pairs, write_pairs
from xlt.alignment.sample import WordPairs, draw, lowest, one_of_each_type, priorities, too_few
from xlt.alignment.sample import word_pairs as sampled_pairs
from xlt.errors import XltError
from xlt.files.pairs import link_batches, open_pairs
from xlt.files.schemas import WORDS

ROWS = random_rows(60)
Taken = list[tuple[int, str, str, str, str, int, int]]


def taken(paths: list[str], n_pairs: int | None, seed: int = 42, **options: Any) -> Taken:
    """The word pairs that a draw takes, read again row by row."""
    sources = [open_pairs(p) for p in paths]
    sample = draw(sources, n_pairs, seed, **options)
    drawn = []
    for source in sources:
        for batch in link_batches(source, with_tokens=True):
            every = word_pairs(batch.table.to_pylist())
            drawn += [every[i] for i in sample.taken(batch).tolist()]
    return drawn


@pytest.fixture
def whole(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "whole.parquet", ROWS)


def test_n_different_ones_in_file_order(whole: str) -> None:
    every = word_pairs(ROWS)
    drawn = taken([whole], 25)
    assert len(drawn) == len(set(drawn)) == 25
    assert drawn == [p for p in every if p in set(drawn)]
    assert taken([whole], None) == every
    assert taken([whole], len(every)) == every
    assert taken([whole], len(every) + 1) == every


@pytest.mark.parametrize("batch", [1, 7, 60])
def test_batches_do_not_matter(whole: str, tmp_path: Path, batch: int) -> None:
    other = write_pairs(tmp_path / "other.arrow", ROWS, batch=batch)
    assert taken([other], 25) == taken([whole], 25)


def test_files_and_their_order_do_not_matter(whole: str, tmp_path: Path) -> None:
    parts = [write_pairs(tmp_path / f"{i}.parquet", ROWS[a:b]) for i, (a, b) in enumerate([(0, 1), (1, 33), (33, 60)])]
    assert taken(parts, 25) == taken([whole], 25)
    assert sorted(taken(parts[::-1], 25)) == sorted(taken([whole], 25))
    backward = write_pairs(tmp_path / "backward.parquet", ROWS[::-1])
    assert sorted(taken([backward], 25)) == sorted(taken([whole], 25))


def test_the_text_and_the_other_word_pairs_of_a_sentence_do_not_matter(whole: str, tmp_path: Path) -> None:
    # A sample of fewer is part of a sample of more, and stays when what was not drawn is taken away.
    drawn = set(taken([whole], 25))
    assert set(taken([whole], 10)) < drawn
    fewer: Rows = []
    for r in ROWS:
        links = [
            (i, j)
            for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
            if any((r["sent_id"], i, j) == (p[0], p[5], p[6]) for p in drawn)
        ]
        fewer.append(r | {"src_idx": [i for i, _ in links], "tgt_idx": [j for _, j in links]})
    assert set(taken([write_pairs(tmp_path / "x.parquet", fewer)], 25)) == drawn


def test_the_seed_matters(whole: str) -> None:
    samples = [frozenset(taken([whole], 25, seed)) for seed in (0, 1, 42, 2**63 - 1)]
    assert len(set(samples)) == 4
    assert taken([whole], 25, 7) == taken([whole], 25, 7)


def test_as_many_of_each_language_pair(tmp_path: Path) -> None:
    mixed = [r for two in zip(random_rows(40), random_rows(40, "en-ar"), strict=True) for r in two]
    mixed += random_rows(3, "ar-en")
    path = write_pairs(tmp_path / "x.parquet", mixed)
    available = Counter((p[1], p[2]) for p in word_pairs(mixed))
    assert draw([open_pairs(path)], 20, 42).available == available
    assert available["ar", "en"] < 20
    assert Counter((p[1], p[2]) for p in taken([path], 20)) == {
        ("en", "fr"): 20,
        ("en", "ar"): 20,
        ("ar", "en"): available["ar", "en"],
    }
    # The draw of one does not know of the others.
    alone = write_pairs(tmp_path / "fr.parquet", random_rows(40))
    assert taken([alone], 20) == [p for p in taken([path], 20) if p[2] == "fr"]


@pytest.mark.parametrize("n_pairs", [None, 25])
def test_shards_share_the_sample_out(whole: str, n_pairs: int | None) -> None:
    shards = [taken([whole], n_pairs, shard=(i, 3)) for i in (1, 2, 3)]
    assert all(p[0] % 3 == i for i, shard in enumerate(shards) for p in shard)
    assert sorted(p for shard in shards for p in shard) == sorted(taken([whole], n_pairs))
    available = [draw([open_pairs(whole)], n_pairs, 42, shard=(i, 3)).available["en", "fr"] for i in (1, 2, 3)]
    assert available == [sum(p[0] % 3 == i for p in word_pairs(ROWS)) for i in range(3)]


def test_no_word_pair_at_all(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "x.parquet", [row(0, "a", "b", ""), row(1, "a", "b", "0-0", "en-ar")])
    assert draw([open_pairs(path)], 3, 42).available == {("en", "fr"): 0, ("en", "ar"): 1}
    assert [p[2] for p in taken([path], 3)] == ["ar"]
    assert taken([write_pairs(tmp_path / "y.parquet", [])], 3) == []


def grid() -> tuple[Any, Any, Any]:
    sent, src, tgt = np.meshgrid(np.arange(2000), np.arange(10), np.arange(10), indexing="ij")
    return sent.ravel(), src.ravel(), tgt.ravel()


@pytest.mark.parametrize("seed", [0, 42])
def test_priorities_look_uniform(seed: int) -> None:
    draws = priorities(seed, *grid())
    n = len(draws)
    assert draws.dtype == np.uint64
    assert len(np.unique(draws)) == n
    # Six standard deviations of a count in one of 64 equal boxes, from the highest and from the lowest bits.
    for bits in (draws >> np.uint64(58), draws & np.uint64(63)):
        counts = np.bincount(bits.astype(np.int64), minlength=64)
        assert np.abs(counts - n / 64).max() < 6 * (n / 64) ** 0.5
    # Neighbours (the next word, the next sentence) have nothing to do with each other.
    cube = (draws / 2.0**64).reshape(2000, 10, 10)
    for a, b in ((cube[1:], cube[:-1]), (cube[:, 1:], cube[:, :-1]), (cube[..., 1:], cube[..., :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 6 / a.size**0.5
    # Nor have the draws of two seeds.
    other = priorities(seed + 1, *grid()) / 2.0**64
    assert abs(np.corrcoef(cube.ravel(), other)[0, 1]) < 6 / n**0.5


def test_each_word_pair_is_drawn_equally_often() -> None:
    sent, src, tgt = np.repeat(np.arange(5), 4), np.tile([0, 0, 1, 1], 5), np.tile([0, 1], 10)
    often = np.zeros(20, np.int64)
    for seed in range(2000):
        often[lowest(priorities(seed, sent, src, tgt), 5)] += 1
    # Binomial: 500 +- 19.4.
    assert np.abs(often - 500).max() < 5 * 19.4


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(0, 15))
def test_lowest_keeps_the_order_and_the_first_of_equals(values: list[int], n: int) -> None:
    chosen = sorted(range(len(values)), key=lambda i: (values[i], i))[:n]
    assert lowest(np.array(values, np.uint64), n).tolist() == sorted(chosen)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=14),
    st.one_of(st.none(), st.integers(0, 6)),
)
def test_unique_types_against_a_slow_reference(items: list[tuple[int, str, str]], n: int | None) -> None:
    # Again and again the first of the lowest that shares no word with those that are taken.
    expected: list[int] = []
    while n is None or len(expected) < n:
        free = [i for i, (_, s, t) in enumerate(items) if all(s != items[k][1] and t != items[k][2] for k in expected)]
        if not free:
            break
        expected.append(min(free, key=lambda i: (items[i][0], i)))
    priority = np.array([p for p, _, _ in items], np.uint64)
    indices = one_of_each_type(priority, [s for _, s, _ in items], [t for _, _, t in items], n)
    assert indices.tolist() == expected


def test_unique_types_of_a_file(whole: str, tmp_path: Path) -> None:
    parts = [write_pairs(tmp_path / f"{i}.parquet", ROWS[a:b]) for i, (a, b) in enumerate([(0, 20), (20, 60)])]
    for paths in ([whole], parts):
        types = taken(paths, None, unique_types=True)
        assert max(Counter(p[3] for p in types).values()) == max(Counter(p[4] for p in types).values()) == 1
        # No other word pair could be taken besides.
        src, tgt = {p[3] for p in types}, {p[4] for p in types}
        assert all(p[3] in src or p[4] in tgt for p in word_pairs(ROWS))
        assert set(taken(paths, 5, unique_types=True)) < set(types)
    assert types == taken([whole], None, unique_types=True)


def test_what_the_user_is_told() -> None:
    assert too_few(10_000, 1234) == "10,000 word pairs were asked for, 1,234 can be had: all are taken"


# The sentences of a sample: held once, in parts that make up the whole

TWO_LANGUAGES = random_rows(50) + random_rows(50, "en-ar", seed=1)


def parts(paths: list[str], n_pairs: int | None = None, at_once: int | None = None) -> list[WordPairs]:
    sources = [open_pairs(p) for p in paths]
    return list(sampled_pairs(sources, draw(sources, n_pairs, 42), sentences_at_once=at_once))


def words_of(part: WordPairs) -> list[tuple[object, ...]]:
    batch = part.words()
    assert batch.schema == WORDS.arrow()
    return [tuple(r.values()) for r in batch.to_pylist()]


def test_a_sentence_is_held_once_across_files_and_sides(tmp_path: Path) -> None:
    one: Rows = [row(0, "a b", "x y", "0-1 1-0"), row(1, "a b", "z", "1-0")]
    two: Rows = [row(0, "x y", "a b", "0-0", "fr-en"), row(5, "q", "r", ""), row(6, "a b", "w", "0-0", "en-ar")]
    paths = [write_pairs(tmp_path / f"{i}.parquet", rows) for i, rows in enumerate((one, two))]
    (pairs,) = parts(paths)
    # What holds no word pair is not held at all.
    assert sorted(pairs.sentences) == [["a", "b"], ["w"], ["x", "y"], ["z"]]
    assert words_of(pairs) == word_pairs(one + two)
    assert pairs.langs == [("en", "fr")] * 3 + [("fr", "en"), ("en", "ar")]
    assert len(pairs) == 5
    a_b = pairs.sentences.index(["a", "b"])
    assert pairs.src_sentence.tolist() == [a_b, a_b, a_b, pairs.sentences.index(["x", "y"]), a_b]
    assert pairs.tgt_sentence[3] == a_b


def test_tokens_that_look_alike_when_joined_are_other_sentences(tmp_path: Path) -> None:
    rows = [row(0, "a b", "x", "0-0"), row(1, "c", "x", "0-0") | {"src_tokens": ["a b"]}]
    (pairs,) = parts([write_pairs(tmp_path / "x.parquet", rows)])
    assert sorted(pairs.sentences) == [["a", "b"], ["a b"], ["x"]]


@pytest.mark.parametrize("n_pairs", [None, 30])
@pytest.mark.parametrize("at_once", [1, 10, 1000])
def test_parts_make_up_the_whole(tmp_path: Path, n_pairs: int | None, at_once: int) -> None:
    paths = [
        write_pairs(tmp_path / "a.arrow", TWO_LANGUAGES[:70], batch=9),
        write_pairs(tmp_path / "b.arrow", TWO_LANGUAGES[70:], batch=4),
    ]
    (whole,) = parts(paths, n_pairs)
    some = parts(paths, n_pairs, at_once)
    assert [w for part in some for w in words_of(part)] == words_of(whole)
    assert len(some) > 1 or at_once == 1000
    if n_pairs is None:
        assert words_of(whole) == word_pairs(TWO_LANGUAGES)
    for part in some:
        # A part ends at the first batch that fills it.
        assert len(part.sentences) < at_once + 2 * 9
        for sentence, word, text in zip(part.src_sentence, part.src, part.words().column("src_word"), strict=True):
            assert part.sentences[sentence][word] == text.as_py()


def test_some_of_them(tmp_path: Path) -> None:
    (whole,) = parts([write_pairs(tmp_path / "x.parquet", TWO_LANGUAGES)])
    some = whole.take(np.array([3, 99, 4]))
    assert words_of(some) == [word_pairs(TWO_LANGUAGES)[i] for i in (3, 99, 4)]
    assert some.sentences is whole.sentences


@pytest.mark.parametrize("rows", [[], [row(0, "a", "b", "")]])
def test_without_a_word_pair(tmp_path: Path, rows: Rows) -> None:
    path = write_pairs(tmp_path / "x.parquet", rows)
    with pytest.raises(XltError, match=r"x\.parquet: no word pair"):
        parts([path])
