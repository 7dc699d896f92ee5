"""Relative change as a table: a column a language pair, notes, and what stands in the title."""

from xlt.report.changes import change_layout, plus_minus

CHANGE = {
    "task": "pos", "model": "a/m", "recipe": "r", "since": "", "measure": "accuracy", "similarity": "cosine",
    "strength": "strong", "direction": "src-tgt", "depth": -1, "layer": 4, "src_lang": "en", "tgt_lang": "ar",
    "seeds": 3, "change": -0.001, "change_sd": 0.25, "note": "",
}  # fmt: skip


def test_changes() -> None:
    rows = [CHANGE, CHANGE | {"depth": -2, "change": None, "change_sd": None, "note": "before is 0"}]
    table = change_layout([*rows, CHANGE | {"tgt_lang": "fr"}])
    assert table.header == ["depth", "en-ar", "en-fr"]
    assert table.texts() == [["-1", "0.00 ± 0.25", "0.00 ± 0.25"], ["-2", "- (a)", ""]]
    assert table.notes == ["Mean ± standard deviation over 3 seeds", "(a) before is 0"]
    assert table.title == (
        "Relative change of alignment, (after - before) / before, task pos, model m, recipe r, measure accuracy, "
        "similarity cosine, strength strong, direction src-tgt"
    )


def test_differences() -> None:
    table = change_layout([CHANGE | {"difference": -0.1234, "difference_sd": 0.02}], absolute=True)
    assert table.texts() == [["-0.123 ± 0.020"]]
    assert table.title.startswith("Change of alignment, after - before, task pos, ")


def test_tags_and_numbers_of_seeds() -> None:
    rows = [CHANGE | {"method": "none", "seeds": 2}, CHANGE | {"method": "joint", "change": 0.5, "model": "a/n"}]
    table = change_layout(rows, ["method"])
    assert table.header == ["model", "method", "en-ar"]
    assert table.texts() == [["m", "none", "0.00 ± 0.25"], ["n", "joint", "0.50 ± 0.25"]]
    assert table.notes == ["Mean ± standard deviation over 2 to 3 seeds"]
    assert change_layout([CHANGE | {"seeds": 1}]).notes == ["Mean ± standard deviation over 1 seed"]


def test_unknown_languages_among_known_ones() -> None:
    assert change_layout([CHANGE, CHANGE | {"src_lang": None, "tgt_lang": None}]).heads == [("",), ("en-ar",)]


def test_a_mean_with_its_deviation() -> None:
    assert plus_minus(0.125, 0.5, ".1f") == "0.1 ± 0.5"
    assert plus_minus(-0.001, None, "z.2f") == "0.00"
    assert plus_minus(None, None, ".1f") == "-"
