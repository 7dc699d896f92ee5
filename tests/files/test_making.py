"""Which commands made some files: each once, those first whose outputs others read."""

import json
from pathlib import Path

import pytest

from xlt.files.making import Command, Making
from xlt.files.provenance import Input, InputRecord, Record


def record(command: str, time: str = "", *inputs: Input) -> Record:
    return {"step": "x", "command": command, "time": time, "inputs": [item.as_json() for item in inputs]}


def made(name: str, command: str, time: str = "", *inputs: Input) -> Input:
    return Input("table", name, f"sha of {name}", record(command, time, *inputs))


def order(*items: Input) -> list[str]:
    making = Making()
    for item in items:
        making.add(item.as_json())
    return [command.text for command in making.in_order()]


def test_inputs_come_first_whatever_the_clock_says() -> None:
    a = made("a", "xlt a", "2026-03")
    b, c = made("b", "xlt b", "2026-02", a), made("c", "xlt c", "2026-01", a)
    assert order(made("d", "xlt d", "2026-01", b, c)) == ["xlt a", "xlt c", "xlt b", "xlt d"]
    # Of what does not hang together the earlier comes first; what two files go back to stands once.
    assert order(b, c) == ["xlt a", "xlt c", "xlt b"]
    assert order() == []


def test_commands_of_one_line_that_read_each_other_come_once() -> None:
    # Run in two folders: the second reads what the first made, by another name.
    first = made("m", "xlt a", "1")
    second = made("n", "xlt b", "2", first)
    assert order(made("m", "xlt a", "3", second)) == ["xlt a", "xlt b"]
    assert order(made("m", "xlt a", "2", first)) == ["xlt a"]


def test_what_is_known_of_a_command() -> None:
    making = Making()
    for sha, time in (("1", "2026-02"), ("2", "2026-01")):
        item = Input("scores", "s.parquet", None, record("xlt a", time, Input("dict", "d.txt", sha)))
        assert making.add(item.as_json()) == ("s.parquet", "xlt a")
    (command,) = making.in_order()
    assert command.time == "2026-01"
    assert command.contents == {"d.txt": {"1", "2"}}
    assert list(command.needs) == ["d.txt"]
    assert making.add(Input("results", "r.csv", "0").as_json()) == ("r.csv", None)
    about: InputRecord = {
        "role": "data",
        "name": "x",
        "sha256": "0123456789abcdef",
        "resource": "udpos",
        "record": None,
    }
    making.add(made("t", "xlt t").as_json() | {"record": record("xlt t") | {"inputs": [about]}})
    assert making.commands["xlt t"].needs == {"x": "data, sha256 0123456789ab…, of udpos"}


def test_a_file_of_a_folder_that_xlt_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "world" / "dict").mkdir(parents=True)
    files = {"dict": {"a.txt": "1"}, "world.toml": {"sha256": "2", "size": 1, "mtime_ns": 1}}
    (tmp_path / "world" / "xlt.json").write_text(json.dumps(record("xlt lab") | {"files": files}))
    making = Making()
    for name, sha, expected in (
        ("world/dict/a.txt", "1", ("world", "xlt lab")),
        ("world/world.toml", "2", ("world", "xlt lab")),
        # Another content by now, another name, no hash.
        ("world/dict/a.txt", "9", ("world/dict/a.txt", None)),
        ("world/b.txt", "1", ("world/b.txt", None)),
        ("world/dict/a.txt", None, ("world/dict/a.txt", None)),
    ):
        assert making.add(Input("dict", name, sha).as_json()) == expected
    (tmp_path / "world" / "xlt.json").write_text("broken")
    assert Making().add(Input("dict", "world/dict/a.txt", "1").as_json()) == ("world/dict/a.txt", None)


def test_what_a_line_writes() -> None:
    words = ["xlt", "eval", "-o", "a", "--predictions=b", "-oc", "--output", "-", "--points", "d", "--other", "e"]
    assert Command("", words, "").outputs == ["a", "b", "c", "-", "d"]
    assert Command("", ["xlt", "-o"], "").outputs == [""]
