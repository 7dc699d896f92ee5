"""Vectors out of folders: grouped, drawn, pooled; what is scored of them stands in the tests of ``align-score``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pair_files import related_vectors, write_folder
from xlt.alignment.align_score import score_embeddings
from xlt.alignment.from_folders import folder_groups
from xlt.alignment.options import AlignScoreOptions
from xlt.encoders.load import load_encoder, model_input
from xlt.encoders.options import EncodeOptions
from xlt.errors import OptionError, XltError
from xlt.files.identity import model_identity
from xlt.files.provenance import Input, make_record, write_folder_record
from xlt.files.schemas import ITEMS
from xlt.files.tables import open_table
from xlt.measures.options import ScoreOptions

ALL = AlignScoreOptions(n_pairs=0)
SRC, TGT = related_vectors(8, 3, layers=2)


def named(langs: str, **more: Any) -> list[dict[str, Any]]:
    """Rows of words: a letter of ``langs`` says the target language of each."""
    return [{"src_lang": "en", "tgt_lang": letter, **more} for letter in langs]


def test_a_group_a_language_pair(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", SRC, TGT, named("abbaaabb"))
    groups = folder_groups([folder], ALL)
    assert [group.langs for group in groups.groups] == [("en", "a"), ("en", "b")]
    first, second = groups.groups
    assert first.words["row"].to_pylist() == [0, 3, 4, 5]
    assert second.words["row"].to_pylist() == [1, 2, 6, 7]
    assert np.array_equal(second.data.vectors(1, 1)[1], TGT[1, [1, 2, 6, 7]])
    assert (groups.layers, groups.num_layers) == ([(0, 0), (1, 1)], 1)
    # This call made no vectors.
    assert (groups.params, groups.packages) == ({}, ())
    assert first.identity["model"] == folder


def test_some_layers(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", SRC, TGT)
    (tmp_path / "v" / "xlt.json").write_text('{"layers": [4, 12], "num_layers": 12}')
    options = AlignScoreOptions(encode=EncodeOptions(layers="-1"))
    groups = folder_groups([folder], options)
    assert (groups.layers, groups.num_layers) == ([(1, 12)], 12)


def test_a_draw_is_of_each_group_and_short_ones_are_told(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", SRC, TGT, named("aaaaabbb"))
    groups = folder_groups([folder], AlignScoreOptions(n_pairs=4))
    assert [len(group.data) for group in groups.groups] == [4, 3]
    assert groups.warnings == [f"{folder}: 4 word pairs were asked for, 3 can be had: all are taken"]
    rows = groups.groups[0].words["row"].to_pylist()
    assert rows == sorted(rows)


def test_unique_types(tmp_path: Path) -> None:
    words = [{"src_word": s, "tgt_word": t} for s, t in zip("aabbccdd", "xyxyxyzz", strict=True)]
    folder = write_folder(tmp_path / "v", SRC, TGT, words)
    (group,) = folder_groups([folder], AlignScoreOptions(n_pairs=0, unique_types=True)).groups
    src, tgt = (group.words[f"{side}_word"].to_pylist() for side in ("src", "tgt"))
    assert len(set(src)) == len(src) == len(set(tgt)) == len(tgt) == 3
    bare = write_folder(tmp_path / "bare", SRC, TGT)
    with pytest.raises(XltError, match=r"unique_types needs the words; no words\.parquet names those of .*bare"):
        folder_groups([bare], AlignScoreOptions(unique_types=True))


def test_folders_made_elsewhere_stay_apart(tmp_path: Path) -> None:
    folders = [write_folder(tmp_path / name, SRC, TGT, named("aaaaaaaa")) for name in ("v", "w")]
    groups = folder_groups(folders, ALL)
    assert [group.data.where for group in groups.groups] == folders
    assert [item.name for item in groups.inputs] == folders


def test_other_layers_are_another_call(tmp_path: Path) -> None:
    folders = [write_folder(tmp_path / "v", SRC, TGT), write_folder(tmp_path / "w", SRC[:1], TGT[:1])]
    with pytest.raises(XltError, match=r"w has other layers than .*v; score them in two calls"):
        folder_groups(folders, ALL)


def test_a_folder_may_say_whose_vectors_it_holds(tmp_path: Path, checkpoints: Callable[..., Path]) -> None:
    bert = str(checkpoints("bert"))
    sides = {"a": related_vectors(8, 3, layers=2, seed=1), "b": related_vectors(8, 3, layers=2, seed=2)}
    folders = [write_folder(tmp_path / name, *both, named("aaaaaaaa")) for name, both in sides.items()]
    for folder, model in zip(folders, (bert, "their-model"), strict=True):
        said = {"model": model, "base_model": "their-base"} if model != bert else {"model": model}
        (Path(folder) / "xlt.json").write_text(json.dumps(said))
    groups = folder_groups(folders, ALL)
    one, other = groups.groups
    encoder = load_encoder(bert, device="cpu")
    assert one.identity == model_identity(model_input(encoder).as_json())
    assert other.identity == model_identity(None) | {"model": "their-model", "base_model": "their-base"}
    # The words are the same, so that the numbers can be compared.
    assert str(one.signature) == str(other.signature)
    assert [(i.role, i.name) for i in groups.inputs[2:]] == [("model", bert), ("model", "their-model")]
    # Without the words nobody knows.
    (Path(folders[1]) / "words.parquet").unlink()
    alone = folder_groups(folders[1:], ALL).groups[0]
    assert str(alone.signature) != str(one.signature)


def test_what_a_base_model_is_a_record_knows_better(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    parent = Input("model", "start", "5" * 64)
    write_folder_record(model, make_record("realign", params={}, inputs=[parent]) | {"recipe": "realign(x)"})
    folder = write_folder(tmp_path / "v", SRC, TGT)
    (tmp_path / "v" / "xlt.json").write_text(json.dumps({"model": str(model), "base_model": "other"}))
    identity = folder_groups([folder], ALL).groups[0].identity
    assert (identity["base_model"], identity["recipe"]) == ("start", "realign(x)")


@pytest.mark.parametrize(
    "said", [{"model": 3}, {"model": "", "base_model": "x"}, {"base_model": "x"}, {"model": ["x"]}]
)
def test_whose_vectors_they_are_is_a_name(tmp_path: Path, said: dict[str, Any]) -> None:
    folder = write_folder(tmp_path / "v", SRC, TGT)
    (tmp_path / "v" / "xlt.json").write_text(json.dumps(said))
    with pytest.raises(XltError, match=r'v/xlt\.json: "model" must be a checkpoint folder, a hub name or another name'):
        folder_groups([folder], ALL)


def test_folders_say_what_they_are_of(tmp_path: Path) -> None:
    sentences = write_folder(tmp_path / "s", SRC, TGT, named("aaaaaaaa", unit="sentence"))
    words = write_folder(tmp_path / "w", SRC, TGT, named("aaaaaaaa", src_word="x"))
    bare = write_folder(tmp_path / "b", SRC, TGT)
    asked = AlignScoreOptions(unit="sentence", n_pairs=0)
    assert [folder_groups([name], ALL).unit for name in (sentences, words, bare)] == ["sentence", "word", "word"]
    assert [folder_groups([name], asked).unit for name in (sentences, bare)] == ["sentence", "sentence"]
    # Of sentences all are taken.
    assert folder_groups([sentences], AlignScoreOptions()).warnings == []
    with pytest.raises(OptionError, match=f"^unit sentence: {words} holds vectors of words$"):
        folder_groups([words], asked)
    with pytest.raises(XltError, match=f"^{words} holds vectors of words, {sentences} of sentences; score them"):
        folder_groups([words, sentences], ALL)
    odd = write_folder(tmp_path / "o", SRC, TGT, [*named("aaaaaaa", unit="sentence"), *named("a", unit="page")])
    with pytest.raises(XltError, match="column 'unit' holds page, sentence; it is word or sentence, in all rows"):
        folder_groups([odd], ALL)
    mixed = write_folder(tmp_path / "m", SRC, TGT, [*named("aaaaaaa", unit="sentence"), *named("a", unit="word")])
    with pytest.raises(XltError, match="column 'unit' holds sentence, word"):
        folder_groups([mixed], ALL)


def test_sentences_by_hand(tmp_path: Path) -> None:
    # cos = [[.894, .447, .707], [.949, .949, 1], [.447, .894, .707]]: y2 is nearer to x1 than y1, y0 ties.
    src = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
    tgt = np.array([[2, 1], [1, 2], [1, 1]], np.float32)
    folder = write_folder(tmp_path / "v", src, tgt)
    table = str(tmp_path / "i.parquet")
    measures = ScoreOptions(measure=("accuracy", "mrr", "cosine"))
    scores = score_embeddings([folder], AlignScoreOptions(unit="sentence", score=measures), per_item=table)
    items = [r for b in open_table(table, ITEMS).batches(None) for r in b.to_pylist() if r["measure"] == "accuracy"]
    ranks = {way: [r["rank"] for r in items if r["direction"] == way] for way in ("src-tgt", "tgt-src")}
    assert ranks == {"src-tgt": [1, 3, 2], "tgt-src": [2, 1, 3]}
    value = {(r["measure"], r["direction"]): round(r["value"], 4) for r in scores.rows}
    assert value == {
        ("accuracy", "src-tgt"): 0.3333, ("accuracy", "tgt-src"): 0.3333, ("mrr", "src-tgt"): 0.6111,
        ("mrr", "tgt-src"): 0.6111, ("cosine", "both"): 0.8501,
    }  # fmt: skip
