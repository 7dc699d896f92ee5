"""``xlt report``: tables in all formats, and one line for all that is wrong."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.cli.conftest import Call, names
from tests.cli.test_eval import table
from tests.study import study_files as s
from tests.study.item_files import both_ways, item, scored, write_items

Made = dict[str, list[str]]


def test_tables_for_people(call: Call, made: Made, correlated: str) -> None:
    done = call("report", "change", "--layers", "-1", *made["before"], *made["after"])
    assert "Relative change of alignment, (after - before) / before, task pos, " in done.out
    assert re.search(r"report change\n  scores before and after +72\n", done.err)
    assert "Mean ± standard deviation over 3 seeds" in done.out
    Path("g.csv").write_text("src_lang,tgt_lang,group\nen,ar,far\nen,zh,far\n", encoding="utf-8")
    grouped = call("report", "change", "--groups", "g.csv", "--layers", "-1", *made["before"], *made["after"])
    assert re.search(r"┃ group ", grouped.out)
    assert re.search(r"language pairs in no group +2\n", grouped.err)
    refused = call("report", "change", "--groups", "h.csv", *made["before"], *made["after"], status=2)
    assert refused.err == "xlt: error: --groups h.csv: no such file\n"
    absolute = call("report", "change", "-q", "--absolute", "--layers", "-1", *made["before"], *made["after"]).out
    assert absolute.startswith("Change of alignment, after - before, task pos, ")
    out = call("report", "transfer", "--method", "method", *made["results"]).out
    lines = table(out, "pos, accuracy in percent, test set, trained on en")
    assert lines[0] == ["model", "method", "en", "ar", "es", "fr", "zh", "average"]
    # An empty first cell, a model that stands above, is no cell to ``table``.
    assert [line[-7] for line in lines[1:]] == ["none", "before", "joint"] * 2
    assert "difference to none over the same seeds" in out
    averages = call("report", "transfer", "-q", "--averages", "--method", "method", *made["results"]).out
    assert table(averages, "Averages over the languages not trained on, in percent")[0] == ["model", "method", "pos"]
    shown = call("report", "correlations", correlated)
    assert "Correlation of alignment and transfer: spearman, task pos" in shown.out
    assert shown.err == ""
    wide = call("report", "correlations", "--columns", "recipe,stage", correlated).out
    assert "finetune(pos) before" in wide


def test_files(call: Call, made: Made, correlated: str, tmp_path: Path) -> None:
    scores = [*made["before"], *made["after"]]
    for sub, kind, arguments in (
        ("change", "changes", scores),
        ("transfer", "comparisons", ["--method", "method", *made["results"]]),
        ("correlations", "correlations", [correlated]),
    ):
        for suffix in ("md", "tex", "csv", "parquet"):
            assert call("report", sub, "-q", "-o", f"{kind}.{suffix}", *arguments) == (0, f"{kind}.{suffix}\n", "")
        tidy = pq.read_table(tmp_path / f"{kind}.parquet")
        assert (tmp_path / f"{kind}.csv").read_text(encoding="utf-8").count("\n") == tidy.num_rows + 1
        assert f"kind: {kind} - " in call("show", f"{kind}.parquet").out
        assert "xlt report" in call("show", f"{kind}.parquet").out
        assert "\\toprule" in (tmp_path / f"{kind}.tex").read_text(encoding="utf-8")
        assert "| --- |" in (tmp_path / f"{kind}.md").read_text(encoding="utf-8")
        refused = call("report", sub, "-o", f"{kind}.md", *arguments, status=2)
        assert "exists already" in refused.err
    again = call("report", "correlations", "-q", "correlations.csv").out
    assert again == call("report", "correlations", "-q", correlated).out


def test_names_of_ones_own(call: Call, made: Made, correlated: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(
        "none=Fine-tuning\njoint=Joint\norg/small=mBERT\nar=Arabic\nafter=later\nmodel=encoder\n", encoding="utf-8"
    )
    named = ["--names", "names.txt"]
    done = call("report", "transfer", "-q", *named, "--method", "method", *made["results"])
    assert re.search(r"encoder +.*method +.*en .*Arabic", done.out)
    assert re.search(r"mBERT +.*Fine-tuning", done.out)
    assert "difference to Fine-tuning over" in done.out
    assert done.err == "xlt: warning: names.txt: nothing shown here is called 'after'\n"
    call("report", "change", "-q", "-o", "c.tex", *named, *made["before"], *made["after"])
    text = (tmp_path / "c.tex").read_text(encoding="utf-8")
    assert "mBERT" in text
    assert "en-Arabic" in text
    call("report", "change", "-q", "--force", "-o", "c.tex", "--caption", "How it changed", "--label", "tab:how",
         *made["before"], *made["after"])  # fmt: skip
    text = (tmp_path / "c.tex").read_text(encoding="utf-8")
    assert "\\caption{How it changed. Mean $\\pm$" in text
    assert "\\label{tab:how}" in text
    assert " & $-$0." in text
    assert "later" in call("report", "correlations", "-q", *named, correlated).out
    refused = call("report", "change", "--names", "none.txt", *made["before"], status=2)
    assert refused.err == "xlt: error: --names none.txt: no such file\n"


def test_bad_input_is_one_line(call: Call, made: Made, correlated: str, tmp_path: Path) -> None:
    s.write(tmp_path / "noseed.parquet", [s.result(s.base("m"), "ar", 0.5)])
    before = names(tmp_path)
    for arguments, said in (
        (["change", "none.parquet"], "none.parquet: no such file"),
        (["change", *made["results"]], "holds results; scores or points are expected here"),
        (["change", *made["before"]], "give the scores before and after training"),
        (["correlations", *made["results"]], "correlate them first"),
        (["correlations", "p.parquet"], "holds points;"),
        (["transfer", correlated], "results"),
        (["transfer", "noseed.parquet"], "has no seed"),
        (["transfer", "--metric", "f1", *made["results"]], "--metric f1: the results hold accuracy"),
        (["transfer", "--baseline", "x", *made["results"]], "--baseline x: there is no such method"),
        (["transfer", "--method", "a,,b", *made["results"]], "write names with commas between"),
        (["transfer", "-o", "x.pdf", *made["results"]], "the suffix says the format"),
        (["transfer", "--label", "tab:x", *made["results"]], "--label has no effect without --output FILE.tex"),
        (["transfer", "-o", "x.tex", "--label", "a b", *made["results"]], "--label 'a b': a label is of letters"),
        (["transfer", "-o", "x.csv", "--caption", "A", *made["results"]], "--caption has no effect without --output"),
        (["transfer", "-o", "x.csv", "--names", "n", *made["results"]], "--names has no effect on --output x.csv"),
        (["transfer", "-o", "x.csv", "--averages", *made["results"]], "--averages has no effect on --output x.csv"),
        (["correlations", "-o", "x.csv", "--columns", "none", correlated], "--columns has no effect on --output x.csv"),
        (["correlations", "-o", "x.md", "--columns", "none", correlated], "--columns none: no such column"),
        (
            ["change", "-o", "x.tex", "--caption", "A", "--caption", "B", *made["before"], *made["after"]],
            "--caption B: a caption more than there are tables (1)",
        ),
    ):
        done = call("report", *arguments, status=2)
        assert said in done.err, arguments
        assert done.err.count("\n") == 1, done.err
    assert names(tmp_path) == before


def test_breakdowns(call: Call, tmp_path: Path) -> None:
    items = [item(i, hit, src, tgt) for i, (src, tgt, hit) in enumerate((("cat", "chat", 1), ("cat", "кот", 0)))]
    write_items(tmp_path / "items.parquet", both_ways(items, (1, 1)), scored())
    (tmp_path / "en").write_text("cat\tNOUN\n\ncat\tVERB\n", encoding="utf-8")
    (tmp_path / "fr").write_text("chat\tNOUN\n\nкот\tNOUN\n", encoding="utf-8")
    tags = ["--by", "tag", "--tags", "en=en", "--tags", "fr=fr"]
    done = call("report", "breakdown", "items.parquet", *tags)
    lines = table(done.out, "Scores by tag, model small, measure accuracy, similarity csls, strength weak, depth -1")
    assert lines[0] == ["group", "en-fr src-tgt", "en-fr tgt-src", "en-fr mean", "en-fr n"]
    assert [line[0] for line in lines[1:]] == ["ALL", "NOUN", "VERB", "average (open)"]
    assert re.search(r"report breakdown\n  items +4\n", done.err)
    for suffix in ("parquet", "csv", "md", "tex"):
        assert call("report", "breakdown", "-q", "items.parquet", *tags, "-o", f"b.{suffix}").out == f"b.{suffix}\n"
    assert "kind: breakdowns - " in call("show", "b.parquet").out
    call("check", "b.parquet")
    rows = call("report", "breakdown", "-q", "--by", "script", "items.parquet", "--format", "csv").out
    assert rows.startswith("model,base_model,recipe,task,seed,weights,src_lang,tgt_lang,layer,depth,direction,measure,")
    call("report", "figure", "breakdown", "b.parquet", "-o", "b.svg")
    call("report", "html", "b.parquet", "-o", "b.html")
    for name in ("b.svg", "b.html"):
        assert "NOUN" in (tmp_path / name).read_text(encoding="utf-8")
    refused = call("report", "figure", "breakdown", "b.parquet", "-o", "c.svg", "--layers", "7", status=2)
    assert refused.err == "xlt: error: --layers 7: there is nothing of these; the tables hold 4\n"
    # Groups are scores, too: nothing takes them for those of all words.
    refused = call("correlate", "b.parquet", status=2)
    assert "no results" in refused.err


def test_breakdowns_that_cannot_be(call: Call, tmp_path: Path) -> None:
    write_items(tmp_path / "items.parquet", [item(0, 1), item(1, 1)], scored())
    (tmp_path / "en").write_text("cat\tNOUN\n\ndog\tNOUN\n", encoding="utf-8")
    for arguments, told in (
        (("--by", "tag"), "--by tag needs tags: give --tags LANG=FILE, or --pairs with tagged sentences"),
        (("--by", "tag", "--tags", "en=none"), "--tags none: no such file"),
        (("--by", "tag", "--tags", "en=en"),
         "items.parquet:row 1: word 0 of sentence 1 is 'cat'; en: sentence 1 has 'dog' there"),
        (("--by", "overlap", "--bins", "2,1"), "--bins 2,1: finite edges in ascending order"),
        (("--by", "script", "--signed"), "--signed has no effect with --by script; leave it out"),
        (("--by", "rank-difference"),
         "--by rank-difference needs counts of words: give --counts LANG=FILE, or --counts-from PAIRS"),
    ):  # fmt: skip
        refused = call("report", "breakdown", "items.parquet", *arguments, "-o", "b.parquet", status=2)
        assert refused.err == f"xlt: error: {told}\n"
    assert names(tmp_path) == {"items.parquet", "en"}


def test_what_cannot_be_laid_out_is_refused_before_anything_is_written(
    call: Call, correlated: str, tmp_path: Path
) -> None:
    rows = pq.read_table(tmp_path / correlated)
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), tmp_path / "twice.parquet")
    before = names(tmp_path)
    for output in ([], ["-o", "t.md"], ["-o", "t.tex"]):
        done = call("report", "correlations", *output, "twice.parquet", status=2)
        assert "two correlations for one cell" in done.err
        assert done.out == ""
    assert names(tmp_path) == before
    # A tidy table has room for both.
    call("report", "correlations", "-o", "t.csv", "twice.parquet")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").count("\n") == rows.num_rows + 2
