"""The documentation is complete, its links hold, and its examples do what they show."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.adding import changed_copy
from tests.docs.commands import contexts, options_of
from tests.docs.console import Shell, answers, typed
from tests.docs.generated import COMMANDS, DOCUMENTS
from tests.docs.markdown import ADDED, Block, anchors, blocks, calls, inline_code, links, shell_of
from tests.docs.python import failures
from tests.warm import Program, program_of

README = ROOT / "README.md"
MANUAL = [README, *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [
    *MANUAL, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "examples" / "study" / "README.md",
    ROOT / "data_manifests" / "README.md",
]  # fmt: skip
SCRIPTS = [*sorted((ROOT / "examples").glob("*.sh")), ROOT / "examples" / "study" / "Snakefile"]

# Options of other programs that the prose names.
FOREIGN = {
    "-d", "-o", "-v", "-n", "-m", "--nproc-per-node", "--config", "--directory", "--profile", "--resources", "--rates",
    "--write",
}  # fmt: skip


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# What is made from the code


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_what_is_made_from_the_code_is_up_to_date(document: Path) -> None:
    assert DOCUMENTS[document](_read(document)) == _read(document), "run: make docs"


def test_a_command_without_a_place_in_the_manual_is_named() -> None:
    with pytest.raises(ValueError, match=r"one '<!-- help: NAME -->': xlt embed$"):
        DOCUMENTS[COMMANDS](_read(COMMANDS).replace("<!-- help: xlt embed -->", ""))


# Completeness


def test_the_readme_is_one_page() -> None:
    assert len(_read(README).splitlines()) <= 150


def test_every_command_and_every_option_is_documented() -> None:
    # A chapter goes to the next that is about a command.
    chapters = re.split(r"^##+ (?=xlt )", _read(COMMANDS), flags=re.MULTILINE)
    by_title = {chapter.split("\n", 1)[0]: chapter for chapter in chapters}
    missing = [
        f"{name} {option}"
        for name in contexts()
        for option in options_of(name)
        if option not in re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", chapters[0] if name == "xlt" else by_title[name])
    ]
    assert missing == []


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS], ids=_name)
def test_every_option_of_a_call_exists(path: Path) -> None:
    text = shell_of(_read(path)) if path.suffix == ".md" else _read(path)
    unknown = [
        f"{call}: {name} has no {option}"
        for name, options, call in calls(text, set(contexts()))
        for option in options
        if option not in options_of(name)
    ]
    assert unknown == []


def test_a_call_is_read_over_continuation_lines_pipes_and_subcommands() -> None:
    script = "P=$(xlt data fetch muse \\\n  --split dev) && xlt embed -q --tag 'a=--b' m p | xlt show --rows 2 - # --x"
    read = [(name, options) for name, options, _ in calls(script, set(contexts()))]
    assert read == [("xlt data fetch", ["--split"]), ("xlt embed", ["-q", "--tag"]), ("xlt show", ["--rows"])]
    with pytest.raises(ValueError, match="xlt has no command allign"):
        list(calls("xlt allign --x", set(contexts())))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_every_option_in_the_prose_exists(path: Path) -> None:
    there = {option for name in contexts() for option in options_of(name)} | FOREIGN
    named = {o for code in inline_code(_read(path)) for o in re.findall(r"(?<![\w-])--[a-z][\w-]*", code)}
    assert named - there == set()


# Links


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in links(_read(path)):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists() or (anchor and anchor not in anchors(_read(target))):
            dead.append(link)
    assert dead == []


def test_every_page_of_the_manual_is_linked_from_the_readme() -> None:
    assert {f"docs/{page.name}" for page in MANUAL[1:]} <= {link.partition("#")[0] for link in links(_read(README))}


def test_the_readme_names_the_command_that_the_ci_runs() -> None:
    targets = re.findall(r"^(\w+):", _read(ROOT / "Makefile"), re.MULTILINE)
    assert "make test" in _read(ROOT / ".ci" / "run")
    assert "make test" in inline_code(_read(README))
    assert {code.split()[1] for code in inline_code(_read(README)) if code.startswith("make ")} <= {*targets}


# Examples that run


def _plain(folder: Path) -> None:
    (folder / "examples").symlink_to(ROOT / "examples")


def _real_data(folder: Path) -> None:
    data = Path(os.environ["XLT_TEST_DATA"]).resolve()
    encoder = data.parent / "models" / "bible-mlm-4x256"
    if not data.is_dir() or not encoder.is_dir():
        pytest.skip(f"no real data at {data}, or no encoder at {encoder}: set XLT_TEST_DATA")
    (folder / "data").symlink_to(data)
    (folder / "encoder").symlink_to(encoder)
    for name in ("enfr.src-tgt", "enfr.gold"):
        (folder / name).symlink_to(data / "word_alignment" / "awesome_align" / name)


def _at_length(folder: Path) -> None:
    if os.environ.get("XLT_DOCS") != "all":
        pytest.skip("takes a minute: set XLT_DOCS=all")
    _real_data(folder)


def _study(folder: Path) -> None:
    # Made by the script of the chapter, whose last digits depend on the machine; its 158 kB are kept instead.
    shutil.copytree(ROOT / "tests" / "docs" / "study", folder, dirs_exist_ok=True)


def _added(folder: Path) -> Path:
    return changed_copy(ROOT / "docs" / "adding.md", folder / "changed")


# What a block may ask for in the comment before it, and how its folder is made. Blocks of a document that ask for the
# same thing share a folder; those at length stand on what the others with real data wrote.
SETTINGS: dict[str, Callable[[Path], Path | None]] = {
    "": _plain,
    "run with: real data": _real_data,
    "run with: real data, at length": _at_length,
    "run with: the tables of this study": _study,
    ADDED: _added,
}


def _consoles(path: Path) -> list[Block]:
    return [block for block in blocks(_read(path)) if block.language == "console"]


@pytest.mark.parametrize("path", MANUAL, ids=_name)
def test_a_console_block_runs_or_says_why_not(path: Path) -> None:
    odd = [block for block in _consoles(path) if block.marker not in SETTINGS]
    assert [(b.line, b.marker) for b in odd if not re.fullmatch(r"not run: \w.*", b.marker)] == []


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        pytest.param(path, setting, id=f"{_name(path)}-{setting or 'as it is'}")
        for path in MANUAL
        for setting in SETTINGS
        if any(block.marker == setting for block in _consoles(path))
    ],
)
def test_console_blocks_print_what_they_show(path: Path, setting: str, tmp_path: Path, program: Program) -> None:
    own = SETTINGS[setting](tmp_path)
    with program_of(own) if own else nullcontext(program) as here:
        _run_all(path, setting, Shell(tmp_path, here))


def _run_all(path: Path, setting: str, shell: Shell) -> None:
    for block in _consoles(path):
        if block.marker == setting or (block.marker and setting.startswith(f"{block.marker},")):
            for command, answer, line in typed(block):
                done = shell.run(command)
                difference = "\n".join(unified_diff(answer, done.stdout.splitlines(), "shown", "printed", lineterm=""))
                assert done.returncode == 0, f"{_name(path)}:{line}: status {done.returncode}\n{done.stdout}"
                assert answers(answer, done.stdout), f"{_name(path)}:{line}: $ {command}\n{difference}"


@pytest.mark.parametrize("path", [p for p in MANUAL if "```pycon" in _read(p)], ids=_name)
def test_python_says_what_is_shown(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert failures(path) == ""


def test_tests_that_a_page_adds_pass(tmp_path: Path) -> None:
    root = _added(tmp_path)
    new = [block.marker.removeprefix("new file: ") for block in blocks(_read(ROOT / "docs" / "adding.md"))]
    tests = [name for name in new if name.startswith("tests/")]
    # Among the tests of all losses and measures, which look at the new ones as well.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "tests/measures/test_options.py"],
        cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert len(tests) == 2


def test_commands_are_told_from_their_answers() -> None:
    text = "$ a \\\n  b\none\n$ python - <<'END'\nx = 1\nEND\n$ c \"d\ne\"\ntwo\n\nthree\n"
    assert [(t.command, t.answer, t.line) for t in typed(Block("console", "", text, 5))] == [
        ("a \\\n  b", ["one"], 5),
        ("python - <<'END'\nx = 1\nEND", [], 8),
        ('c "d\ne"', ["two", "", "three"], 11),
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("one\ntwo", "one\ntwo\n", True),
        ("one  ", "one", True),
        ("one\ntwo", "one\n", False),
        ("one ... three", "one two three\n", True),
        ("one ... three", "one\n three\n", False),
        ("one\n...\nfour", "one\ntwo\nthree\nfour\n", True),
        ("...", "", True),
        ("one.two", "one two", False),
    ],
)
def test_three_dots_stand_for_anything(shown: str, printed: str, same: bool) -> None:
    assert answers([line.rstrip() for line in shown.splitlines()], printed) is same


# Citation


def test_what_is_cited_is_the_released_version() -> None:
    cited = dict(re.findall(r"^([\w-]+): (\S+)$", _read(ROOT / "CITATION.cff"), re.MULTILINE))
    assert cited["cff-version"] == "1.2.0"
    assert f"## {cited['version']} - {cited['date-released']}\n" in _read(ROOT / "CHANGELOG.md")
