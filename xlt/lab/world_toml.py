"""``world.toml``: the dials of a world as a file that states and explains each of them."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from xlt.errors import OptionError, XltError
from xlt.files.toml_files import read_toml
from xlt.lab.options import SEED
from xlt.lab.world import Concepts, Grammar, Language, Sizes, World, check_world

Table = TypeVar("Table", Sizes, Concepts, Grammar, Language)

_HEAD = """\
# The dials of a constructed world, written by 'xlt lab languages'. Edit, and give it back with --world.
# Shares are fractions of 1 with at most three digits. The first language is the source.
#
# What turns the usual findings off: a target with shared = 1.0, shared_affixes = 1.0, synonyms = 0.0 and all else as in
# the source (order, sides, articles, particle, inflection) is the source under another name: realignment has nothing to
# gain. With homonyms = 0.0 and synonyms = 0.0 everywhere a dictionary needs no context.
"""


def world_toml(world: World) -> str:
    """The file's text; :func:`read_world` gives the world back."""
    parts = [_HEAD + f"\nseed = {world.seed}\n"]
    parts += [
        f"[{name}]\n{_lines(table, explained=True)}"
        for name, table in (("sizes", world.sizes), ("concepts", world.concepts), ("grammar", world.grammar))
    ]
    for number, (code, language) in enumerate(world.languages.items()):
        parts.append(f"[languages.{code}]\n{_lines(language, explained=not number)}")
    return "\n".join(parts)


def read_world(path: Path) -> World:
    """Read dials. What a table leaves out has its default.

    Raises:
        XltError: no such file, no TOML, or a dial that is unknown, of the wrong type or out of range.
    """
    try:
        given = read_toml(path, Decimal)
    except OSError as error:
        raise OptionError("world", f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise XltError(f"{path}: no TOML: {error}") from error
    known = {"sizes": Sizes, "concepts": Concepts, "grammar": Grammar}
    for key in given:
        if key not in {*known, "seed", "languages"}:
            raise XltError(f"{path}: [{key}] is unknown; a world has seed, sizes, concepts, grammar and languages")
    seed = given.get("seed", SEED)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise XltError(f"{path}: seed is {_shown(seed)}, expected a whole number")
    languages = _table(path, "languages", given.get("languages", {}))
    for code in languages:
        if not (2 <= len(code) <= 8 and code.isascii() and code.isalpha() and code.islower()):
            raise XltError(f"{path}: [languages.{code}] is no language code; use two to eight small letters, as in qab")
    world = World(
        seed=seed,
        sizes=_read(path, "sizes", Sizes, given.get("sizes", {})),
        concepts=_read(path, "concepts", Concepts, given.get("concepts", {})),
        grammar=_read(path, "grammar", Grammar, given.get("grammar", {})),
        languages={code: _read(path, f"languages.{code}", Language, table) for code, table in languages.items()},
    )
    check_world(world, str(path))
    return world


def _lines(table: Sizes | Concepts | Grammar | Language, *, explained: bool) -> str:
    lines = []
    for dial in fields(table):
        value = getattr(table, dial.name)
        if dial.metadata["kind"] == "share":
            value = f"{value // 1000}.{value % 1000:03}".rstrip("0")
            value += "0" if value.endswith(".") else ""
        elif dial.metadata["kind"] == "flag":
            value = str(value).lower()
        elif dial.metadata["kind"] == "choice":
            value = f'"{value}"'
        line = f"{dial.name} = {value}"
        options = dial.metadata.get("options")
        doc = dial.metadata["doc"] + (f": {', '.join(options)}" if options else "")
        lines.append(f"{line:<28}# {doc}\n" if explained else f"{line}\n")
    return "".join(lines)


def _read(path: Path, name: str, kind: type[Table], given: Any) -> Table:
    dials = {dial.name: dial for dial in fields(kind)}
    values = {}
    for key, value in _table(path, name, given).items():
        if key not in dials:
            raise XltError(f"{path}: [{name}] {key} is no dial; there are {', '.join(dials)}")
        values[key] = _value(f"{path}: [{name}] {key}", dials[key].metadata["kind"], value)
    return kind(**values)


def _table(path: Path, name: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise XltError(f"{path}: {name} is {_shown(given)}, expected a table [{name}]")
    return given


def _value(where: str, kind: str, value: Any) -> Any:
    if kind == "flag":
        if not isinstance(value, bool):
            raise XltError(f"{where} is {_shown(value)}, expected true or false")
        return value
    if kind == "choice":
        if not isinstance(value, str):
            raise XltError(f"{where} is {_shown(value)}, expected a text in quotes")
        return value
    if kind == "whole":
        if not isinstance(value, int) or isinstance(value, bool):
            raise XltError(f"{where} is {_shown(value)}, expected a whole number")
        return value
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise XltError(f"{where} is {_shown(value)}, expected a share from 0.0 to 1.0")
    if not Decimal(value).is_finite() or not 0 <= value <= 1:
        raise XltError(f"{where} is {_shown(value)}, expected 0 to 1")
    if value * 1000 != int(value * 1000):
        raise XltError(f"{where} is {value}, expected at most three digits after the point")
    return int(value * 1000)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, Decimal) else repr(value)
