"""Groups of options (:mod:`xlt.options`) become options of a command, each told once, where its field stands."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import typer
from typer.models import OptionInfo

from xlt.cli.complete import resources
from xlt.errors import OptionError
from xlt.flat import Leaf, OptionChoice, OptionGroup, group_in, group_of, leaves, made, names
from xlt.options import Dial, OneOf, Option, choices

M = TypeVar("M")

# What stands for a number in a help text, unless the option says it.
_PLAIN: Mapping[Any, str] = {int: "N", int | None: "N", float: "X", float | None: "X"}
# What a shell offers for the value of an option.
_OFFERED = {
    "corpus": resources("corpus"), "dictionary": resources("dictionary"), "data": resources("tagging", "sentences")
}  # fmt: skip
# Choices that are no longer than this together stand for the value; others are told in words.
_SHORT = 45


@dataclass(frozen=True)
class IdleWith:
    """Beside a parameter: it has no effect with a switch of the same command, so that stating it is refused.

    Attributes:
        switch: the parameter that is on or off, or given; a command that does not have it has nothing idle.
        why: what the switch does, as a clause: ``which scores ...``.
        but: a group whose options have an effect all the same, of a parameter that is a group.
    """

    switch: str
    why: str
    but: type | None = None


@dataclass(frozen=True)
class Flattened:
    """A command's parameters as typer takes them, and the way back.

    Attributes:
        parameters: of the command, groups replaced by their options.
        flags: the flag of each option, by the name of its parameter or field.
        groups: what was a group, by parameter.
        idle: options that a switch leaves without effect.
    """

    parameters: Mapping[str, inspect.Parameter]
    flags: Mapping[str, str]
    groups: Mapping[str, OptionGroup]
    idle: Mapping[str, IdleWith]

    def build(self, values: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
        """Arguments of the command.

        Args:
            values: all parameters.
            given: those that somebody stated; what was not takes the default of its group.

        Raises:
            OptionError: a value that cannot be, or an option without effect.
        """
        for name in (name for name in values if name in self.idle and name in given):
            idle = self.idle[name]
            if values.get(idle.switch):
                raise OptionError(name, f"has no effect with {{option}}, {idle.why}; leave it out", idle.switch)
        inner = {name for group in self.groups.values() for name in names(group)}
        stated = {name: value for name, value in values.items() if name in inner & given}
        groups = {name: made(group, stated) for name, group in self.groups.items()}
        return {name: value for name, value in values.items() if name not in inner} | groups


def flattened(function: Callable[..., None]) -> Flattened:
    """Take a command's parameters apart: see :func:`xlt.flat.group_in` for what is a group."""
    hints = get_type_hints(function, include_extras=True)
    parameters: dict[str, inspect.Parameter] = {}
    groups: dict[str, OptionGroup] = {}
    flags: dict[str, str] = {}
    idle: dict[str, IdleWith] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        group, mark = group_in(hints[name]), _marked(hints[name], IdleWith)
        if mark is not None:
            spared = names(group_of(mark.but)) if mark.but else set()
            idle |= dict.fromkeys((names(group) if group else {name}) - spared, mark)
        if group is None:
            parameters[name] = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name])
            flags |= _own_flag(name, hints[name])
            continue
        groups[name] = group
        for option in _options(group):
            assert option.name not in parameters, f"{function.__name__}: two options are called {option.name}"
            parameters[option.name] = option
        # By the names of fields, too, where no other option is given by such a name.
        flags = {leaf.dial.name: _flag(leaf) for leaf in leaves(group)} | flags
        flags |= {leaf.name: _flag(leaf) for leaf in leaves(group)}
    return Flattened(parameters=parameters, flags=flags, groups=groups, idle=idle)


def _marked(hint: Any, kind: type[M]) -> M | None:
    return next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, kind)), None)


def _own_flag(name: str, hint: Any) -> dict[str, str]:
    told = _marked(hint, OptionInfo)
    if told is None:
        return {}
    # In an annotation typer takes the first name for the default until it reads the command.
    texts = [text for text in (told.default, *(told.param_decls or ())) if isinstance(text, str)]
    return {name: next((text for text in texts if text.startswith("--")), f"--{name.replace('_', '-')}")}


