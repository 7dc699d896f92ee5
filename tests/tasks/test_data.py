"""The sentences and labels of a task: read, checked, taken in parts, and as inputs of a record."""

import hashlib
from pathlib import Path

import pytest

from tests.tasks.classifiers import write_tags
from xlt.corpora.labelled import Labelled
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import find_task_data
from xlt.errors import OptionError, XltError
from xlt.tasks.data import check_names, data_inputs, every_nth, gold_labels, named_columns, read_data
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


def test_columns_as_the_user_says_them() -> None:
    assert named_columns(["word=2", "label=-1"], TASKS["pos"]) == {"token": "1", "label": "-1"}
    assert named_columns(["word=form", "label=ner"], TASKS["ner"]) == {"token": "form", "label": "ner"}
    pair = ["premise=sentence1", "hypothesis=sentence2", "label=gold_label"]
    assert list(named_columns(pair, TASKS["nli"]).values()) == ["sentence1", "sentence2", "gold_label"]
    for items, message in (
        (["text=1"], "word and label are said"),
        (["word"], "as in word=2,label=3"),
        (["word=0"], "counted from 1"),
        (["word=1", "word=2"], "word is said twice"),
    ):
        with pytest.raises(OptionError, match=message):
            named_columns(items, TASKS["pos"])


def test_inference_has_three_labels(tmp_path: Path) -> None:
    def read(*labels: str) -> Labelled:
        rows = "".join(f"p\th\t{label}\n" for label in labels)
        (tmp_path / "en.tsv").write_text(f"premise\thypothesis\tlabel\n{rows}", encoding="utf-8")
        (files,) = find_task_data([f"{tmp_path}/{{lang}}.tsv"], [("en", "test")], "pair")
        data = read_data(files, TASKS["nli"])
        assert isinstance(data, Labelled)
        return data

    spelled = read("ENTAILMENT", "contradictory", "neutral", "-")
    assert spelled.labels == ["entailment", "contradiction", "neutral"]
    assert spelled.left_out == {"texts without a label": 1, "labels spelled anew": 2}
    assert read("0", "2", "-1").labels == ["0", "2"]
    # The line is that of the file, with its header and the texts that were left out before it.
    for line, labels in ((3, ("neutral", "maybe")), (4, ("-", "0", "3")), (2, ("0", "neutral", "-1"))):
        with pytest.raises(XltError, match=rf"en\.tsv:{line}: label '.*' is none of the task nli, which has "):
            read(*labels)


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
