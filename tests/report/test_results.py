"""Results as tables: languages and metrics, scores by label, mistakes."""

import pytest

from xlt.files.text_table import TextTable
from xlt.report.results import label_tables, result_table, value_layouts
from xlt.tasks.kinds import TASKS
from xlt.tasks.labels import pair_labels

ROW = {
    "model": "m", "weights": "w", "task": "pos", "lang": "ar", "split": "test", "metric": "accuracy", "n": 1200,
    "value": 0.5, "ci_low": 0.4, "ci_high": 0.625,
}  # fmt: skip


def test_a_line_for_each_language_and_split() -> None:
    f1 = ROW | {"metric": "macro_f1", "value": 0.25, "ci_low": None}
    (table,) = result_table([ROW, f1, ROW | {"lang": "fr"}, f1 | {"lang": "fr", "value": None}])
    assert table.title == "m: pos, with 95 % intervals"
    assert table.header == ["lang", "split", "n", "accuracy", "macro_f1"]
    assert table.rows == [
        ["ar", "test", "1,200", "0.500 [0.400, 0.625]", "0.250"],
        ["fr", "test", "1,200", "0.500 [0.400, 0.625]", ""],
    ]


def test_a_table_for_each_model_and_task() -> None:
    rows = [ROW, ROW | {"weights": "x"}, ROW | {"task": "ner"}]
    assert [table.title for table in result_table(rows)] == [
        "m: pos, with 95 % intervals", "m: pos, with 95 % intervals", "m: ner, with 95 % intervals",
    ]  # fmt: skip
    assert result_table([]) == []


def test_results_as_they_are() -> None:
    one = ROW | {"train_lang": "en", "model": "a/m", "recipe": "finetune(pos)", "seed": None}
    rows = [
        one, one | {"lang": "fr", "value": 0.25, "ci_low": None, "ci_high": None},
        one | {"model": "a/n", "weights": "x", "seed": 3, "lang": "fr", "value": None},
        # Measured twice, in some other way: a line of its own.
        one | {"value": 0.75},
        one | {"task": "nli", "train_lang": "", "metric": "f1"},
    ]  # fmt: skip
    pos, nli = value_layouts(rows, ["tag"])
    assert pos.title == "pos, accuracy in percent, test set, trained on en"
    assert pos.header == ["model", "seed", "ar", "fr"]
    assert pos.texts() == [
        ["m", "", "50.0 [40.0, 62.5]", "25.0"],
        ["m", "", "75.0 [40.0, 62.5]", ""],
        ["n", "3", "", "-"],
    ]
    assert nli.title == "nli, f1 in percent, test set"
    assert nli.header == ["model", "ar"]
    assert value_layouts([one | {"tag": t} for t in "ab"], ["tag"])[0].header == ["model", "tag", "ar"]


def test_scores_by_label() -> None:
    # ADJ: one of two found, and one false: precision 1/2, recall 1/2. NOUN: both found, one false.
    pairs = pair_labels([["ADJ", "ADJ", "NOUN"], ["NOUN", "VERB"]], [["ADJ", "NOUN", "NOUN"], ["NOUN", None]])
    scores, mistakes = label_tables("ar test", TASKS["pos"], pairs, "conlleval")
    assert scores == TextTable(
        "ar test: words by label",
        ["label", "gold", "predicted", "right", "precision", "recall", "f1"],
        [
            ["ADJ", "2", "1", "1", "1.000", "0.500", "0.667"],
            ["NOUN", "2", "3", "2", "0.667", "1.000", "0.800"],
            ["VERB", "1", "0", "0", "0.000", "0.000", "0.000"],
        ],
    )
    assert mistakes.title == "ar test: gold labels (lines) by predicted ones"
    assert mistakes.header == ["gold", "ADJ", "NOUN", "VERB", "(none)"]
    assert mistakes.rows == [["ADJ", "1", "1", "0", "0"], ["NOUN", "0", "2", "0", "0"], ["VERB", "0", "0", "0", "1"]]


@pytest.mark.parametrize(("task", "what"), [("ner", "spans by type"), ("nli", "texts by label")])
def test_what_is_counted(task: str, what: str) -> None:
    labels = ["B-PER", "I-PER", "O"] if task == "ner" else ["a", "b", "a"]
    pairs = pair_labels([labels], [labels]) if task == "ner" else pair_labels([[x] for x in labels], [["a"]] * 3)
    table = label_tables("t", TASKS[task], pairs, "conlleval")[0]
    assert table.title == f"t: {what}"
    assert table.rows[0] == (
        ["PER", "1", "1", "1", "1.000", "1.000", "1.000"]
        if task == "ner"
        else ["a", "2", "3", "2", "0.667", "1.000", "0.800"]
    )


def test_of_many_labels_the_most_frequent_mistakes() -> None:
    labels = [f"L{i:02}" for i in range(21)]
    pairs = pair_labels([[*labels, "L03", "L03", "L05"]], [[*labels, "L04", "L04", None]])
    table = label_tables("t", TASKS["pos"], pairs, "conlleval")[1]
    assert (table.title, table.header) == ("t: most frequent mistakes", ["gold", "predicted", "words"])
    assert table.rows == [["L03", "L04", "2"], ["L05", "(none)", "1"]]
