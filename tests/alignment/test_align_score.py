"""``align-score`` as a function: against slow references, and the same by every way that leads to a score."""

import json
import logging
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from tests.measures.reference import ranks, scores
from tests.pair_files import (
    loaded,
    pairs_record,
    random_rows,
    related_vectors,
    row,
    word_pairs,
    write_folder,
    write_pairs,
)
from xlt import __version__
from xlt.alignment.align_score import Scores, score_embeddings, score_model
from xlt.alignment.embed import Embedding, embed
from xlt.alignment.options import AlignScoreOptions, EmbedOptions
from xlt.arrays import AnyFloats
from xlt.encoders.options import EncodeOptions
from xlt.errors import OutputExistsError, XltError
from xlt.files.provenance import Input, content_id, make_record, read_folder_record
from xlt.files.schemas import ITEMS, PAIRS, SCORES
from xlt.files.tables import open_table
from xlt.flat import from_flat
from xlt.measures.measure import Items, Pairs, Scalar
from xlt.measures.options import MEASURES, WHOLE, Case, Direction, Measure, ScoreOptions
from xlt.report.layers import layer_table

# A sentence a batch: then a vector does not depend on its company by a single bit.
ALONE = EncodeOptions(device="cpu", batch_tokens=1)
ROWS = random_rows(25) + random_rows(15, "en-ar", seed=1)
KEYS = ("src_lang", "tgt_lang", "layer", "direction", "strength")


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record())


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)


def score(*inputs: str, encode: EncodeOptions = ALONE, n_pairs: int | None = None, **given: Any) -> Scores:
    """Score folders, or a model where the first input is one."""
    flat = {"seed", "unique_types", *ScoreOptions.__dataclass_fields__}
    stated = {name: given.pop(name) for name in list(given) if name in flat}
    options = replace(from_flat(AlignScoreOptions, stated | {"n_pairs": n_pairs or 0}), encode=encode)
    if (Path(inputs[0]) / "config.json").exists():
        return score_model(inputs[0], inputs[1:], options, load=loaded, **given)
    return score_embeddings(inputs, options, **given)


def embedded(
    model: str,
    pairs: list[str],
    output: Path,
    encode: EncodeOptions,
    *,
    n_pairs: int | None = None,
    seed: int = 42,
    shard: str | None = None,
) -> Embedding:
    options = EmbedOptions(encode=encode, n_pairs=n_pairs, seed=seed, shard=shard)
    return embed(model, pairs, options, output=output, load=loaded)


def values(result: Scores) -> dict[tuple[Any, ...], float]:
    by_key = {tuple(r[k] for k in KEYS): r["value"] for r in result.rows}
    assert len(by_key) == len(result.rows)
    return by_key


def units(vectors: Any, center: bool = False) -> Any:
    rows = vectors.astype(np.float64)
    rows = rows - rows.mean(axis=0) if center else rows
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def reference(
    src: AnyFloats, tgt: AnyFloats, k: int | None = None, center: bool = False
) -> dict[tuple[str, str], float]:
    """Share of first ranks by (direction, strength), in loops."""
    x, y = units(src, center), units(tgt, center)
    return {
        (direction, strength): ranks(a, b, k, strength == "strong").count(1) / len(a)
        for direction, a, b in (("src-tgt", x, y), ("tgt-src", y, x))
        for strength in ("weak", "strong")
    }


def by_layer(result: Scores, layer: int) -> dict[tuple[str, str], float]:
    return {(r["direction"], r["strength"]): r["value"] for r in result.rows if r["layer"] == layer}


def items(path: Path) -> list[dict[str, Any]]:
    return [r for b in open_table(str(path), ITEMS).batches(None) for r in b.to_pylist()]


# Against references


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("k", [None, 4])
def test_anybodys_two_files(tmp_path: Path, dtype: Any, k: int | None) -> None:
    src, tgt = (v[0].astype(dtype) for v in related_vectors(60, 10))
    folder = write_folder(tmp_path / "v", src, tgt)
    options = {"similarity": "cosine"} if k is None else {"similarity": "csls", "csls_k": k}
    result = score(folder, **options)
    expected = reference(src, tgt, k)
    assert by_layer(result, 0) == expected
    assert all(0.02 < v < 0.98 for v in expected.values())
    assert len(set(expected.values())) > 2
    for r in result.rows:
        assert (r["model"], r["base_model"], r["recipe"], r["task"], r["seed"]) == (folder, "", "", "", None)
        assert (r["src_lang"], r["tgt_lang"], r["weights"], r["n"]) == ("", "", None, 60)
        assert (r["layer"], r["depth"], r["measure"], r["similarity"]) == (0, -1, "accuracy", options["similarity"])
    assert np.array_equal(np.load(tmp_path / "v" / "src.npy"), src)


def test_every_layer(tmp_path: Path) -> None:
    src, tgt = related_vectors(50, 8, layers=3, noise=0.9)
    folder = write_folder(tmp_path / "v", src, tgt)
    (tmp_path / "v" / "xlt.json").write_text('{"layers": [0, 6, 11], "num_layers": 12}')
    result = score(folder)
    assert [r["layer"] for r in result.rows[::4]] == [0, 6, 11]
    assert [r["depth"] for r in result.rows[::4]] == [-13, -7, -2]
    for i, layer in enumerate((0, 6, 11)):
        assert by_layer(result, layer) == reference(src[i], tgt[i])
    some = score(folder, encode=EncodeOptions(layers="-2,6", device="cpu"))
    assert some.rows == result.rows[4:]
    with pytest.raises(XltError, match=r"no layer 12; there are 0, 6, 11"):
        score(folder, encode=EncodeOptions(layers="12", device="cpu"))
    with pytest.raises(XltError, match="no layer -1"):
        score(folder, encode=EncodeOptions(layers="-1", device="cpu"))


