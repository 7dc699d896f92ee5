"""What is sound, damaged or without a record: of every kind of file and folder, with one thing wrong at a time."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.pair_files import ARROW, pairs_record, random_rows, related_vectors, row, write_folder, write_pairs
from xlt.errors import XltError
from xlt.files.check import check
from xlt.files.provenance import make_record, write_folder_record
from xlt.files.schemas import PREDICTIONS, PRIORS, SCORES, WORDS
from xlt.files.stamps import file_stamps
from xlt.files.tables import write_table
from xlt.training.store import Checkpoint, Store


def state(path: Path) -> tuple[str, str, str]:
    """Of the one row: kind, state and reason."""
    (only,) = check([str(path)]).rows
    return only["kind"], only["state"], only["reason"]


def change(path: Path, at: int) -> None:
    """Flip a bit in secret: neither size nor time are others."""
    before, data = path.stat(), bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.parquet"
    write_table(str(path), random_rows(20), ARROW, pairs_record(), False)
    return path


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    folder = Path(write_folder(tmp_path / "v", *related_vectors(5, 4, layers=2)))
    write_table(
        str(folder / "words.parquet"), [{"src_word": "a"}] * 5, WORDS.arrow(), make_record("embed", params={}), False
    )
    stamps = file_stamps([folder / "src.npy", folder / "tgt.npy"])
    write_folder_record(
        folder, make_record("embed", params={}) | {"files": {**stamps}, "layers": [0, 1], "num_layers": 1}
    )
    return folder


def test_tables(table: Path) -> None:
    assert state(table) == ("pairs", "sound", "")
    change(table, table.stat().st_size // 2)
    kind, what, reason = state(table)
    assert (kind, what) == ("table", "damaged")
    assert "its bytes are not those that xlt wrote" in reason


def test_a_table_from_before_there_were_seals(table: Path) -> None:
    table.write_bytes(table.read_bytes().replace(b"xlt-seal:", b"xlt-none:"))
    assert state(table) == ("pairs", "sound", "no seal, as in older files: pages and values only")


def test_a_table_without_record_is_read_all_the_same(tmp_path: Path) -> None:
    write_pairs(tmp_path / "x.arrow", [row(0, "a b", "c d", "0-1")])
    assert state(tmp_path / "x.arrow") == ("pairs", "no record", "")
    write_pairs(tmp_path / "y.parquet", [row(0, "a b", "c d", "0-1"), row(1, "a b", "c d", "0-2")])
    assert state(tmp_path / "y.parquet") == (
        "pairs", "damaged", "row 1: tgt_idx holds 2, but the sentence has 2 words (numbered from 0)",
    )  # fmt: skip


SCORE = {
    "model": "m", "base_model": "m", "recipe": "", "task": "", "seed": 1, "weights": None, "src_lang": "en",
    "tgt_lang": "fr", "layer": 1, "depth": -1, "direction": "src-tgt", "measure": "accuracy", "strength": "weak",
    "similarity": "cosine", "n": 2, "value": 0.5, "se": None, "signature": "x",
}  # fmt: skip
PRIOR = {"src_word": "a", "tgt_word": "b", "forward": 1.0, "backward": 0.0}
PREDICTION = {
    "sent_id": 0,
    "lang": "fr",
    "split": "test",
    "words": ["a", "b"],
    "gold": ["N", "V"],
    "predicted": ["N", None],
}


@pytest.mark.parametrize(
    ("schema", "good", "wrong", "reason"),
    [
        (SCORES, SCORE, {"value": float("nan")}, "row 1: column 'value' holds nan"),
        (SCORES, SCORE, {"se": float("inf")}, "row 1: column 'se' holds inf"),
        (PRIORS, PRIOR, {"forward": 1.5}, "row 1: column 'forward' holds 1.5"),
        (PRIORS, PRIOR, {"backward": -0.5}, "row 1: column 'backward' holds -0.5"),
        (PREDICTIONS, PREDICTION, {"predicted": ["N"]}, "row 1: gold and predicted have other numbers of labels"),
    ],
)
def test_values_that_cannot_be(tmp_path: Path, schema: Any, good: Any, wrong: Any, reason: str) -> None:
    arrow = schema.arrow(without=["first", "second"])
    write_table(str(tmp_path / "good.parquet"), [good, good], arrow, make_record("x", params={}), False)
    write_table(str(tmp_path / "wrong.parquet"), [good, good | wrong], arrow, make_record("x", params={}), False)
    assert state(tmp_path / "good.parquet") == (schema.kind, "sound", "")
    assert state(tmp_path / "wrong.parquet") == (schema.kind, "damaged", reason)


@pytest.mark.parametrize("name", ["src.npy", "words.parquet", "xlt.json"])
def test_folders_of_embeddings(vectors: Path, name: str) -> None:
    assert state(vectors) == ("embeddings", "sound", "")
    change(vectors / name, (vectors / name).stat().st_size // 2)
    assert state(vectors)[1] == "damaged"
    assert state(vectors)[2].startswith(name) or name in state(vectors)[2]


def test_vectors_that_are_no_numbers(tmp_path: Path) -> None:
    src, tgt = related_vectors(5, 4, layers=2)
    folder = Path(write_folder(tmp_path / "v", src, tgt))
    assert state(folder) == ("embeddings", "no record", "")
    tgt[1, 3, 2] = np.inf
    np.save(folder / "tgt.npy", tgt)
    assert state(folder)[1:] == ("damaged", "tgt.npy, layer 1, row 3: NaN or infinity")


def test_checkpoints(checkpoints: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(checkpoints("bert"), folder)
    assert state(folder) == ("checkpoint", "no record", "")
    files: dict[str, Any] = {**file_stamps(sorted(folder.iterdir()))}
    write_folder_record(folder, make_record("finetune", params={}) | {"files": files})
    assert state(folder) == ("checkpoint", "sound", "")
    # A file of it stands for all.
    assert state(folder / "config.json") == ("checkpoint", "sound", "")
    change(folder / "model.safetensors", 5000)
    assert state(folder)[1] == "damaged"
    assert state(folder)[2].startswith("model.safetensors is damaged or was changed")


def test_the_files_of_a_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "w" / "text").mkdir(parents=True)
    (tmp_path / "w" / "text" / "a.txt").write_text("one\n")
    digest = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    write_folder_record(
        tmp_path / "w", make_record("lab languages", params={}) | {"files": {"text": {"a.txt": digest}}}
    )
    assert state(tmp_path / "w") == ("lab languages", "sound", "")
    change(tmp_path / "w" / "text" / "a.txt", 0)
    assert state(tmp_path / "w")[1:] == (
        "damaged", f"text{os.sep}a.txt is damaged or was changed: it is not the file that xlt wrote there",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("step-00000002/weights.safetensors", "weights.safetensors is not what was written"),
        ("step-00000002/state.json", "state.json is not what was written"),
        ("log.jsonl", "log.jsonl lacks lines, or holds other ones"),
    ],
)
def test_unfinished_runs(tmp_path: Path, name: str, reason: str) -> None:
    store = Store(tmp_path / "x.training")
    store.open({"step": "realign"}, resume=False, force=False)
    store.log.write_text('{"step": 1}\n')
    tensor = {"w": torch.ones(3)}
    store.save(Checkpoint(step=2, weights=tensor, optimizer=tensor, state={"step": 2, "best_step": None}))
    with store.log.open("a") as log:
        log.write('{"step": 3}\n')
    assert state(store.folder) == ("unfinished run", "sound", "")
    change(store.folder / name, 5)
    assert state(store.folder)[1:] == ("damaged", reason)


def test_a_study_is_gone_through(table: Path, vectors: Path, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    table.rename(tmp_path / "deep" / "er" / "pairs.parquet")
    (tmp_path / "deep" / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "deep" / "settings.toml").write_text("x = 1\n")
    (tmp_path / "deep" / "circle").symlink_to(tmp_path)
    (tmp_path / "deep" / ".hidden").mkdir()
    change(vectors / "src.npy", 200)
    checked = check([str(tmp_path)])
    assert [(Path(r["path"]).name, r["state"]) for r in checked.rows] == [("pairs.parquet", "sound"), ("v", "damaged")]
    assert checked.summary == {"sound": 1, "damaged": 1, "no record": 0}
    assert checked.damaged == 1


def test_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(XltError, match="holds nothing that xlt wrote"):
            check([str(path)])
    with pytest.raises(XltError, match="no such file or folder"):
        check([str(tmp_path / "none")])


def test_a_record_without_hashes(tmp_path: Path) -> None:
    (tmp_path / "u").mkdir()
    (tmp_path / "u" / "xlt.json").write_text(json.dumps({"archive": "ab", "files": ["a"]}))
    assert state(tmp_path / "u") == ("folder", "no record", "its record has no hashes")
