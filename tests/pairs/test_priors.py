"""A model of FastAlign as a table: written, read, renumbered, refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.aligners.sentence_pairs import bitext
from tests.pairs.blocks import EN_FR
from xlt.aligners.cooccurrence import Cooccurrences, cooccurrences
from xlt.aligners.fastalign import UNSEEN, Model, train
from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.files.tables import open_table
from xlt.pairs.priors import Priors, read_priors, write_priors

PAIRS = [(["a", "b"], ["x", "y"]), (["b"], ["y"]), (["a"], ["x"])]
SRC, TGT = ["a", "b"], ["x", "y"]


@pytest.fixture
def trained() -> tuple[Cooccurrences, Model]:
    corpus = cooccurrences(bitext(PAIRS))
    return corpus, train(corpus)


@pytest.fixture
def path(tmp_path: Path, trained: tuple[Cooccurrences, Model]) -> str:
    name = str(tmp_path / "model.parquet")
    write_priors(name, Priors.of(*trained, SRC, TGT), EN_FR, [Input("corpus", "text", "0" * 64)])
    return name


def test_what_is_written_is_read(path: str, trained: tuple[Cooccurrences, Model]) -> None:
    priors = read_priors(path, EN_FR)
    # Numbers are those of the table, in which the null words' rows come first: all words in their order.
    assert (priors.src_words, priors.tgt_words) == (SRC, TGT)
    for name, direction in trained[1].items():
        same = priors.trained[name]
        assert (same.translation == direction.translation).all()
        assert (same.null == direction.null).all()
        assert same.tension == direction.tension
    assert (priors.input.role, priors.input.name) == ("priors", path)
    record = open_table(path).record
    assert record is not None
    assert record["inputs"][0]["name"] == "text"
    assert record["params"]["aligner"] == "fastalign"


def test_words_of_another_text_have_other_numbers(path: str, trained: tuple[Cooccurrences, Model]) -> None:
    priors = read_priors(path, EN_FR)
    # b and a change places, c is new.
    other = cooccurrences(bitext([(["b"], ["y"]), (["a", "c"], ["x"])]))
    model, unknown = priors.model(other, {"b": 0, "a": 1, "c": 2}, {"y": 0, "x": 1})
    assert unknown == 1
    corpus, ours = trained
    known = {(s, t): p for s, t, p in zip(corpus.src, corpus.tgt, ours["forward"].translation, strict=True)}
    # Sorted by the new numbers: b-y, a-x, c-x.
    expected = [known[1, 1], known[0, 0], UNSEEN]
    assert model["forward"].translation.tolist() == expected
    assert model["forward"].null.tolist() == [ours["forward"].null[1], ours["forward"].null[0]]
    assert model["backward"].null.tolist() == [ours["backward"].null[1], ours["backward"].null[0], UNSEEN]
    assert model["backward"].tension == ours["backward"].tension


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lowercase": True}, "trained with lowercase False, this text has True"),
        ({"src": "de"}, "trained with src lang en, this text has de"),
        ({"pretokenized": False}, "trained with segmentation"),
    ],
)
def test_text_that_is_treated_otherwise(path: str, change: dict[str, bool | str], message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_priors(path, replace(EN_FR, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize("tension", [None, "x", [1], float("inf"), float("nan")])
def test_a_tension_that_is_no_number(path: str, tension: object) -> None:
    table = pq.read_table(path)
    record = json.loads(pq.ParquetFile(path).metadata.metadata[b"xlt"])
    record["params"]["backward_tension"] = tension
    pq.write_table(table.replace_schema_metadata({"xlt": json.dumps(record)}), path)
    with pytest.raises(XltError, match="no tension in its record"):
        read_priors(path, EN_FR)


def test_probabilities_beyond_1(tmp_path: Path, trained: tuple[Cooccurrences, Model]) -> None:
    corpus, model = trained
    model["forward"].translation = np.full_like(model["forward"].translation, 1.5)
    name = str(tmp_path / "broken.parquet")
    write_priors(name, Priors.of(corpus, model, SRC, TGT), EN_FR)
    with pytest.raises(XltError, match="broken priors: probabilities must lie between 0 and 1"):
        read_priors(name, EN_FR)
    with pytest.raises(XltError, match="exists already"):
        write_priors(name, Priors.of(corpus, model, SRC, TGT), EN_FR)
