"""``xlt lab languages``: what a script sees of it, and what is said about wrong dials."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.lab.small_worlds import world
from xlt.lab.world_toml import world_toml


@pytest.fixture
def dials(tmp_path: Path) -> str:
    (tmp_path / "dials.toml").write_text(world_toml(world()), encoding="utf-8")
    return "dials.toml"


def test_the_path_and_the_counts(call: Call, tmp_path: Path, dials: str) -> None:
    done = call("lab", "languages", "-o", "my world", "--world", dials, "--sentences", 30, "--tag", "a=b")
    assert done.out == "my world\n"
    shown = {k.strip(): v for k, v in (line.strip().split("  ", 1) for line in done.err.splitlines()[1:])}
    assert {k: v.strip() for k, v in shown.items() if k != "dictionary entries"} == {
        "languages": "qaa, qab", "sentences of text": str(2 * 65), "sentence pairs": "65",
        "labelled sentences": str(10 * 75),
        "training words of the dictionaries": "the most frequent 10 of 13 (dict-train), the others in dict-test",
    }  # fmt: skip
    record = json.loads((tmp_path / "my world" / "xlt.json").read_text(encoding="utf-8"))
    assert record["tags"] == {"a": "b"}
    assert record["command"].startswith("xlt lab languages -o 'my world' --world dials.toml")
    call("lab", "languages", "-o", "my world", "--world", "my world/world.toml", status=2)
    assert call("lab", "languages", "-q", "-o", "my world", "--world", "my world/world.toml", "--force").err == ""
    assert {p.name for p in tmp_path.iterdir()} == {"dials.toml", "my world"}


def test_the_other_commands_read_it(call: Call, dials: str) -> None:
    call("lab", "languages", "-q", "-o", "w", "--world", dials)
    done = call(
        "extract-pairs", "-q", "--corpus", "w/parallel/qaa-qab.{split}", "--dict", "w/dict", "--format", "pharaoh",
        "--keep-empty", "-o", "-", "qaa", "qab",
    )  # fmt: skip
    gold = Path("w/parallel/qaa-qab.train.links").read_text(encoding="utf-8").splitlines()
    found = done.out.splitlines()
    assert len(found) == len(gold) == 50
    links = sum(len(row.split()) for row in found)
    # Dictionary pairs leave what is ambiguous out: they are nearly all right.
    right = sum(len(set(a.split()) & set(b.split())) for a, b in zip(found, gold, strict=True))
    assert links > 50
    assert right > 0.95 * links


BAD = [
    ("--languages 1", "--languages"),
    ("--languages 27", "--languages 27: a world has from 2 to 26 languages"),
    ("--sentences 0", "--sentences"),
    ("--seed -1", "--seed"),
    ("--world nowhere.toml", "--world nowhere.toml: cannot be read"),
    ("--world bad.toml", "bad.toml: [languages.qab] shared and cognate are shares of one whole, but sum above 1"),
    ("--world dials.toml --languages 3", "--languages 3: dials.toml describes 2 languages"),
    ("--tag x", "--tag 'x'"),
    ("-o no/where", "the folder no does not exist"),
    ("-o -", "name a folder"),
    ("-o dials.toml --force", "dials.toml is a file; -o must name a folder"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_wrong_usage(call: Call, tmp_path: Path, dials: str, options: str, message: str) -> None:
    text = world_toml(world()).replace("shared = 0.5", "shared = 0.5\ncognate = 0.6", 1)
    (tmp_path / "bad.toml").write_text(text.replace("cognate = 0.0\n", "", 2), encoding="utf-8")
    rest = [] if "-o" in options.split() else ["-o", "w"]
    done = call("lab", "languages", *rest, *options.split(), status=2)
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert {p.name for p in tmp_path.iterdir()} == {"dials.toml", "bad.toml"}


def test_the_output_must_be_named(call: Call) -> None:
    assert "--output" in call("lab", "languages", status=2).err
