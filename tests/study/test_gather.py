"""What pages and figures are made of, out of tables that hold it or scores and results that it is made from."""

from pathlib import Path
from typing import Any

import pytest

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.files.schemas import CORRELATIONS
from xlt.files.tables import open_table
from xlt.study.changes import measure_changes
from xlt.study.comparisons import compare_methods
from xlt.study.correlate import correlate
from xlt.study.gather import KINDS, SOURCES, Part, collect_correlations, with_results
from xlt.study.options import CompareOptions, CorrelateOptions, TransferOptions
from xlt.study.tables import read_rows

COMPARE = CompareOptions(method=("method",))


def part(name: Part, tables: list[str], layers: str = "all") -> Any:
    source = SOURCES[name]
    return source.make(read_rows(tables, source.kinds), COMPARE, layers)


@pytest.fixture
def made(tmp_path: Path) -> dict[str, list[str]]:
    return s.make_methods(tmp_path)


def without_place(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "where"} for row in rows]


def test_a_table_and_what_it_was_made_from_give_the_same(tmp_path: Path, made: dict[str, list[str]]) -> None:
    scores, all_tables = [*made["before"], *made["after"]], [name for names in made.values() for name in names]
    files = {name: str(tmp_path / f"{name}.parquet") for name in ("c", "m", "p")}
    measure_changes(scores, output=files["c"])
    compare_methods(made["results"], TransferOptions(compare=COMPARE), output=files["m"])
    correlate(all_tables, CorrelateOptions(interval="none"), points=files["p"])
    changes = part("changes", scores).rows
    assert [row["unit"] for row in changes] == ["word"] * len(changes)
    assert without_place(part("changes", [files["c"]]).rows) == changes
    assert without_place(part("comparisons", [files["m"]])) == part("comparisons", made["results"])
    for layers in ("-1", "0"):
        ours, known = part("panels", all_tables, layers), part("panels", [files["p"]], layers)
        assert (ours.keys, list(ours.groups)) == (known.keys, list(known.groups))
        assert [without_place(rows) for rows in known.groups.values()] == list(ours.groups.values())


def test_panels_hold_one_kind_of_points(tmp_path: Path) -> None:
    end = s.tuned("p", s.base("xlmr"), 1)
    for i, other in enumerate(({"measure": "cka", "direction": "both", "strength": ""}, {"unit": "sentence"})):
        rows = [s.score(end, "ar", 0.1), s.score(end, "ar", 0.9) | other]
        names = [
            s.write(tmp_path / f"s{i}.parquet", rows),
            s.write(tmp_path / f"r{i}.parquet", [s.result(end, lang, 0.4) for lang in ("en", "ar")], [end]),
        ]
        panels = part("panels", names, "-1")
        assert sorted(len(rows) for rows in panels.groups.values()) == [1, 1]
        assert next(iter(other)) in panels.keys


def test_one_setting_twice_is_refused(tmp_path: Path, made: dict[str, list[str]]) -> None:
    names = [str(tmp_path / f"{i}.parquet") for i in range(2)]
    for name in names:
        measure_changes([*made["before"], *made["after"]], output=name)
    with pytest.raises(XltError, match=r"changes of one setting stand in .*0\.parquet and in .*1\.parquet: give one"):
        part("changes", names)


def test_which_tables_are_enough(made: dict[str, list[str]]) -> None:
    source = SOURCES["panels"]
    assert [kind.kind for kind in source.kinds] == ["scores", "results", "points"]
    assert not source.is_in(read_rows(made["before"], source.kinds))
    assert source.is_in(read_rows([*made["before"], *made["results"]], source.kinds))
    assert SOURCES["changes"].is_in(read_rows(made["before"], source.kinds))


def test_correlations_together(tmp_path: Path, made: dict[str, list[str]]) -> None:
    all_tables = [name for names in made.values() for name in names]
    names = [str(tmp_path / f"{by}.parquet") for by in ("stage", "depth")]
    for name, by in zip(names, (("stage", "depth"), ("depth", "stage", "recipe")), strict=True):
        correlate(all_tables, CorrelateOptions(by=by, across=("scored", "method", "recipe")[: 4 - len(by) + 1],
                                               interval="none"), output=name)  # fmt: skip
    collection = collect_correlations(names, output=str(tmp_path / "all.parquet"))
    assert len(collection.rows) == sum(open_table(name).num_rows or 0 for name in names)
    assert collection.schema.names[:3] == ["stage", "depth", "recipe"]
    assert "p_adjusted" not in collection.schema.names
    CORRELATIONS.check(open_table(str(tmp_path / "all.parquet")).schema, "all")
    with pytest.raises(XltError, match=r"holds scores: correlate them first, 'xlt correlate -o"):
        collect_correlations(made["before"])


def test_results_that_points_were_made_of(tmp_path: Path) -> None:
    study, name = s.make_study(tmp_path), str(tmp_path / "points.parquet")
    correlate(study.all, CorrelateOptions(interval="none"), points=name)
    read = with_results(read_rows([name], KINDS))
    results = {(row["model"], row["seed"], row["lang"]): row["value"] for row in read.rows["results"]}
    assert len(read.rows["results"]) == len(results) == 2 * 2 * 5
    for (model, lang, seed), ctl in study.ctl.items():
        assert results[f"{model}-{seed}", seed, "en"] == 0.8
        assert results[f"{model}-{seed}", seed, lang] == pytest.approx(0.8 * (1 + ctl))
    # Results that were given are those that count.
    both = read_rows([name, *study.results], KINDS)
    assert with_results(both) is both
    nothing = read_rows(study.after, KINDS)
    assert with_results(nothing) is nothing
