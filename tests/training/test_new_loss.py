"""A new loss is a file and a class: everything else follows, as docs/adding.md promises."""

import json
from pathlib import Path

import pytest

from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.conftest import Model
from tests.training.task_files import write_tagged
from tests.training.toy_loss import Toy
from tests.training.weights import log_of
from xlt.cli.finetune import finetune as finetune_command
from xlt.cli.flatten import flattened
from xlt.cli.realign import realign as realign_command
from xlt.errors import OptionError
from xlt.flat import from_flat
from xlt.losses.options import LOSSES
from xlt.training.finetune import finetune
from xlt.training.options import FinetuneOptions, RealignOptions, of_each_loss
from xlt.training.realign import realign


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOSSES, "toy", Toy)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record(aligner="dict"))


def test_realign(trainable: Model, pairs: str, tmp_path: Path) -> None:
    given = {"loss": "toy", "power": 2.0, "steps": 30, "device": "cpu", "seed": 3}
    done = realign(trainable(), [pairs], from_flat(RealignOptions, given), output=tmp_path / "out")
    record = json.loads((done.output / "xlt.json").read_text())
    assert record["recipe"] == "realign(toy,dict,power=2)"
    facts = {"loss": "toy", "power": 2.0, "hold": 0.1, "pool": "mean", "batch_size": 3, "lr": 1e-3}
    assert record["params"].items() >= facts.items()
    assert "strength" not in record["params"]
    log = log_of(done.output)
    assert log[-1]["realignment"] < log[0]["realignment"]


@pytest.mark.parametrize("micro", [None, 2])
def test_joint(trainable: Model, pairs: str, tmp_path: Path, micro: int | None) -> None:
    data = write_tagged(tmp_path / "en.tsv", 20)
    given = {"task": "pos", "data": (data,), "epochs": 3, "lr": 1e-3, "device": "cpu", "micro_batch": micro}
    given |= {"joint": (pairs,), "joint_weight": 0.5, "loss": "toy", "hold": 0.0}
    done = finetune(trainable(), ["en"], from_flat(FinetuneOptions, given), output=tmp_path / "out")
    record = json.loads((done.output / "xlt.json").read_text())
    assert record["recipe"] == "joint(pos,toy,dict,hold=0,weight=0.5)"
    assert record["params"]["joint"].items() >= {"loss": "toy", "power": 1.0, "hold": 0.0, "batch_size": 3}.items()
    assert {"task", "realignment"} <= log_of(done.output)[-1].keys()


def test_its_dials_with_another_loss_are_refused() -> None:
    with pytest.raises(OptionError, match="power has no effect with loss contrastive, only with toy; leave it out"):
        from_flat(RealignOptions, {"power": 2.0})
    with pytest.raises(OptionError, match="keep has no effect with loss toy, only with l2; leave it out"):
        from_flat(RealignOptions, {"loss": "toy", "keep": "tgt"})


def test_the_command_line_offers_it() -> None:
    for command in (realign_command, finetune_command):
        parameters = flattened(command).parameters
        assert {"loss", "power", "hold"} <= parameters.keys()
        assert "'toy'" in str(parameters["loss"].annotation)
        assert parameters["power"].default == 1.0
    assert of_each_loss(lambda loss: loss.pool) == "first; with --loss l2 last; with --loss toy mean"
