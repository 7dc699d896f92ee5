"""``embed`` as a function: what stands in the folder, and that nothing stands there when it fails."""

import errno
import hashlib
import json
import logging
import os
import resource
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
import transformers

from tests.pair_files import Rows, loaded, pairs_record, random_rows, row, word_pairs, write_pairs
from xlt.alignment.align_score import score_embeddings, score_model
from xlt.alignment.embed import Embedding, embed
from xlt.alignment.options import AlignScoreOptions, EmbedOptions
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.schemas import WORDS
from xlt.files.tables import open_table
from xlt.files.vectors import open_embeddings
from xlt.flat import from_flat
from xlt.measures.options import ScoreOptions

CPU = EncodeOptions(device="cpu", batch_tokens=200)
ROWS = random_rows(20) + random_rows(10, "en-ar", seed=1)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record())


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    # The command line, run in this process by another test, takes the log for itself.
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)


def run(
    model: str,
    pairs: list[str],
    output: Path,
    encode: EncodeOptions,
    *,
    n_pairs: int | None = None,
    seed: int = 42,
    shard: str | None = None,
    **given: Any,
) -> Embedding:
    options = EmbedOptions(encode=encode, n_pairs=n_pairs, seed=seed, shard=shard)
    return embed(model, pairs, options, output=output, load=loaded, **given)


def words(folder: Path) -> list[tuple[object, ...]]:
    return [tuple(r.values()) for r in pq.read_table(folder / "words.parquet").to_pylist()]


def array(folder: Path, side: str) -> Any:
    return np.load(folder / f"{side}.npy", allow_pickle=False)


def slow_vectors(model: str, rows: Rows, side: str, pool: str = "first") -> Any:
    """(layers, n, dim): a sentence at a time through transformers alone, for every word pair."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    encoder = transformers.AutoModel.from_pretrained(model).eval()
    vectors = []
    for r in rows:
        for word in r[f"{side}_idx"]:
            batch = tokenizer(r[f"{side}_tokens"], is_split_into_words=True, return_tensors="pt")
            with torch.no_grad():
                hidden = encoder(**batch, output_hidden_states=True).hidden_states
            at = [i for i, w in enumerate(batch.word_ids()) if w == word]
            at = {"first": at[:1], "last": at[-1:], "mean": at}[pool]
            vectors.append(np.stack([h[0, at].mean(dim=0).numpy() for h in hidden]))
    return np.stack(vectors, axis=1)


def near(vectors: Any, expected: Any) -> bool:
    """Within 1e-5 of a vector's largest entry: what padding and company may change."""
    return bool((np.abs(vectors - expected).max(axis=-1) <= 1e-5 * np.abs(expected).max(axis=-1)).all())


@pytest.mark.parametrize("pool", ["first", "last", "mean"])
def test_rows_are_the_vectors_of_one_sentence_at_a_time(tmp_path: Path, model: str, pool: Any) -> None:
    rows = ROWS[:6] + ROWS[20:24]
    path = write_pairs(tmp_path / "x.parquet", rows)
    result = run(model, [path], tmp_path / "out", EncodeOptions(pool=pool, device="cpu", batch_tokens=64))
    assert words(result.output) == word_pairs(rows)
    for side in ("src", "tgt"):
        expected = slow_vectors(model, rows, side, pool)
        assert array(result.output, side).shape == expected.shape == (4, len(word_pairs(rows)), 32)
        assert near(array(result.output, side), expected)


