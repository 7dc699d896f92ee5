"""Methods against a baseline as tables, in percent."""

from xlt.report.comparisons import average_layout, comparison_layouts

COMPARED = {
    "task": "pos", "train_lang": "en", "split": "test", "metric": "accuracy", "model": "a/m", "method": "none",
    "lang": "ar", "seeds": 3, "mean": 0.51, "sd": 0.013, "baseline": "none", "pairs": None, "difference": None,
    "ci_low": None, "ci_high": None, "p": None, "shade": "", "note": "",
}  # fmt: skip
JOINT = COMPARED | {
    "method": "joint",
    "mean": 0.5,
    "pairs": 3,
    "difference": -0.01,
    "ci_low": -0.03,
    "ci_high": 0.01,
    "shade": "light",
}


def test_comparisons() -> None:
    rows = [COMPARED, COMPARED | {"lang": "average"}, JOINT, JOINT | {"lang": "average", "ci_low": None, "note": "n"}]
    means, differences = comparison_layouts(rows)
    assert means.header == ["model", "method", "ar", "average"]
    assert means.texts() == [
        ["m", "none", "51.0 ± 1.3", "51.0 ± 1.3"],
        ["", "joint", "50.0 ± 1.3 ~", "50.0 ± 1.3 (a) ~"],
    ]
    assert differences.texts() == [["m", "joint", "-1.0 [-3.0, +1.0]", "-1.0 (a)"]]
    assert "paired t-test" in differences.notes[0]
    assert average_layout([*rows, *(row | {"task": "ner"} for row in rows)]).header == ["model", "method", "pos", "ner"]


def test_a_table_for_each_task_and_lines_for_each_model() -> None:
    rows = [COMPARED, JOINT, COMPARED | {"model": "b/n", "mean": None, "sd": None, "note": "no result"}]
    tables = comparison_layouts([*rows, COMPARED | {"task": "ner", "metric": "f1"}])
    about = "pos, accuracy in percent, test set, trained on en"
    assert [table.title for table in tables] == [
        about,
        f"{about}: difference to none over the same seeds, in percentage points",
        # There is nothing to compare with the baseline.
        "ner, f1 in percent, test set, trained on en",
    ]
    assert tables[0].texts()[2] == ["n", "none", "- (a)"]
    assert tables[0].notes == ["Mean ± standard deviation (ddof 1) over seeds", "(a) no result"]
    assert tables[1].texts() == [["m", "joint", "-1.0 [-3.0, +1.0]"]]


def test_averages_name_what_varies() -> None:
    rows = [row | {"lang": "average"} for row in (COMPARED, JOINT, COMPARED | {"task": "ner", "metric": "f1"})]
    table = average_layout([*rows, COMPARED], ddof=0)
    assert table.header == ["model", "method", "pos, accuracy", "ner, f1"]
    assert table.texts() == [["m", "none", "51.0 ± 1.3", "51.0 ± 1.3"], ["", "joint", "50.0 ± 1.3 ~", ""]]
    assert table.notes[0] == "Mean ± standard deviation (ddof 0) over seeds"