def test_centring_is_subtracting_each_languages_mean(tmp_path: Path) -> None:
    src, tgt = related_vectors(60, 10)
    folder = write_folder(tmp_path / "v", src, tgt)
    by_hand = write_folder(tmp_path / "c", *(v - v.mean(axis=1, keepdims=True) for v in (src, tgt)))
    result = score(folder, center=True)
    assert by_layer(result, 0) == reference(src[0], tgt[0], center=True) == by_layer(score(by_hand), 0)
    assert by_layer(result, 0) != by_layer(score(folder), 0)


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(40, 8))
    every = score(folder).rows
    assert [(r["direction"], r["strength"]) for r in every] == [
        ("src-tgt", "weak"), ("src-tgt", "strong"), ("tgt-src", "weak"), ("tgt-src", "strong"),
    ]  # fmt: skip
    for strength in ("weak", "strong"):
        for direction in ("src-tgt", "tgt-src"):
            (alone,) = score(folder, strength=strength, direction=direction).rows
            # The resampling is the same, whatever else is measured.
            assert alone in every
            (ranked,) = score(folder, strength=strength, direction=direction, per_item=str(tmp_path / "i.csv"),
                              force=True).rows  # fmt: skip
            assert ranked == alone


@pytest.mark.parametrize("similarity", ["cosine", "csls"])
def test_the_block_size_changes_nothing(tmp_path: Path, similarity: str) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(70, 8))
    assert score(folder, similarity=similarity, block=16).rows == score(folder, similarity=similarity).rows


@pytest.mark.parametrize("case", ["main", "opposite_cones", "ties", "negative_self"])
def test_the_papers_code(golden: Path, tmp_path: Path, case: str) -> None:
    data = np.load(golden / "retrieval" / f"{case}.npz", allow_pickle=False)
    expected = json.loads((golden / "retrieval" / "expected.json").read_text())[case]
    accuracies = by_layer(score(write_folder(tmp_path / "v", data["x"], data["y"])), 0)
    for direction, short in (("src-tgt", "fwd"), ("tgt-src", "bwd")):
        for strength in ("weak", "strong"):
            # Where code and definition differ, the definition (def_) is what we follow.
            name = f"{strength}_{short}"
            right = expected.get(f"def_{name}", expected[name])
            assert round(accuracies[direction, strength] * len(data["x"])) == round(right * len(data["x"])), name


# The same by every way


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_pairs": 20},
        {"n_pairs": 20, "seed": 7, "similarity": "csls", "csls_k": 3},
        {"n_pairs": 10, "unique_types": True, "center": True},
        {"unique_types": True},
    ],
    ids=str,
)
def test_embedding_first_gives_the_same(tmp_path: Path, model: str, pairs: str, options: dict[str, Any]) -> None:
    folder = str(embedded(model, [pairs], tmp_path / "v", ALONE).output)
    direct, indirect = score(model, pairs, **options), score(folder, **options)
    assert indirect.rows == direct.rows
    assert {(r["src_lang"], r["tgt_lang"]) for r in direct.rows} == {("en", "fr"), ("en", "ar")}
    assert len(direct.rows) == 2 * 4 * 4
    assert len(set(values(direct).values())) > 2
    if "n_pairs" in options and not options.get("unique_types"):
        assert {r["n"] for r in direct.rows} == {options["n_pairs"]}


def test_sampling_while_embedding_gives_the_same_numbers(tmp_path: Path, model: str, pairs: str) -> None:
    folder = str(embedded(model, [pairs], tmp_path / "v", ALONE, n_pairs=20, seed=3).output)
    drawn = score(folder, n_pairs=20, seed=3)
    assert values(drawn) == values(score(model, pairs, n_pairs=20, seed=3))
    assert values(score(folder)) == values(drawn)
    assert "|embedded:20" in drawn.rows[0]["signature"]


@pytest.mark.parametrize("n_pairs", [None, 20])
def test_shards_scored_together_are_the_whole(tmp_path: Path, model: str, pairs: str, n_pairs: int | None) -> None:
    shards = [str(embedded(model, [pairs], tmp_path / f"{i}", ALONE, shard=f"{i}/3").output) for i in (1, 2, 3)]
    whole = score(model, pairs, n_pairs=n_pairs).rows
    assert score(*shards, n_pairs=n_pairs).rows == whole
    assert score(*shards[::-1], n_pairs=n_pairs).rows == whole


def test_a_folder_for_each_corpus_or_language(tmp_path: Path, model: str) -> None:
    files = [
        write_pairs(tmp_path / "one.parquet", ROWS[:25], pairs_record(corpus="1")),
        write_pairs(tmp_path / "two.parquet", random_rows(10, seed=4, first=100), pairs_record(corpus="2")),
        write_pairs(tmp_path / "ar.parquet", ROWS[25:], pairs_record("en-ar")),
    ]
    folders = [str(embedded(model, [f], tmp_path / f"{i}", ALONE).output) for i, f in enumerate(files)]
    direct = score(model, *files)
    # Both corpora are named in the signature, that of the other language is not.
    assert score(*folders).rows == direct.rows
    assert {r["signature"].count("+") for r in direct.rows if r["tgt_lang"] == "fr"} == {1}
    assert {r["signature"].count("+") for r in direct.rows if r["tgt_lang"] == "ar"} == {0}
    assert direct.summary.keys() == {"en-fr", "en-ar"}


def test_two_runs_agree(tmp_path: Path, model: str, pairs: str) -> None:
    one, two = (score(model, pairs, n_pairs=20, output=str(tmp_path / f"{i}.parquet")) for i in (1, 2))
    assert one.rows == two.rows
    tables = [pq.read_table(tmp_path / f"{i}.parquet").replace_schema_metadata() for i in (1, 2)]
    assert tables[0].equals(tables[1])


# What is written


def test_every_format_holds_the_same_rows(tmp_path: Path, model: str, pairs: str) -> None:
    for suffix in ("parquet", "arrow", "csv", "jsonl"):
        result = score(model, pairs, n_pairs=20, output=str(tmp_path / f"x.{suffix}"), tags={"corpus": "007"})
        source = open_table(str(tmp_path / f"x.{suffix}"), SCORES)
        assert [r for b in source.batches(None) for r in b.to_pylist()] == result.rows
    assert {r["corpus"] for r in result.rows} == {"007"}
    assert pq.read_schema(tmp_path / "x.parquet").remove_metadata() == SCORES.arrow(["corpus"])
    record = open_table(str(tmp_path / "x.parquet")).record
    assert record is not None
    assert (record["step"], record["seed"], record["tags"]) == ("align-score", 42, {"corpus": "007"})
    assert [i["role"] for i in record["inputs"]] == ["model", "pairs"]
    assert record["summary"]["en-fr"]["word pairs"] == 20


