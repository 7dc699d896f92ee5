"""What stands on a page, put together as a notebook does it."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.valid import check_page
from tests.study import study_files as s
from tests.study.item_files import item, scored, write_items
from xlt.errors import OptionError, OutputExistsError, XltError
from xlt.files.markup import visible
from xlt.files.rows import Row
from xlt.report.figures import FIGURES, FigureKind, draw_figure
from xlt.report.html import PROVENANCE
from xlt.report.names import PLAIN, Names
from xlt.report.options import FigureOptions, PageOptions
from xlt.report.page import TABLES, Parts, make_page
from xlt.study.breakdown import break_down
from xlt.study.correlate import correlate
from xlt.study.gather import KINDS
from xlt.study.options import BreakdownOptions, CompareOptions, CorrelateOptions
from xlt.study.tables import read_rows

METHODS = CompareOptions(method=("method",))


WORDS = "What the words mean"
END = [WORDS, PROVENANCE]


def headings(page: Path) -> list[str]:
    return [text for _, text in check_page(page.read_text("utf-8")).all("h2")]


def captions(page: Path) -> list[str]:
    return [text for _, text in check_page(page.read_text("utf-8")).all("h3")]


def test_all_that_the_tables_allow(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made, page = s.make_methods(tmp_path), tmp_path / "page.html"
    items = write_items(tmp_path / "items.parquet", [item(0, 1), item(1, 0)], scored())
    groups = str(tmp_path / "groups.parquet")
    break_down([items], BreakdownOptions(by="script"), output=groups)
    everything = [groups, *(name for names in made.values() for name in names)]
    assert make_page(everything, PageOptions(compare=METHODS), output=page) == {}
    assert headings(page) == [*TABLES, "Groups of words", *END]
    text = page.read_text("utf-8")
    # Every figure is on the page, under its heading.
    for kind in FIGURES.values():
        assert text.count(f"<figcaption>{kind.caption}</figcaption>") == 1
    with pytest.raises(OutputExistsError):
        make_page(everything, output=page)
    assert make_page(made["results"], PageOptions(title="T", compare=METHODS), output=page, force=True) == {}
    assert headings(page) == ["Methods", *END]
    assert "<h1>T</h1>" in page.read_text("utf-8")


def test_a_new_figure_is_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure
    heights: list[int] = []

    def draw(rows: list[Row], names: Names) -> Any:
        heights.append(len(rows))
        return figure(figsize=(1, 1))

    toy = FigureKind(about="", of="comparisons", function=draw, heading="Toys", caption="A toy.")
    monkeypatch.setitem(FIGURES, "toy", toy)
    results, page = s.make_methods(tmp_path)["results"], tmp_path / "page.html"
    make_page(results, PageOptions(compare=METHODS), output=page)
    assert headings(page) == ["Methods", "Toys", *END]
    assert "<figcaption>A toy.</figcaption>" in page.read_text("utf-8")
    draw_figure("toy", results, FigureOptions(compare=METHODS))
    # Two models, three methods, five languages and their average.
    assert heights == [36, 36]


def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    made, page = s.make_methods(tmp_path), tmp_path / "page.html"
    missing = make_page([*made["results"], *made["before"]], PageOptions(compare=METHODS), output=page)
    assert list(missing) == ["change of alignment"]
    assert "no score is of a model made from another" in missing["change of alignment"]
    assert "<li>change of alignment: no score is of a model" in page.read_text("utf-8")
    with pytest.raises(XltError, match="nothing can be reported: no change of alignment: no score is of"):
        make_page(made["before"], output=tmp_path / "none.html")
    with pytest.raises(OptionError, match=r"output page\.pdf: the page is HTML"):
        make_page(made["before"], output=Path("page.pdf"))


ABOUT = "pos, accuracy in percent, test set, trained on en"


def test_a_study_of_one_method_has_its_accuracies(tmp_path: Path) -> None:
    results = [name for name in s.make_methods(tmp_path)["results"] if "-none-" in name]
    page = tmp_path / "page.html"
    assert make_page(results, output=page) == {}
    assert captions(page) == [ABOUT]
    assert re.search(r"<td>\d+\.\d ± \d+\.\d</td>", page.read_text("utf-8"))


def test_a_study_without_a_baseline_has_means(tmp_path: Path) -> None:
    results, page = s.make_methods(tmp_path)["results"], tmp_path / "page.html"
    missing = make_page(results, PageOptions(compare=CompareOptions(method=("method",), baseline="x")), output=page)
    assert missing == {"comparison of methods": "baseline x: there is no such method; there are before, joint, none"}
    assert captions(page) == [ABOUT]
    assert "(a) no baseline" not in page.read_text("utf-8")


def test_points_alone_have_the_accuracies_that_they_were_made_of(tmp_path: Path) -> None:
    made, page, points = s.make_methods(tmp_path), tmp_path / "page.html", str(tmp_path / "p.parquet")
    correlate([name for names in made.values() for name in names], CorrelateOptions(interval="none"), points=points)
    numbers = []
    for names in (made["results"], [points]):
        assert make_page(names, PageOptions(compare=METHODS), output=page, force=True) == {}
        # Accuracies have one digit behind the point, changes two.
        numbers.append(re.findall(r"<td[^>]*>(\d+\.\d ± [^<]*)</td>", page.read_text("utf-8")))
        assert captions(page)[0] == ABOUT
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) > 30


def test_results_without_seeds_stand_as_they_are(tmp_path: Path) -> None:
    rows = [s.result(s.base("m"), lang, 0.5, ci_low=0.25, ci_high=0.75) for lang in ("en", "ar")]
    page = tmp_path / "page.html"
    missing = make_page([s.write(tmp_path / "r.parquet", rows)], output=page)
    assert list(missing) == ["comparison of methods"]
    assert captions(page) == [", ".join(["", *ABOUT.split(", ")[1:]]).removeprefix(", ")]
    assert page.read_text("utf-8").count("<td>50.0 [25.0, 75.0]</td>") == 2


HOSTILE = ["<script>alert(1)</script>", "a\x1b[31m\"b'", "&lt;", "x" * 200, "\u202eab", "</td></table>", "]]>", "__"]


def test_hostile_names_are_text(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    start = s.base("org/<b>m</b>")
    end = s.tuned("<i>" + "y" * 200, start, 1)
    places = [{"layer": 0, "depth": -5}, {"layer": 4, "depth": -1}]
    scores = [s.score(model, lang, 0.5, **at) for model in (start, end) for lang in HOSTILE for at in places]
    results = [s.result(end, lang, 0.25 + i / 100) for i, lang in enumerate(["en", *HOSTILE])]
    names = [s.write(tmp_path / "s.parquet", scores, [start, end]), s.write(tmp_path / "r.parquet", results, [end])]
    page = tmp_path / "page.html"
    assert make_page(names, PageOptions(title="<x>\x1b\udcff"), output=page) == {}
    checked = check_page(page.read_text("utf-8"))
    assert len(checked.all("svg")) == 3
    assert not {"b", "i", "img"} & {tag for tag, _ in checked.elements}
    texts = {text for tag in ("th", "td", "title", "dd", "h1") for _, text in checked.all(tag)}
    for name in (*HOSTILE, "<x>\x1b\udcff"):
        assert visible(name) in texts


def test_layers_of_points_and_changes_but_not_of_the_figure(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made = s.make_methods(tmp_path)
    read = read_rows([name for names in made.values() for name in names], KINDS)
    parts = Parts(read, PageOptions(layers="0", compare=METHODS), PLAIN)
    assert {row["layer"] for row in parts.rows("changes").rows} == {0, 2, 4}
    assert {row["layer"] for rows in parts.rows("panels").groups.values() for row in rows} == {0}
    assert parts.rows("correlations") is None
    # Two figures of one page share no name.
    one, other = (parts.figures("layers")[0][1] for _ in range(2))
    assert 'id="f1-' in one
    assert 'id="f1-' not in other


def test_a_figure_over_layers_needs_two(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    start = s.base("m")
    end = s.tuned("f", start, 1)
    names = [s.write(tmp_path / f"{m.name}.parquet", [s.score(m, "ar", 0.2)], [m]) for m in (start, end)]
    assert make_page(names, output=tmp_path / "page.html") == {}
    assert "<svg" not in (tmp_path / "page.html").read_text("utf-8")
