"""The house (section 5 of the design): which room may know which, and what no file may do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = [
    "cli", "steps", "report", "alignment", "pairs", "study", "lab", "training", "tasks", "losses", "stats", "measures", "encoders", "aligners",
    "corpora", "files",
]  # fmt: skip
# Below all rooms.
FOUNDATION = {"xlt", "xlt.arrays", "xlt.errors", "xlt.work"}
# A step is what a notebook calls: tables for people and figures are the command line's business.
NOT_BESIDE = {("steps", "report")}

FILES = sorted((ROOT / "xlt").rglob("*.py"))
NAMES = [str(f.relative_to(ROOT)) for f in FILES]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, also of those inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            base = node.module or ""
            # `from xlt import x` may name a module or a value.
            yield from ((node.lineno, f"xlt.{alias.name}" if base == "xlt" else base) for alias in node.names)


def room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "xlt" and len(parts) > 1 and parts[1] in ROOMS else None


def allowed(importer: str, imported: str) -> bool:
    """Whether a file in one room may import from another: downward, or its own."""
    below = ROOMS.index(imported) >= ROOMS.index(importer)
    return below and (importer, imported) not in NOT_BESIDE


def test_every_file_stands_in_a_room_that_the_design_draws() -> None:
    outside = {f.relative_to(ROOT / "xlt").parts[0] for f in FILES} - set(ROOMS)
    assert outside == {"__init__.py", "__main__.py", "arrays.py", "errors.py", "work.py"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_run_downward_only(path: Path) -> None:
    here = path.relative_to(ROOT / "xlt").parts[0]
    for line, name in imports(path):
        if name.split(".")[0] != "xlt" or name in {*FOUNDATION, "xlt.__version__"}:
            continue
        there = room(name)
        assert there is not None, f"{path}:{line}: {name} is in no room"
        if here in ROOMS:
            assert allowed(here, there), f"{path}:{line}: {here} must not know {there} ({name})"
        else:
            # xlt and xlt.errors know nobody; python -m xlt starts the command line.
            assert (here, there) == ("__main__.py", "cli"), f"{path}:{line}: {here} imports {name}"


def test_the_rule_itself() -> None:
    assert allowed("cli", "report")
    assert allowed("steps", "files")
    assert allowed("files", "files")
    assert not allowed("steps", "report")
    assert not allowed("encoders", "measures")
    assert not allowed("files", "corpora")
    assert room("xlt.files.tables") == "files"
    assert room("xlt.errors") is None


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_only_the_command_line_talks_to_people(path: Path) -> None:
    if path.is_relative_to(ROOT / "xlt" / "cli"):
        return
    for line, name in imports(path):
        assert name.split(".")[0] not in {"typer", "rich", "click"}, f"{path}:{line}: {name} above xlt/cli only"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "exit", "input"}, f"{path}:{node.lineno}: {node.func.id}()"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_nothing_is_executed_that_came_with_data(path: Path) -> None:
    forbidden = {("allow_pickle", True), ("weights_only", False), ("trust_remote_code", True)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                assert (keyword.arg, value) not in forbidden, f"{path}:{node.lineno}: {keyword.arg}={value!r}"
            if isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, f"{path}:{node.lineno}: {node.func.id}()"
    found = {name.split(".")[0] for _, name in imports(path)}
    assert not found & {"pickle", "dill", "joblib", "shelve", "marshal"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 450