def test_the_counts(tmp_path: Path, model: str) -> None:
    rows = [row(0, "the cat and the mat", "le chat et le tapis", "0-0 1-1 3-3 4-4"), row(1, "the end", "la fin", "0-0")]
    result = score(model, write_pairs(tmp_path / "x.parquet", rows))
    # Five source words of which 'the' stands three times; 'le' twice.
    assert result.summary == {
        "en-fr": {
            "word pairs": 5, "overlong sentences": 0, "word pairs without vector, others drawn": 0,
            "subwords a source word": 1.0, "subwords a target word": 1.4,
            "repeated source words": 2, "repeated target words": 1,
        }
    }  # fmt: skip


@pytest.mark.parametrize("k", [None, 3])
def test_a_row_for_each_item(tmp_path: Path, k: int | None) -> None:
    src, tgt = related_vectors(40, 8, layers=2)
    words = [{"sent_id": i // 2, "src_lang": "en", "tgt_lang": "fr", "src_word": f"w{i}"} for i in range(40)]
    folder = write_folder(tmp_path / "v", src, tgt, words)
    path = tmp_path / "items.parquet"
    options = {"similarity": "cosine"} if k is None else {"similarity": "csls", "csls_k": k}
    result = score(folder, n_pairs=30, per_item=str(path), **options)
    assert result.rows == score(folder, n_pairs=30, **options).rows
    every = items(path)
    assert len(every) == 30 * len(result.rows) == 30 * 8
    place = sorted({r["row"] for r in every})
    assert len(place) == 30
    for r in result.rows:
        own = [i for i in every if all(i[name] == r[name] for name in (*KEYS, "similarity"))]
        assert [i["row"] for i in own] == place
        assert [(i["src_word"], i["sent_id"], i["tgt_word"]) for i in own] == [(f"w{p}", p // 2, None) for p in place]
        assert sum(i["rank"] == 1 for i in own) / 30 == r["value"]
        sides = [units(v[r["layer"]][place]) for v in (src, tgt)]
        x, y = sides if r["direction"] == "src-tgt" else sides[::-1]
        assert [i["rank"] for i in own] == ranks(x, y, k, r["strength"] == "strong")
        across, within = scores(x, y, k)
        for n, item in enumerate(own):
            wrong = [across[n][j] for j in range(30) if j != n]
            if r["strength"] == "strong":
                wrong += [within[n][j] for j in range(30) if j != n]
            assert item["right"] == pytest.approx(across[n][n], abs=1e-6)
            assert item["best_wrong"] == pytest.approx(max(wrong), abs=1e-6)
            assert (item["right"] > item["best_wrong"]) == (item["rank"] == 1)


def test_items_of_a_model_name_their_words(tmp_path: Path, model: str, pairs: str) -> None:
    score(model, pairs, per_item=str(tmp_path / "i.parquet"), encode=EncodeOptions(layers="-1", device="cpu"))
    rows = [i for i in items(tmp_path / "i.parquet") if (i["direction"], i["strength"]) == ("src-tgt", "weak")]
    columns = ("sent_id", "src_lang", "tgt_lang", "src_word", "tgt_word", "src_idx", "tgt_idx")
    assert [tuple(i[c] for c in columns) for i in rows] == word_pairs(ROWS)
    assert [i["row"] for i in rows] == list(range(len(rows)))


def test_a_single_word_pair(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(1, 4))
    result = score(folder, per_item=str(tmp_path / "i.parquet"), output=str(tmp_path / "s.parquet"))
    assert [(r["value"], r["se"], r["n"]) for r in result.rows] == [(1.0, None, 1)] * 4
    assert [(i["rank"], i["best_wrong"]) for i in items(tmp_path / "i.parquet")] == [(1, None)] * 4


def test_the_standard_error_is_that_of_resampled_sentences(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    sent = np.sort(rng.integers(0, 60, 240))
    src, tgt = related_vectors(240, 8, noise=0.8)
    # Words of a sentence fail together: an error that takes words for independent would be far too small.
    for i in np.flatnonzero(rng.random(60) < 0.4):
        tgt[0, sent == i] = rng.standard_normal((int((sent == i).sum()), 8))
    folder = write_folder(tmp_path / "v", src, tgt, [{"sent_id": int(s)} for s in sent])
    result = score(folder, strength="weak", direction="src-tgt", per_item=str(tmp_path / "i.parquet"))
    hit = np.array([i["rank"] == 1 for i in items(tmp_path / "i.parquet")])
    sentences = [np.flatnonzero(sent == s) for s in np.unique(sent)]
    means = []
    for _ in range(4000):
        chosen = np.concatenate([sentences[i] for i in rng.integers(0, len(sentences), len(sentences))])
        means.append(hit[chosen].mean())
    slow = float(np.std(means, ddof=1))
    assert result.rows[0]["se"] == pytest.approx(slow, rel=0.08)
    assert slow > 1.3 * (hit.mean() * (1 - hit.mean()) / len(hit)) ** 0.5
    # Where nobody knows the sentences, each word pair is one.
    alone = score(write_folder(tmp_path / "w", src, tgt), strength="weak", direction="src-tgt")
    assert alone.rows[0]["se"] == pytest.approx((hit.mean() * (1 - hit.mean()) / len(hit)) ** 0.5, rel=0.08)


# The draw


def test_a_draw_from_a_folder(tmp_path: Path) -> None:
    src, tgt = related_vectors(200, 8)
    folder = write_folder(tmp_path / "v", src, tgt)
    places = []
    for seed in (1, 2):
        result = score(folder, n_pairs=50, seed=seed, per_item=str(tmp_path / f"{seed}.parquet"))
        every = items(tmp_path / f"{seed}.parquet")
        place = [i["row"] for i in every if (i["direction"], i["strength"]) == ("src-tgt", "weak")]
        assert place == sorted(set(place))
        assert len(place) == 50
        assert by_layer(result, 0) == reference(src[0][place], tgt[0][place])
        places.append(place)
    assert places[0] != places[1]


def test_more_than_there_are(tmp_path: Path, model: str, pairs: str, caplog: pytest.LogCaptureFixture) -> None:
    n = {pair: sum((p[1], p[2]) == pair for p in word_pairs(ROWS)) for pair in (("en", "fr"), ("en", "ar"))}
    said = "1,000 word pairs were asked for, {} can be had: all are taken"
    result = score(model, pairs, n_pairs=1000)
    assert caplog.messages == [f"{'-'.join(pair)}: {said.format(count)}" for pair, count in n.items()]
    assert {((r["src_lang"], r["tgt_lang"]), r["n"]) for r in result.rows} == set(n.items())
    assert all(r["signature"].startswith(f"pairs:{r['n']}|") for r in result.rows)
    caplog.clear()
    folder = write_folder(tmp_path / "v", *related_vectors(20, 4))
    assert score(folder, n_pairs=1000).rows[0]["n"] == 20
    assert caplog.messages == [f"{folder}: {said.format(20)}"]
    caplog.clear()
    score(folder, n_pairs=20)
    assert caplog.messages == []


def test_fewer_vectors_than_word_pairs_are_told(tmp_path: Path, model: str, caplog: pytest.LogCaptureFixture) -> None:
    long = "the cat and the mat " * 12
    rows = [row(0, long, long, " ".join(f"{i}-{i}" for i in range(40))), *random_rows(6, first=1)]
    short = len(word_pairs(rows[1:]))
    skip = EncodeOptions(overlong="skip", device="cpu", batch_tokens=1)
    result = score(model, write_pairs(tmp_path / "x.parquet", rows), n_pairs=30, encode=skip)
    assert short < 30
    assert result.rows[0]["n"] == short
    assert caplog.messages == [f"en-fr: 30 word pairs were asked for, {short} can be had: all are taken"]


def test_unique_types(tmp_path: Path, model: str, pairs: str, caplog: pytest.LogCaptureFixture) -> None:
    result = score(model, pairs, n_pairs=1000, unique_types=True, per_item=str(tmp_path / "i.parquet"))
    rows = [i for i in items(tmp_path / "i.parquet") if (i["layer"], i["direction"], i["strength"]) ==
             (0, "src-tgt", "weak") and i["tgt_lang"] == "fr"]  # fmt: skip
    assert len({i["src_word"] for i in rows}) == len({i["tgt_word"] for i in rows}) == len(rows) > 5
    assert result.summary["en-fr"]["repeated source words"] == result.summary["en-fr"]["repeated target words"] == 0
    assert caplog.messages[0] == f"en-fr: 1,000 word pairs were asked for, {len(rows)} can be had: all are taken"
    assert all("|unique-types|" in r["signature"] for r in result.rows)
    with pytest.raises(XltError, match="unique_types needs the words"):
        score(write_folder(tmp_path / "v", *related_vectors(9, 4)), unique_types=True)


def test_unique_types_of_files_that_number_their_sentences_alike(tmp_path: Path, model: str) -> None:
    files = [write_pairs(tmp_path / f"{i}.parquet", random_rows(20), pairs_record(corpus=f"{i}")) for i in (1, 2)]
    folders = [str(embedded(model, [f], tmp_path / f"v{f[-9]}", ALONE).output) for f in files]
    both = str(embedded(model, files, tmp_path / "both", ALONE).output)
    direct = score(model, *files, unique_types=True, per_item=str(tmp_path / "i.parquet"))
    assert direct.summary["en-fr"]["repeated source words"] == direct.summary["en-fr"]["repeated target words"] == 0
    assert score(both, unique_types=True).rows == direct.rows
    assert score(*folders, unique_types=True).rows[0]["n"] == direct.rows[0]["n"]


# Signature and identity


def test_the_signature_says_all(tmp_path: Path, model: str, pairs: str) -> None:
    data, n = content_id(pairs_record(), None), len(word_pairs(ROWS[:25]))

    def signature(**options: Any) -> str:
        signatures = {r["signature"] for r in score(model, pairs, **options).rows if r["tgt_lang"] == "fr"}
        assert len(signatures) == 1
        return str(signatures.pop())

    start, end = f"seed:42|data:{data}|pool:first|overlong:window", f"xlt:{__version__}"
    assert signature() == f"pairs:all({n})|{start}|{end}"
    assert signature(n_pairs=20) == f"pairs:20|{start}|{end}"
    assert signature(n_pairs=20, seed=1) == f"pairs:20|{start}|{end}".replace("seed:42", "seed:1")
    assert signature(similarity="csls", csls_k=5, center=True) == f"pairs:all({n})|{start}|k:5|center|{end}"
    assert signature(csls_k=5) == signature()
    other = EncodeOptions(pool="mean", overlong="cut", max_length=31, drop_blank_subwords=True, device="cpu")
    how = "pool:mean|overlong:cut|max-length:31|drop-blank-subwords"
    assert signature(encode=other) == f"pairs:all({n})|seed:42|data:{data}|{how}|{end}"
    assert "|dtype:bfloat16|" in signature(encode=EncodeOptions(dtype="bfloat16", device="cpu"))


def test_the_signature_of_a_foreign_folder_names_both_files(tmp_path: Path) -> None:
    src, tgt = related_vectors(9, 4)
    signatures = [
        score(write_folder(tmp_path / name, *sides)).rows[0]["signature"]
        for name, sides in {"a": (src, tgt), "b": (src, tgt), "c": (src, -tgt), "d": (-src, tgt)}.items()
    ]
    assert re.fullmatch(rf"pairs:all\(9\)\|seed:42\|data:[0-9a-f]{{8}}\|xlt:{__version__}", signatures[0])
    assert signatures[0] == signatures[1]
    assert len(set(signatures)) == 3


def test_who_the_model_is(tmp_path: Path, model: str, pairs: str, caplog: pytest.LogCaptureFixture) -> None:
    tuned = tmp_path / "tuned"
    shutil.copytree(model, tuned)
    base = Input("model", "org/base", "w0")
    realigned = make_record("realign", params={}, seed=1, inputs=[base, Input("pairs", "bible", "x", pairs_record())])
    between = Input("model", "r", "w1", realigned | {"recipe": "R"})
    record = make_record("finetune", params={}, seed=66, inputs=[between])
    (tuned / "xlt.json").write_text(json.dumps(record | {"recipe": "F", "task": "udpos"}))
    result = score(str(tuned), pairs)
    identities = {tuple(r[k] for k in ("model", "base_model", "recipe", "task", "seed")) for r in result.rows}
    assert identities == {(str(tuned), "org/base", "R+F", "udpos", 66)}
    assert caplog.messages == [f"{pairs}: the model was trained on these very pairs (bible)"]
    # The same is said when the vectors were made first, and once only for two shards of two language pairs.
    caplog.clear()
    shards = [str(embedded(str(tuned), [pairs], tmp_path / f"{i}", ALONE, shard=f"{i}/2").output) for i in (1, 2)]
    indirect = score(*shards)
    assert indirect.rows == result.rows
    assert caplog.messages == [f"{pairs}: the model was trained on these very pairs (bible)"]


# Folders of all sorts


def test_words_that_say_only_some_things(tmp_path: Path) -> None:
    src, tgt = related_vectors(30, 6)
    langs = [{"src_lang": "en", "tgt_lang": "fr" if i % 3 else "ar"} for i in range(30)]
    result = score(write_folder(tmp_path / "langs", src, tgt, langs))
    for tgt_lang, place in (("fr", [i for i in range(30) if i % 3]), ("ar", list(range(0, 30, 3)))):
        values_of_pair = {(r["direction"], r["strength"]): r["value"] for r in result.rows if r["tgt_lang"] == tgt_lang}
        assert values_of_pair == reference(src[0][place], tgt[0][place])
    some = [{"src_word": f"w{i}", "sent_id": None if i else 3} for i in range(30)]
    assert by_layer(score(write_folder(tmp_path / "some", src, tgt, some)), 0) == reference(src[0], tgt[0])
    half = [{"src_lang": "en", "tgt_lang": "fr"} if i < 20 else {} for i in range(30)]
    halves = score(write_folder(tmp_path / "half", src, tgt, half))
    assert {(r["src_lang"], r["tgt_lang"], r["n"]) for r in halves.rows} == {("en", "fr", 20), ("", "", 10)}


def test_vectors_made_elsewhere_are_never_pooled(tmp_path: Path) -> None:
    langs = [{"src_lang": "en", "tgt_lang": "fr"}] * 30
    folders = {
        write_folder(tmp_path / name, src, tgt, langs): (src, tgt)
        for name, (src, tgt) in {"a": related_vectors(30, 6), "b": related_vectors(30, 9, seed=1)}.items()
    }
    result = score(*folders)
    for folder, (src, tgt) in folders.items():
        own = {(r["direction"], r["strength"]): r["value"] for r in result.rows if r["model"] == folder}
        assert own == reference(src[0], tgt[0])
    assert len(result.summary) == 2


def test_folders_that_do_not_belong_together(tmp_path: Path, model: str, pairs: str) -> None:
    def folder(name: str, **options: Any) -> str:
        return str(embedded(model, [pairs], tmp_path / name, EncodeOptions(device="cpu", **options)).output)

    plain = folder("plain")
    with pytest.raises(XltError, match=r"last has other layers than .*plain; score them in two calls"):
        score(plain, folder("last", layers="-1"))
    with pytest.raises(XltError, match=r"mean was embedded otherwise \(pool:mean.*plain \(pool:first"):
        score(plain, folder("mean", pool="mean"))


@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, "NaN or infinity"), (np.inf, "NaN or infinity"), (0.0, "all zeros"), (1e300, "NaN or")]
)
@pytest.mark.parametrize("n_pairs", [None, 80])
def test_bad_vectors_are_named_by_their_rows_in_the_file(
    tmp_path: Path, value: float, said: str, n_pairs: int | None
) -> None:
    src, tgt = (v.astype(np.float64) for v in related_vectors(90, 6, layers=2))
    tgt[1, 70:] = value
    folder = write_folder(tmp_path / "v", src, tgt)
    outputs: dict[str, Any] = {"output": str(tmp_path / "s.parquet"), "per_item": str(tmp_path / "i.parquet")}
    with pytest.raises(XltError, match=said) as caught:
        score(folder, n_pairs=n_pairs, **outputs)
    named = re.search(r"v/tgt\.npy, layer 1, rows ([\d, ]+), …", str(caught.value))
    assert named is not None, str(caught.value)
    rows = [int(r) for r in named[1].split(", ")]
    assert len(rows) == 5
    assert min(rows) >= 70
    if n_pairs is None:
        assert rows == [70, 71, 72, 73, 74]
    assert {p.name for p in tmp_path.iterdir()} == {"v"}


def test_bad_vectors_in_one_of_two_shards(tmp_path: Path, model: str, pairs: str) -> None:
    shards = [embedded(model, [pairs], tmp_path / f"{i}", ALONE, shard=f"{i}/2").output for i in (1, 2)]
    array = np.load(shards[1] / "src.npy")
    array[2, 5] = np.nan
    np.save(shards[1] / "src.npy", array)
    with pytest.raises(XltError, match=r"2/src\.npy is damaged or was changed: .* or remove .*xlt\.json if the change"):
        score(*map(str, shards))
    # Whoever means it says so in the record.
    record = dict(read_folder_record(shards[1]) or {})
    (shards[1] / "xlt.json").write_text(json.dumps(record | {"files": {}}))
    with pytest.raises(XltError, match=r"2/src\.npy, layer 2, row 5: NaN or infinity"):
        score(*map(str, shards))


# Measures of all sorts, as one adds them


def similarities(pairs: Pairs, settings: ScoreOptions) -> Items:
    """An outcome a pair that is no yes or no, and no search: the cosine of the pair."""
    return Items({WHOLE: (pairs.x.double() * pairs.y.double()).sum(dim=1)})


def crowding(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """One value for each side and no outcome a pair: how often the most popular candidate is the nearest."""
    product = pairs.x @ pairs.y.T
    sides: tuple[tuple[Direction, int], ...] = (("src-tgt", 1), ("tgt-src", 0))
    return Scalar({Case(direction): float(torch.bincount(product.argmax(dim)).max()) for direction, dim in sides})


SEVERAL = {
    "accuracy": MEASURES["accuracy"],
    "cosine": Measure(similarities),
    "crowding": Measure(crowding, directions=True),
}


def test_several_measures_in_one_table(tmp_path: Path) -> None:
    src, tgt = related_vectors(60, 10, layers=2)
    folder = write_folder(tmp_path / "v", src, tgt, [{"sent_id": i // 3} for i in range(60)])
    table = str(tmp_path / "s.parquet")
    options: dict[str, Any] = {"similarity": "csls", "csls_k": 3, "center": True}
    result = score(folder, measures=SEVERAL, output=table, **options)
    alone = score(folder, **options)
    keys = ("layer", "measure", "direction", "strength", "similarity")
    rest = [("cosine", "both", "", ""), ("crowding", "src-tgt", "", ""), ("crowding", "tgt-src", "", "")]
    for layer, group in ((0, result.rows[:7]), (1, result.rows[7:])):
        assert [tuple(r[k] for k in keys) for r in group[4:]] == [(layer, *row) for row in rest]
        x, y = units(src[layer], center=True), units(tgt[layer], center=True)
        cosine, of_x, of_y = group[4:]
        product = x @ y.T
        assert cosine["value"] == pytest.approx(np.diag(product).mean(), abs=1e-6)
        assert (of_x["value"], of_y["value"]) == tuple(np.bincount(product.argmax(k)).max() for k in (1, 0))
        # Means of the sentences, drawn again and again; what has no outcome a pair has no error.
        means = np.diag(product).reshape(20, 3).mean(axis=1)
        drawn = np.random.default_rng(0).integers(0, 20, (4000, 20))
        assert cosine["se"] == pytest.approx(means[drawn].mean(axis=1).std(ddof=1), rel=0.1)
        assert (of_x["se"], of_y["se"]) == (None, None)
        # Neighbours of CSLS define accuracy alone; the mean was subtracted for all of them.
        assert "|k:3|center|" in group[0]["signature"]
        assert all("|k:" not in r["signature"] and "|center|" in r["signature"] for r in group[4:])
    # Accuracy is what it is alone.
    assert [r for r in result.rows if r["measure"] == "accuracy"] == alone.rows
    assert [r for b in open_table(table, SCORES).batches(None) for r in b.to_pylist()] == result.rows
    assert result.schema == alone.schema
    titles = [title.partition(": ")[2] for title in (table.title for table in layer_table(result.rows))]
    assert titles == ["accuracy, csls, 60 word pairs", "cosine, 60 word pairs", "crowding, 60 word pairs"]


def test_items_of_several_measures(tmp_path: Path) -> None:
    src, tgt = related_vectors(30, 8)
    folder = write_folder(tmp_path / "v", src, tgt)
    score(folder, measures=SEVERAL, per_item=str(tmp_path / "i.parquet"))
    rows = items(tmp_path / "i.parquet")
    # Of a measure without an outcome a pair there is no row.
    assert Counter((r["measure"], r["direction"], r["strength"]) for r in rows) == {
        **{("accuracy", d, s): 30 for d in ("src-tgt", "tgt-src") for s in ("weak", "strong")},
        ("cosine", "both", ""): 30,
    }
    for r in rows:
        if r["measure"] == "accuracy":
            assert r["outcome"] == (r["rank"] == 1)
        else:
            assert (r["rank"], r["right"], r["best_wrong"], r["similarity"]) == (None, None, None, "")
    cosines = (units(src[0]) * units(tgt[0])).sum(axis=1)
    assert [r["outcome"] for r in rows if r["measure"] == "cosine"] == pytest.approx(cosines.tolist(), abs=1e-6)
    # Of accuracy alone the table is what it was.
    score(folder, per_item=str(tmp_path / "a.parquet"))
    assert not {"measure", "outcome"} & set(pq.read_schema(tmp_path / "a.parquet").names)


def test_one_measure_that_is_not_accuracy(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(30, 8))
    result = score(folder, measures={"crowding": SEVERAL["crowding"]}, direction="tgt-src",
                 per_item=str(tmp_path / "i.parquet"))  # fmt: skip
    (row,) = result.rows
    assert (row["measure"], row["direction"], row["strength"], row["se"]) == ("crowding", "tgt-src", "", None)
    assert items(tmp_path / "i.parquet") == []


# The measures that there are


def test_every_measure_in_one_table(tmp_path: Path) -> None:
    src, tgt = related_vectors(60, 10, layers=2)
    words = [{"sent_id": i // 3, "src_word": f"w{i // 2}", "tgt_word": f"v{i}"} for i in range(60)]
    folder = write_folder(tmp_path / "v", src, tgt, words)
    table, path = str(tmp_path / "s.parquet"), tmp_path / "i.parquet"
    options: dict[str, Any] = {"measure": tuple(MEASURES), "epsilon": (0.0, 0.1), "delta": (0.05,)}
    options["grade_reading"] = "order"
    result = score(folder, output=table, per_item=str(path), **options)
    assert [r for b in open_table(table, SCORES).batches(None) for r in b.to_pylist()] == result.rows
    by_case = {(r["layer"], r["measure"], r["direction"], r["strength"], r["set"]): r for r in result.rows}
    assert len(by_case) == len(result.rows)
    assert {key[0] for key in by_case} == {0, 1, None}
    # Hits are those of the search by itself.
    alone = score(folder)
    for r in alone.rows:
        assert {k: v for k, v in by_case[r["layer"], "accuracy", r["direction"], r["strength"], ""].items()
                if k != "set"} == r  # fmt: skip
    for layer in (0, 1):
        x, y = units(src[layer]), units(tgt[layer])
        s = x @ y.T
        right, others = np.diag(s), [s[i, j] for i in range(60) for j in range(60) if i // 2 != j // 2]
        expected = {
            ("mrr", "tgt-src", "strong", ""): np.mean([1 / r for r in ranks(y, x, None, True)]),
            ("cosine", "both", "", ""): right.mean(),
            ("distance", "both", "", ""): 1 - right.mean(),
            ("violation", "both", "", "eps=0.1"): np.mean([[a < b + 0.1 for b in others] for a in right]),
            ("margin", "both", "", "delta=0.05"): np.sort([a - b for a in right for b in others])[
                int(0.05 * 60 * len(others))
            ],
            ("anisotropy", "both", "", "tgt"): (y @ y.T)[~np.eye(60, dtype=bool)].mean(),
        }
        for key, value in expected.items():
            assert by_case[(layer, *key)]["value"] == pytest.approx(value, abs=1e-6), key
    errors = {measure: {r["se"] is not None for r in result.rows if r["measure"] == measure} for measure in MEASURES}
    without = {"hubness", "anisotropy", "cka", "neurons"}
    assert errors == {measure: {measure not in without} for measure in MEASURES}
    # Items tell the parameter, and are of single layers.
    assert {(r["measure"], r["set"]) for r in items(path) if r["set"]} == {
        ("violation", "eps=0"), ("violation", "eps=0.1"), ("graded", "eps=0"), ("graded", "eps=0.1"),
    }  # fmt: skip
    violation = [r for r in items(path) if (r["layer"], r["measure"], r["set"]) == (1, "violation", "eps=0.1")]
    outcomes = [r["outcome"] for r in violation]
    assert np.mean(outcomes) == pytest.approx(by_case[1, "violation", "both", "", "eps=0.1"]["value"])


def test_over_layers(tmp_path: Path) -> None:
    src, tgt = related_vectors(60, 6, layers=3, noise=0.5)
    src[1] = np.random.default_rng(9).standard_normal(src[1].shape)
    folder = write_folder(tmp_path / "v", src, tgt, [{"sent_id": i // 3} for i in range(60)])
    rows = score(folder, measure=("mexa",)).rows
    assert [(r["layer"], r["depth"], r["set"]) for r in rows] == [
        (0, -3, ""), (1, -2, ""), (2, -1, ""), (None, None, "mean"), (None, None, "max"),
    ]  # fmt: skip
    values = [r["value"] for r in rows]
    assert values[3] == pytest.approx(sum(values[:3]) / 3)
    assert values[4] == max(values[:3]) > values[1]
    # The mean varies less than its parts, the maximum of sentences drawn again about as the best layer.
    assert 0 < rows[3]["se"] < max(r["se"] for r in rows[:3])
    assert rows[4]["se"] == pytest.approx(rows[values.index(values[4])]["se"], rel=0.5)
    (table,) = layer_table(rows)
    assert [line[0] for line in table.rows] == ["0", "1", "2", "mean", "max"]
    # Of one layer there is nothing to sum up.
    assert len(score(folder, measure=("mexa",), encode=EncodeOptions(layers="0", device="cpu")).rows) == 1


def test_the_mean_of_both_directions(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(60, 8), [{"sent_id": i // 4} for i in range(60)])
    options: dict[str, Any] = {"measure": ("accuracy", "cosine", "hubness"), "strength": "weak"}
    both, rows = score(folder, **options).rows, score(folder, direction="mean", **options).rows
    assert [r for r in rows if r["direction"] != "mean"] == both
    means = [r for r in rows if r["direction"] == "mean"]
    assert [(r["measure"], r["strength"]) for r in means] == [("accuracy", "weak"), ("hubness", "")]
    for r in means:
        two = [o["value"] for o in both if o["measure"] == r["measure"]]
        assert r["value"] == pytest.approx(sum(two) / 2)
    # Both directions are resampled at once.
    score(folder, per_item=str(tmp_path / "i.parquet"), **options)
    hits = np.array([
        [r["outcome"] for r in items(tmp_path / "i.parquet") if r["direction"] == d and r["measure"] == "accuracy"]
        for d in ("src-tgt", "tgt-src")
    ])  # fmt: skip
    sentences = hits.mean(axis=0).reshape(15, 4).mean(axis=1)
    drawn = np.random.default_rng(0).integers(0, 15, (4000, 15))
    assert means[0]["se"] == pytest.approx(sentences[drawn].mean(axis=1).std(), rel=0.1)
    assert means[1]["se"] is None


def test_the_error_of_a_margin_is_that_of_resampled_sentences(tmp_path: Path) -> None:
    src, tgt = related_vectors(40, 6)
    sent = np.arange(40) // 2
    folder = write_folder(tmp_path / "v", src, tgt, [{"sent_id": int(s)} for s in sent])
    (row,) = score(folder, measure=("margin",), delta=(0.2,)).rows
    s = units(src[0]) @ units(tgt[0]).T
    wrong = s[~np.eye(40, dtype=bool)]
    differences = np.diag(s)[:, None] - wrong
    rng, drawn = np.random.default_rng(0), []
    for _ in range(1500):
        taken = np.concatenate([np.flatnonzero(sent == k) for k in rng.integers(0, 20, 20)])
        place = int(0.2 * 40 * len(wrong))
        drawn.append(np.partition(differences[taken].ravel(), place)[place])
    assert row["se"] == pytest.approx(np.std(drawn, ddof=1), rel=0.1)


def test_a_measure_that_is_not_defined_is_empty(tmp_path: Path) -> None:
    src, tgt = related_vectors(20, 4)
    src[:] = src[:, :1]
    result = score(write_folder(tmp_path / "v", src, tgt), measure=("cka", "neurons"), output=str(tmp_path / "s.csv"))
    assert [r["value"] for r in result.rows] == [None, None]
    assert [table.rows for table in layer_table(result.rows)] == [[["0", "–"]]] * 2


def test_options_of_a_measure_are_signed_with_it_alone(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(30, 8))
    rows = score(folder, measure=("accuracy", "hubness", "violation", "graded"), hub_k=3, anchored=True,
                 epsilon=(0.2,)).rows  # fmt: skip
    for r in rows:
        parts = [part for part in ("hub-k:3", "anchored", "grades:translations") if f"|{part}|" in r["signature"]]
        assert parts == {"hubness": ["hub-k:3"], "violation": ["anchored"], "graded": ["grades:translations"]}.get(
            r["measure"], []
        )


# Grades of meaning


def graded_pairs(path: Path, grades: list[float | None]) -> str:
    rows = [{**r, "grade": grade} for r, grade in zip(random_rows(len(grades)), grades, strict=True)]
    table = pa.Table.from_pylist(rows, PAIRS.arrow(without=["score"], unusual=["grade"]))
    pq.write_table(table, path)
    return str(path)


def test_grades_of_a_pairs_file_and_of_a_folder(tmp_path: Path, model: str, caplog: pytest.LogCaptureFixture) -> None:
    grades = [0.8, -0.5, 1.0, 0.25, 0.0, 0.6]
    pairs = graded_pairs(tmp_path / "p.parquet", [*grades])
    folder = str(embedded(model, [pairs], tmp_path / "v", ALONE).output)
    words = pq.read_table(tmp_path / "v" / "words.parquet")
    assert words.column("grade").to_pylist() == [grades[i] for i in words.column("sent_id").to_pylist()]
    options: dict[str, Any] = {"measure": ("graded", "cosine"), "epsilon": (0.4,)}
    direct, indirect = score(model, pairs, **options), score(folder, per_item=str(tmp_path / "i.parquet"), **options)
    assert direct.rows == indirect.rows
    every = items(tmp_path / "i.parquet")
    for layer in {r["layer"] for r in direct.rows}:
        own = {
            name: [r["outcome"] for r in every if (r["layer"], r["measure"]) == (layer, name)]
            for name in ("graded", "cosine")
        }
        expected = np.abs(np.array(own["cosine"]) - words.column("grade").to_numpy()) > 0.4
        assert own["graded"] == expected.tolist()
    assert caplog.messages == []
    assert "grades:" not in direct.rows[0]["signature"]
    # By order, the pairs of one sentence having one grade.
    order = score(folder, measure=("graded",), epsilon=(0.4,), grade_reading="order")
    assert {r["se"] for r in order.rows} == {None}
    assert "|grade-reading:order|" in order.rows[0]["signature"]
    # Without grades it is told what stands in their place.
    plain = write_pairs(tmp_path / "q.parquet", random_rows(6))
    assert "|grades:translations|" in score(model, plain, **options).rows[0]["signature"]
    assert caplog.messages == ["en-fr: no column grade: translations have the grade 1, other pairs 0"]
    # Beside a file without them they are known of some pairs only.
    with pytest.raises(XltError, match=r"^en-fr, graded: some pairs have a grade and some have none"):
        score(model, pairs, write_pairs(tmp_path / "r.parquet", random_rows(6, first=50)), **options)
    some = graded_pairs(tmp_path / "s.parquet", [0.5, None, 0.1])
    assert score(model, some).rows
    with pytest.raises(XltError, match=r"^en-fr, graded: some pairs have a grade and some have none"):
        score(model, some, **options)


def test_grades_that_are_none(tmp_path: Path, model: str) -> None:
    for name, grades, text in (
        ("a", [0.5, 1.25], r"a\.parquet:row 1: grade 1.25 is none; grades lie from -1 to 1"),
        ("b", [float("nan"), 0.5], r"b\.parquet:row 0: grade nan is none"),
    ):
        pairs = graded_pairs(tmp_path / f"{name}.parquet", [*grades])
        with pytest.raises(XltError, match=text):
            score(model, pairs, output=str(tmp_path / "out.csv"))
    folder = write_folder(tmp_path / "v", *related_vectors(3, 4))
    words = pa.table({"grade": [0.5, -1.5, None]})
    pq.write_table(words, tmp_path / "v" / "words.parquet")
    with pytest.raises(XltError, match=r"v/words\.parquet:row 1: grade -1.5 is none"):
        score(folder, output=str(tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()


def test_pairs_of_which_a_measure_cannot_be(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(1, 4))
    for measure in ("violation", "margin", "auc", "graded", "anisotropy", "cka", "neurons"):
        with pytest.raises(XltError, match=f"^{folder}, {measure}: "):
            reading: dict[str, Any] = {"epsilon": (0.2,)} if measure == "graded" else {}
            score(folder, measure=(measure,), output=str(tmp_path / "s.csv"), **reading)
    assert not (tmp_path / "s.csv").exists()
    for measure in ("accuracy@5", "mrr", "mexa", "reciprocity", "cosine", "hubness"):
        assert score(folder, measure=(measure,)).rows


# Refused before the work


def test_wrong_usage(tmp_path: Path, model: str, pairs: str) -> None:
    with pytest.raises(XltError, match="MODEL and one or more PAIRS"):
        score(model)
    for key in ("model", "value", "signature"):
        with pytest.raises(XltError, match=f"--tag {key}: a column of that name"):
            score(model, pairs, tags={key: "x"})
    same = str(tmp_path / "x.parquet")
    with pytest.raises(XltError, match="two names"):
        score(model, pairs, output=same, per_item=same)
    with pytest.raises(XltError, match="suffix"):
        score(model, pairs, output=str(tmp_path / "x.xlsx"))
    (tmp_path / "there.csv").write_text("mine")
    for name in ("output", "per_item"):
        with pytest.raises(XltError, match="--force"):
            option: dict[str, Any] = {name: str(tmp_path / "there.csv")}
            score(model, pairs, **option)
    assert {p.name for p in tmp_path.iterdir()} == {"pairs.parquet", "there.csv"}
    score(model, pairs, output=str(tmp_path / "there.csv"), force=True)
    assert (tmp_path / "there.csv").read_text().startswith("model,base_model,")


def test_progress_counts_the_layers(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    folder = write_folder(tmp_path / "v", *related_vectors(9, 4, layers=3))
    score(folder, progress=lambda number, total: seen.append((number, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_scores_and_items_appear_together(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "v", *related_vectors(20, 4))
    output, items = tmp_path / "s.parquet", tmp_path / "i.parquet"

    def theirs(done: int, of: int | None) -> None:
        output.write_text("theirs")

    with pytest.raises(OutputExistsError):
        score(folder, output=str(output), per_item=str(items), progress=theirs)
    assert (output.read_text(), items.exists()) == ("theirs", False)
