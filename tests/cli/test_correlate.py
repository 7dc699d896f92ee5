"""``xlt correlate``: tables, streams, points, and one line for all that is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.checkpoints import TEXT
from tests.cli.conftest import Call, Shell, names
from tests.cli.test_eval import table
from tests.conftest import ROOT
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.study import study_files as s

TITLE = "alignment and transfer: spearman, interval bca, task pos, recipe finetune(pos), direction src-tgt, depth -1"


@pytest.fixture
def made(tmp_path: Path) -> list[str]:
    return [Path(name).name for name in s.make_study(tmp_path).all]


def test_the_table_for_people(call: Call, tmp_path: Path, made: list[str]) -> None:
    before = names(tmp_path)
    done = call("correlate", *made)
    lines = table(done.out, f"{TITLE}, strength strong")
    assert lines[0] == ["stage", "n", "rho", "95 % interval", "p"]
    assert [line[:2] for line in lines[1:]] == [["after", "16"], ["before", "16"]]
    assert re.search(r"correlate\n  points +32\n  results of other languages +16\n", done.err)
    assert names(tmp_path) == before
    # What the table says is what the file says.
    assert call("correlate", "-q", "-o", "c.parquet", *made) == (0, "c.parquet\n", "")
    rows = pq.read_table(tmp_path / "c.parquet").to_pylist()
    assert [line[2:4] for line in lines[1:]] == [
        [f"{r['rho']:.3f}", f"[{r['ci_low']:.3f}, {r['ci_high']:.3f}]"] for r in rows
    ]


def test_outputs_and_streams(call: Call, shell: Shell, tmp_path: Path, made: list[str]) -> None:
    done = call("correlate", "-o", "c.csv", "--points", "p.arrow", *made)
    assert done.out == "c.csv\np.arrow\n"
    assert TITLE in done.err
    refused = call("correlate", "-o", "c.csv", *made, status=2)
    assert "c.csv exists already" in refused.err
    call("correlate", "-q", "--force", "-o", "c.csv", *made)
    assert "kind: correlations - " in call("show", "c.csv").out
    assert "kind: points - " in call("show", "p.arrow").out
    call("correlate", "-q", "-o", "r.arrow", "--points", "r.parquet", *made)
    piped = shell("cat p.arrow | xlt correlate -q --x alignment --y ctl --by stage -o - - | xlt show -")
    assert "kind: correlations - " in piped.out
    assert "rows: 2\n" in piped.out
    stream = call("correlate", "-q", "--points", "-", *made)
    assert TITLE not in stream.out
    for suffix in ("md", "tex", "jsonl"):
        call("correlate", "-q", "-o", f"c.{suffix}", *made)
        assert "spearman" in (tmp_path / f"c.{suffix}").read_text(encoding="utf-8")


def test_options_reach_the_step(call: Call, made: list[str]) -> None:
    out = call(
        "correlate", "--by", "model,stage", "--method", "kendall", "--interval", "cluster:model,lang,seed",
        "--resamples", "50", "--adjust", "holm", "--metric", "accuracy", "--split", "test", "--seed", "1", *made,
    ).out  # fmt: skip
    lines = table(out, "alignment and transfer: kendall, interval cluster:model,lang,seed")
    assert lines[0][:6] == ["model", "stage", "n", "rho", "95 % interval", "p"]
    assert lines[0][6:] == ["p adjusted", "note"]
    assert lines[1][-1] == "(a)"
    assert "\n(a) few clusters (model 1, lang 4)" in out
    out = call("correlate", "-q", "--difference", "stage=after,before", *made).out
    lines = table(out, "strength strong, contrast stage: after minus before") if "contrast stage" in out else []
    lines = lines or table(out, "alignment and transfer: spearman, interval bca")
    assert lines[0] == [
        "task", "recipe", "direction", "depth", "strength", "contrast", "n", "difference", "95 % interval", "p",
    ]  # fmt: skip
    out = call("correlate", "-q", "--x", "value", "--y", "se", "--by", "model", *made[:2]).out
    assert "value and se: spearman" in out
    assert "se is constant" in out


def test_neither_torch_nor_transformers_is_loaded(call: Call, tmp_path: Path, made: list[str]) -> None:
    code = "import sys; from xlt.cli.app import main\ntry: main()\nexcept SystemExit: pass\nprint(*sorted({'torch', "
    code += "'transformers', 'scipy.stats', 'matplotlib'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, "correlate", "-q", *made],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "\n")
    assert TITLE in done.stdout


BAD = [
    ("before-small.parquet", "no results in before-small.parquet; 'xlt eval' writes them"),
    ("results-small-31.parquet", "no scores in results-small-31.parquet; 'xlt align-score' writes them"),
    ("before-small.parquet results-large-31.parquet", "no score is of an evaluated model .* of small, .* of large-31"),
    ("before-small.parquet before-small.parquet", "before-small.parquet is given twice"),
    ("--metric f1 ALL", "--metric f1: the results hold accuracy"),
    ("--split dev ALL", "--split dev: the results hold test"),
    ("--by task, ALL", "--by task,: write names with commas between"),
    ("--by tasks ALL", "--by tasks: no such column; there are model, "),
    ("--by task ALL", "--by leaves a group in which stage .* vary: name them, too, or in --across where"),
    ("--interval jackknife ALL", "--interval jackknife: write bca, none, or cluster:"),
    ("--method tau ALL", "'tau' is not one of 'spearman'"),
    ("--adjust bonferroni ALL", "'bonferroni' is not one of"),
    ("--difference stage=after ALL", "write COLUMN=FIRST,SECOND"),
    ("--resamples 1 ALL", "Invalid value for '--resamples'"),
    ("--x alignment ALL", "--x and --y go together"),
    ("--x alignment --y ctl ALL", "no column 'alignment'"),
    ("--tag rho=1 ALL", "--tag rho: a column of that name"),
    ("cut.parquet ALL", "cut.parquet is damaged or cut off"),
    ("cut.arrow ALL", "cut.arrow .*cut off"),
    ("none.parquet ALL", "none.parquet: no such file"),
    ("pairs.csv ALL", "pairs.csv holds pairs; scores or results are expected here"),
    ("text.txt ALL", "text.txt: column 'model' is missing"),
]


def test_bad_input_is_one_line_and_no_output(call: Call, tmp_path: Path, made: list[str]) -> None:
    (tmp_path / "cut.parquet").write_bytes((tmp_path / made[0]).read_bytes()[:-9])
    end = s.tuned("p", s.base("xlmr"), 1)
    s.write(tmp_path / "cut.arrow", [s.score(end, "ar", 0.1)])
    (tmp_path / "cut.arrow").write_bytes((tmp_path / "cut.arrow").read_bytes()[:-400])
    (tmp_path / "pairs.csv").write_text("sent_id,src_lang,tgt_lang,src_tokens,tgt_tokens,src_idx,tgt_idx\n")
    (tmp_path / "text.txt").write_text("no table\n")
    before = names(tmp_path)
    for command, said in BAD:
        words = [w for word in command.split() for w in (made if word == "ALL" else [word])]
        done = call("correlate", "-o", "x.parquet", "--points", "y.parquet", *words, status=2)
        if "--x and" in said or "alignment" in said:
            continue
        assert done.out == "", command
        assert done.err.count("\n") == 1, (command, done.err)
        assert done.err.startswith("xlt: error: "), (command, done.err)
        assert re.search(said, done.err), (command, done.err)
        assert names(tmp_path) == before, command


def test_from_models_to_a_correlation(call: Call, tmp_path: Path, model: str, one_thread: None) -> None:
    langs = ("en", "fr", "de", "it")
    for number, lang in enumerate(langs):
        (tmp_path / lang).mkdir()
        for split in ("train", "dev", "test"):
            lines = TEXT[number : number + 5]
            words = ["".join(f"{w}\t{'XYZ'[(len(w) * (number + 1)) % 3]}\n" for w in line.split()) for line in lines]
            (tmp_path / lang / f"{split}.tsv").write_text(f"# {split} {lang}\n" + "\n".join(words), encoding="utf-8")
    for number, lang in enumerate(langs[1:]):
        write_pairs(
            tmp_path / f"{lang}.parquet", random_rows(12, f"en-{lang}", seed=number), pairs_record(f"en-{lang}")
        )
    pairs = [f"{lang}.parquet" for lang in langs[1:]]
    scored = ("-q", "--layers", "-1", "--n-pairs", "0", "--direction", "src-tgt", "--strength", "weak")
    call("align-score", *scored, "-o", "before.parquet", model, *pairs)
    for seed in (1, 2):
        call(
            "finetune", "-q", "--task", "pos", "--data", "{lang}/{split}.tsv", "--epochs", "2", "--lr", "1e-2",
            "--seed", seed, "-o", f"pos-{seed}", model, "en",
        )  # fmt: skip
        answers = f"answers-{seed}.parquet"
        call("eval", "-q", "-o", f"results-{seed}.parquet", "--predictions", answers, f"pos-{seed}", *langs)
        call("eval", "-q", "--from", "-o", f"again-{seed}.parquet", answers)
        call("align-score", *scored, "-o", f"after-{seed}.parquet", f"pos-{seed}", *pairs)
    scores = ["before.parquet", "after-1.parquet", "after-2.parquet"]
    for results in ("results", "again"):
        tables = [*scores, *(f"{results}-{seed}.parquet" for seed in (1, 2))]
        call("correlate", "-q", "-o", f"{results}.csv", "--points", f"points-{results}.parquet", *tables)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "results.csv").read_bytes()
    points = pq.read_table(tmp_path / "points-again.parquet").to_pylist()
    assert {(p["stage"], p["seed"], p["lang"]) for p in points} == {
        (stage, seed, lang) for stage in ("before", "after") for seed in (1, 2) for lang in langs[1:]
    }
    rows = pq.read_table(tmp_path / "results-1.parquet").to_pylist()
    value = {r["lang"]: r["value"] for r in rows if r["metric"] == "accuracy"}
    for point in points:
        if point["seed"] == 1:
            assert point["ctl"] == pytest.approx((value[point["lang"]] - value["en"]) / value["en"])


def test_the_figure(call: Call, tmp_path: Path, made: list[str]) -> None:
    pytest.importorskip("matplotlib")
    assert call("correlate", "-q", "-o", "c.csv", "--plot", "x.svg", *made).out == "c.csv\nx.svg\n"
    assert b"<svg" in (tmp_path / "x.svg").read_bytes()
    before = names(tmp_path)
    assert "exists already" in call("correlate", "--plot", "x.svg", *made, status=2).err
    refused = call("correlate", "-o", "d.csv", "--plot", "x.jpg", *made, status=2)
    assert "--plot x.jpg: the suffix says the format" in refused.err
    assert names(tmp_path) == before
