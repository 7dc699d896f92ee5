"""``xlt realign``: what a script sees of it, and what is said about bad input."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import torch
import transformers

from tests.cli.conftest import Call
from tests.pair_files import pairs_record, random_rows, row, write_pairs
from tests.training.weights import weights

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def pairs(tmp_path: Path) -> None:
    write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record(aligner="dict"))
    write_pairs(tmp_path / "ar.parquet", random_rows(5, "en-ar", 1), pairs_record("en-ar", aligner="dict"))


def arguments(model: str, *more: str, steps: int = 6) -> list[str]:
    shared = f"realign --device cpu --lr 1e-3 --batch-size 4 --steps {steps} {model} fr.parquet ar.parquet"
    return [*shared.split(), *more]


def outputs(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if not p.name.endswith((".out", ".err"))} - {"fr.parquet", "ar.parquet"}


def test_the_path_the_summary_and_show(call: Call, tmp_path: Path, lively: str) -> None:
    done = call(*arguments(lively, "-o", "re aligned", "--tag", "a=b"))
    assert done.out == "re aligned\n"
    lines = [line.strip().rsplit("  ", 1) for line in done.err.splitlines()]
    assert lines[0] == ["re aligned"]
    assert {line[0].strip(): line[1] for line in lines[1:]}.items() >= {
        "language pairs": "en-ar, en-fr", "sentence pairs": "17", "steps": "6", "frozen parameters": "0",
    }.items()  # fmt: skip
    assert outputs(tmp_path) == {"re aligned"}
    shown = call("show", "re aligned").out
    assert "kind: checkpoint - bert\n" in shown
    assert "made by: xlt " in shown
    assert "tag a: b\n" in shown
    assert "before it: " in shown
    record = json.loads(call("show", "--json", "re aligned").out)
    assert record["recipe"] == "realign(contrastive,strong,dict)"
    assert record["command"].startswith("xlt realign --device cpu --lr 1e-3")
    transformers.AutoModel.from_pretrained(tmp_path / "re aligned")
    assert call(*arguments(lively, "-q", "-o", "quiet")) == (0, "quiet\n", "")
    again = call(*arguments(lively, "-o", "re aligned", "--tag", "a=b", "--resume"))
    assert again == (0, "re aligned\n", "re aligned is finished already; nothing was done\n")


def test_options_reach_the_run(call: Call, tmp_path: Path, lively: str) -> None:
    more = (
        "--loss l2 --keep tgt --regularisation 0.5 --layers 1,-1 --pool mean --max-length 20 --optimizer adamw "
        "--schedule constant --clip-norm 1 --freeze front --micro-batch 3 --seed 9 --dtype bfloat16 "
        "--drop-blank-subwords --save-every 2 --save-steps 1 --save-minutes 1"
    )
    call(*arguments(lively, *more.split(), "-o", "x", steps=3))
    record = json.loads((tmp_path / "x" / "xlt.json").read_text())
    assert record["seed"] == 9
    assert record["params"] == {
        "lr": 1e-3, "optimizer": "adamw", "schedule": "constant", "warmup": 0.1, "clip_norm": 1.0, "freeze": "front",
        "micro_batch": 3, "dtype": "bfloat16", "loss": "l2", "layers": "1,-1", "pool": "mean", "keep": "tgt",
        "regularisation": 0.5, "batch_size": 4, "max_length": 20, "overlong": "cut", "drop_blank_subwords": True,
        "steps": 3,
    }  # fmt: skip
    assert outputs(tmp_path) == {"x", "x-step2"}
    assert all(t.dtype == torch.float32 for t in weights(tmp_path / "x").values())


def test_quoted_patterns_of_pairs(call: Call, tmp_path: Path, lively: str) -> None:
    call("realign", "--device", "cpu", "--steps", "2", lively, "?r.parquet", "-o", "x")
    call("realign", "--device", "cpu", "--steps", "2", lively, "ar.parquet", "fr.parquet", "-o", "y")
    assert (tmp_path / "x" / "model.safetensors").read_bytes() == (tmp_path / "y" / "model.safetensors").read_bytes()
    call("embed", "--device", "cpu", lively, "?r.parquet", "-o", "v")
    call("embed", "--device", "cpu", lively, "fr.parquet", "-o", "w")
    rows = {}
    for name, command in {
        "a": [lively, "?r.parquet"],
        "b": ["--embeddings", "[v]"],
        "c": ["--embeddings", "v"],
    }.items():
        call("align-score", "--device", "cpu", "--layers", "-1", *command, "-o", f"{name}.csv")
        rows[name] = pd.read_csv(tmp_path / f"{name}.csv")
    assert rows["a"].value.tolist() == rows["b"].value.tolist() == rows["c"].value.tolist()
    assert set(rows["a"].tgt_lang) == {"ar", "fr"}
    twice = call("align-score", lively, "?r.parquet", "fr.parquet", status=2).err
    assert "fr.parquet is given twice" in twice
    assert call("embed", lively, "z*.parquet", "-o", "z", status=2).err == "xlt: error: z*.parquet: no file matches\n"


BAD = [
    ("-o x --freeze nonsense M fr.parquet", r"--freeze nonsense: one of encoder, embeddings, front, back, or LO:HI"),
    ("-o x --freeze encoder M fr.parquet", r"every parameter is frozen: nothing is left to train"),
    ("-o x --layers 9 M fr.parquet", r"no layer 9; there are 0, 1, 2, 3"),
    ("-o x M fr.parquet swapped.parquet", r"must be on the same side in all of them; swap SRC and TGT"),
    ("-o x M none.parquet", r"none\.parquet holds no word pair: nothing to align"),
    ("-o x M nowhere.parquet", r"nowhere\.parquet: no such file"),
    ("-o x M range.parquet", r"range\.parquet.*row 1: tgt_idx holds 1"),
    ("-o x ./nowhere fr.parquet", r"\./nowhere: no such checkpoint folder"),
    ("-o - M fr.parquet", r"-o -: a checkpoint is a folder; name one"),
    ("-o nowhere/x M fr.parquet", r"the folder nowhere does not exist"),
    ("-o foreign M fr.parquet", r"foreign exists already; give --force"),
    ("-o foreign --force M fr.parquet", r"foreign is a folder that xlt did not make"),
    ("-o foreign --resume M fr.parquet", r"foreign exists already"),
    ("-o x --max-length 3 M fr.parquet", r"'--max-length'"),
    ("-o x --tag a M fr.parquet", r"--tag 'a': write KEY=VALUE"),
    ("M fr.parquet", r"'--output'"),
    ("-o x --keep tgt M fr.parquet", r"--keep has no effect with --loss contrastive, only with l2; leave it out"),
    ("-o x --regularisation 1 M fr.parquet", r"--regularisation has no effect with --loss contrastive"),
    ("-o x --loss l2 --strength strong M fr.parquet", r"--strength has no effect with --loss l2"),
    ("-o x --loss l2 --temperature 0.2 M fr.parquet", r"--temperature has no effect with --loss l2"),
    ("-o x --schedule constant --warmup 0.2 M fr.parquet", r"--warmup has no effect with --schedule constant"),
]


def test_bad_input_is_one_line_and_no_output(call: Call, tmp_path: Path, lively: str) -> None:
    write_pairs(tmp_path / "swapped.parquet", random_rows(3, "ru-en"))
    write_pairs(tmp_path / "none.parquet", [row(0, "a b", "c", "")])
    write_pairs(tmp_path / "range.parquet", [row(0, "a b", "c", "0-0"), row(1, "a b", "c", "1-1")])
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("years")
    before = outputs(tmp_path)
    for command, pattern in BAD:
        words = [lively if w == "M" else w for w in command.split()]
        done = call("realign", "--device", "cpu", "--steps", "2", *words, status=2)
        assert done.out == "", command
        assert sum("warning:" not in line for line in done.err.splitlines()) == 1, (command, done.err)
        assert re.search(pattern, done.err), (command, done.err)
        assert outputs(tmp_path) == before, command


def test_no_number_any_more(call: Call, tmp_path: Path, lively: str) -> None:
    huge = [a if a != "1e-3" else "1e38" for a in arguments(lively, "-o", "x", "--save-steps", "1")]
    done = call(*huge, status=1)
    assert done.out == ""
    assert re.fullmatch(r"xlt: error: .* step \d .*no finite number; stopped\. .* stays in x\.training; .*\n", done.err)
    assert outputs(tmp_path) == {"x.training"}
