"""Relative change of alignment, over scores, points, and what cannot be told."""

from pathlib import Path
from typing import Any

import pytest

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.files.schemas import CHANGES, SCORES
from xlt.files.tables import open_table
from xlt.report.changes import change_layout
from xlt.study.changes import measure_changes
from xlt.study.correlate import correlate
from xlt.study.options import ChangeOptions, CorrelateOptions
from xlt.study.tables import read_rows


def files(folder: Path, before: float | None, *after: float | None, suffix: str = ".parquet") -> list[str]:
    start = s.base("m")
    names = [s.write(folder / f"b{suffix}", [s.score(start, "ar", before)], [start])]
    for i, value in enumerate(after):
        end = s.tuned(f"m-{i}", start, i)
        names.append(s.write(folder / f"a{i}{suffix}", [s.score(end, "ar", value)], [end]))
    return names


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_by_hand(tmp_path: Path, suffix: str) -> None:
    # (0.1 - 0.2) / 0.2 = -0.5, (0.3 - 0.2) / 0.2 = 0.5, (0.5 - 0.2) / 0.2 = 1.5: mean 0.5, s = 1.
    done = measure_changes(files(tmp_path, 0.2, 0.1, 0.3, 0.5, suffix=suffix))
    (row,) = done.rows
    assert (row["model"], row["recipe"], row["since"], row["task"]) == ("m", "finetune(pos)", "", "pos")
    assert (row["seeds"], row["note"]) == (3, "")
    found = [row[name] for name in ("before", "after", "after_sd", "change", "change_sd")]
    assert found == pytest.approx([0.2, 0.3, 0.2, 0.5, 1.0])
    (row,) = measure_changes(files(tmp_path, 0.2, 0.1, 0.3, 0.5, suffix=suffix), ChangeOptions(ddof=0)).rows
    assert row["change_sd"] == pytest.approx((2 / 3) ** 0.5)


def test_differences_by_hand(tmp_path: Path) -> None:
    # 0.1 - 0.2, 0.3 - 0.2 and 0.5 - 0.2: mean 0.1, s = 0.2.
    names, out = files(tmp_path, 0.2, 0.1, 0.3, 0.5), str(tmp_path / "c.parquet")
    usual = measure_changes(names)
    done = measure_changes(names, ChangeOptions(absolute=True), output=out)
    (row,) = done.rows
    assert [row["difference"], row["difference_sd"]] == pytest.approx([0.1, 0.2])
    assert {name: row[name] for name in usual.rows[0]} == usual.rows[0]
    assert "difference" not in usual.schema.names
    assert done.schema.names == open_table(out, CHANGES).schema.names
    assert {"difference", "difference_sd"} <= set(done.schema.names)
    # What is 0 before has a difference.
    (row,) = measure_changes(files(tmp_path, 0.0, 0.1), ChangeOptions(absolute=True, ddof=0)).rows
    assert (row["difference"], row["difference_sd"], row["change"]) == (pytest.approx(0.1), None, None)
    assert row["note"] == "before is 0; one seed: no deviation"


def test_groups_of_language_pairs(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("src_lang,tgt_lang,group\nar,en,near\n", encoding="utf-8")
    start, end = s.base("m"), s.tuned("f", s.base("m"), 1)
    names = [
        s.write(tmp_path / f"{i}.parquet", [s.score(model, lang, value) for lang in ("ar", "fr")], [model])
        for i, (model, value) in enumerate([(start, 0.2), (end, 0.3)])
    ]
    out = str(tmp_path / "c.parquet")
    done = measure_changes(names, ChangeOptions(groups=tmp_path / "g.csv"), output=out)
    assert [(r["tgt_lang"], r["group"], r["change"]) for r in done.rows] == [
        ("ar", "near", pytest.approx(0.5)), ("fr", "other", pytest.approx(0.5)),
    ]  # fmt: skip
    assert done.summary["language pairs in no group"] == 1
    record = open_table(out).record
    assert record is not None
    assert [i["role"] for i in record["inputs"]] == ["scores", "scores", "groups"]
    assert "groups" not in record["params"]
    # What it wrote is read again, with its column.
    assert read_rows([out], (CHANGES,)).extra[CHANGES.kind] == ["group"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0.0, (0.1, 0.2), {"change": None, "change_sd": None, "note": "before is 0"}),
        (0.2, (0.1,), {"change": -0.5, "change_sd": None, "note": "one seed: no deviation"}),
        (float("nan"), (0.1,), {"change": None, "seeds": 0, "note": "no number in 1 of 1 seeds"}),
        (None, (0.1, 0.2), {"change": None, "note": "no number in 2 of 2 seeds"}),
    ],
)
def test_what_has_no_number(tmp_path: Path, before: Any, after: Any, expected: dict[str, Any]) -> None:
    (row,) = measure_changes(files(tmp_path, before, *after)).rows
    assert {name: row[name] for name in expected} == expected


