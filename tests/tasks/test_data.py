"""The sentences and labels of a task: read, checked, taken in parts, and as inputs of a record."""

import hashlib
from pathlib import Path

import pytest

from tests.tasks.classifiers import write_tags
from xlt.corpora.labelled import Labelled
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import find_task_data
from xlt.errors import XltError
from xlt.tasks.data import check_names, data_inputs, every_nth, gold_labels, read_data
from xlt.tasks.kinds import TASKS

WORDS = Tagged([["a"], ["b", "c"], ["d"]], [["X"], ["Y", "Z"], ["X"]], {"comments": 2})
PAIRS = Labelled(["p", "q", "r"], ["s", "t", "u"], ["yes", "no", "yes"])


def test_names_of_languages_and_splits() -> None:
    check_names("language", ["en", "fr"], "en")
    for names, said in (
        ([], "name a language, such as en"),
        (["en", ""], "name a language, such as en"),
        (["en", "fr", "en"], "language en is given twice"),
    ):
        with pytest.raises(XltError, match=said):
            check_names("language", names, "en")


def test_labels_of_a_sentence_and_of_a_text() -> None:
    assert gold_labels(WORDS) == [["X"], ["Y", "Z"], ["X"]]
    assert gold_labels(PAIRS) == [["yes"], ["no"], ["yes"]]


def test_every_second_sentence() -> None:
    assert every_nth(WORDS, 0, 2) == Tagged([["a"], ["d"]], [["X"], ["X"]])
    assert every_nth(WORDS, 1, 2) == Tagged([["b", "c"]], [["Y", "Z"]])
    assert every_nth(PAIRS, 1, 2) == Labelled(["q"], ["t"], ["no"])
    assert every_nth(Labelled(["p", "q"], None, ["yes", "no"]), 1, 2) == Labelled(["q"], None, ["no"])
    assert len(every_nth(PAIRS, 3, 4)) == 0


def test_what_is_read_is_checked(tmp_path: Path) -> None:
    # Labels go by the length of the words: 3 letters NOUN, 2 letters ADP.
    path = write_tags(tmp_path / "en.train.tsv", [["the", "cat"], ["is", "on"]], ["NOUN", "ADP", "ADP"])
    (train,) = find_task_data([f"{tmp_path}/{{lang}}.{{split}}.tsv"], [("en", "train")], "words")
    assert read_data(train, TASKS["pos"]).labels == [["NOUN", "ADP"], ["ADP", "NOUN"]]
    assert read_data(train, TASKS["pos"], limit=1).labels == [["NOUN", "ADP"]]
    with pytest.raises(XltError, match=r"en\.train\.tsv: label 'ADP' is no BIO tag"):
        read_data(train, TASKS["ner"])
    Path(path).write_text("the\tX\ncat\tX\n", encoding="utf-8")
    with pytest.raises(XltError, match=r"en\.train\.tsv: every label is 'X'; there is nothing to tell apart"):
        read_data(train, TASKS["pos"])


def test_files_are_inputs_of_a_record(tmp_path: Path) -> None:
    for lang in ("en", "fr"):
        write_tags(tmp_path / f"{lang}.tsv", [["the"], [lang]])
    files = find_task_data([f"{tmp_path}/{{lang}}.tsv"], [("en", "test"), ("fr", "test")], "words")
    first, second = (item.as_json() for item in data_inputs(files))
    assert first == {
        "role": "data", "name": str(tmp_path / "en.tsv"), "record": None, "lang": "en", "split": "test",
        "sha256": hashlib.sha256((tmp_path / "en.tsv").read_bytes()).hexdigest(), "resource": None,
    }  # fmt: skip
    assert second["lang"] == "fr"
    assert second["sha256"] != first["sha256"]
