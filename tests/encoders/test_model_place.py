"""Where a model is, looked at before it is loaded."""

from pathlib import Path

import pytest

from xlt.encoders.model_place import check_encoder, check_model, why_not_the_hub
from xlt.errors import XltError


def test_a_folder_and_what_may_be_a_name_of_the_hub_pass(model: str) -> None:
    for name in (model, "bert-base", "org/model"):
        check_model(name)


def test_what_can_be_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.parquet").touch()
    for name, said in (
        (str(tmp_path / "pairs.parquet"), "is a file, and no checkpoint folder; the model comes before all other"),
        ("./none", "no such checkpoint folder"),
        ("a/b/c", "no such checkpoint folder"),
        (str(tmp_path), "config.json and model.safetensors and tokenizer.json missing; the folder holds pairs.parquet"),
    ):
        with pytest.raises(XltError, match=said):
            check_model(name)


def test_model_and_device_are_told_together() -> None:
    with pytest.raises(XltError, match=r"^\./none: no such checkpoint folder.*; and --device tpu: one of auto, "):
        check_encoder("./none", "tpu")


def test_why_the_hub_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_not_the_hub("org/model") == "HF_HUB_OFFLINE=1 forbids the network"
    for name in ("HF_HUB_OFFLINE", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert why_not_the_hub(str(tmp_path)) is None
    assert why_not_the_hub("org/model") == "the hub cannot be reached (http://127.0.0.1:9: Connection refused)"
