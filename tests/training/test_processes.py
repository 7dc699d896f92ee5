"""Real runs of the command line: stopped and killed at random moments, on a full disk, and in two processes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from signal import Signals

import pytest
import torch
import transformers

from tests.checkpoints import make_trainable
from tests.conftest import ROOT
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.processes import Calls
from tests.training.task_files import write_tagged
from tests.training.weights import apart, equal, log_of, weights
from tests.warm import Program

STATUS = {Signals.SIGKILL: -9, Signals.SIGTERM: 143, Signals.SIGUSR1: 138, Signals.SIGINT: 130}


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


@pytest.fixture
def calls(program: Program, folder: Path) -> Calls:
    return Calls(program, folder)


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


KILL = Signals.SIGKILL
FEW = [KILL, Signals.SIGTERM, KILL, Signals.SIGUSR1, Signals.SIGINT, KILL]


@pytest.mark.parametrize("signals", [FEW, pytest.param([KILL] * 20, marks=pytest.mark.slow)], ids=["six", "twenty"])
@pytest.mark.parametrize("kind", ["realign", "joint"])
def test_stopped_at_any_moment(calls: Calls, folder: Path, signals: list[Signals], kind: str) -> None:
    steps = 12 * len(signals)
    command = realign(steps) if kind == "realign" else joint(steps // 6, "--select", "best")
    command += ["--save-steps", "2"]
    statuses = [
        calls.run([*command, "-o", "whole"], "whole"),
        *(calls.stop(command, "x", f"{i}", number, 4) for i, number in enumerate(signals)),
        calls.run([*command, "-o", "x", "--resume"], "end"),
    ]
    assert statuses == [0, *(STATUS[s] for s in signals), 0], calls.errors()
    for i, number in enumerate(signals):
        text = (folder / f"{i}.err").read_text()
        pattern = r"xlt: error: stopped at step \d+ of \d+; --resume goes on from here\n"
        assert re.fullmatch("" if number == KILL else pattern, text), (number, text)
        assert (folder / f"{i}.out").read_text() == ""
    assert equal(weights(folder / "x"), weights(folder / "whole"))
    assert log_of(folder / "x") == log_of(folder / "whole")
    assert json.loads((folder / "x" / "xlt.json").read_text())["training"]["resumed_from"] >= 4 * len(signals)
    assert outputs(folder) == {"x", "whole"}


def test_a_full_disk(calls: Calls, folder: Path) -> None:
    # Room for the weights alone, not for the optimiser's state, which is larger; then not for the model at the end.
    size = (folder / "lively" / "model.safetensors").stat().st_size
    command = realign(40, "--save-steps", "2")
    statuses = [
        calls.run([*command, "-o", "whole"], "whole"),
        calls.stop(command, "x", "killed", KILL, 4),
        calls.run([*command, "-o", "x", "--resume"], "full", size + size // 2),
        calls.run([*command, "-o", "x", "--resume"], "end"),
        calls.run([*realign(2), "-o", "y"], "model", size // 2),
    ]
    assert statuses == [0, -9, 1, 0, 1], calls.errors()
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


def test_two_processes_end_where_one_does(calls: Calls, folder: Path) -> None:
    for name, line in TWO.items():
        assert calls.run([*line, "-o", f"{name}-1"], f"{name}-") == 0, calls.errors()
        assert calls.together(2, [*line, "-o", f"{name}-2"], name) == [0, 0], calls.errors()
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


def test_two_processes_with_less_than_a_sentence_each(calls: Calls, folder: Path) -> None:
    line = realign(2, "--batch-size", "1", model="still", lr="2e-5")
    assert calls.run([*line, "-o", "1"], "a") == 0, calls.errors()
    assert calls.together(3, [*line, "-o", "3"], "b") == [0] * 3, calls.errors()
    one, three = ({n: t for n, t in weights(folder / i).items() if not idle(n)} for i in "13")
    assert apart(one, three) < 1e-5


def test_a_signal_to_one_process_stops_all(calls: Calls, folder: Path) -> None:
    command = realign(60, "--save-steps", "2", model="still")
    statuses = [
        calls.together(2, [*command, "-o", "whole"], "whole"),
        calls.stop_last(2, command, "x", "stopped", Signals.SIGUSR1),
        calls.together(2, [*command, "-o", "x", "--resume"], "end"),
    ]
    assert statuses == [[0, 0], [138, 138], [0, 0]], calls.errors()
    assert equal(weights(folder / "x"), weights(folder / "whole"))
    assert log_of(folder / "x") == log_of(folder / "whole")


def test_torchrun(folder: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "xlt"]
    result = subprocess.run(
        [*torchrun, *realign(2), "-o", "x"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "x\n"
    transformers.AutoModel.from_pretrained(folder / "x")
