import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import transformers

from tests.checkpoints import TEXT
from tests.cli.conftest import Call
from tests.conftest import ROOT
from tests.training.weights import equal, weights
from tests.warm import Program
from xlt.files.identity import model_identity

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = (
    "--num-layers", 2, "--hidden-size", 16, "--num-heads", 2, "--vocab-size", 150, "--max-length", 24,
    "--batch-size", 4, "--device", "cpu",
)  # fmt: skip


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(TEXT) + "\n", encoding="utf-8")
    return path


def same(one: Path, other: Path) -> bool:
    return equal(weights(one), weights(other))


def test_the_result_is_a_plain_checkpoint_with_its_log_and_record(call: Call, text: Path, tmp_path: Path) -> None:
    done = call("pretrain", *SMALL, "--epochs", 2, "-o", "enc", text)
    assert done.out == "enc\n"
    assert "Writing model" not in done.err
    model = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path / "enc")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "enc")
    assert model.config.vocab_size == len(tokenizer) == 150
    assert tokenizer.model_max_length == 24
    log = [json.loads(line) for line in (tmp_path / "enc" / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    # 28 lines, none above 22 subwords but some may be: at least 7 steps an epoch.
    assert log[-1]["step"] >= 14
    assert log[-1]["mlm"] < log[0]["mlm"]
    record = json.loads((tmp_path / "enc" / "xlt.json").read_text(encoding="utf-8"))
    assert record["recipe"] == "pretrain(mlm)"
    assert not (tmp_path / "enc.training").exists()
    shown = call("show", "enc")
    assert "xlt pretrain" in shown.out
    identity = model_identity({"name": "enc", "sha256": "x", "record": record})
    assert (identity["recipe"], identity["seed"], identity["base_model"]) == ("pretrain(mlm)", 42, "enc")


def test_the_same_seed_gives_the_same_weights_another_others(call: Call, text: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        call("pretrain", *SMALL, "--steps", 3, "--seed", seed, "-o", name, text)
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


def test_compressed_text_and_pairs_are_read(call: Call, text: Path, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "more.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(TEXT))
    (tmp_path / "toy.tsv").write_text("the cat\tle chat\nthe earth\tla terre\n", encoding="utf-8")
    (tmp_path / "toy.txt").write_text("cat chat\nearth terre\n", encoding="utf-8")
    call("extract-pairs", "-q", "--corpus", "toy.tsv", "--dict", "toy.txt", "-o", "toy.parquet", "en", "fr")
    done = call("pretrain", *SMALL, "--steps", 2, "--tlm", "toy.parquet", "-o", "enc", text, "more.txt")
    shown = dict(line.strip().rsplit(maxsplit=1) for line in done.err.splitlines()[1:])
    assert (shown["lines"], shown["sentence pairs"]) == ("56", "2")
    record = json.loads((tmp_path / "enc" / "xlt.json").read_text(encoding="utf-8"))
    assert record["recipe"] == "pretrain(mlm+tlm)"
    assert [i["role"] for i in record["inputs"]] == ["text", "text", "pairs"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["empty.txt"], "empty.txt holds no text"),
        (["missing.txt"], "missing.txt: no such text file"),
        (["--vocab-size", 9999, "text.txt"], "the text gives"),
        (["--hidden-size", 17, "text.txt"], "not a multiple of --num-heads"),
        (["--schedule", "constant", "--warmup", 0.1, "text.txt"], "--warmup has no effect with --schedule constant"),
        (["broken.txt"], "broken.txt:1: invalid UTF-8"),
    ],
)
def test_wrong_input_is_one_line(call: Call, text: Path, tmp_path: Path, arguments: list[object], said: str) -> None:
    (tmp_path / "empty.txt").write_text("\n\n", encoding="utf-8")
    (tmp_path / "broken.txt").write_bytes(b"\xff\xfe\n")
    done = call("pretrain", *SMALL, "-o", "enc", *arguments, status=2)
    assert said in done.err
    assert done.err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("enc")) == []


def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(text: Path, tmp_path: Path, program: Program) -> None:
    arguments = ["pretrain", *map(str, SMALL), "--steps", "60", "--save-steps", "5", "-q", str(text)]
    # In an interpreter of its own, where sets and hash tables have other orders than in the program's calls.
    subprocess.run(
        [sys.executable, "-m", "xlt", *arguments, "-o", "whole"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True,
    )  # fmt: skip
    resumed = [str(program.path), *arguments, "--resume", "-o", "killed"]
    rng = random.Random(3)
    for _ in range(2):
        process = subprocess.Popen(resumed, cwd=tmp_path, env=program.environment())
        store = tmp_path / "killed.training"
        while process.poll() is None and not list(store.glob("step-*")):
            time.sleep(0.02)
        time.sleep(rng.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(resumed, cwd=tmp_path, env=program.environment(), check=True, capture_output=True)
    assert same(tmp_path / "whole", tmp_path / "killed")
    logs = []
    for name in ("whole", "killed"):
        lines = (tmp_path / name / "log.jsonl").read_text(encoding="utf-8").splitlines()
        logs.append([(e["step"], e["mlm"], e["lr"]) for e in map(json.loads, lines)])
    assert logs[0] == logs[1]
