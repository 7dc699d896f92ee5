"""FastAlign over blocks of text: numbering of words, blocks kept apart, models kept and loaded."""

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.aligners.sentence_pairs import sets_of
from tests.pairs.blocks import EN_FR, tokens
from xlt.aligners.cooccurrence import MOST_CELLS
from xlt.errors import OptionError
from xlt.files.provenance import Input
from xlt.pairs.fastalign import FastAlignLinks, WordSide, _with_float64, bitext
from xlt.pairs.options import FastAlignOptions
from xlt.pairs.priors import read_priors
from xlt.pairs.table import Text

# Each word of one side is one of the other; the orders differ.
PAIRS = [("the house", "das Haus"), ("the book", "das Buch"), ("a book", "ein Buch"), ("house a", "ein Haus")] * 4
TEXT = Text(EN_FR, [Input("corpus", "some")])
RIGHT = [{(0, 0), (1, 1)}] * 3 + [{(0, 1), (1, 0)}]


def links(options: FastAlignOptions, cuts: tuple[int, ...] = (), workers: int = 1) -> list[set[tuple[int, int]]]:
    """Links of the text in blocks that end at ``cuts``."""
    bounds = [0, *cuts, len(PAIRS)]
    blocks = [tokens(PAIRS[a:b], first=a) for a, b in pairwise(bounds)]
    aligned = FastAlignLinks(options, TEXT).links(blocks, workers)
    return [one for block, of_block in aligned for one in sets_of(of_block, len(block))]


def test_words_are_numbered_as_they_come() -> None:
    side = WordSide(str.lower)
    assert len(side.words()) == 0
    side.add(tokens([("a B", ""), ("", "")]).src)
    side.add(tokens([("b C", "")]).src)
    assert side.numbers == {"a": 0, "b": 1, "c": 2}
    words = side.words()
    assert words.values.dtype == np.int32
    assert [words[row].tolist() for row in range(3)] == [[0, 1], [], [1, 2]]
    text = bitext(side, side)
    assert (len(text), text.src_types, text.usable.tolist()) == (3, 3, [0, 2])


@pytest.mark.parametrize("cuts", [(), (4,), (1, 2, 15)])
def test_blocks_are_no_borders(cuts: tuple[int, ...]) -> None:
    assert links(FastAlignOptions(), cuts) == RIGHT * 4
    assert links(FastAlignOptions(chunk=3), cuts, workers=2) == RIGHT * 4


def test_a_heuristic_is_heeded() -> None:
    both, either = (links(FastAlignOptions(symmetrise=name)) for name in ("intersect", "union"))
    assert all(a <= b for a, b in zip(both, either, strict=True))


def test_a_model_is_kept_and_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "model.parquet")
    assert links(FastAlignOptions(save_priors=path)) == RIGHT * 4
    assert set(read_priors(path, EN_FR).src_words) == {"the", "house", "book", "a"}
    linker = FastAlignLinks(FastAlignOptions(load_priors=path), TEXT)
    ((_, aligned),) = linker.links([tokens([("a house", "Haus ein"), ("a dog", "ein Haus")])], 1)
    assert sets_of(aligned, 2)[0] == {(0, 1), (1, 0)}
    assert linker.summary()["words unknown to the priors"] == 1
    assert [(i.role, i.name) for i in linker.inputs] == [("priors", path)]


def test_what_the_record_holds() -> None:
    linker = FastAlignLinks(FastAlignOptions(), TEXT)
    assert linker.params == {"iterations": 5, "null": 0.08, "tension": 4.0, "alpha": 0.01}
    assert linker.inputs == []


def test_nothing_to_align(tmp_path: Path) -> None:
    ((_, aligned),) = FastAlignLinks(FastAlignOptions(), TEXT).links([tokens([("", "x")])], 1)
    assert len(aligned) == 0
    keeping = FastAlignLinks(FastAlignOptions(save_priors=str(tmp_path / "m.parquet")), TEXT)
    with pytest.raises(OptionError, match=r"^save_priors finds no sentence pair that could be aligned"):
        list(keeping.links([tokens([("", "x")])], 1))


def test_monsters_are_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    long = " ".join(["x"] * (int(MOST_CELLS**0.5) + 1))
    linker = FastAlignLinks(FastAlignOptions(), TEXT)
    with caplog.at_level(logging.WARNING):
        ((_, aligned),) = linker.links([tokens([(long, long), ("a", "b")])], 1)
    assert set(aligned.sentence.tolist()) == {1}
    assert linker.summary()["sentence pairs too long to align"] == 1
    assert "1 sentence pairs are too long to align" in caplog.text


def test_a_device_without_float64(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert _with_float64(torch.device("mps")) == torch.device("cpu")
    assert "FastAlign needs float64" in caplog.text
    assert _with_float64(torch.device("cuda", 1)) == torch.device("cuda", 1)
