"""A name that would do something, through every printer: what is read back is the name, and nothing was done."""

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Call
from tests.report.valid import check_page
from tests.study import study_files as s
from xlt.files.markup import html_text, latex_text, markdown_text, visible
from xlt.files.provenance import Input
from xlt.files.rows import Row

# Colours, a bell, lines, markup of all kinds, text that turns round, a C1 control.
NAME = "\x1b[31m\x07a|b\nc\r<b>&amp;<b>[x](y)*\u202e$x_1$ #%{}~^\\input{z}\x9b"
FORMULA = "=cmd|' /C calc'!A0"
METHODS = (NAME, FORMULA)
COMPARED = ("--method", "method", "--baseline", FORMULA)
# What a terminal obeys, XML cannot hold, and lines end by for some reader.
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture
def study(tmp_path: Path) -> dict[str, list[str]]:
    """Models, a tag and files with these names; two seeds of two methods, at two layers."""
    start = s.base(NAME)
    places = [{"layer": 0, "depth": -5}, {"layer": 4, "depth": -1}]
    # Bars part what a signature says.
    langs = ("ar", "es", "fr", NAME.replace("|", ""))
    made: dict[str, list[str]] = {"before": [], "after": [], "results": []}

    def scores(model: Input, gain: float) -> list[Row]:
        return [s.score(model, la, 0.1 + i / 10 + gain, **at) for i, la in enumerate(langs) for at in places]

    made["before"].append(s.write(tmp_path / f"{NAME}.parquet", scores(start, 0), [start]))
    for m, method in enumerate(METHODS):
        for seed in (1, 2):
            end = s.tuned(f"{NAME}{m}{seed}", start, seed)
            rows = [
                s.result(end, lang, 0.5 + (i + m) / 20 + seed / 100) | {"method": method}
                for i, lang in enumerate(("en", *langs))
            ]
            if m == 0:
                made["after"].append(s.write(tmp_path / f"{NAME}{seed}.parquet", scores(end, 0.1 * seed), [end]))
            made["results"].append(s.write(tmp_path / f"{NAME}{m}{seed}r.parquet", rows, [end], tags=["method"]))
    return {kind: [Path(name).name for name in names] for kind, names in made.items()}


def check_lines(text: str) -> None:
    assert not _OBEYED.search(text), _OBEYED.search(text)


def check_markdown(text: str) -> None:
    check_lines(text)
    assert "<b>" not in text
    widths = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in text.split("\n") if line.startswith("|")]
    assert widths
    assert set(widths) == {widths[0]} or "\n\n" in text


def test_tables(call: Call, study: dict[str, list[str]]) -> None:
    every = [*study["before"], *study["after"], *study["results"][:2]]
    call("correlate", "-q", "--interval", "none", "-o", "c.parquet", "--points", "p.parquet", *every)
    commands = (
        (["correlate", "--interval", "none", *every], "model", None),
        (["correlate", "--interval", "none", "--by", "model,depth,stage,scored", *every], "model", visible(NAME)),
        (["report", "change", *study["before"], *study["after"]], "model", visible(NAME)),
        (["report", "transfer", *COMPARED, *study["results"]], "method", visible(NAME)),
        (["report", "correlations", "c.parquet"], "depth", None),
        (["show", study["results"][0]], "method", visible(NAME)),
        (["show", "p.parquet"], "model", visible(NAME)),
    )  # fmt: skip
    for command, column, shown in commands:
        done = call(*command)
        check_lines(done.out + done.err)
        if shown is not None:
            assert shown in done.out, command
        done = call(*command, "--format", "md")
        check_markdown(done.out)
        check_lines(done.err)
        if shown is not None:
            assert markdown_text(NAME) in done.out, command
        for form in ("csv", "jsonl"):
            done = call(*command, "--format", form)
            check_lines(done.err)
            rows = (
                list(csv.DictReader(io.StringIO(done.out)))
                if form == "csv"
                else list(map(json.loads, done.out.splitlines()))
            )
            assert rows
            if shown is not None:
                assert NAME in {row[column] for row in rows}, (command, form)
            if form == "jsonl":
                check_lines(done.out)


def test_files_for_people(call: Call, study: dict[str, list[str]], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    scores, results = [*study["before"], *study["after"]], study["results"]
    for suffix in ("md", "tex"):
        for kind, arguments in (("change", scores), ("transfer", [*COMPARED, *results])):
            call("report", kind, "-o", f"{kind}.{suffix}", *arguments)
        call("convert", results[0], f"table.{suffix}")
        for name in ("change", "transfer", "table"):
            text = (tmp_path / f"{name}.{suffix}").read_text(encoding="utf-8")
            check_lines(text)
            assert (latex_text if suffix == "tex" else markdown_text)(NAME) in text
            if suffix == "md":
                check_markdown(text)
            else:
                # Nothing of the name is a command, a column or a comment.
                assert not re.search(r"\\input|\\x|(?<!\\)[#%$]x|\^\\", text)
    for kind, arguments in (
        ("layers", scores),
        ("transfer", [*scores, *results]),
        ("bars", [*COMPARED, *results]),
    ):
        call("report", "figure", kind, "-o", f"{kind}.svg", *arguments)
        check_lines((tmp_path / f"{kind}.svg").read_text(encoding="utf-8"))
        ElementTree.parse(tmp_path / f"{kind}.svg")
    done = call("report", "html", "-o", "page.html", *COMPARED, *scores, *results)
    check_lines(done.out + done.err)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    check_lines(page)
    assert html_text(NAME) in page
    assert not {"b", "img"} & {tag for tag, _ in check_page(page).elements}


def test_messages(call: Call, study: dict[str, list[str]], tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.txt").write_text(f"{NAME}\n", encoding="utf-8")
    for command in (
        ["show", f"{NAME}.none"],
        ["convert", study["before"][0], f"{NAME}.none"],
        ["report", "change", f"{NAME}.txt"],
        ["report", "change", *study["results"]],
        ["report", "transfer", "--method", NAME, *study["results"]],
        ["report", "transfer", "--method", "method", "--baseline", NAME + "x", *study["results"]],
        ["report", "correlations", "--columns", NAME, *study["results"]],
        ["correlate", "--by", NAME, *study["before"], *study["after"], *study["results"]],
        ["correlate", "--tag", f"{NAME}=x", *study["before"]],
        ["extract-pairs", "--corpus", f"{NAME}.txt", "--dict", f"{NAME}.txt", "-o", "x.parquet", "en", "fr"],
        ["extract-pairs", "--corpus", f"{NAME}.txt", "--dict", f"{NAME}.txt", "-o", "x.parquet", NAME, "fr"],
        ["align-score", f"{NAME}.txt", study["before"][0]],
        ["eval", "--from", study["before"][0]],
        ["eval", NAME, NAME],
        ["aer", f"{NAME}.txt", f"{NAME}.txt"],
        ["import", "wide", f"{NAME}.txt"],
        ["data", "show", NAME],
        [NAME],
    ):
        done = call(*command, status=2)
        assert done.err.count("\n") == 1, (command, done.err)
        check_lines(done.err)
        assert done.out == ""
    done = call("check", *study["before"])
    check_lines(done.err)
    check_lines(done.out.replace(study["before"][0], ""))
