"""``xlt show``: what a script sees of it; what is said of each kind of file is tested with the files."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.conftest import Call, Shell
from xlt.cli.app import app
from xlt.files.making import WRITING
from xlt.files.provenance import content_id, make_record, read_folder_record
from xlt.files.schemas import PRIORS
from xlt.files.tables import open_table, write_table


@pytest.fixture
def priors(tmp_path: Path) -> str:
    words = [{"src_word": f"s{i}", "tgt_word": f"t{i}", "forward": i / 8, "backward": None} for i in range(8)]
    record = make_record("extract-pairs", params={"aligner": "fastalign"}, seed=3)
    write_table(str(tmp_path / "priors.parquet"), words, PRIORS.arrow(), record, False)
    return "priors.parquet"


def test_facts_and_first_rows(call: Call, priors: str) -> None:
    done = call("show", priors)
    assert done.err == ""
    facts, table = done.out.split("\n\n", 1)
    assert facts.startswith("file: priors.parquet\nkind: priors - A trained FastAlign model")
    assert "\nrows: 8\n" in facts
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in table.splitlines() if line.startswith("│")]
    # What is empty in all rows is no column of a first look.
    assert cells == [[f"s{i}", f"t{i}", f"{i / 8:.4f}"] for i in range(5)]
    lines = call("show", "--columns", "backward,src_word", priors).out.splitlines()
    assert [line for line in lines if line.startswith("│")] == [f"│          │ s{i}       │" for i in range(5)]


def test_rows_for_programs(call: Call, priors: str) -> None:
    done = call("show", "--format", "jsonl", "-n", "2", "--columns", "src_word,forward", priors)
    assert done.out == '{"src_word": "s0", "forward": 0.0}\n{"src_word": "s1", "forward": 0.125}\n'
    assert done.err.startswith("file: priors.parquet\n")
    done = call("show", "-q", "--format", "csv", "-n", "0", priors)
    assert done == (0, "src_word,tgt_word,forward,backward\n", "")
    done = call("show", "--json", "--format", "csv", priors, status=2)
    assert "--format has no effect with --json" in done.err


@pytest.mark.parametrize(("rows", "shown"), [("0", 0), ("2", 2), ("99", 8)])
def test_how_many_rows(call: Call, priors: str, rows: str, shown: int) -> None:
    out = call("show", "-n", rows, priors).out
    assert sum(line.startswith("│ s") for line in out.splitlines()) == shown
    assert call("show", "--rows", rows, priors).out == out


def test_the_whole_record(call: Call, priors: str) -> None:
    record = json.loads(call("show", "--json", priors).out)
    assert (record["step"], record["seed"], record["params"]) == ("extract-pairs", 3, {"aligner": "fastalign"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("missing", "missing: no such file"), ("--rows -1 x", "--rows"), ("", "FILE"), (".", "it holds nothing")],
)
def test_wrong_usage(call: Call, arguments: str, message: str) -> None:
    done = call("show", *arguments.split(), status=2)
    assert (done.out, done.err.count("\n")) == ("", 1)
    assert message in done.err


# How the help begins of an option whose value is written.
WRITES = (
    "Also write",
    "Also draw",
    "The folder to write",
    "The page",
    "The figure",
    "Output file",
    "Keep the model that",
)


def test_what_is_written_is_what_the_command_line_writes() -> None:
    written: set[str] = set()
    commands: list[Any] = [typer.main.get_command(app)]
    while commands:
        command = commands.pop()
        if hasattr(command, "list_commands"):
            commands += [command.get_command(None, name) for name in command.list_commands(None)]
        for option in command.params:
            text = getattr(option, "help", "") or ""
            if option.opts[0].startswith("-") and (text.startswith(WRITES) or text.endswith(" to write.")):
                written.update(option.opts)
    assert written == WRITING


TINY_STUDY = r"""
D='a world/dict' T='tuned $1'
xlt lab languages -q --languages 2 --sentences 60 -o 'a world'
xlt extract-pairs -q --dict "$D" --corpus 'a world/parallel/qaa-qab.train' -o "it's.parquet" qaa qab
xlt pretrain -q -o enc --num-layers 1 --hidden-size 16 --num-heads 2 --vocab-size 99 --steps 3 a*/text/qaa.*
mkdir -p "$T"
xlt finetune -q --task pos --data 'a world/pos/{lang}.{split}.conllu' --limit 30 --epochs 1 --seed 31 -o "$T/m" enc qaa
xlt eval -q --limit 20 -o $'r\n.parquet' "$T/m" qaa qab
xlt align-score -q --n-pairs 50 -o before.parquet enc "it's.parquet"
xlt extract-pairs -q --dict "$D" --corpus 'a world/parallel/qaa-qab.test' -o - qaa qab |
  xlt align-score -q --n-pairs 50 -o after.parquet "$T/m" -
"""


def test_a_tiny_study_is_made_again(shell: Shell, tmp_path: Path) -> None:
    shell(TINY_STUDY)
    for name in ("after.parquet", "r\n.parquet"):
        shell(f"mkdir {name[0]}; xlt show --script {shlex.quote(name)} > {name[0]}/run.sh; cd {name[0]}; bash run.sh")
        first, again = (open_table(str(folder / name)) for folder in (tmp_path, tmp_path / name[0]))
        assert first.record is not None
        assert content_id(first.record, None) == content_id(again.record, None)
        assert [batch.to_pylist() for batch in first.batches(None)] == [b.to_pylist() for b in again.batches(None)]
    weights = [
        json.dumps((read_folder_record(folder / "tuned $1" / "m") or {})["files"]["model.safetensors"]["sha256"])
        for folder in (tmp_path, tmp_path / "a", tmp_path / "r")
    ]
    assert len(set(weights)) == 1


def test_what_has_no_record(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    told = "xlt: error: x.csv has no record of the commands that made it; 'xlt show x.csv' says what it is\n"
    assert shell("xlt show --script x.csv", status=2).err == told
    assert "give one" in shell("xlt show --script --json x.csv", status=2).err


def test_cells_of_other_tables_are_shown_as_they_stand(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("run,lang,when\n007,nan,2019-01-01\n010,NA,\n", encoding="utf-8")
    done = call("show", "x.csv", "--format", "csv")
    assert done.out == "run,lang,when\n007,nan,2019-01-01\n010,NA,\n"
    assert "columns: run (string), lang (string), when (string)" in done.err
