"""What makes two runs the same run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xlt.errors import XltError
from xlt.files.leftovers import release, temporary_beside
from xlt.files.provenance import Input, Record, make_record
from xlt.training.run import Output, definition


def pairs_record(corpus: str = "aa") -> Record:
    return make_record("extract-pairs", params={"aligner": "dict"}, inputs=[Input("corpus", "x.tsv", corpus)])


def record(**changed: Any) -> Record:
    facts: dict[str, Any] = {
        "pairs": Input("pairs", "p.parquet", "11", pairs_record()),
        "lr": 1e-3,
        "tokenizer": "t",
    } | changed
    model = Input("model", "enc", "22", None, {"tokenizer_sha256": facts["tokenizer"]})
    return make_record("realign", params={"lr": facts["lr"]}, inputs=[model, facts["pairs"]], seed=1)


def test_pairs_made_anew_are_the_same_pairs() -> None:
    # Time and command stand in the file, so that its hash is another.
    again = record(pairs=Input("pairs", "p.parquet", "99", pairs_record() | {"time": "later"}))
    assert definition(again) == definition(record())
    other = record(pairs=Input("pairs", "p.parquet", "11", pairs_record(corpus="bb")))
    assert definition(other) != definition(record())


def test_pairs_of_another_program_are_told_by_their_bytes() -> None:
    one, two = (record(pairs=Input("pairs", "p.parquet", digest)) for digest in ("11111111", "22222222"))
    assert definition(one) != definition(two)


@pytest.mark.parametrize("changed", [{"lr": 2e-3}, {"tokenizer": "u"}])
def test_what_changes_the_weights_makes_another_run(changed: dict[str, Any]) -> None:
    assert definition(record(**changed)) != definition(record())


def test_a_finished_output_of_another_run_is_refused_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "xlt.json").write_text(json.dumps(record()), encoding="utf-8")
    assert Output(tmp_path / "out", resume=True).finished(record())
    assert not Output(tmp_path / "out").finished(record())
    with pytest.raises(XltError, match="made with other options or inputs"):
        Output(tmp_path / "out", resume=True).finished(record(lr=5.0))
    assert not Output(tmp_path / "out", resume=True, force=True).finished(record(lr=5.0))
    (tmp_path / "out" / "xlt.json").write_text("{}", encoding="utf-8")
    with pytest.raises(XltError, match="made with other options or inputs"):
        Output(tmp_path / "out", resume=True).finished(record())


def test_what_a_kill_left_beside_a_finished_output_is_swept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "xlt.json").write_text(json.dumps(record()), encoding="utf-8")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    beside = temporary_beside(tmp_path / "out")
    release(beside)
    (tmp_path / "out.training").mkdir()
    for name in (".out.training.lock", beside.name.replace(str(os.getpid()), str(dead.pid))):
        (tmp_path / name).touch()
    assert Output(tmp_path / "out", resume=True).finished(record())
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_output_is_refused_before_the_work(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "xlt.json").write_text(json.dumps({"step": "pretrain", "recipe": "x", "files": {}}), encoding="utf-8")
    for inside in (model, model / "inner", tmp_path / "model" / ".." / "model"):
        with pytest.raises(XltError, match="is the model that is trained, or inside it"):
            Output(inside, force=True).check(str(model))
    (tmp_path / "file").touch()
    with pytest.raises(XltError, match="is a file"):
        Output(tmp_path / "file", force=True).check()
    world = tmp_path / "world"
    world.mkdir()
    (world / "xlt.json").write_text(json.dumps({"step": "lab", "files": {}}), encoding="utf-8")
    with pytest.raises(XltError, match="written by 'xlt lab' and is no checkpoint"):
        Output(world, force=True).check()
    (world / "xlt.json").write_text("{", encoding="utf-8")
    with pytest.raises(XltError, match=r"xlt\.json is broken"):
        Output(world, force=True).check()
    Output(model, force=True).check("org/name")
