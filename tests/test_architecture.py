"""The house (CONTRIBUTING.md draws it): which room may know which, and what no file may do."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

# Each room and the rooms that it may know besides itself and the ground. All others stand above or beside it.
GROUND = {"xlt", "xlt.arrays", "xlt.errors", "xlt.face", "xlt.flat", "xlt.options", "xlt.work"}
PURE = {"losses", "measures", "aligners", "stats"}
OUTSIDE = {"files", "corpora", "encoders"}
WINGS = {"pairs", "alignment", "tasks", "training", "study", "lab"}
MAY_KNOW = {
    **{pure: set[str]() for pure in PURE},
    "files": set[str](),
    "corpora": {"files"},
    "encoders": {"files", "corpora"},
    **dict.fromkeys(WINGS, PURE | OUTSIDE),
    "training": PURE | OUTSIDE | {"tasks"},
    "study": PURE | OUTSIDE | {"tasks"},
    "report": PURE | OUTSIDE | {"tasks", "study"},
    "cli": PURE | OUTSIDE | WINGS | {"report"},
}
# What a wing is asked to do: each stands in a file of its name, and none is a helper of another.
STEPS = {
    "pairs": {"extract_pairs", "aer"},
    "alignment": {"embed", "align_score"},
    "tasks": {"evaluate", "tag_pairs"},
    "training": {"pretrain", "realign", "finetune"},
    "study": {"breakdown", "changes", "comparisons", "correlate", "examples", "import_wide"},
    "lab": {"languages"},
}

FILES = sorted((ROOT / "xlt").rglob("*.py"))


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
            # `from xlt.room import x` may name a module or a value.
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield node.lineno, whole if is_module(whole) else base


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return name.startswith("xlt.") and (path.with_suffix(".py").is_file() or path.is_dir())


def room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "xlt" and len(parts) > 1 and parts[1] in MAY_KNOW else None


def test_every_file_stands_in_a_room_that_the_design_draws() -> None:
    outside = {f.relative_to(ROOT / "xlt").parts[0] for f in FILES} - set(MAY_KNOW)
    assert outside == {
        "__init__.py",
        "__main__.py",
        "arrays.py",
        "errors.py",
        "face.py",
        "flat.py",
        "options.py",
        "work.py",
    }
    assert all((ROOT / "xlt" / r / "__init__.py").is_file() for r in MAY_KNOW)


def test_imports_run_downward_only() -> None:
    for path in FILES:
        here = path.relative_to(ROOT / "xlt").parts[0].removesuffix(".py")
        for line, name in imports(path):
            if name.split(".")[0] != "xlt" or name in GROUND:
                continue
            there = room(name)
            assert there is not None, f"{path}:{line}: {name} is in no room"
            if here in MAY_KNOW:
                assert there in MAY_KNOW[here] | {here}, f"{path}:{line}: {here} must not know {there} ({name})"
            else:
                # python -m xlt starts the command line; the ground knows nobody.
                assert (here, there) == ("__main__", "cli"), f"{path}:{line}: {here} imports {name}"


def test_pure_rooms_know_arrays_alone() -> None:
    allowed = {"xlt", "numpy", "scipy", "torch"} | set(sys.stdlib_module_names)
    for path in FILES:
        if path.relative_to(ROOT / "xlt").parts[0] in PURE:
            for line, name in imports(path):
                assert name.split(".")[0] in allowed, f"{path}:{line}: {name} is more than arrays"


def test_no_step_is_a_helper_of_another() -> None:
    steps = {f"xlt.{wing}.{name}" for wing, names in STEPS.items() for name in names}
    for step in sorted(steps):
        path = ROOT.joinpath(*step.split(".")).with_suffix(".py")
        for line, name in imports(path):
            assert name not in steps - {step}, f"{path}:{line}: {name} is a step"


def test_options_are_light() -> None:
    # The command line imports them for its help: nothing in them may take time to load. ``kinds`` have the names that
    # an option chooses from.
    for path in FILES:
        if path.name in ("options.py", "kinds.py") and path.parent.name != "cli":
            for line, name in imports(path):
                light = name.split(".")[0] in sys.stdlib_module_names or name in GROUND
                light |= name.rpartition(".")[2] in ("options", "kinds") or line in lines_for_types(path)
                assert light, f"{path}:{line}: {name} in a file of options"


def lines_for_types(path: Path) -> set[int]:
    """The lines that run for a type checker alone."""
    tests = [node for node in ast.walk(tree(path)) if isinstance(node, ast.If)]
    return {
        line
        for node in tests
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def test_no_command_shadows_its_step() -> None:
    for path in sorted((ROOT / "xlt" / "cli").glob("*.py")):
        for function in (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)):
            bound = [
                alias.asname or alias.name
                for node in ast.walk(function)
                if isinstance(node, ast.ImportFrom | ast.Import)
                for alias in node.names
            ]
            assert function.name not in bound, f"{path}:{function.lineno}: {function.name} means two things"


def test_no_room_is_a_drawer() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    for name in MAY_KNOW:
        own = sum(n for path, n in lines.items() if path.relative_to(ROOT / "xlt").parts[0] == name)
        assert own <= 0.16 * sum(lines.values()), f"{name} holds {own} of {sum(lines.values())} lines"
    for path, n in lines.items():
        assert n < 450, f"{path} has {n} lines"


def test_the_rules_themselves() -> None:
    assert "report" in MAY_KNOW["cli"]
    assert "tasks" in MAY_KNOW["training"]
    assert "training" not in MAY_KNOW["tasks"]
    assert "report" not in MAY_KNOW["study"]
    assert "measures" not in MAY_KNOW["encoders"]
    assert "corpora" not in MAY_KNOW["files"]
    assert room("xlt.files.tables") == "files"
    assert room("xlt.errors") is None


def test_only_the_command_line_talks_to_people() -> None:
    for path in FILES:
        if path.is_relative_to(ROOT / "xlt" / "cli"):
            continue
        for line, name in imports(path):
            assert name.split(".")[0] not in {"typer", "rich", "click"}, f"{path}:{line}: {name} outside xlt/cli"
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"print", "exit", "input"}, f"{path}:{node.lineno}: {node.func.id}()"


def test_nothing_is_executed_that_came_with_data() -> None:
    forbidden = {("allow_pickle", True), ("weights_only", False), ("trust_remote_code", True)}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                    assert (keyword.arg, value) not in forbidden, f"{path}:{node.lineno}: {keyword.arg}={value!r}"
                if isinstance(node.func, ast.Name):
                    assert node.func.id not in {"eval", "exec"}, f"{path}:{node.lineno}: {node.func.id}()"
        packages = {name.split(".")[0] for _, name in imports(path)}
        assert not packages & {"pickle", "dill", "joblib", "shelve", "marshal"}, path


def test_a_name_means_one_class() -> None:
    places: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{path}:{node.lineno}")
    assert not {name: where for name, where in places.items() if len(where) > 1}


# Links are columns, and an input is what, where, which bytes, which record: everywhere in this order.
BY_PLACE = {"Links", "Input"}
# Rooms with calls from before the rule.
OLD_CALLS = {"alignment", "corpora", "measures", "report", "study"}


def is_dataclass(node: ast.ClassDef) -> bool:
    names = [name for mark in node.decorator_list for name in ast.walk(mark) if isinstance(name, ast.Name)]
    return any(name.id in {"dataclass", "options"} for name in names)


def test_a_call_names_what_it_gives_to_a_dataclass() -> None:
    classes = {n.name for f in FILES for n in ast.walk(tree(f)) if isinstance(n, ast.ClassDef) and is_dataclass(n)}
    for path in FILES:
        if path.relative_to(ROOT / "xlt").parts[0] in OLD_CALLS:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes - BY_PLACE:
                assert len(node.args) <= 3, f"{path}:{node.lineno}: {node.func.id}({len(node.args)} by place)"


def test_every_file_has_its_mirror() -> None:
    for path in FILES:
        if not path.name.startswith("__"):
            name = f"test_{path.name.replace('_.py', '.py')}"
            mirror = ROOT / "tests" / path.relative_to(ROOT / "xlt").with_name(name)
            assert mirror.is_file(), f"{path} has no tests of its own: {mirror}"
