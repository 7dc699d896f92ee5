"""``xlt report html``: the page is whole, and says what it lacks."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.cli.conftest import Call, names

Made = dict[str, list[str]]


def test_without_matplotlib(call: Call, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    call("report", "html", "-o", "x.html", *made["results"])
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<svg" not in page
    assert "pip install" in page


class Page(HTMLParser):
    """What stands in a page, and whether its elements are closed."""

    VOID = ("meta", "br", "path", "use", "rect")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "xlink:href"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture
def page(call: Call, made: Made, correlated: str, tmp_path: Path) -> Path:
    pytest.importorskip("matplotlib")
    tables = sorted(name for name in names(tmp_path) if name.endswith(".parquet") and name != "p.parquet")
    done = call("report", "html", "--method", "method", "--title", "A <study>", "-o", "page.html", *tables)
    assert done == (0, "page.html\n", "")
    return tmp_path / "page.html"


def test_the_page_is_whole_and_needs_no_network(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = Page()
    found.feed(text)
    assert found.open == []
    assert found.count["svg"] == found.count["figure"] == 3
    assert found.count["table"] == 4
    assert "script" not in found.count
    assert all(link.startswith("#") for link in found.links)
    assert {link[1:] for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert "<h1>A &lt;study&gt;</h1>" in text
    assert "Where the numbers come from" in text
    assert "c.parquet (correlations, sha256 " in text


def test_a_browser_opens_the_page(page: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH: the page is not opened")
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
        "--virtual-time-budget=2000", f"--user-data-dir={page.parent / 'profile'}", "--dump-dom",
    ]  # fmt: skip

    def opened(address: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [browser, *options, address],
            capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120,
        )  # fmt: skip

    try:
        if opened("about:blank").returncode:
            pytest.skip("the browser that is here does not start: the page is not opened")
    except subprocess.TimeoutExpired:
        pytest.skip("the browser that is here does not start: the page is not opened")
    done = opened(page.as_uri())
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(re.findall(r"<figure>\s*<svg", done.stdout)) == 3
    assert "</figure>" in done.stdout
    # What the page itself complains of stands there as CONSOLE.
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []


def test_what_is_missing_is_said(call: Call, made: Made, tmp_path: Path) -> None:
    one = [name for name in made["results"] if "-none-" in name]
    done = call("report", "html", "-o", "x.html", *one, *made["before"], status=0)
    assert done.err.startswith("xlt: warning: no change of alignment: no score is of a model")
    assert "What is not here" in (tmp_path / "x.html").read_text(encoding="utf-8")
    refused = call("report", "html", "-o", "y.html", *made["before"], status=2)
    assert "xlt: error: nothing can be reported: no change of alignment: no score is of" in refused.err
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
    assert page.count("<caption>Correlation of") == 2
    # One correlation twice: it is said, and the rest of the page is there.
    shutil.copy(tmp_path / "d.csv", tmp_path / "e.csv")
    said = "d.csv and e.csv: two correlations for one cell, with the same signature"
    assert said in call("report", "correlations", "d.csv", "e.csv", status=2).err
    done = call("report", "html", "-o", "y.html", "--method", "method", "d.csv", "e.csv", *made["results"])
    assert f"xlt: warning: no table of correlations: {said}" in done.err
    page = (tmp_path / "y.html").read_text(encoding="utf-8")
    assert f"<li>table of correlations: {said}" in page
    assert '<h2 id="s0">Methods</h2>' in page
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
