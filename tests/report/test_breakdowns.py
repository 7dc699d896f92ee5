"""Scores of groups as a table: columns, order of groups, names."""

import pytest

from xlt.errors import XltError
from xlt.report.breakdowns import breakdown_layouts

ROW = {
    "model": "a/m", "recipe": "r", "task": "", "seed": None, "measure": "accuracy", "similarity": "csls",
    "strength": "weak", "layer": 4, "depth": -1, "src_lang": "en", "tgt_lang": "fr", "direction": "src-tgt",
    "key": "tag", "group": "ALL", "group_kind": "", "low": None, "high": None, "n": 1234, "value": 0.25, "se": 0.0625,
}  # fmt: skip


def test_groups_in_order_and_directions_side_by_side() -> None:
    rows = [
        ROW, ROW | {"group": "NUM", "group_kind": "overlap"}, ROW | {"group": "average", "group_kind": "overlap"},
        ROW | {"group": "X", "n": 5}, ROW | {"direction": "mean", "n": 2468, "value": 0.5, "se": None},
        # Of another pair a tag that the first has not.
        ROW | {"tgt_lang": "de", "group": "PUNCT", "group_kind": "overlap", "n": 7},
    ]  # fmt: skip
    (table,) = breakdown_layouts(rows)
    assert table.title == (
        "Scores by tag, model m, recipe r, measure accuracy, similarity csls, strength weak, depth -1"
    )
    assert table.header == ["group", "en-de src-tgt", "en-de n", "en-fr src-tgt", "en-fr mean", "en-fr n"]
    some = "0.250 ± 0.062"
    assert table.texts() == [
        ["ALL", "", "", some, "0.500", "2,468"],
        ["NUM", "", "", some, "", ""],
        ["PUNCT", some, "7", "", "", ""],
        ["average (overlap)", "", "", some, "", ""],
        ["X", "", "", some, "", ""],
    ]


def test_bins_ascend_and_keys_have_tables_of_their_own() -> None:
    bins = [("[0, 1)", 0.0), ("[1, 3)", 1.0), ("< 0", None)]
    rows = [ROW | {"key": "overlap", "group": name, "low": low} for name, low in bins]
    tables = breakdown_layouts([ROW, ROW | {"layer": 2, "depth": -3}, *rows])
    assert [table.title.partition(",")[0] for table in tables] == ["Scores by tag", "Scores by overlap"]
    assert [head for head, _ in tables[0].lines] == [["-1", "ALL"], ["-3", "ALL"]]
    assert [head for head, _ in tables[1].lines] == [["< 0"], ["[0, 1)"], ["[1, 3)"]]


def test_two_scores_of_one_group() -> None:
    with pytest.raises(XltError, match="m, en-fr: two scores of the group ALL"):
        breakdown_layouts([ROW, ROW])
