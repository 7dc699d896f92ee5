"""Cells and co-occurrences against plain loops."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aligners.sentence_pairs import Pair, bitext
from xlt.aligners import cooccurrence
from xlt.aligners.cooccurrence import Cooccurrences, cooccurrences

sentences_ = st.lists(
    st.tuples(st.lists(st.sampled_from("abcd"), max_size=5), st.lists(st.sampled_from("xyz"), max_size=4)), max_size=9
)


def spelled_out(corpus: Cooccurrences) -> dict[int, list[list[tuple[int, int]]]]:
    """The word numbers of every cell, by sentence pair."""
    cells = {}
    for slab in corpus.slabs:
        assert np.all(np.diff(slab.pairs) > 0)
        first = 0
        for run in slab.runs:
            b, n, m = run.shape
            table = slab.pairs[slab.cells[run.cell : run.cell + b * n * m]].reshape(b, n, m)
            for k in range(b):
                words = [[(int(corpus.src[c]), int(corpus.tgt[c])) for c in row] for row in table[k].tolist()]
                cells[int(slab.sentences[first + k])] = words
                assert slab.src[run.src + k * n : run.src + (k + 1) * n].tolist() == [row[0][0] for row in words]
                assert slab.tgt[run.tgt + k * m : run.tgt + (k + 1) * m].tolist() == [c[1] for c in words[0]]
            first += b
    return cells


@given(sentences_, st.sampled_from([1, 7, 1000]))
def test_every_cell_has_its_two_words(pairs: list[Pair], slab_cells: int) -> None:
    text = bitext(pairs)
    corpus = cooccurrences(text, slab_cells=slab_cells)
    expected = {}
    for s in range(len(pairs)):
        src = text.src[s].tolist()
        tgt = text.tgt[s].tolist()
        if src and tgt:
            expected[s] = [[(a, b) for b in tgt] for a in src]
    assert spelled_out(corpus) == expected
    distinct = sorted({pair for rows in expected.values() for row in rows for pair in row})
    assert list(zip(corpus.src.tolist(), corpus.tgt.tolist(), strict=True)) == distinct
    shapes = [(len(rows), len(rows[0])) for rows in expected.values()]
    counted = {tuple(s): c for s, c in zip(corpus.sizes.tolist(), corpus.size_counts.tolist(), strict=True)}
    assert counted == {s: shapes.count(s) for s in shapes}


def test_on_disk_and_in_threads_it_is_the_same(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    pairs = [([str(w) for w in draw.integers(0, 30, 6)], [str(w) for w in draw.integers(0, 30, 7)]) for _ in range(60)]
    plain = cooccurrences(bitext(pairs), slab_cells=200)
    other = cooccurrences(bitext(pairs), slab_cells=200, workers=3, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == len(plain.slabs) > 5
    assert spelled_out(plain) == spelled_out(other)


def test_vocabularies_too_large_for_packing_take_the_other_way() -> None:
    keys = np.array([7, 2**61, 7, 3, 2**61], np.int64)
    distinct, cells = cooccurrence._numbered(keys, 2**62)
    assert distinct.tolist() == [3, 7, 2**61]
    assert cells.tolist() == [1, 2, 1, 0, 2]
    packed, same = cooccurrence._numbered(np.array([7, 9, 7, 3, 9], np.int64), 10)
    assert packed.tolist() == [3, 7, 9]
    assert same.tolist() == cells.tolist()


def test_very_long_sentences_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cooccurrence, "MOST_CELLS", 6)
    text = bitext([(["a"] * 3, ["x"] * 2), (["a"] * 7, ["x"]), ([], ["x"] * 9), (["a"], ["x"])])
    assert text.usable.tolist() == [0, 3]
    assert text.too_long.tolist() == [1]
    assert spelled_out(cooccurrences(text)).keys() == {0, 3}