def test_every_model_that_it_was_made_from(tmp_path: Path) -> None:
    start = s.base("m")
    middle = s.realigned("r", start, 1)
    end = s.tuned("f", middle, 2)
    names = [
        s.write(tmp_path / f"{i}.parquet", [s.score(model, "ar", value)], [model])
        for i, (model, value) in enumerate([(start, 0.2), (middle, 0.4), (end, 0.3)])
    ]
    rows = measure_changes(names).rows
    assert {(r["recipe"], r["since"]): round(r["change"], 9) for r in rows} == {
        ("realign(l2)", ""): 1.0,
        ("realign(l2)+finetune(pos)", ""): 0.5,
        ("realign(l2)+finetune(pos)", "realign(l2)"): -0.25,
    }


def test_points_tell_the_same(tmp_path: Path) -> None:
    made = s.make_methods(tmp_path)
    points = str(tmp_path / "points.parquet")
    options = CorrelateOptions(interval="none")
    correlate([name for names in made.values() for name in names], options, points=points)
    scores = measure_changes([*made["before"], *made["after"]], output=str(tmp_path / "changes.parquet"))
    ours = [{k: v for k, v in row.items() if k != "method"} for row in measure_changes([points]).rows]
    assert sorted(map(str, ours)) == sorted(map(str, scores.rows))
    assert open_table(str(tmp_path / "changes.parquet")).num_rows == len(scores.rows) == 72
    assert measure_changes([points], ChangeOptions(layers="-1,0")).summary["settings"] == 48


def test_what_is_refused(tmp_path: Path) -> None:
    names = files(tmp_path, 0.2, 0.1)
    with pytest.raises(XltError, match="give the scores before and after training"):
        measure_changes(names[:1])
    with pytest.raises(XltError, match=r"layers 3: .* hold 4"):
        measure_changes(names, ChangeOptions(layers="3"))
    with pytest.raises(XltError, match="write 'all', or numbers"):
        measure_changes(names, ChangeOptions(layers="last"))
    end = s.tuned("again", s.base("m"), 0)
    twice = s.write(tmp_path / "twice.parquet", [s.score(end, "ar", 0.3)], [end])
    with pytest.raises(XltError, match=r"2 scores of one setting are of seed 0 \(again, m-0\)"):
        measure_changes([*names, twice])
    other = s.tuned("other", s.base("m"), 5)
    signature = s.SIGNED.format("ar").replace("pool:first", "pool:mean")
    mixed = s.write(tmp_path / "mixed.parquet", [s.score(other, "ar", 0.3, signature=signature)], [other])
    with pytest.raises(XltError, match="'pool' of the score before and after varies"):
        measure_changes([*names, mixed])
    with pytest.raises(XltError, match="holds results; scores or points are expected"):
        measure_changes([s.write(tmp_path / "r.parquet", [s.result(end, "en", 0.5)], [end])])


@pytest.mark.parametrize(
    "other",
    [
        {"measure": "distance", "direction": "both", "strength": ""},
        {"similarity": "csls"},
        {"unit": "sentence"},
        {"candidates": "corpus"},
        {"set": "unseen"},
    ],
)
def test_two_kinds_of_numbers_are_two_changes(tmp_path: Path, other: dict[str, str]) -> None:
    start = s.base("m")
    end = s.tuned("f", start, 1)
    names = []
    for name, model, value, further in (("a", start, 0.2, 0.5), ("b", end, 0.3, 0.25)):
        rows = [s.score(model, "ar", value), s.score(model, "ar", further) | other]
        names.append(s.write(tmp_path / f"{name}.parquet", rows, [model]))
    changes = measure_changes(names, output=str(tmp_path / "c.parquet"))
    column = next(iter(other))
    assert {row[column]: round(row["change"], 9) for row in changes.rows} == {
        s.SCORE.get(column, SCORES.usual(column)): 0.5, other[column]: -0.5,
    }  # fmt: skip
    # And in the table for people each has a line.
    (table,) = [change_layout(changes.rows)]
    assert sorted(cells[0].text for _, cells in table.lines) == ["-0.50 (a)", "0.50 (a)"]
    assert column in table.keys
    again = read_rows([str(tmp_path / "c.parquet")], (CHANGES,)).rows[CHANGES.kind]
    assert [row[column] for row in again] == [row[column] for row in changes.rows]


def test_a_score_before_of_the_same_tags_is_preferred(tmp_path: Path) -> None:
    start = s.base("m")
    before = [s.score(start, "ar", value) | {"corpus": tag} for tag, value in (("", 0.2), ("bible", 0.4))]
    names = [s.write(tmp_path / "before.parquet", before, [start], tags=["corpus"])]
    for seed, tag in ((1, "bible"), (2, ""), (3, "ntrex")):
        end = s.tuned(f"f{seed}", start, seed)
        rows = [s.score(end, "ar", 0.6) | {"corpus": tag}]
        names.append(s.write(tmp_path / f"after-{seed}.parquet", rows, [end], tags=["corpus"]))
    # Where none is of the same tags, one of none serves.
    assert {row["corpus"]: row["before"] for row in measure_changes(names).rows} == {
        "bible": 0.4, "": 0.2, "ntrex": 0.2,
    }  # fmt: skip