def _options(group: OptionGroup) -> Iterator[inspect.Parameter]:
    for member in group.members:
        if isinstance(member, Leaf):
            required = member.dial.default is MISSING and not group.optional
            yield _option(member, _default(member.dial), required=required)
        elif isinstance(member, OptionGroup):
            yield from _options(member)
        else:
            yield _choosing(member)
            by_name: dict[str, dict[str, Leaf]] = {}
            for chosen, inner in (*member.groups.items(), *member.instead.items()):
                for leaf in leaves(inner):
                    if isinstance(leaf, Leaf):
                        by_name.setdefault(leaf.name, {})[chosen] = leaf
            for same in by_name.values():
                yield _option(next(iter(same.values())), _default_of_each(member, same), required=False)


def _choosing(choice: OptionChoice) -> inspect.Parameter:
    one_of, allowed = choice.dial.one_of, tuple(choice.groups)
    assert one_of is not None
    usual = one_of.name(choice.dial.default)
    metavar, words = _choices(allowed, one_of.help)
    told = typer.Option(
        _flag(choice), help=words, metavar=metavar, rich_help_panel=choice.dial.panel, case_sensitive=False
    )
    return _parameter(choice.name, Annotated[Literal[allowed], told], usual)


def _choices(allowed: Iterable[object], words: str) -> tuple[str, str]:
    # What stands for the value, and the help, of an option that has some values only.
    joined = "|".join(map(str, allowed))
    return (joined, words) if len(joined) <= _SHORT else ("NAME", f"{words.rstrip('.')}: {joined.replace('|', ', ')}.")


def _default(dial: Dial) -> tuple[Any, str | bool]:
    # As typer takes it, and what the help says of it: words where it says nothing itself.
    plain = _plain(dial.default)
    return plain, (dial.option.shown if plain is None and dial.option and dial.option.shown else True)


def _default_of_each(choice: OptionChoice, same: Mapping[str, Leaf]) -> tuple[Any, str | bool]:
    # Of an option that several groups have. Where it is not given the default of the group holds: that of the command
    # line is only there to be read.
    first, *others = ((name, _default(leaf.dial)) for name, leaf in same.items())
    if all(default == first[1] for _, default in others):
        return first[1]
    texts = [(name, words if isinstance(words, str) else str(plain)) for name, (plain, words) in (first, *others)]
    flag, usual = _flag(choice), texts[0][1]
    return None, "; ".join([usual, *(f"with {flag} {name} {text}" for name, text in texts[1:] if text != usual)])


def _option(leaf: Leaf, usual: tuple[Any, str | bool], *, required: bool) -> inspect.Parameter:
    option = leaf.dial.option
    assert option is not None
    kind, (default, shown) = _argument(leaf.dial, option), usual
    if kind is not bool and default is None:
        kind = kind | None
    allowed = option.choices or choices(leaf.dial.kind)
    metavar, words = option.metavar or _PLAIN.get(kind), option.help
    if metavar is None and allowed is not None:
        metavar, words = _choices(allowed, option.help)
    told = typer.Option(
        _flag(leaf),
        *([f"-{option.short}"] if option.short else []),
        help=words,
        metavar=metavar,
        rich_help_panel=leaf.dial.panel,
        autocompletion=_OFFERED[option.names] if option.names else None,
        # 'POS' is 'pos'; what arrives, and a record holds, is the name as it stands among the choices.
        case_sensitive=False,
        show_default=shown,
        min=option.min,
        max=option.max,
    )
    return _parameter(leaf.name, Annotated[kind, told], inspect.Parameter.empty if required else default)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(leaf: Leaf | OptionChoice) -> str:
    told: Option | OneOf | None = leaf.dial.one_of if isinstance(leaf, OptionChoice) else leaf.dial.option
    return f"--{(told and told.flag) or leaf.name.replace('_', '-')}"


def _plain(default: Any) -> Any:
    if default is MISSING:
        return None
    if isinstance(default, tuple):
        return ",".join(f"{one:g}" if isinstance(one, float) else one for one in default) or None
    return default


def _argument(dial: Dial, option: Option) -> Any:
    # On the command line a tuple is a repeated option, or one text with commas.
    alternatives = (dial.kind, *get_args(dial.kind))
    if any(get_origin(kind) is tuple for kind in alternatives):
        return str if option.joined else list[str]
    return Literal[option.choices] if option.choices else dial.kind
