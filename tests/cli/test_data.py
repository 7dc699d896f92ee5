"""``xlt data`` through the real command line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.corpora.server import Server, add_data_set, running_server

Run = Callable[..., "subprocess.CompletedProcess[str]"]

MANIFEST = """
title = "Test words"
kind = "dictionary"
description = "A few words"
homepage = "https://example.org"
licence = "CC0 1.0"
citation = '''
@misc{nobody,
  year = {2020},
}
'''
format = "muse"
languages = ["en", "fr", "ar"]
pairs = ["en-fr", "ar-en"]
[source]
url = "%s/{src}-{tgt}.txt"
"""

HUB = """
title = "Test sentences"
kind = "sentences"
description = "A few sentences"
homepage = "https://example.org"
licence = "CC0 1.0"
citation = "Nobody (2020)"
format = "tsv"
languages = ["en"]
[source]
hub = "owner/name"
revision = "main"
files = "data/{lang}/{split}.tsv"
[splits]
train = "train"
test = "test"
[columns]
text = "text"
label = "category"
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    own = tmp_path / "manifests"
    own.mkdir()
    (own / "words.toml").write_text(MANIFEST % server.url, encoding="utf-8")
    (own / "topics.toml").write_text(HUB, encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("XLT_", "HF_"))} | {
        "XLT_CACHE": str(tmp_path / "cache"),
        "XLT_MANIFESTS": str(own),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_ENDPOINT": server.url,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }

    def call(*args: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "xlt", "data", *args]
        return subprocess.run(command, env=env | extra, capture_output=True, text=True, timeout=60, check=False)

    return call


def one_line_error(process: "subprocess.CompletedProcess[str]") -> str:
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("xlt: error: ")
    assert process.stderr.count("\n") == 1
    return process.stderr


def test_fetch_list_and_path(run: Run, server: Server, tmp_path: Path) -> None:
    for name in ("en-fr", "fr-en", "en-ar", "ar-en"):
        server.add(f"/{name}.txt", b"a b\n")
    folder = tmp_path / "cache" / "words"

    missing = one_line_error(run("path", "words", "en", "fr"))
    assert "words en fr is not on disk yet: run 'xlt data fetch words en fr'" in missing
    assert str(folder) in missing

    process = run("fetch", "words", "en", "fr", "ar")
    assert process.returncode == 0, process.stderr
    names = ["en-fr", "fr-en", "en-ar", "ar-en"]
    assert process.stdout.splitlines() == [str(folder / f"{name}.txt") for name in names]
    assert process.stderr == ""

    assert run("path", "words", "fr", "en").stdout.splitlines() == [
        str(folder / "fr-en.txt"),
        str(folder / "en-fr.txt"),
    ]
    asked = len(server.requests)
    assert run("fetch", "words", "en", "fr", XLT_OFFLINE="1").returncode == 0
    assert len(server.requests) == asked

    (line,) = [line for line in run("list").stdout.splitlines() if " words " in line]
    assert "dictionary" in line
    assert "CC0 1.0" in line
    assert "4 (16 B)" in line


def test_list_of_one_kind(run: Run) -> None:
    process = run("list", "--kind", "dictionary")
    assert process.returncode == 0
    assert " muse " in process.stdout
    assert "opus100" not in process.stdout


def test_show_tells_everything(run: Run) -> None:
    out = run("show", "words").stdout
    for expected in (
        "title: Test words",
        "languages: 3: en, fr, ar",
        "pairs: 2: en-fr, ar-en",
        "licence: CC0 1.0",
        "/{src}-{tgt}.txt",
        "on disk: nothing yet",
        "citation:\n@misc{nobody,\n",
    ):
        assert expected in out
    assert "put {file}.{split} into the folder" in run("show", "conll2003").stdout


def test_all_splits_from_a_hub(run: Run, server: Server) -> None:
    add_data_set(server, "owner/name", {"data/en/train.tsv": b"text\n", "data/en/test.tsv": b"test\n"})
    process = run("fetch", "topics", "en")
    assert process.returncode == 0, process.stderr
    train, test = (Path(line) for line in process.stdout.splitlines())
    assert (train.read_bytes(), test.read_bytes()) == (b"text\n", b"test\n")
    asked = len(server.requests)
    assert run("path", "topics", "en", "--split", "test").stdout == f"{test}\n"
    assert run("fetch", "topics", "en", HF_HUB_OFFLINE="1").stdout == process.stdout
    assert len(server.requests) == asked


def test_errors_are_one_line_and_status_2(run: Run, server: Server, tmp_path: Path) -> None:
    assert "did you mean words?" in one_line_error(run("fetch", "wordz", "en", "fr"))
    assert "has no language 'xx'" in one_line_error(run("fetch", "words", "en", "xx"))
    assert "has no pair ar-fr" in one_line_error(run("path", "words", "ar", "fr"))
    assert "needs two languages" in one_line_error(run("fetch", "words", "en"))
    assert "needs a language" in one_line_error(run("fetch", "topics"))
    assert "has no split 'dev'" in one_line_error(run("fetch", "topics", "en", "--split", "dev"))
    assert "does not exist (HTTP status 404)" in one_line_error(run("fetch", "words", "en", "fr"))
    assert "xlt: error: no data set" in run("show", "nothing").stderr


@pytest.mark.parametrize("variable", ["XLT_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline(run: Run, server: Server, tmp_path: Path, variable: str) -> None:
    place = tmp_path / "cache" / "words" / "en-fr.txt"
    error = one_line_error(run("fetch", "words", "en", "fr", **{variable: "1"}))
    assert f"{variable}=1 forbids the network; put {server.url}/en-fr.txt at {place}" in error
    topics = tmp_path / "cache" / "topics" / "data" / "en" / "train.tsv"
    assert f"put the file at {topics}" in one_line_error(run("fetch", "topics", "en", **{variable: "1"}))
    assert not server.requests


def test_a_manifest_of_ones_own_is_checked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HUB)
    done = run("check", str(file))
    assert done.stdout == "en\ttrain\tdata/en/train.tsv\nen\ttest\tdata/en/test.tsv\n"
    assert done.stderr == f"{file}: a manifest of sentences data, tsv, 1 language\n"
    file.write_text('kind = "sentences"\nlicence = "CC0"\n')
    assert one_line_error(run("check", str(file))) == (
        f"xlt: error: {file}: title, description, homepage, citation, format, languages, source are missing; every "
        "manifest has title, kind, description, homepage, licence, citation, format, languages, source\n"
    )


def test_a_damaged_manifest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "manifests" / "bad.toml").write_text("title = 3\n", encoding="utf-8")
    assert "bad.toml: kind, description, homepage" in one_line_error(run("list"))
    assert run("show", "words").returncode == 0


def test_every_subcommand_has_help_and_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from xlt.cli.app import app\n"
        "try:\n"
        "    app(['data', *sys.argv[1:]])\n"
        "finally:\n"
        "    print(sorted(m for m in sys.modules if m.split('.')[0] in\n"
        "        {'huggingface_hub', 'torch', 'pyarrow', 'filelock', 'numpy', 'httpx', 'tqdm'}), file=sys.stderr)\n"
    )
    for name in ("list", "show", "fetch", "path"):
        process = subprocess.run(
            [sys.executable, "-c", code, name, "--help"], capture_output=True, text=True, timeout=60, check=False
        )
        assert process.returncode == 0
        assert "Usage:" in process.stdout
        assert process.stderr == "[]\n"
