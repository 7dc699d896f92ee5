"""Steps as a notebook calls them: ``xlt.align_score(model, pairs, layers="-1")``.

A step takes its options as groups (:mod:`xlt.options`); its face takes them by their own names, as the command line
does, refuses what has no effect in the same way, and tells all of them to ``help`` and to completion. Seams
(:class:`xlt.options.Seam`) it takes as well, and does not tell of.
"""

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING
from os import PathLike, fspath
from types import SimpleNamespace
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from xlt.errors import OptionError
from xlt.flat import Leaf, OptionChoice, OptionGroup, group_in, leaves, made, names
from xlt.options import Seam

R = TypeVar("R")


def face(step: Callable[..., R], name: str = "") -> Callable[..., R]:
    """A step whose options are given by name; ``name`` is the face's own, where it is not the step's.

    A whole group is taken as well (``options=AlignScoreOptions(...)``). Paths stand for their text, and one text or
    path for a list of one where a list is asked for.

    Raises:
        OptionError: (every call) a name that the step does not have, a value that cannot be, an option without effect.
    """
    parameters = inspect.signature(step).parameters
    hints = _hints(step)
    groups = {own: group for own in parameters if (group := group_in(hints[own])) is not None}
    flat = {option for group in groups.values() for option in names(group)}
    called = name or step.__name__

    @functools.wraps(step)
    def call(*args: Any, **given: Any) -> R:
        unknown = sorted(set(given) - flat - set(parameters))
        if unknown:
            raise OptionError(unknown[0], f"is no option of {called}; help(xlt.{called}) tells them")
        stated = {name: value for name, value in given.items() if name in flat}
        rest = {name: value for name, value in given.items() if name not in flat}
        for name, group in groups.items():
            own = stated.keys() & names(group)
            if name in rest and own:
                raise OptionError(sorted(own)[0], "and {option} exclude each other: give one", name)
            if name not in rest and (own or parameters[name].default is inspect.Parameter.empty):
                rest[name] = made(group, stated)
        plain = [p for p in parameters.values() if p.name not in groups]
        named = {p.name: value for p, value in zip(plain, args, strict=False)} if args else {}
        if len(args) > len(plain) or named.keys() & rest.keys():
            raise TypeError(f"{called}: too many arguments, or one given twice")
        return step(**{n: _plain(v, hints[n]) if n not in groups else v for n, v in (named | rest).items()})

    call.__name__ = call.__qualname__ = called
    seams = {own for own, hint in hints.items() if Seam in getattr(hint, "__metadata__", ())}
    shown = {own: parameter for own, parameter in parameters.items() if own not in seams}
    call.__signature__ = inspect.Signature(_signature(shown, groups))  # type: ignore[attr-defined]
    call.__doc__ = _documented(_without(step.__doc__ or "", seams), groups)
    return call


def _hints(step: Callable[..., Any]) -> dict[str, Any]:
    # Of the parameters alone: what a step returns may be of a package that is not installed.
    told = {name: hint for name, hint in step.__annotations__.items() if name != "return"}
    return get_type_hints(
        SimpleNamespace(__annotations__=told), vars(sys.modules[step.__module__]), include_extras=True
    )


def _plain(value: Any, hint: Any) -> Any:
    if isinstance(value, PathLike) and hint is not Any and "Path" not in str(hint):
        value = fspath(value)
    if get_origin(hint) is Sequence and get_args(hint) == (str,):
        return [value] if isinstance(value, str) else [fspath(item) for item in value]
    return value


def _signature(
    parameters: Mapping[str, inspect.Parameter], groups: Mapping[str, OptionGroup]
) -> list[inspect.Parameter]:
    plain = [p for p in parameters.values() if p.name not in groups]
    first = [p for p in plain if p.default is inspect.Parameter.empty and p.kind is not inspect.Parameter.KEYWORD_ONLY]
    options = {leaf.name: leaf for group in groups.values() for leaf in leaves(group)}
    kind = inspect.Parameter.KEYWORD_ONLY
    return [*first, *map(_parameter, options.values()), *(p.replace(kind=kind) for p in plain if p not in first)]


def _parameter(leaf: Leaf | OptionChoice) -> inspect.Parameter:
    # A group that is chosen by its name is told by its name.
    dial = leaf.dial
    default = inspect.Parameter.empty if dial.default is MISSING else dial.default
    chosen = dial.one_of.name(default) if dial.one_of and default is not inspect.Parameter.empty else default
    annotation = str if dial.one_of else dial.kind
    return inspect.Parameter(leaf.name, inspect.Parameter.KEYWORD_ONLY, default=chosen, annotation=annotation)


def _without(text: str, names: Iterable[str]) -> str:
    # An argument goes on in lines that are indented more than its first.
    for name in names:
        text = re.sub(rf"^( +){name}: .*\n(?:\1 +.*\n)*", "", text, flags=re.MULTILINE)
    return text


def _documented(text: str, groups: Mapping[str, OptionGroup]) -> str:
    lines = [inspect.cleandoc(text), "", "Options:"]
    for leaf in {leaf.name: leaf for group in groups.values() for leaf in leaves(group)}.values():
        mark = leaf.dial.option if isinstance(leaf, Leaf) else leaf.dial.one_of
        lines.append(f"    {leaf.name}: {mark.help if mark else ''}")
    return "\n".join(lines) + "\n"
