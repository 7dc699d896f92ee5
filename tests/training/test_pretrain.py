"""``pretrain`` as a function: its own defaults, what it is made of, what it records."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from tests.checkpoints import TEXT
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.weights import CrashError, crash_at, equal, log_of, weights
from xlt.errors import OptionError, XltError
from xlt.training.options import EncoderShape, FreshTrainOptions, PretrainOptions
from xlt.training.pretrain import pretrain

SHAPE = EncoderShape(num_layers=1, hidden_size=16, num_heads=2, max_length=24)


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(TEXT) + "\n", encoding="utf-8")
    return str(path)


def small(train: FreshTrainOptions | None = None, **changed: Any) -> PretrainOptions:
    usual: dict[str, Any] = {"shape": SHAPE, "vocab_size": 150, "batch_size": 8, "steps": 4}
    return PretrainOptions(train=train or FreshTrainOptions(device="cpu"), **(usual | changed))


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "xlt.json").read_text(encoding="utf-8"))
    return record


def test_it_decays_and_clips_whatever_else_is_said(text: str, tmp_path: Path) -> None:
    usual = pretrain([text], small(), output=tmp_path / "usual").output
    params = record_of(usual)["params"]
    assert (params["optimizer"], params["clip_norm"], params["lr"]) == ("adamw", 1.0, 5e-4)
    assert params["shape"] == {
        "num_layers": 1, "hidden_size": 16, "num_heads": 2, "intermediate_size": None, "max_length": 24, "dropout": 0.1,
    }  # fmt: skip
    adam = FreshTrainOptions(device="cpu", optimizer="adam", clip_norm=None)
    assert not equal(weights(pretrain([text], small(adam), output=tmp_path / "adam").output), weights(usual))
    again = FreshTrainOptions(device="cpu", optimizer="adamw", clip_norm=1.0)
    assert equal(weights(pretrain([text], small(again), output=tmp_path / "again").output), weights(usual))


def test_text_and_pairs(text: str, tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record())
    alone = pretrain([text], small(limit=5), output=tmp_path / "alone")
    both = pretrain([text], small(limit=5, steps=None, epochs=2), output=tmp_path / "both", tlm=[pairs])
    assert (alone.summary["lines"], alone.summary["sentence pairs"], alone.summary["steps"]) == (5, 0, 4)
    assert (both.summary["lines"], both.summary["sentence pairs"]) == (5, 12)
    # Two passes in batches of 8.
    assert both.summary["steps"] == 2 * -(-both.summary["sequences"] // 8)
    assert [record_of(r.output)["recipe"] for r in (alone, both)] == ["pretrain(mlm)", "pretrain(mlm+tlm)"]
    model = transformers.AutoModelForMaskedLM.from_pretrained(both.output)
    assert (model.config.vocab_size, model.config.num_hidden_layers) == (150, 1)
    assert both.summary["parameters"] == sum(p.numel() for p in model.parameters())


def test_models_in_between_and_a_crash(text: str, tmp_path: Path) -> None:
    saving = FreshTrainOptions(device="cpu", save_steps=1)
    whole = pretrain([text], small(saving, save_every=2), output=tmp_path / "whole").output
    assert equal(weights(tmp_path / "whole-step4"), weights(whole))
    with pytest.raises(CrashError):
        pretrain([text], small(saving), output=tmp_path / "out", progress=crash_at(3))
    resumed = pretrain([text], small(saving), output=tmp_path / "out", resume=True).output
    assert equal(weights(resumed), weights(whole))
    assert log_of(resumed) == log_of(whole)
    assert pretrain([text], small(saving), output=tmp_path / "out", resume=True, progress=crash_at(1)).already


def test_chance_outside_changes_nothing(text: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    one = pretrain([text], small(), output=tmp_path / "one").output
    torch.manual_seed(2)
    assert equal(weights(pretrain([text], small(), output=tmp_path / "other").output), weights(one))


def test_refusals(text: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n", encoding="utf-8")
    with pytest.raises(XltError, match="a text file is given twice"):
        pretrain([text, text], small(), output=tmp_path / "out")
    with pytest.raises(XltError, match="no such text file"):
        pretrain([str(tmp_path / "nowhere")], small(), output=tmp_path / "out")
    with pytest.raises(XltError, match=r"empty\.txt holds no text"):
        pretrain([str(tmp_path / "empty.txt")], small(), output=tmp_path / "out")
    with pytest.raises(OptionError, match=r"vocab_size 9,000: the text gives"):
        pretrain([text], small(vocab_size=9000), output=tmp_path / "out")
    pairs = write_pairs(tmp_path / "none.parquet", [])
    with pytest.raises(XltError, match="holds no sentence pair"):
        pretrain([text], small(), output=tmp_path / "out", tlm=[pairs])
    assert not list(tmp_path.glob("out*"))
