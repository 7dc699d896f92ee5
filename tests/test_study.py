"""The workflow of examples/study: its grids by dry run, a tiny one to its end, killed half-way; faults in its file."""

import base64
import getopt
import importlib.util
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cost import device_hours
from hypothesis import given
from hypothesis import strategies as st
from study import Study, StudyError, flags, read

from tests.conftest import ROOT
from tests.warm import Program

STUDY = ROOT / "examples" / "study"
PAPER = sorted((STUDY / "gaschi2023").glob("tables-*.toml"))
CONFIGS = [STUDY / "lab.toml", *PAPER]

needs_snakemake = pytest.mark.skipif(
    importlib.util.find_spec("snakemake") is None, reason="no Snakemake: pip install 'xlt[study]'"
)

# Two encoders with two methods each, two targets: the lab study made small.
TINY = (
    "grid={targets: [qab, qac], models: [h64, h96], tasks: [pos], seeds: [31], methods: [none, before]}",
    "world={sentences: 150}",
    "pretrain={epochs: 1, vocab-size: 300, num-layers: 1}",
    "model={h64: {pretrain: {hidden-size: 16}}, h96: {pretrain: {hidden-size: 24}, methods: [none, joint]}}",
    "realign={save-steps: 1}",
    "finetune={epochs: 1, limit: 640, save-steps: 1}",
)


@pytest.fixture
def environment(tmp_path: Path, program: Program) -> Mapping[str, str]:
    return program.environment(PYTHONPATH=str(ROOT), XDG_CACHE_HOME=str(tmp_path / "cache"))


def snakemake(
    folder: Path, config: str | Path, *words: str, profile: str = "local", changes: tuple[str, ...] = ()
) -> list[str]:
    folder.mkdir(exist_ok=True)
    return [
        sys.executable, "-m", "snakemake", "--snakefile", str(STUDY / "Snakefile"), "--directory", str(folder),
        "--profile", str(STUDY / "profiles" / profile), *words, "--config", f"study={config}", *changes,
    ]  # fmt: skip


def run(words: list[str], environment: Mapping[str, str], status: int = 0) -> str:
    result = subprocess.run(words, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == status, f"status {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


def jobs(text: str) -> dict[str, int]:
    """Rules and counts as Snakemake or cost.py prints them."""
    _, _, rest = text.partition("\n-----" if "Job stats:" in text else "rule ")
    found = re.findall(r"^([a-z_]+) +(\d+)\b", rest.partition("\ntotal")[0], re.MULTILINE)
    return {rule: int(count) for rule, count in found}


def cost(*words: str | Path, status: int = 0) -> str:
    return run(
        [sys.executable, str(STUDY / "cost.py"), *map(str, words)], os.environ | {"PYTHONPATH": str(ROOT)}, status
    )


def rates(config: Path) -> Path:
    return STUDY / "rates-lab.toml" if config.parent == STUDY else config.with_name("rates.toml")


@needs_snakemake
@pytest.mark.parametrize("config", CONFIGS, ids=lambda p: p.stem)
def test_a_dry_run_has_the_jobs_that_the_cost_counts_and_options_that_exist(
    config: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    text = run(snakemake(tmp_path / "study", config, "--dry-run"), environment)
    assert jobs(text) == jobs(cost(config, "--rates", rates(config)))
    used: dict[str, set[str]] = {}
    for command, options in re.findall(r"^Shell command: xlt ([a-z-]+) (.*?)>", text, re.MULTILINE):
        used.setdefault(command, set()).update(re.findall(r"(?<!\S)--[a-z-]+", options))
    assert {"align-score", "finetune", "eval", "correlate"} <= set(used)
    for command, options in used.items():
        words = [command, "languages"] if command == "lab" else [command]
        words = ["report", "html"] if command == "report" else words
        told = run(["xlt", *words, "--help"], environment)
        assert not [o for o in options if not re.search(rf"{o}\b", told)], command


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        # 3 encoders, 2 tasks, 3 methods, 3 seeds: 54 runs, a third of them realigned before; 4 targets.
        (STUDY / "lab.toml", {
            "world": 1, "pretrain": 3, "pairs": 4, "scoring_pairs": 4, "scores_before": 3, "steps": 3 * 2,
            "realign": 18, "finetune": 54, "evaluate": 54, "scores_after": 54, "correlate": 3, "report": 1, "all": 1,
        }),
        # (3 models x (none + {before, joint} x 2 corpora x 3 aligners) + XLM-R Large) x 2 tasks x 5 seeds = 400 runs.
        (STUDY / "gaschi2023" / "tables-4-6-13-16.toml", {
            "pairs": 2 * 3 * 5, "scoring_pairs": 5, "scores_before": 4, "steps": 3 * 2, "realign": 3 * 2 * 6 * 5,
            "finetune": 400, "evaluate": 400, "scores_after": 400, "correlate": 1, "report": 1, "all": 1,
        }),
    ],
    ids=["lab", "tables-4-6-13-16"],
)  # fmt: skip
def test_the_number_of_jobs_is_that_worked_out_by_hand(config: Path, expected: dict[str, int]) -> None:
    assert jobs(cost(config, "--rates", rates(config))) == expected


