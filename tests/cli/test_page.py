"""``xlt report html``: the page is whole, and says what it lacks."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Call, names
from tests.report.browser import PROGRAM, Browser
from tests.report.valid import check_page

Made = dict[str, list[str]]


def test_without_matplotlib(call: Call, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    call("report", "html", "-o", "x.html", *made["results"])
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<svg" not in page
    assert "pip install" in page


@pytest.fixture
def page(call: Call, made: Made, correlated: str, tmp_path: Path) -> Path:
    pytest.importorskip("matplotlib")
    tables = sorted(name for name in names(tmp_path) if name.endswith(".parquet") and name != "p.parquet")
    done = call("report", "html", "--method", "method", "--title", "A <study>", "-o", "page.html", *tables)
    assert done == (0, "page.html\n", "")
    return tmp_path / "page.html"


def test_the_page_is_whole_and_needs_no_network(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    checked = check_page(text)
    assert len(checked.all("svg")) == len(checked.all("figure")) == 3
    assert sum("table" in about.get("class", "").split() for about, _ in checked.all("div")) == 4
    assert checked.all("h1")[0][1] == "A <study>"
    assert "c.parquet (correlations, sha256 " in text
    facts = dict(zip(*([text for _, text in checked.all(tag)] for tag in ("dt", "dd")), strict=True))
    assert facts["Seeds"] == "31, 42, 66"
    assert {"weak, strong", "CSLS", "CTL, cross-lingual transfer", "signature"} <= set(facts)
    assert checked.all("pre")[0][1].splitlines()[-1].startswith("xlt report html --method method --title 'A <study>'")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH: the page is not opened")
    try:
        opened = Browser(tmp_path / "profile")
    except (OSError, EOFError):
        pytest.skip("the browser that is here does not start: the page is not opened")
    yield opened
    opened.close()


# Of what a page shows, what reaches beyond the window and is not in a box that scrolls.
CUT_OFF = """[...document.querySelectorAll("body *")].filter((e) =>
  e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, #tip")).map((e) => e.outerHTML)"""
FIRST = "[...document.querySelector('tbody').rows].map((row) => row.cells[{}].textContent)"


def test_nothing_is_cut_off_and_the_policy_holds(page: Path, browser: Browser) -> None:
    for width in (1280, 400):
        for dark in (False, True):
            browser.open(page, width, dark=dark)
            assert browser.ask("document.documentElement.scrollWidth") <= width
            assert browser.ask(CUT_OFF) == []
    colour = "getComputedStyle(document.querySelector('svg text')).fill"
    dark_text = browser.ask(colour)
    browser.open(page, 400)
    assert browser.ask(colour) != dark_text
    # What is wider than the window is said to be.
    hint = "getComputedStyle(document.querySelector('.over > .hint')).display"
    assert browser.ask(hint) == "block"
    first = "document.querySelector('tbody th').getBoundingClientRect().left"
    assert browser.ask(f"document.querySelector('.table .scroll').scrollLeft = 99, {first}") >= 0
    # On paper there is no window to scroll.
    browser.call("Emulation.setDeviceMetricsOverride", width=680, height=900, deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", media="print")
    hints = "[...document.querySelectorAll('.hint')].map((hint) => getComputedStyle(hint).display)"
    assert set(browser.ask(hints)) == {"none"}
    right = "Math.max(...[...document.querySelectorAll('table')].map((t) => t.getBoundingClientRect().right))"
    assert browser.ask(right) <= 680
    # What the page itself complains of: nothing against its policy, no fault of its script.
    assert browser.complaints == []


def test_tables_are_sorted_by_their_heads(page: Path, browser: Browser) -> None:
    browser.open(page)
    as_written = browser.ask(FIRST.format(2))
    head = "document.querySelector('th[data-column=\"2\"]')"
    browser.ask(f"{head}.querySelector('button').focus()")
    rising, falling = (sorted(as_written, key=lambda t: float(t.split()[0]), reverse=r) for r in (False, True))
    for order, told in ((rising, "ascending"), (falling, "descending"), (as_written, "none")):
        browser.key("Enter")
        assert browser.ask(FIRST.format(2)) == order
        assert browser.ask(f"{head}.getAttribute('aria-sort')") == told
    # Each line is about the same model and method as before.
    assert len(set(browser.ask(FIRST.format(0)))) == 2
    browser.ask("document.querySelector('th[data-column=\"1\"] button').click()")
    methods = browser.ask(FIRST.format(1))
    assert methods == sorted(methods)
    assert browser.complaints == []


def test_points_tell_what_they_are(page: Path, browser: Browser) -> None:
    browser.open(page)
    tip = "document.querySelector('#tip:not([hidden])')?.textContent ?? ''"
    where = """(() => { const svg = document.querySelectorAll('svg')[1]; svg.scrollIntoView();
      const box = svg.querySelector('use.told').getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2]; })()"""
    x, y = browser.ask(where)
    assert browser.ask(tip) == ""
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    told = browser.ask(tip)
    assert re.fullmatch(r"\w+, \w+, seed \d+\nalignment -?\d\.\d{3}, ctl -?\d\.\d{3}", told)
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    assert browser.ask(tip) == ""
    # The same by keys.
    browser.ask("document.querySelectorAll('svg')[1].focus()")
    words = set()
    for _ in range(3):
        browser.key("ArrowRight")
        words.add(browser.ask(tip))
    assert len(words) == 3
    browser.key("Escape")
    assert browser.ask(tip) == ""
    assert browser.complaints == []


def test_what_is_missing_is_said(call: Call, made: Made, tmp_path: Path) -> None:
    one = [name for name in made["results"] if "-none-" in name]
    done = call("report", "html", "-o", "x.html", *one, *made["before"], status=0)
    assert done.err.startswith("xlt: warning: no change of alignment: no score is of a model")
    assert "What is not here" in (tmp_path / "x.html").read_text(encoding="utf-8")
    refused = call("report", "html", "-o", "y.html", *made["before"], status=2)
    assert refused.err.startswith("xlt: error: nothing can be reported: no change of alignment: no score is of")
    assert refused.err.count("\n") == 1
    assert call("report", "html", "-o", "y.pdf", *one, status=2).err.endswith("name it .html\n")


def test_intervals_of_two_kinds_on_one_page(call: Call, made: Made, correlated: str, tmp_path: Path) -> None:
    call(
        "correlate",
        "-q",
        "--interval",
        "cluster:model,lang",
        "-o",
        "d.csv",
        *[n for those in made.values() for n in those],
    )
    shown = call("report", "correlations", correlated, "d.csv").out
    titles = [line for line in shown.splitlines() if line.startswith("Correlation of")]
    assert [re.findall("interval [^,]+", title) for title in titles] == [["interval cluster:model"], ["interval none"]]
    done = call("report", "html", "-o", "x.html", correlated, "d.csv")
    assert done == (0, "x.html\n", "")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert len(re.findall("<h3 [^>]*>Correlation of", page)) == 2
    # One correlation twice: it is said, and the rest of the page is there.
    shutil.copy(tmp_path / "d.csv", tmp_path / "e.csv")
    said = "d.csv and e.csv: two correlations for one cell, with the same signature"
    assert said in call("report", "correlations", "d.csv", "e.csv", status=2).err
    done = call("report", "html", "-o", "y.html", "--method", "method", "d.csv", "e.csv", *made["results"])
    assert f"xlt: warning: no table of correlations: {said}" in done.err
    page = (tmp_path / "y.html").read_text(encoding="utf-8")
    assert f"<li>table of correlations: {said}" in page
    assert ">Methods</h2>" in page
    assert "Alignment and transfer</h2>" not in page
    refused = call("report", "html", "-o", "z.html", "d.csv", "e.csv", status=2).err
    assert f"error: nothing can be reported: no table of correlations: {said}" in refused


def test_imported_scores_that_know_depths_only(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    columns = [f"alignment_{stage}_fwd_{lang}_{n}" for stage in ("before", "after") for lang in ("ar", "fr")
               for n in (-3, -2, -1)]  # fmt: skip
    lines = [f"m,udpos,{seed}," + ",".join(f"0.{i + 1:02}" for i in range(12)) for seed in (1, 2)]
    (tmp_path / "w.csv").write_text("\n".join([",".join(["model", "task", "seed", *columns]), *lines]) + "\n")
    call("import", "wide", "-q", "w.csv")
    call("report", "html", "-o", "x.html", "w.scores.parquet")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert "layer, counted from the end" in page
    # A layer that is not there: no table, and the figure all the same.
    done = call("report", "html", "-o", "y.html", "--layers=-9", "w.scores.parquet")
    assert "no table of changes: layers -9: there is nothing of these" in done.err
    assert (tmp_path / "y.html").read_text(encoding="utf-8").count("<svg") == 1
