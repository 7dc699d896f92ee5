"""``xlt convert`` through the real command line: pipes, formats, refusals."""

import json
from pathlib import Path

from tests.cli.conftest import Call, Shell
from tests.study import study_files


def test_through_pipes_and_back(call: Call, shell: Shell, tmp_path: Path) -> None:
    start = study_files.base("m")
    study_files.write(tmp_path / "a.parquet", [study_files.score(start, "ar", 1 / 3)], [start])
    piped = shell("xlt convert a.parquet - | xlt convert - - --format jsonl")
    assert piped.err == ""
    assert json.loads(piped.out)["value"] == 1 / 3
    assert call("convert", "a.parquet", "b.csv").out == "b.csv\n"
    call("convert", "b.csv", "c.parquet")
    assert call("show", "--format", "jsonl", "c.parquet", "-q").out == piped.out
    # From CSV on, the record says what it was made of; in Arrow it is what it was.
    assert "command: xlt convert b.csv c.parquet" in call("show", "c.parquet").out
    call("convert", "a.parquet", "d.arrow")
    assert call("show", "--json", "d.arrow").out == call("show", "--json", "a.parquet").out
    done = call("convert", "a.parquet", "e.csv", "--format", "csv", status=2)
    assert "--format has no effect on e.csv" in done.err
    assert not (tmp_path / "e.csv").exists()
    assert "exists already" in call("convert", "a.parquet", "b.csv", status=2).err
