"""Real runs of the command line: stopped and killed at random moments, on a full disk, and in two processes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import transformers

from tests.checkpoints import make_trainable
from tests.conftest import ROOT
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.processes import Children, children, said
from tests.training.task_files import write_tagged
from tests.training.weights import apart, equal, log_of, weights

STATUS = {"SIGKILL": -9, "SIGTERM": 143, "SIGUSR1": 138, "SIGINT": 130}


@pytest.fixture(scope="module")
def do() -> Iterator[Children]:
    with children() as function:
        yield function


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``lively`` with dropout, ``still`` without."""
    folder = tmp_path_factory.mktemp("models")
    make_trainable(folder / "lively", dropout=0.1)
    make_trainable(folder / "still", dropout=0.0)
    return folder


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    for name in ("lively", "still"):
        (tmp_path / name).symlink_to(models / name)
    write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record(aligner="dict"))
    write_pairs(tmp_path / "ar.parquet", random_rows(5, "en-ar", 1), pairs_record("en-ar", aligner="dict"))
    for split in ("train", "dev"):
        write_tagged(tmp_path / f"{split}.tsv", 24)
    return tmp_path


def realign(steps: int, *more: str, model: str = "lively", lr: str = "1e-3") -> list[str]:
    shared = f"realign --device cpu --lr {lr} --batch-size 4 --steps {steps} {model} fr.parquet ar.parquet"
    return [*shared.split(), *more]


def joint(epochs: int, *more: str, model: str = "lively", lr: str = "1e-3") -> list[str]:
    """Six steps an epoch."""
    shared = (
        f"finetune --device cpu --lr {lr} --task pos --data {{split}}.tsv --batch-size 4 --epochs {epochs} "
        f"--joint fr.parquet --joint ar.parquet --pair-batch-size 4 {model} en"
    )
    return [*shared.split(), *more]


def outputs(folder: Path) -> set[str]:
    given = {"fr.parquet", "ar.parquet", "train.tsv", "dev.tsv", "lively", "still"}
    return {p.name for p in folder.iterdir() if not p.name.endswith((".out", ".err"))} - given


FEW = ["SIGKILL", "SIGTERM", "SIGKILL", "SIGUSR1", "SIGINT", "SIGKILL"]


