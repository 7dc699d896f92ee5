"""What a model's record says of its task and data, and what is said where it says nothing."""

import json
import re
from pathlib import Path

import pytest

from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input, Record, make_record
from xlt.tasks.kinds import TASKS
from xlt.tasks.origin import Origin


def data_file(name: str, split: str, sha256: str) -> Input:
    return Input("data", name, sha256, None, {"lang": "en", "split": split})


def tuned(*inputs: Input, task: str = "pos") -> Record:
    return make_record("finetune", params={"data": ["ud"]}, inputs=inputs) | {"task": task}


def test_the_task_of_training() -> None:
    origin = Origin("m", tuned())
    assert origin.task(None) is TASKS["pos"]
    assert origin.task("pos") is TASKS["pos"]
    assert origin.params == {"data": ["ud"]}
    with pytest.raises(OptionError, match="task ner: m was trained for the task pos"):
        origin.task("ner")


@pytest.mark.parametrize(("step", "recipe"), [("realign", "realign(l2,dict)"), ("pretrain", "pretrain(mlm)")])
@pytest.mark.parametrize("asked", [None, "pos"])
def test_a_model_that_was_not_fine_tuned(step: str, recipe: str, asked: str | None) -> None:
    record = make_record(step, params={}, seed=1) | {"task": "", "recipe": recipe}
    with pytest.raises(XltError, match=f"was not fine-tuned: it comes from 'xlt {step}' .*; 'xlt finetune' makes one"):
        Origin("m", record).task(asked)


def test_nobody_says_the_task(tmp_path: Path) -> None:
    folder = str(tmp_path)
    for origin, said in (
        (Origin(folder, None), "it was not fine-tuned by xlt; give the folder of a fine-tuned model, or --task"),
        (Origin(folder, make_record("finetune", params={})), "its record names no task;"),
        (Origin("org/model", None), "a model of the hub does not say its task;"),
    ):
        with pytest.raises(XltError, match=re.escape(said)):
            origin.task(None)
        assert origin.task("nli") is TASKS["nli"]
        assert not Origin(folder, None).params


def test_it_is_read_from_the_folder(tmp_path: Path) -> None:
    assert Origin.of(str(tmp_path)) == Origin(str(tmp_path), None)
    assert Origin.of("org/model") == Origin("org/model", None)
    (tmp_path / "xlt.json").write_text(json.dumps({"task": "ner"}), encoding="utf-8")
    assert Origin.of(str(tmp_path)).task(None) is TASKS["ner"]
    (tmp_path / "xlt.json").write_text("{", encoding="utf-8")
    with pytest.raises(XltError, match="is broken"):
        Origin.of(str(tmp_path))


def test_files_that_it_was_trained_on() -> None:
    first = tuned(data_file("a.tsv", "train", "aa"), data_file("b.tsv", "dev", "bb"))
    later = tuned(Input("model", "first", "w", first), data_file("c.tsv", "train", "cc"))
    asked = [data_file(name, split, sha) for name, split, sha in (
        ("a-again.tsv", "test", "aa"), ("b.tsv", "test", "bb"), ("c.tsv", "train", "cc"), ("c.tsv", "dev", "cc"),
    )]  # fmt: skip
    said = "is a file that the model was trained on"
    # The development data were looked at, not trained on; who asks for the training data knows what he does.
    assert Origin("m", later).seen(asked) == [f"en test: a-again.tsv {said}", f"en dev: c.tsv {said}"]
    assert Origin("m", first).seen(asked) == [f"en test: a-again.tsv {said}"]
    assert Origin("m", None).seen(asked) == []
