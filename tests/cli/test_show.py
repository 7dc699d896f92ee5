"""``xlt show``: what a script sees of it; what is said of each kind of file is tested with the files."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from xlt.files.provenance import make_record
from xlt.files.schemas import PRIORS
from xlt.files.tables import write_table


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
    assert cells == [[f"s{i}", f"t{i}", f"{i / 8:.4f}", ""] for i in range(5)]


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