def test_hours_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    config, figures = tmp_path / "study.toml", tmp_path / "rates.toml"
    config.write_text(
        '[grid]\nsource = "en"\ntargets = ["fr"]\nmodels = ["m"]\ntasks = ["pos"]\nseeds = [1, 2]\n'
        'methods = ["none", "before", "joint"]\ncorpora = ["c"]\naligners = ["dict"]\n'
        '[model.m]\nname = "bert"\n[scoring]\ncorpus = "c"\n[score]\nn-pairs = 360\n'
        "[finetune]\nepochs = 2\nbatch-size = 10\n",
        encoding="utf-8",
    )
    figures.write_text(
        "[call]\nseconds = 0\n[pairs]\nwords = 10\n[task.pos]\ntrain = { sentences = 95, words = 1800 }\n"
        "test = { en = 3000, fr = 4200 }\n[model.m]\ntrain = 1\nforward = 2\n",
        encoding="utf-8",
    )
    told = cost(config, "--rates", figures)
    hours = dict(re.findall(r"^(\w+) +\d+ +([\d.]+)$", told, re.MULTILINE))
    # 10 batches x 2 epochs = 20 steps of 16 pairs of 10 words: 3,200 words; the task 3,600 words.
    assert hours == {
        "scores_before": "0.5",  # 360 x 10 / 2 s
        "realign": f"{2 * 3200 / 3600:.1f}",
        "finetune": f"{2 * (3600 + 3600 + 3600 + 3200) / 3600:.1f}",
        "evaluate": "6.0",  # 6 x 7,200 / 2 s
        "scores_after": "3.0",
        "total": "19.1",
    }


@needs_snakemake
def test_a_cluster_is_asked_for_its_gpus(environment: Mapping[str, str], tmp_path: Path) -> None:
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("no Slurm plugin: pip install snakemake-executor-plugin-slurm")
    text = run(snakemake(tmp_path / "study", PAPER[0], "--dry-run", profile="slurm"), environment)
    finetune = text[text.index("rule finetune:") :].partition("Shell command")[0]
    assert "gpu=1" in finetune
    assert "gpu=0" in text[text.index("rule scoring_pairs:") :].partition("Shell command")[0]


FAULTS = {
    "an unknown task": ('tasks = ["pos", "ner"]', 'tasks = ["qa"]', "unknown task 'qa'; xlt knows pos, ner"),
    "a missing key": ("seeds = [31, 42, 66]\n", "", "[grid] has no seeds; it needs source, targets"),
    "a seed in quotes": ("[31, 42, 66]", '["a"]', "'a' is no whole number"),
    "an empty axis": ("seeds = [31, 42, 66]", "seeds = []", "seeds must be a list of one or more"),
    "a model not described": ('"h128"]', '"large"]', "no [model.large]"),
    "a model of two kinds": (
        "[model.h64]\n",
        '[model.h64]\nname = "x"\n',
        "[model.h64] needs one of name and pretrain",
    ),
    "a source that is no name": ('source = "qaa"', 'source = "a b"', "source: 'a b' becomes a part of file names"),
    "a yes": ("[grid]\n", '[grid]\nkeep_models = "no"\n', "keep_models must be true or false, not 'no'"),
    "an unknown method": ('"joint"]', '"after"]', "method 'after' is none of none, before, joint"),
    "an unknown aligner": ('aligners = ["dict"]', 'aligners = ["giza"]', "unknown aligner 'giza'; xlt knows dict"),
    "no corpus": ('corpora = ["parallel"]\n', "", "realigns: [grid] needs corpora"),
    "an unknown table": ("[score]", "[scores]", "unknown table 'scores'; known are grid"),
    "an unknown key": ("[grid]\n", "[grid]\nmodel = 1\n", "[grid]: unknown key 'model'"),
    "an option of the workflow": ("[score]", "[score]\nforce = true", "[score] force is given by the workflow"),
    "a name that is no file name": ('"h64", "h96"', '"a/b", "h96"', "becomes a part of file names"),
    "a language twice": ('"qab", "qac"', '"qab", "qab"', "names something twice"),
    "the source as target": ('"qab", "qac"', '"qaa", "qac"', "qaa is the source and a target"),
    "a report of nothing": (
        '["bca", "cluster", "strong-weak"]',
        '["bcd"]',
        "[report] tables: there is no [correlate.bcd]",
    ),
    "no TOML": ("[grid]\n", "[grid\n", "(at line "),
}


