"""Groups, and what must not be mixed in one."""

from typing import Any

import pytest

from xlt.errors import XltError
from xlt.files.rows import grouped
from xlt.files.schemas import POINTS
from xlt.study.groups import check_columns, check_settings, settings

SIGNATURE = "pairs:1000|seed:42|data:{}|pool:first|overlong:window|xlt:0.1.0"
POINT: dict[str, Any] = {
    "model": "xlmr", "recipe": "finetune(pos)", "task": "pos", "seed": 31, "checkpoint": "p", "weights": "w",
    "train_lang": "en", "lang": "ar", "split": "test", "metric": "accuracy", "stage": "before", "scored": "",
    "layer": 4, "depth": -1, "direction": "src-tgt", "measure": "accuracy", "strength": "strong",
    "similarity": "cosine", "unit": "word", "candidates": "pairs", "set": "",
    "pairs": 1000, "alignment": 0.5, "source": 0.8, "target": 0.4, "ctl": -0.5,
    "score_signature": SIGNATURE.format("a"), "result_signature": "data:a|split:test|overlong:window|reading:conlleval",
}  # fmt: skip
COLUMNS = [c.name for c in POINTS.columns]


def check(*changes: dict[str, Any], by: str = "", across: str = "") -> None:
    rows = [POINT, *(POINT | change for change in changes)]
    names = [tuple(filter(None, text.split(","))) for text in (by, across)]
    fixed = settings(COLUMNS, *names)
    check_settings(grouped(rows, names[0]), fixed, names[1])


def test_what_a_correlation_is_taken_over() -> None:
    check({
        "model": "bert", "seed": 42, "checkpoint": "q", "weights": None, "lang": "fr", "alignment": 0.1, "source": 0.7,
        "target": 0.1, "ctl": -0.3, "score_signature": SIGNATURE.format("b").replace("seed:42", "seed:1"),
        "result_signature": "data:b|split:test|overlong:window|reading:conlleval|segment:jieba|resamples:7",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recipe", "x"), ("task", "ner"), ("train_lang", "fr"), ("split", "dev"), ("metric", "f1"), ("stage", "after"),
        ("scored", "realign(l2)"), ("direction", "tgt-src"), ("strength", "weak"), ("similarity", "csls"),
        ("measure", "other"), ("unit", "sentence"), ("candidates", "corpus"), ("set", "unseen"),
    ],
)  # fmt: skip
def test_a_setting_that_varies_is_refused_by_name(column: str, value: str) -> None:
    with pytest.raises(
        XltError, match=rf"^by leaves a group in which {column} \(.*\) varies: name it, too, or in across"
    ):
        check({column: value})
    check({column: value}, by=column)
    check({column: value}, across=column)


def test_all_that_vary_are_named_with_their_values() -> None:
    with pytest.raises(XltError, match=r"in which direction \(src-tgt, tgt-src\), strength \(strong, weak\) vary"):
        check({"direction": "tgt-src"}, {"strength": "weak"})


def test_a_layer_is_named_by_number_or_by_depth() -> None:
    larger = {"layer": 12, "depth": -1, "model": "large"}
    check(larger)
    check(larger, by="depth")
    check({"layer": 4, "depth": -9})
    check({"layer": 4, "depth": -9}, by="layer")
    with pytest.raises(XltError, match=r"^by leaves a group in which depth \(-2, -1\) varies"):
        check({"layer": 3, "depth": -2})
    check({"layer": 3, "depth": -2}, across="layer")


def test_tags_are_settings() -> None:
    rows = [POINT | {"corpus": ""}, POINT | {"corpus": "bible"}]
    fixed = settings([*COLUMNS, "corpus"], (), ())
    with pytest.raises(XltError, match=r"^by leaves a group in which corpus \(empty, bible\) varies"):
        check_settings(grouped(rows, ()), fixed, ())
    check_settings(grouped(rows, ("corpus",)), settings([*COLUMNS, "corpus"], ("corpus",), ()), ())


def test_other_ways_to_measure_are_refused() -> None:
    with pytest.raises(XltError, match=r"^'pool' of the score signature varies inside a group \(first, mean\)"):
        check({"score_signature": POINT["score_signature"].replace("first", "mean")})
    with pytest.raises(
        XltError, match=r"^'center' of the score signature varies inside a group \(center, not center\)"
    ):
        check({"score_signature": POINT["score_signature"] + "|center"})
    with pytest.raises(XltError, match=r"^'reading' of the result signature"):
        check({"result_signature": POINT["result_signature"].replace("conlleval", "iob2:strict")})
    check({"score_signature": POINT["score_signature"] + "|center"}, across="signature")


def test_languages_have_data_of_their_own_but_one_language_has_not() -> None:
    for column, other in (
        ("score_signature", SIGNATURE.format("b")),
        ("result_signature", POINT["result_signature"].replace("data:a", "data:b")),
        ("result_signature", POINT["result_signature"] + "|segment:jieba"),
    ):
        check({column: other, "lang": "fr"})
        check({column: other, "lang": "fr"}, {"lang": "zh"})
        with pytest.raises(XltError, match=rf"^'(data|segment)' of the {column.replace('_', ' ')} of ar varies"):
            check({column: other, "seed": 42})


def test_unequal_numbers_of_pairs_are_told(caplog: pytest.LogCaptureFixture) -> None:
    check({"pairs": 500})
    assert "scores of 500 to 1,000 word pairs stand together" in caplog.text
    caplog.clear()
    check({"pairs": 500, "model": "bert"}, by="model")
    assert not caplog.text


def test_columns_that_are_not_there() -> None:
    check_columns("by", ("task", "stage"), COLUMNS)
    with pytest.raises(XltError, match="by tasks: no such column; there are model, recipe, task"):
        check_columns("by", ("tasks",), COLUMNS)
    with pytest.raises(XltError, match="by task: it is named twice"):
        check_columns("by", ("task", "task"), COLUMNS)
