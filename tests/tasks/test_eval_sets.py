"""The sentences that are asked: found in the order of splits and languages, cut anew, taken in shards."""

import re
from pathlib import Path

import pytest

from tests.tasks.classifiers import TAGS, write_tags
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import find_task_data
from xlt.errors import XltError
from xlt.tasks.eval_sets import find_sets, is_chinese, read_set
from xlt.tasks.kinds import TASKS
from xlt.tasks.options import EvalOptions
from xlt.tasks.origin import Origin

UNKNOWN = Origin("m", None)
POS, NER = TASKS["pos"], TASKS["ner"]


@pytest.fixture
def pattern(tmp_path: Path) -> str:
    for lang in ("en", "fr"):
        for split in ("dev", "test"):
            write_tags(tmp_path / f"{lang}.{split}.tsv", [["the", "cat"], ["sat"], ["on", "a", "mat"]])
    return f"{tmp_path}/{{lang}}.{{split}}.tsv"


def test_languages_of_a_split_stand_together(pattern: str) -> None:
    files = find_sets(UNKNOWN, POS, ["fr", "en"], EvalOptions(data=(pattern,), splits=("test", "dev")))
    assert [(f.lang, f.split) for f in files] == [("fr", "test"), ("en", "test"), ("fr", "dev"), ("en", "dev")]


def test_data_of_the_training_are_taken_where_none_are_given(pattern: str) -> None:
    trained = Origin("m", {"params": {"data": [pattern]}})
    (files,) = find_sets(trained, POS, ["en"], EvalOptions())
    assert [f.name for f in files.files] == ["en.test.tsv"]
    with pytest.raises(XltError, match=re.escape("(--data is that of the training of m; give another)")):
        find_sets(trained, POS, ["xx"], EvalOptions())
    with pytest.raises(XltError, match="no data for xx, split test") as error:
        find_sets(trained, POS, ["xx"], EvalOptions(data=(pattern,)))
    assert "that of the training" not in str(error.value)


def test_cutting_anew_needs_chinese_and_spans(pattern: str) -> None:
    anew = EvalOptions(data=(pattern,), segment="zh")
    with pytest.raises(XltError, match="segment zh: no Chinese data among en, fr"):
        find_sets(UNKNOWN, NER, ["en", "fr"], anew)
    with pytest.raises(XltError, match="segment zh: the labels of the task pos are no spans of characters"):
        find_sets(UNKNOWN, POS, ["zh"], anew)
    assert [lang for lang in ("zh", "ZH-hant", "zho_Hans", "cmn", "zhx", "en", "za") if is_chinese(lang)] == [
        "zh", "ZH-hant", "zho_Hans", "cmn",
    ]  # fmt: skip


def test_a_shard_knows_the_whole(pattern: str) -> None:
    (files,) = find_task_data([pattern], [("en", "test")], "words")
    whole = read_set(files, POS, EvalOptions())
    assert (whole.name, whole.total, whole.sent_ids.tolist()) == ("en test", 3, [0, 1, 2])
    # Words of three letters are ADP, NOUN and VERB by turns; see write_tags.
    part = read_set(files, POS, EvalOptions(), (2, 2))
    assert isinstance(part.data, Tagged)
    assert (part.data.words, part.sent_ids.tolist()) == ([["sat"]], [1])
    assert (part.total, part.gold) == (whole.total, whole.gold)
    assert read_set(files, POS, EvalOptions(limit=1)).total == 1


def test_chinese_characters_cut_anew(tmp_path: Path) -> None:
    lines = [("我", "O"), ("爱", "O"), ("北", "B-L"), ("京", "I-L")]
    (tmp_path / "zh.tsv").write_text("".join(f"{c}\t{t}\n" for c, t in lines), encoding="utf-8")
    write_tags(tmp_path / "en.tsv", [["the"]], TAGS)
    chinese, english = find_task_data([f"{tmp_path}/{{lang}}.tsv"], [("zh", "test"), ("en", "test")], "words")
    anew = read_set(chinese, NER, EvalOptions(segment="zh"))
    assert isinstance(anew.data, Tagged)
    assert (anew.data.words, anew.data.labels) == ([["我", "爱", "北京"]], [["O", "O", "B-L"]])
    assert (anew.segmentation or "").startswith("jieba-")
    assert anew.left_out == {
        "sentences not cut anew": 0, "tokens before they were cut anew": 4, "gold spans before, after": "1 1",
    }  # fmt: skip
    assert read_set(english, NER, EvalOptions(segment="zh")).segmentation is None
    assert read_set(chinese, NER, EvalOptions()).total == 1