@pytest.mark.parametrize(("old", "new", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_file_is_one_line(old: str, new: str, message: str, tmp_path: Path) -> None:
    lab = (STUDY / "lab.toml").read_text(encoding="utf-8")
    assert old in lab
    config = tmp_path / "study.toml"
    config.write_text(lab.replace(old, new, 1), encoding="utf-8")
    told = cost(config, "--rates", rates(CONFIGS[0]), status=2)
    assert message in told
    assert told.startswith(f"cost: {config}: ")
    assert told.count("\n") == 1


def test_rates_that_lack_a_model_say_so() -> None:
    assert "the rates have no model.distilmbert" in cost(PAPER[0], "--rates", rates(CONFIGS[0]), status=2)
    assert "No such file" in cost(PAPER[0], "--rates", "nowhere.toml", status=2)


@needs_snakemake
def test_the_workflow_refuses_a_fault_in_one_line(environment: Mapping[str, str], tmp_path: Path) -> None:
    for config, change, message in (
        ("lab.toml", "grid={tasks: [pos, qa]}", "study: lab.toml: unknown task 'qa'"),
        ("nowhere.toml", "grid={}", "study: nowhere.toml: no such file in"),
    ):
        told = run(snakemake(tmp_path / "study", config, "--dry-run", changes=(change,)), environment, status=1)
        lines = [line for line in told.splitlines() if not line.startswith("Using profile")]
        assert len(lines) == 1
        assert lines[0].startswith(message)


# Touches what a call would write, and records nothing else: which calls are made again can be seen in seconds.
STUB = """#!/bin/sh
case "$*" in *--dry-run*) echo steps 3 ;; esac
command=$1
while [ $# -gt 0 ]; do
    case $1 in
        -o | --points)
            case $command in
                pretrain | realign | finetune | lab) mkdir -p "$2" ;;
                *) : >"$2" ;;
            esac ;;
    esac
    shift
done
"""

SMALL = """
[grid]
source = "en"
targets = ["fr"]
models = ["m"]
tasks = ["pos"]
seeds = [1]
methods = ["none", "before", "joint"]
corpora = ["opus100"]
aligners = ["dict"]
[model.m]
name = "m"
[scoring]
corpus = "opus100"
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Mapping[str, str]]:
    """A study whose calls were all made, by a program that only touches their outputs: folder, file, environment."""
    here = tmp_path_factory.mktemp("done")
    program, config = here / "bin" / "xlt", here / "study.toml"
    program.parent.mkdir()
    program.write_text(STUB, encoding="utf-8")
    program.chmod(0o755)
    config.write_text(SMALL, encoding="utf-8")
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "XDG_CACHE_HOME": str(here / "cache")}
    run(snakemake(here / "study", config, "--cores", "2"), environment)
    return here / "study", config, environment


@needs_snakemake
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), {}),
        # Another source: nothing of the old language is used again, and everything downstream follows.
        (("grid={source: de}",), {
            "pairs": 1, "scoring_pairs": 1, "scores_before": 1, "steps": 1, "realign": 1, "finetune": 3, "evaluate": 3,
            "scores_after": 3, "correlate": 1, "report": 1, "all": 1,
        }),
        # One more target: only its own pairs are made; what saw no translation stays as it is.
        (("grid={targets: [fr, es]}",), {
            "pairs": 1, "scoring_pairs": 1, "scores_before": 1, "realign": 1, "finetune": 2, "evaluate": 3,
            "scores_after": 3, "correlate": 1, "report": 1, "all": 1,
        }),
        # Another seed has calls of its own.
        (("grid={seeds: [2]}",), {
            "realign": 1, "finetune": 3, "evaluate": 3, "scores_after": 3, "correlate": 1, "report": 1, "all": 1,
        }),
        (("model={m: {name: n}}",), {
            "scores_before": 1, "steps": 1, "realign": 1, "finetune": 3, "evaluate": 3, "scores_after": 3,
            "correlate": 1, "report": 1, "all": 1,
        }),
        (("finetune={epochs: 2}",), {
            "steps": 1, "realign": 1, "finetune": 3, "evaluate": 3, "scores_after": 3, "correlate": 1, "report": 1,
            "all": 1,
        }),
        (("scoring={sample: 9}",), {
            "scoring_pairs": 1, "scores_before": 1, "scores_after": 3, "correlate": 1, "report": 1, "all": 1,
        }),
        (("report={title: x}",), {"report": 1, "all": 1}),
        # How a call is run is not what it makes.
        (("resources={threads: 2, mem_mb: 9}",), {}),
    ],
    ids=["nothing", "source", "targets", "seed", "model", "finetune", "scoring", "report", "resources"],
)  # fmt: skip
def test_a_changed_file_makes_anew_what_depends_on_it(
    changes: tuple[str, ...], expected: dict[str, int], done: tuple[Path, Path, Mapping[str, str]]
) -> None:
    folder, config, environment = done
    text = run(snakemake(folder, config, "--dry-run", changes=changes), environment)
    assert jobs(text) == expected
    if not expected:
        assert "Nothing to be done" in text


def test_shell_lines_name_nothing_that_no_rerun_looks_at() -> None:
    lines = re.findall(r'^ +"(.*)"$', (STUDY / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sum(line.startswith("xlt ") for line in lines) == 12
    named = {name for line in lines for name in re.findall(r"\{(\w+)", line)}
    assert named <= {"params", "input", "output", "log", "threads"}


RATES = {
    "call": {"seconds": 0},
    "pairs": {"words": 10},
    "task": {"pos": {"train": {"sentences": 95, "words": 1800}, "test": {"en": 3000, "fr": 4200}}},
    "model": {"m": {"train": 1, "forward": 2}},
}


@pytest.mark.parametrize("config", PAPER, ids=lambda p: p.stem)
def test_the_rate_of_the_published_code_holds_where_its_lines_are_uncommented(config: Path, tmp_path: Path) -> None:
    text, lines = re.subn(r"^# (\w+ = \{.*\})$", r"\1", config.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert lines
    changed = tmp_path / "study.toml"
    changed.write_text(text, encoding="utf-8")
    for path, of_xlmr in ((config, 2e-5), (changed, 7.5e-6)):
        study = read(path)
        for run in study.runs.values():
            expected = of_xlmr if run.model.startswith("xlmr") else 2e-5
            assert study.finetune_table(run)["lr"] == expected
            if study.how(run.method) == "before":
                assert study.realign_table(run)["lr"] == expected


def small(tmp_path: Path, more: str = "", changes: Mapping[str, object] | None = None) -> Study:
    config = tmp_path / "study.toml"
    config.write_text(SMALL + more, encoding="utf-8")
    return read(config, changes)


def test_the_tables_of_a_model_count_in_calls_and_costs(tmp_path: Path) -> None:
    more = (
        "[realign]\nlr = 1e-3\n[model.m.realign]\nbatch-size = 4\nsteps = 10\n[method.before]\nhow = 'before'\n"
        "[method.before.realign]\nlr = 1e-4\n[score]\nn-pairs = 100\nlayers = '-1'\n[model.m.score]\nn-pairs = 50\n"
    )
    study = small(tmp_path, more)
    before = next(r for r in study.runs.values() if r.method == "before")
    assert study.realign_table(before) == {"lr": 1e-4, "batch-size": 4, "steps": 10}
    assert study.realign_options(before) == "--seed 1 --lr 0.0001 --batch-size 4 --steps 10"
    assert study.score_table("m") == {"n-pairs": 50, "layers": "-1"}
    found = device_hours(study, RATES)
    assert found["realign"] == pytest.approx(10 * 4 * 10 / 3600)
    assert found["scores_before"] == pytest.approx(50 * 10 / 2 / 3600)
    assert found["scores_after"] == pytest.approx(3 * 50 * 10 / 2 / 3600)


@pytest.mark.parametrize(("table", "gpus"), [("", 1), ("device = 'cpu'\n", 0)])
def test_an_aligner_that_computes_on_a_gpu_asks_for_it(table: str, gpus: int, tmp_path: Path) -> None:
    more = f"[resources]\ngpu = 1\n[aligner.fastalign]\n{table}[aligner.awesome]\nmodel = 'm'\n{table}"
    study = small(tmp_path, more, {"grid": {"aligners": ["dict", "fastalign", "awesome"]}})
    assert [study.extract_gpu("opus100", a) for a in study.grid["aligners"]] == [0, gpus, gpus]


@pytest.mark.parametrize(
    ("table", "pairs"), [("", 16), ("loss = 'l2'\n", 2), ("loss = 'l2'\nbatch-size = 5\n", 5), ("batch-size = 5\n", 5)]
)
def test_a_step_of_realignment_costs_the_pairs_that_its_loss_takes(table: str, pairs: int, tmp_path: Path) -> None:
    joint = table.replace("batch-size", "pair-batch-size")
    study = small(tmp_path, f"[realign]\nsteps = 10\n{table}[finetune]\nepochs = 1\nbatch-size = 95\n{joint}")
    hours = device_hours(study, RATES)
    assert hours["realign"] == pytest.approx(10 * pairs * 10 / 3600)
    # One epoch of three runs, and of one of them a step with pairs beside.
    assert hours["finetune"] == pytest.approx((3 * 1800 + pairs * 10) / 3600)
    assert small(tmp_path, "", {"grid": {"targets": ["fr", "es"]}}).pairs_of_step({"loss": "l2"}, "batch-size") == 4
    with pytest.raises(StudyError, match="unknown loss 'l3'; xlt knows contrastive, l2"):
        study.pairs_of_step({"loss": "l3"}, "batch-size")


# One option: a word with inner dashes, and what a TOML table may hold.
_VALUES = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.integers(), st.floats()
)
_OPTIONS = st.dictionaries(
    st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True), st.one_of(_VALUES, st.booleans(), st.lists(_VALUES))
)


@given(options=_OPTIONS)
def test_options_come_back_from_the_shell_as_they_were(options: dict[str, Any]) -> None:
    known = [name if isinstance(value, bool) else f"{name}=" for name, value in options.items()]
    found, rest = getopt.getopt(shlex.split(flags(options)), "", known)
    expected: list[tuple[str, str]] = []
    for name, value in options.items():
        if isinstance(value, bool):
            expected += [(f"--{name}", "")] if value else []
        else:
            expected += [(f"--{name}", str(item)) for item in (value if isinstance(value, list) else [value])]
    assert (found, rest) == (expected, [])


_AXES: dict[str, list[Any]] = {
    "models": ["h64", "h96", "h128"],
    "tasks": ["pos", "ner"],
    "methods": ["none", "before", "joint"],
    "seeds": [1, 2, 3],
}


@given(axis=st.sampled_from(sorted(_AXES)), data=st.data())
def test_hours_of_runs_add_up(axis: str, data: st.DataObject) -> None:
    values: list[Any] = data.draw(st.permutations(_AXES[axis]))
    cut = data.draw(st.integers(1, len(values) - 1))
    others = {
        other: data.draw(st.lists(st.sampled_from(all_), min_size=1, unique=True))
        for other, all_ in _AXES.items()
        if other != axis
    }
    figures = tomllib.loads(rates(CONFIGS[0]).read_text(encoding="utf-8"))

    def hours(some: list[Any]) -> dict[str, float]:
        # A model's own list of methods does not stand in lab.toml: the grid's is that of all.
        return device_hours(read(CONFIGS[0], {"grid": {**others, axis: some}}), figures)

    whole, parts = hours(values), [hours(values[:cut]), hours(values[cut:])]
    of_runs = ("realign", "finetune", "evaluate", "scores_after")
    assert {r for r in whole if r in of_runs} == {r for part in parts for r in part if r in of_runs}
    for rule in of_runs:
        assert whole.get(rule, 0) == pytest.approx(sum(part.get(rule, 0) for part in parts))
    # What runs share is paid once, but for what each model needs of its own.
    for rule in ("pretrain", "scores_before"):
        one = sum(part[rule] for part in parts) if axis == "models" else parts[0][rule]
        assert whole[rule] == pytest.approx(one)


def finished(folder: Path) -> dict[str, tuple[int, int]]:
    """Every output that Snakemake knows to be whole, with the inode and time of its file or record."""
    # It marks what it has begun: a file each, whose name is the output's in base64.
    marks = [p.name for p in (folder / ".snakemake" / "incomplete").glob("*") if p.is_file()]
    begun = {base64.b64decode(name).decode() for name in marks}

    def outputs() -> Iterator[Path]:
        for name in ("encoders", "realigned", "tuned"):
            yield from (p for p in (folder / name).glob("*/xlt.json") if str(p.parent.relative_to(folder)) not in begun)
        for name in ("pairs", "scoring", "scores", "results", "tables"):
            yield from (p for p in (folder / name).rglob("*.parquet") if str(p.relative_to(folder)) not in begun)

    return {str(p.relative_to(folder)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in outputs()}


def unfinished(folder: Path) -> list[str]:
    """Models that have a checkpoint to go on from and are not there yet."""
    found = [str(p.parent.relative_to(folder)).removesuffix(".training") for p in folder.glob("*/*.training/step-*")]
    return sorted({name for name in found if not (folder / name).exists()})


def most_at_once(log: str) -> int:
    """How many calls ran at the same time, by what Snakemake says of their beginnings and ends."""
    running = most = 0
    for line in log.splitlines():
        running += line.strip().startswith("jobid: ") - line.startswith("Finished jobid: ")
        most = max(most, running)
    return most


@pytest.mark.slow
@needs_snakemake
def test_a_study_that_is_killed_goes_on_without_redoing_finished_work(
    environment: Mapping[str, str], program: Program, tmp_path: Path
) -> None:
    import pandas

    folder = tmp_path / "study"
    words = snakemake(folder, "lab.toml", "--cores", "2", changes=TINY)
    with (tmp_path / "killed.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 600
        while not (list(folder.glob("tuned/*/.snakemake_timestamp")) and unfinished(folder)):
            assert process.poll() is None, (tmp_path / "killed.txt").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        program.settle()
    begun, there = unfinished(folder), finished(folder)
    assert begun
    # More than there are cores would be more than there are GPUs, too.
    assert most_at_once((tmp_path / "killed.txt").read_text(encoding="utf-8")) == 2
    assert {"encoders/h64/xlt.json", "encoders/h96/xlt.json"} <= set(there)
    assert any(path.startswith("tuned/") for path in there)

    assert most_at_once(run(words, environment)) == 2
    after = finished(folder)
    assert {path: after[path] for path in there} == there
    for name in begun:
        record = json.loads((folder / name / "xlt.json").read_text(encoding="utf-8"))
        assert record["training"]["resumed_from"] >= 1
    assert not list(folder.glob("*/*.training"))

    results = pandas.concat(map(pandas.read_parquet, sorted(folder.glob("results/*.parquet"))))
    assert set(zip(results["base_model"], results["method"], strict=True)) == {
        ("encoders/h64", "none"), ("encoders/h64", "before"), ("encoders/h96", "none"), ("encoders/h96", "joint"),
    }  # fmt: skip
    assert set(results["lang"]) == {"qaa", "qab", "qac"}
    points = pandas.read_parquet(folder / "tables" / "bca.points.parquet")
    # 4 models x 2 targets, before and after, weak and strong, both directions.
    assert len(points) == 4 * 2 * 2 * 2 * 2
    correlations = pandas.read_parquet(folder / "tables" / "bca.parquet")
    assert sorted(correlations["n"]) == [2] * 16 + [4] * 8
    assert {p.name for p in (folder / "tables").iterdir()} == {
        f"{name}{kind}.parquet" for name in ("bca", "cluster", "strong-weak") for kind in ("", ".points")
    }

    assert (folder / "report.html").is_file()
    assert "Nothing to be done" in run(words, environment)
    assert finished(folder) == after
