"""What the command line offers: arguments and options, with defaults and bounds as users meet them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

# These are typer's own.
_FOREIGN = {"install_completion", "show_completion"}


def all_options() -> dict[str, Any]:
    """Facts of a parameter by command and flag; arguments, whose order counts, are numbered."""
    from xlt.cli.app import app

    return {name: dict(_parameters(command)) for name, command in _commands("xlt", typer.main.get_command(app))}


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word in command.list_commands(None) if hasattr(command, "list_commands") else ():
        yield from _commands(f"{name} {word}", command.get_command(None, word))


def _parameters(command: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    arguments = 0
    for parameter in command.params:
        if parameter.name in _FOREIGN:
            continue
        if parameter.param_type_name == "argument":
            arguments += 1
            yield f"argument {arguments}", _facts(parameter) | {"metavar": parameter.metavar}
        else:
            yield max(parameter.opts, key=len), _facts(parameter) | {"flags": sorted(parameter.opts)}


def _facts(parameter: Any) -> dict[str, Any]:
    annotation = parameter.type_descriptor.annotation
    facts: dict[str, Any] = {
        "type": _type(annotation),
        "default": _default(parameter),
        "required": parameter.required,
        "nargs": parameter.nargs,
        "multiple": parameter.multiple,
        "is_flag": getattr(parameter, "is_flag", False),
        "negative": sorted(parameter.secondary_opts),
    }
    # Sparse, for the eye: what stands at its usual value is left out, and is a change once it does not.
    usual = {"required": False, "nargs": 1, "multiple": False, "is_flag": False, "negative": []}
    facts = {name: value for name, value in facts.items() if name not in usual or value != usual[name]}
    bounds = {end: _number(str(bound)) for end in ("min", "max") if (bound := getattr(parameter, end)) is not None}
    return facts | bounds


def _type(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return sorted(get_args(annotation))
    if get_origin(annotation) is list:
        return ["list of", _type(get_args(annotation)[0])]
    # A path is a text that nobody checks while the options are read.
    return "str" if annotation is Path else str(getattr(annotation, "__name__", annotation))


def _default(parameter: Any) -> str:
    """The default as the help states it; no default, an empty list and a flag that is off are all empty.

    An option may have none and say in words what happens then, ``0.1`` as well as ``the whole batch``; a real default
    of 0.1 is the same to a user.
    """
    shown = parameter.show_default
    value = shown if isinstance(shown, str) else parameter.default
    if value is None or value is False:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return _number(str(value))


def _number(text: str) -> str:
    # Numbers have one spelling, whether they stand there as text, int or float.
    if text.lstrip("-").isdigit():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else repr(number)
