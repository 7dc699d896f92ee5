"""What the tests of tasks share: random classifiers as ``xlt finetune`` leaves them, and tagged data."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from tests.checkpoints import TEXT
from tests.tasks.classifiers import POS, Make, write_tags
from xlt.encoders.load import load_encoder
from xlt.files.provenance import Input, make_record, to_bytes


@pytest.fixture(autouse=True)
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)


@pytest.fixture(scope="session")
def classifier(checkpoints: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A folder as ``xlt finetune`` leaves it, with a random classifier."""
    made: dict[Any, str] = {}

    def make(
        task: str | None = "pos",
        labels: tuple[str, ...] = tuple(POS),
        limit: int = 32,
        family: str = "bert",
        **params: Any,
    ) -> str:
        key = (task, labels, limit, family, str(params))
        if key not in made:
            folder = tmp_path_factory.mktemp("model")
            torch.manual_seed(1)
            head: Literal["tokens", "sentences"] = "sentences" if task in ("nli", "topic") else "tokens"
            encoder = load_encoder(str(checkpoints(family, limit)), head=head, labels=labels, device="cpu")
            with torch.no_grad():
                encoder.model.classifier.weight.normal_(0, 1)
            encoder.model.save_pretrained(folder)
            encoder.text_tokenizer.save_pretrained(folder)
            if task is not None:
                base = Input("model", "base", "ba5e")
                known = {"train_langs": ["en", "fr"]} | params
                record = make_record("finetune", params=known, inputs=[base], seed=7)
                record |= {"task": task, "recipe": f"finetune({task})"}
                (folder / "xlt.json").write_bytes(to_bytes(record))
            made[key] = str(folder)
        return made[key]

    return make


@pytest.fixture
def data(tmp_path: Path) -> str:
    sentences = [line.split() for line in TEXT[:7]]
    for n, lang in enumerate(("en", "fr")):
        for split in ("dev", "test"):
            write_tags(tmp_path / lang / f"{split}.tsv", sentences[n:], first=n)
    return f"{tmp_path}/{{lang}}/{{split}}.tsv"