@pytest.mark.parametrize(
    "signals", [FEW, pytest.param(["SIGKILL"] * 20, marks=pytest.mark.slow)], ids=["six", "twenty"]
)
@pytest.mark.parametrize("kind", ["realign", "joint"])
def test_stopped_at_any_moment(do: Children, folder: Path, signals: list[str], kind: str) -> None:
    steps = 12 * len(signals)
    command = realign(steps) if kind == "realign" else joint(steps // 6, "--select", "best")
    command += ["--save-steps", "2"]
    statuses = do(
        folder,
        [
            ("run", [*command, "-o", "whole"], "whole"),
            *(("stop", command, "x", f"{i}", name, 4) for i, name in enumerate(signals)),
            ("run", [*command, "-o", "x", "--resume"], "end"),
        ],
    )
    assert statuses == [0, *(STATUS[s] for s in signals), 0], said(folder)
    for i, name in enumerate(signals):
        text = (folder / f"{i}.err").read_text()
        pattern = r"xlt: error: stopped at step \d+ of \d+; --resume goes on from here\n"
        assert re.fullmatch("" if name == "SIGKILL" else pattern, text), (name, text)
        assert (folder / f"{i}.out").read_text() == ""
    assert equal(weights(folder / "x"), weights(folder / "whole"))
    assert log_of(folder / "x") == log_of(folder / "whole")
    assert json.loads((folder / "x" / "xlt.json").read_text())["training"]["resumed_from"] >= 4 * len(signals)
    assert outputs(folder) == {"x", "whole"}


def test_a_full_disk(do: Children, folder: Path) -> None:
    # Room for the weights alone, not for the optimiser's state, which is larger; then not for the model at the end.
    size = (folder / "lively" / "model.safetensors").stat().st_size
    command = realign(40, "--save-steps", "2")
    statuses = do(
        folder,
        [
            ("run", [*command, "-o", "whole"], "whole"),
            ("stop", command, "x", "killed", "SIGKILL", 4),
            ("run", [*command, "-o", "x", "--resume"], "full", size + size // 2),
            ("run", [*command, "-o", "x", "--resume"], "end"),
            ("run", [*realign(2), "-o", "y"], "model", size // 2),
        ],
    )
    assert statuses == [0, -9, 1, 0, 1], said(folder)
    for name in ("full", "model"):
        text = (folder / f"{name}.err").read_text()
        assert re.fullmatch(r"xlt: error: [^\n]*cannot be written: [^\n]*File too large[^\n]*\n", text), text
    assert equal(weights(folder / "x"), weights(folder / "whole"))
    assert log_of(folder / "x") == log_of(folder / "whole")
    assert outputs(folder) == {"x", "whole", "y.training"}


def idle(name: str) -> bool:
    """Whether a gradient is nothing but rounding, of which Adam makes whole steps.

    A bias of attention keys changes no softmax, and one of the last norm no distance of two words.
    """
    return name.endswith(("key.bias", "layer.2.output.LayerNorm.bias"))


TWO = {
    "contrastive": realign(5, "--optimizer", "adamw", model="still", lr="2e-5"),
    "l2": realign(5, "--loss", "l2", model="still", lr="2e-5"),
    "micro": realign(5, "--micro-batch", "2", "--strength", "weak", model="still", lr="2e-5"),
    "joint": joint(1, "--select", "best", model="still", lr="2e-5"),
}


def test_two_processes_end_where_one_does(do: Children, folder: Path) -> None:
    todo: list[tuple[object, ...]] = []
    for name, line in TWO.items():
        todo += [
            ("run", [*line, "-o", f"{name}-1"], f"{name}-"),
            ("processes", 2, [*line, "-o", f"{name}-2"], name),
        ]
    assert do(folder, todo) == [0, [0, 0]] * len(TWO), said(folder)
    for name in TWO:
        one, two = ({n: t for n, t in weights(folder / f"{name}-{i}").items() if not idle(n)} for i in (1, 2))
        assert apart(one, two) < 1e-5, name
        logs = [log_of(folder / f"{name}-{i}") for i in (1, 2)]
        for first, second in zip(*logs, strict=True):
            assert first == pytest.approx(second, rel=1e-5)
        assert json.loads((folder / f"{name}-2" / "xlt.json").read_text())["training"]["processes"] == 2
        # One of them speaks.
        assert (folder / f"{name}0.out").read_text() == f"{name}-2\n"
        assert (folder / f"{name}1.out").read_text() == (folder / f"{name}1.err").read_text() == ""
    # What no loss reaches is left alone, also by the decay.
    pooler = [weights(folder / name)["pooler.dense.weight"] for name in ("still", "contrastive-1", "contrastive-2")]
    assert torch.equal(pooler[0], pooler[1])
    assert torch.equal(pooler[0], pooler[2])
    assert outputs(folder) == {f"{name}-{i}" for name in TWO for i in (1, 2)}


def test_two_processes_with_less_than_a_sentence_each(do: Children, folder: Path) -> None:
    line = realign(2, "--batch-size", "1", model="still", lr="2e-5")
    assert do(folder, [("run", [*line, "-o", "1"], "a"), ("processes", 3, [*line, "-o", "3"], "b")]) == [
        0,
        [0] * 3,
    ], said(folder)
    one, three = ({n: t for n, t in weights(folder / i).items() if not idle(n)} for i in "13")
    assert apart(one, three) < 1e-5


def test_a_signal_to_one_process_stops_all(do: Children, folder: Path) -> None:
    command = realign(60, "--save-steps", "2", model="still")
    statuses = do(
        folder,
        [
            ("processes", 2, [*command, "-o", "whole"], "whole"),
            ("stop one", 2, command, "x", "stopped", "SIGUSR1"),
            ("processes", 2, [*command, "-o", "x", "--resume"], "end"),
        ],
    )
    assert statuses == [[0, 0], [138, 138], [0, 0]], said(folder)
    assert equal(weights(folder / "x"), weights(folder / "whole"))
    assert log_of(folder / "x") == log_of(folder / "whole")


def test_torchrun(folder: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "xlt"]
    done = subprocess.run(
        [*torchrun, *realign(2), "-o", "x"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "x\n"
    transformers.AutoModel.from_pretrained(folder / "x")
