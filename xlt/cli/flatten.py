"""Groups of options (:mod:`xlt.options`) become options of a command, each told once, where its field stands."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from xlt.flat import Choice, Group, Leaf, group_in, leaves, made, names
from xlt.options import Dial, OneOf, Option


@dataclass(frozen=True)
class Flattened:
    """A command's parameters as typer takes them, and the way back.

    Attributes:
        parameters: of the command, groups replaced by their options.
        flags: the flag of each option, by the name of its parameter or field.
        groups: what was a group, by parameter.
    """

    parameters: Mapping[str, inspect.Parameter]
    flags: Mapping[str, str]
    groups: Mapping[str, Group]

    def build(self, values: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
        """Arguments of the command.

        Args:
            values: all parameters.
            given: those that somebody stated; what was not takes the default of its group.

        Raises:
            OptionError: a value that cannot be, or an option without effect.
        """
        inner = {name for group in self.groups.values() for name in names(group)}
        stated = {name: value for name, value in values.items() if name in inner & given}
        groups = {name: made(group, stated) for name, group in self.groups.items()}
        return {name: value for name, value in values.items() if name not in inner} | groups


def flattened(function: Callable[..., None]) -> Flattened:
    """Take a command's parameters apart: see :func:`xlt.flat.group_in` for what is a group."""
    hints = get_type_hints(function, include_extras=True)
    parameters: dict[str, inspect.Parameter] = {}
    groups: dict[str, Group] = {}
    flags: dict[str, str] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        group = group_in(hints[name])
        if group is None:
            parameters[name] = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name])
            continue
        groups[name] = group
        for option in _options(group):
            assert option.name not in parameters, f"{function.__name__}: two options are called {option.name}"
            parameters[option.name] = option
        for leaf in leaves(group):
            flags[leaf.dial.name] = flags[leaf.name] = _flag(leaf)
    return Flattened(parameters, flags, groups)


def _options(group: Group) -> Iterator[inspect.Parameter]:
    for member in group.members:
        if isinstance(member, Leaf):
            yield _option(member, [member.dial], required=member.dial.default is MISSING and not group.optional)
        elif isinstance(member, Group):
            yield from _options(member)
        else:
            yield _choosing(member)
            by_name: dict[str, list[Leaf]] = {}
            for inner in (*member.groups.values(), *member.instead.values()):
                for leaf in leaves(inner):
                    if isinstance(leaf, Leaf):
                        by_name.setdefault(leaf.name, []).append(leaf)
            for same in by_name.values():
                yield _option(same[0], [leaf.dial for leaf in same], required=False)


def _choosing(choice: Choice) -> inspect.Parameter:
    one_of, allowed = choice.dial.one_of, tuple(choice.groups)
    assert one_of is not None
    usual = one_of.name(choice.dial.default)
    return _parameter(choice.name, Annotated[Literal[allowed], typer.Option(_flag(choice), help=one_of.help)], usual)


def _option(leaf: Leaf, same: list[Dial], *, required: bool) -> inspect.Parameter:
    # ``same``: the option as each of several groups has it. Where it is not given the group's default holds, so that
    # the one of the command line is only there to be read.
    option = leaf.dial.option
    assert option is not None
    kind, shown = _argument(leaf.dial, option), {d.option.shown for d in same if d.option and d.option.shown}
    defaults = list(dict.fromkeys(_plain(d.default) for d in same))
    default, words = (defaults[0], True) if len(defaults) == 1 else (None, "; ".join(map(str, filter(None, defaults))))
    if kind is not bool and (default is None or shown):
        kind = kind | None
    told = typer.Option(
        _flag(leaf),
        help=option.help,
        metavar=option.metavar,
        show_default="; ".join(sorted(shown)) or words,
        min=option.min,
        max=option.max,
    )
    return _parameter(leaf.name, Annotated[kind, told], inspect.Parameter.empty if required else default)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(leaf: Leaf | Choice) -> str:
    told: Option | OneOf | None = leaf.dial.one_of if isinstance(leaf, Choice) else leaf.dial.option
    return f"--{(told and told.flag) or leaf.name.replace('_', '-')}"


def _plain(default: Any) -> Any:
    if default is MISSING:
        return None
    return (",".join(default) or None) if isinstance(default, tuple) else default


def _argument(dial: Dial, option: Option) -> Any:
    # On the command line a tuple is a repeated option, or one text with commas.
    alternatives = (dial.kind, *get_args(dial.kind))
    if any(get_origin(kind) is tuple for kind in alternatives):
        return str if option.joined else list[str]
    return Literal[option.choices] if option.choices else dial.kind