def test_the_folder(tmp_path: Path, model: str, pairs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["xlt", "embed", "M", "P"])
    options = EncodeOptions(layers="-1,0,2", device="cpu")
    result = run(model, [pairs], tmp_path / "out", options, tags={"corpus": "bible"})
    folder = tmp_path / "out"
    assert {p.name for p in folder.iterdir()} == {"src.npy", "tgt.npy", "words.parquet", "xlt.json"}
    assert {p.name for p in tmp_path.iterdir()} == {"out", "pairs.parquet"}
    n = len(word_pairs(ROWS))
    distinct = {tuple(r[f"{side}_tokens"]) for r in ROWS if r["src_idx"] for side in ("src", "tgt")}
    counts = {"word pairs": n, "sentences": len(distinct), "overlong sentences": 0, "word pairs left out": 0}
    assert result == Embedding(folder, counts | {"layers": 3, "dimensions": 32})

    assert pq.read_schema(folder / "words.parquet").remove_metadata() == WORDS.arrow()
    assert words(folder) == word_pairs(ROWS)
    for side in ("src", "tgt"):
        mapped = np.load(folder / f"{side}.npy", mmap_mode="r", allow_pickle=False)
        assert (mapped.shape, mapped.dtype) == ((3, n, 32), np.float32)
    opened = open_embeddings(folder)
    assert (opened.layers, opened.num_layers) == ([0, 2, 3], 3)

    record = json.loads((folder / "xlt.json").read_text(encoding="utf-8"))
    assert (record["step"], record["command"], record["seed"]) == ("embed", "xlt embed M P", None)
    assert (record["layers"], record["num_layers"], record["tags"]) == ([0, 2, 3], 3, {"corpus": "bible"})
    assert record["summary"] == counts
    assert {"torch", "transformers"} <= set(record["versions"])
    of_model, of_pairs = record["inputs"]
    files = ("model.safetensors", "tokenizer.json")
    weights, cutter = (hashlib.sha256((Path(model) / name).read_bytes()).hexdigest() for name in files)
    assert (of_model["role"], of_model["name"], of_model["sha256"]) == ("model", model, weights)
    assert of_model["tokenizer_sha256"] == cutter
    assert (of_pairs["role"], of_pairs["record"]["step"]) == ("pairs", "extract-pairs")
    assert of_pairs["sha256"] == hashlib.sha256(Path(pairs).read_bytes()).hexdigest()
    for side in ("src", "tgt"):
        stamp, content = record["files"][f"{side}.npy"], (folder / f"{side}.npy").read_bytes()
        assert (stamp["sha256"], stamp["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    inner = open_table(str(folder / "words.parquet")).record
    assert inner is not None
    assert (inner["step"], inner["summary"]) == ("embed", counts)


def test_layers_are_those_of_the_whole(tmp_path: Path, model: str, pairs: str) -> None:
    some = EncodeOptions(layers="1,-1", device="cpu")
    for name, options in (("all", CPU), ("some", some)):
        run(model, [pairs], tmp_path / name, options)
    assert near(array(tmp_path / "some", "tgt"), array(tmp_path / "all", "tgt")[[1, 3]])


def test_several_files_are_one_and_twice_gives_the_same(tmp_path: Path, model: str, pairs: str) -> None:
    files = [write_pairs(tmp_path / "fr.parquet", ROWS[:20]), write_pairs(tmp_path / "ar.csv.arrow", ROWS[20:])]
    run(model, files, tmp_path / "two", CPU)
    run(model, [pairs], tmp_path / "one", CPU)
    run(model, [pairs], tmp_path / "again", CPU)
    for side in ("src", "tgt"):
        assert near(array(tmp_path / "two", side), array(tmp_path / "one", side))
        assert array(tmp_path / "again", side).tobytes() == array(tmp_path / "one", side).tobytes()
    assert words(tmp_path / "two") == words(tmp_path / "one") == word_pairs(ROWS)


def test_parts_make_the_same_folder(tmp_path: Path, model: str, pairs: str) -> None:
    path = write_pairs(tmp_path / "x.arrow", ROWS, batch=3)
    run(model, [path], tmp_path / "whole", CPU)
    run(model, [path], tmp_path / "parts", CPU, sentences_at_once=5)
    assert words(tmp_path / "parts") == words(tmp_path / "whole")
    for side in ("src", "tgt"):
        assert near(array(tmp_path / "parts", side), array(tmp_path / "whole", side))


@pytest.mark.parametrize("n_pairs", [None, 12])
def test_shards_make_up_the_whole(tmp_path: Path, model: str, pairs: str, n_pairs: int | None) -> None:
    whole = run(model, [pairs], tmp_path / "whole", CPU, n_pairs=n_pairs).output
    shards = [run(model, [pairs], tmp_path / f"{i}", CPU, n_pairs=n_pairs, shard=f"{i}/3").output for i in (1, 2, 3)]
    every = [w for shard in shards for w in words(shard)]
    assert sorted(every, key=str) == sorted(words(whole), key=str)
    assert len(every) == (len(word_pairs(ROWS)) if n_pairs is None else 2 * 12)
    place = [words(whole).index(w) for w in every]
    for side in ("src", "tgt"):
        joined = np.concatenate([array(shard, side) for shard in shards], axis=1)
        assert near(joined, array(whole, side)[:, place])


def test_a_shard_is_not_told_that_it_is_short(
    tmp_path: Path, model: str, pairs: str, caplog: pytest.LogCaptureFixture
) -> None:
    run(model, [pairs], tmp_path / "1", CPU, n_pairs=12, shard="1/3")
    assert caplog.messages == []


def test_a_sample_is_part_of_all(tmp_path: Path, model: str, pairs: str, caplog: pytest.LogCaptureFixture) -> None:
    run(model, [pairs], tmp_path / "all", CPU)
    result = run(model, [pairs], tmp_path / "some", CPU, n_pairs=30, seed=5)
    place = [words(tmp_path / "all").index(w) for w in words(tmp_path / "some")]
    assert place == sorted(set(place))
    assert near(array(tmp_path / "some", "src"), array(tmp_path / "all", "src")[:, place])
    # Of Arabic there are fewer than 30.
    arabic = len(word_pairs(ROWS[20:]))
    assert arabic < 30
    assert result.summary["word pairs"] == 30 + arabic
    assert caplog.messages == [f"en-ar: 30 word pairs were asked for, {arabic} can be had: all are taken"]
    record = json.loads((tmp_path / "some" / "xlt.json").read_text())
    assert (record["seed"], record["params"]["n_pairs"]) == (5, 30)


LONG = "the cat sat on the mat and looked at the light of the morning " * 4
# The first sentence is beyond 32 subwords; of its word pairs the first two lie before the cut, the others behind.
OVERLONG: Rows = [
    row(0, LONG, "le chat", "0-0 1-1 50-0 51-1"),
    row(1, "the cat", "le chat", "0-0 1-1"),
    row(2, "God created", "le " + LONG, "0-56"),
    row(3, "the earth", "la terre", "0-0 1-1"),
]


@pytest.mark.parametrize(
    ("overlong", "left"),
    [("window", list(range(9))), ("cut", [0, 1, 4, 5, 7, 8]), ("skip", [4, 5, 7, 8])],
)
def test_what_has_no_vector_is_left_out_and_counted(tmp_path: Path, model: str, overlong: Any, left: list[int]) -> None:
    path = write_pairs(tmp_path / "x.parquet", OVERLONG)
    result = run(model, [path], tmp_path / "out", EncodeOptions(overlong=overlong, device="cpu"))
    assert words(result.output) == [word_pairs(OVERLONG)[i] for i in left]
    assert (result.summary["word pairs"], result.summary["word pairs left out"]) == (len(left), 9 - len(left))
    assert result.summary["overlong sentences"] == 2
    assert {p.name for p in result.output.iterdir()} == {"src.npy", "tgt.npy", "words.parquet", "xlt.json"}
    assert array(result.output, "src").shape == array(result.output, "tgt").shape == (4, len(left), 32)
    # The rows moved up together: those of the short sentences are what they are without the long ones.
    short = run(model, [write_pairs(tmp_path / "y.parquet", [OVERLONG[1], OVERLONG[3]])], tmp_path / "short", CPU)
    place = [left.index(i) for i in (4, 5, 7, 8)]
    for side in ("src", "tgt"):
        assert near(array(result.output, side)[:, place], array(short.output, side))
    open_embeddings(result.output)


def test_others_are_drawn_for_those_without_a_vector(tmp_path: Path, model: str) -> None:
    rows = [row(0, LONG, LONG, " ".join(f"{i}-{i}" for i in range(56))), *random_rows(30, first=1)]
    skip = EncodeOptions(overlong="skip", device="cpu")
    some = run(model, [write_pairs(tmp_path / "x.parquet", rows)], tmp_path / "some", skip, n_pairs=20)
    without = run(model, [write_pairs(tmp_path / "y.parquet", rows[1:])], tmp_path / "without", CPU, n_pairs=20)
    assert words(some.output) == words(without.output)
    assert some.summary["word pairs"] == 20
    assert some.summary["word pairs left out"] > 0


def test_error_and_nothing_left(tmp_path: Path, model: str) -> None:
    path = write_pairs(tmp_path / "x.parquet", OVERLONG)
    with pytest.raises(XltError, match=r"56 subwords|subwords, the model takes 30"):
        run(model, [path], tmp_path / "out", EncodeOptions(overlong="error", device="cpu"))
    with pytest.raises(XltError, match="overlong skip: no word pair has a vector, 4 are left out"):
        only = write_pairs(tmp_path / "y.parquet", OVERLONG[:1])
        run(model, [only], tmp_path / "out", EncodeOptions(overlong="skip", device="cpu"))
    with pytest.raises(XltError, match="overlong skip: no word pair has a vector, 4 are left out"):
        run(model, [only], tmp_path / "out", EncodeOptions(overlong="skip", device="cpu"), n_pairs=3)
    assert {p.name for p in tmp_path.iterdir()} == {"x.parquet", "y.parquet"}


@pytest.mark.parametrize("rows", [[], [row(0, "a", "b", "")]])
@pytest.mark.parametrize("n_pairs", [None, 3])
def test_no_word_pair(tmp_path: Path, model: str, rows: Rows, n_pairs: int | None) -> None:
    path = write_pairs(tmp_path / "x.parquet", rows)
    with pytest.raises(XltError, match=r"x\.parquet: no word pair"):
        run(model, [path], tmp_path / "out", CPU, n_pairs=n_pairs)
    assert {p.name for p in tmp_path.iterdir()} == {"x.parquet"}


def test_outputs_that_are_there(tmp_path: Path, model: str, pairs: str) -> None:
    out = tmp_path / "out"
    run(model, [pairs], out, CPU)
    with pytest.raises(XltError, match="--force"):
        run(model, [pairs], out, CPU)
    assert len(words(out)) == len(word_pairs(ROWS))
    run(model, [pairs], out, CPU, n_pairs=3, force=True)
    assert len(words(out)) == 6

    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "src.npy").write_text("years of work")
    with pytest.raises(XltError, match="did not make"):
        run(model, [pairs], thesis, CPU, force=True)
    assert (thesis / "src.npy").read_text() == "years of work"
    with pytest.raises(XltError, match="must name a folder"):
        run(model, [pairs], Path(pairs), CPU, force=True)
    assert {p.name for p in tmp_path.iterdir()} == {"pairs.parquet", "out", "thesis"}


def test_a_full_disk_is_found_out_before_the_work(
    tmp_path: Path, model: str, pairs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        run(model, [pairs], tmp_path / "out", CPU, progress=lambda *_: pytest.fail("the work started"))
    assert {p.name for p in tmp_path.iterdir()} == {"pairs.parquet"}


def test_a_limit_on_file_sizes(tmp_path: Path, model: str, pairs: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            run(model, [pairs], tmp_path / "out", CPU)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert {p.name for p in tmp_path.iterdir()} == {"pairs.parquet"}


def test_a_moved_model_is_the_same_model(tmp_path: Path, model: str, pairs: str) -> None:
    shutil.copytree(model, tmp_path / "moved")
    hashes = []
    for i, name in enumerate((model, str(tmp_path / "moved"))):
        folder = run(name, [pairs], tmp_path / f"{i}", CPU, n_pairs=5).output
        record = json.loads((folder / "xlt.json").read_text())
        hashes.append((record["inputs"][0]["sha256"], record["inputs"][0]["tokenizer_sha256"]))
    assert hashes[0] == hashes[1]


def test_progress_counts_to_the_end(tmp_path: Path, model: str, pairs: str) -> None:
    seen: list[tuple[int, int | None]] = []
    run(model, [pairs], tmp_path / "out", CPU, progress=lambda number, total: seen.append((number, total)))
    assert [number for number, _ in seen] == sorted({number for number, _ in seen})
    assert seen[-1][0] == seen[-1][1]


def test_sentences_score_as_the_model_does(model: str, tmp_path: Path) -> None:
    rows = [
        r | {"src_text": " ".join(r["src_tokens"]) + "!", "tgt_text": " ".join(r["tgt_tokens"])}
        for r in [*random_rows(9), *random_rows(3, "en-ar", seed=1), random_rows(1)[0] | {"sent_id": 50}]
    ]
    pairs = write_pairs(tmp_path / "p.parquet", [*rows, row(51, "", "vide", "")], pairs_record(keep_empty=True))
    options = from_flat(EmbedOptions, {"unit": "sentence", "sentence_pool": "weighted", "device": "cpu"})
    embedding = embed(model, [pairs], options, output=tmp_path / "v", load=loaded)
    assert embedding.summary == {
        "sentence pairs": 13, "sentences": len({r[s] for r in rows for s in ("src_text", "tgt_text")}),
        "overlong sentences": 0, "sentence pairs left out": 1, "layers": 4, "dimensions": 32,
    }  # fmt: skip
    params = open_embeddings(tmp_path / "v").record["params"]  # type: ignore[index]
    assert (params["unit"], params["sentence_pool"]) == ("sentence", "weighted")
    assert not {"pool", "drop_blank_subwords"} & set(params)
    table = pq.read_table(tmp_path / "v" / "words.parquet")
    assert table.column("src_text").to_pylist() == [r["src_text"] for r in rows]
    assert set(table.column("unit").to_pylist()) == {"sentence"}
    given = {"measure": "accuracy,mexa,cosine,violation", "device": "cpu"}
    scoring = from_flat(AlignScoreOptions, {**given, "unit": "sentence", "sentence_pool": "weighted"})
    of_model = score_model(model, [pairs], scoring, load=loaded)
    # What the vectors are of stands in the folder.
    of_folder = score_embeddings([str(tmp_path / "v")], from_flat(AlignScoreOptions, given))
    assert of_folder.rows == of_model.rows
    assert of_folder.summary["en-fr"] == {
        "sentence pairs": 10, "repeated source sentences": 1, "repeated target sentences": 1,
    }  # fmt: skip
    drawn = {"n_pairs": 4, "unit": "sentence"}
    few = score_model(model, [pairs], from_flat(AlignScoreOptions, {**given, **drawn, "sentence_pool": "weighted"}),
                      load=loaded)  # fmt: skip
    assert score_embeddings([str(tmp_path / "v")], from_flat(AlignScoreOptions, {**given, **drawn})).rows == few.rows


def test_shards_of_sentences_are_the_whole(model: str, pairs: str, tmp_path: Path) -> None:
    usual = {"unit": "sentence", "device": "cpu"}
    embed(model, [pairs], from_flat(EmbedOptions, usual), output=tmp_path / "w", load=loaded)
    parts = []
    for i in range(1, 32):
        name = tmp_path / f"{i}"
        embed(model, [pairs], from_flat(EmbedOptions, {**usual, "shard": f"{i}/31"}), output=name, load=loaded)
        parts.append(str(name))
    whole, sharded = (
        score_embeddings(of, AlignScoreOptions(score=ScoreOptions(measure=("accuracy",))))
        for of in ([str(tmp_path / "w")], parts)
    )
    assert [r["value"] for r in sharded.rows] == [r["value"] for r in whole.rows]
    assert {r["unit"] for r in sharded.rows} == {"sentence"}
