"""Options told once: a field of a dataclass with its type, default, bounds and words.

What else needs to know an option reads it there: the command line makes its flags (:mod:`xlt.cli.flatten`), a record
its parameters (:func:`params`), a signature and a recipe their parts (:func:`signed`, :func:`recipe_parts`), and
whoever makes an instance is told at once what cannot be (:func:`check`).

    @options
    class ScoreOptions:
        '''What is measured.'''

        similarity: Annotated[Literal["cosine", "csls"], Option("What makes words near.")] = "cosine"
        csls_k: Annotated[int, Option("Neighbours in CSLS.", metavar="K", min=1, sign="k")] = 10

A group of options may be a field of another: ``shape: Shape = Shape()``. One of several groups, chosen by name, is a
field marked by :class:`OneOf`; each group has options and defaults of its own.
"""

import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Annotated, Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints

from xlt.errors import OptionError

T = TypeVar("T")

# Under which heading of a help text an option stands; in the order in which the headings come.
Panel = Literal["Input", "Method", "Model", "Realignment", "Training", "Output", "Resources", "Messages"]


@dataclass(frozen=True, slots=True)
class Option:
    """What is to be known of a field beside its type and default.

    Attributes:
        help: what it does, for people.
        metavar: what stands for the value in a help text.
        min, max: bounds, both allowed; of a tuple those of each value.
        choices: the values allowed, where a dict of what they name has them and no Literal can.
        flag: its name on the command line where that of the field would not do, such as ``dict``.
        short: one letter that stands for it on the command line.
        shown: the default in words, where the value (None, or an empty tuple) says nothing.
        joined: a tuple is one argument with commas between, in place of a repeated option.
        panel: its heading in a help text, where it is not that of its group (``help_panel`` of the class).
        names: the kind of resource whose names a shell offers, ``data`` for that of tasks.
        only: names of other options of the group and the values with which this one has an effect; of an option of
            several values one of them is enough.
        defines: whether the result depends on it; what only says where and how quickly is no part of a record.
            ``changed``: a record tells it where it is not the default, as one that came later than records did.
        sign: whether it stands in a signature: ``always``, or ``changed`` where it is not the default.
        signed_as, recipe: its name in a signature, and in a recipe, where a value other than the default is told. With
            an empty name a recipe tells the value alone, and always.
    """

    help: str
    metavar: str | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] | None = None
    flag: str | None = None
    short: str | None = None
    shown: str | None = None
    joined: bool = False
    panel: Panel | None = None
    names: Literal["corpus", "dictionary", "data"] | None = None
    only: Mapping[str, tuple[object, ...]] | None = None
    defines: bool | Literal["changed"] = True
    sign: Literal["always", "changed"] | None = None
    signed_as: str | None = None
    recipe: str | None = None


# What every step with chance in it has; a record tells it beside the parameters.
SeedDial = Annotated[int, Option("Seed of every random choice.", metavar="N", min=0, max=2**63 - 1, defines=False)]


class Seam:
    """Marks a parameter of a step at which tests and other steps put something else in: faces do not tell of it."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field whose value is one of several groups of options, chosen by name.

    Attributes:
        groups: the groups by name.
        help: what is chosen.
        flag: the option that chooses, where its name is not the field's.
        instead: groups that are chosen by giving the option of theirs that has no default, in place of a name.
        panel: as that of an option.
    """

    groups: Mapping[str, type]
    help: str
    flag: str | None = None
    instead: Mapping[str, type] = field(default_factory=dict)
    panel: Panel | None = None

    def name(self, value: object) -> str:
        """The name of the group that a value is of."""
        return next(name for name, kind in {**self.groups, **self.instead}.items() if type(value) is kind)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def options(cls: type[T]) -> type[T]:
    """Make a group of options: a frozen dataclass, keyword arguments only, checked when made.

    Raises:
        OptionError: (the class made, at every call) see :func:`check`.
    """
    own = cls.__dict__.get("__post_init__")

    def __post_init__(self: Any) -> None:  # noqa: N807 - what dataclasses call
        check(self)
        if own is not None:
            own(self)

    cls.__post_init__ = __post_init__  # type: ignore[attr-defined]
    cls.__xlt_options__ = True  # type: ignore[attr-defined]
    # Code for each group is written at import, when somebody waits for a help text: only what depends on its fields.
    cls.__repr__, cls.__eq__, cls.__hash__ = _repr, _equal, _hash  # type: ignore[method-assign]
    return dataclass(frozen=True, kw_only=True, repr=False, eq=False)(cls)


def _repr(self: Any) -> str:
    return f"{type(self).__qualname__}({', '.join(f'{of.name}={getattr(self, of.name)!r}' for of in fields(self))})"


def _state(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, of.name) for of in fields(self))


def _equal(self: Any, other: object) -> bool:
    return type(self) is type(other) and _state(self) == _state(other)


def _hash(self: Any) -> int:
    return hash((type(self), _state(self)))


def is_group(kind: type) -> bool:
    """Whether a class is a group of options."""
    return getattr(kind, "__xlt_options__", False) is True


@dataclass(frozen=True, slots=True)
class Dial:
    """A field of a group: its name, bare type, default (or MISSING) and what is told of it.

    ``marks`` are all that its annotation holds beside the type, also those of other modules; ``panel`` is the heading
    under which a help text has it, None where neither the option nor its group tells one.
    """

    name: str
    kind: Any
    default: Any
    option: Option | None
    one_of: OneOf | None
    marks: tuple[Any, ...] = ()
    panel: Panel | None = None

    @property
    def group(self) -> type | None:
        """The group of options that the field holds, if it holds one (or none, where it may be None)."""
        groups = [kind for kind in _alternatives(self.kind) if isinstance(kind, type) and is_group(kind)]
        return groups[0] if len(groups) == 1 and self.one_of is None else None


_DIALS: dict[type, tuple[Dial, ...]] = {}


def dials(group: type) -> tuple[Dial, ...]:
    """The fields of a group, in order."""
    if group not in _DIALS:
        hints = get_type_hints(group, include_extras=True)
        _DIALS[group] = tuple(_dial(of, hints[of.name], getattr(group, "help_panel", None)) for of in fields(group))
    return _DIALS[group]


def _dial(of: "Field[Any]", hint: Any, panel: Panel | None) -> Dial:
    marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
    bare = get_args(hint)[0] if marks else hint
    default = of.default if of.default_factory is MISSING else of.default_factory()
    option = next((m for m in marks if isinstance(m, Option)), None)
    one_of = next((m for m in marks if isinstance(m, OneOf)), None)
    own = (option and option.panel) or (one_of and one_of.panel)
    return Dial(of.name, bare, default=default, option=option, one_of=one_of, marks=marks, panel=own or panel)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def choices(kind: Any) -> tuple[object, ...] | None:
    """The values that a Literal (or None) allows; None for any other type."""
    literals = [k for k in _alternatives(kind) if get_origin(k) is Literal]
    return get_args(literals[0]) if literals else None


def check(group: Any) -> None:
    """Refuse values that cannot be: outside the bounds, not among the choices, no finite number, without effect.

    Raises:
        OptionError: such a value; it names the option.
        TypeError: another group than the field is for, whose defaults may be others.
    """
    for dial in dials(type(group)):
        value = getattr(group, dial.name)
        if dial.group is not None and value is not None and not isinstance(value, dial.group):
            raise TypeError(f"{dial.name}: give {dial.group.__name__}, not {type(value).__name__}")
        if dial.option is None:
            continue
        allowed = dial.option.choices or choices(dial.kind)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, float) and not math.isfinite(one):
                raise OptionError(dial.name, f"{one}: give a finite number")
            if allowed is not None and one is not None and one not in allowed:
                raise OptionError(dial.name, f"{one!r}: {_choose(str(one), list(map(str, allowed)))}")
            if isinstance(one, int | float) and not isinstance(one, bool):
                _check_bounds(dial.name, one, dial.option)
        if value != dial.default:
            check_effect(group, dial)


def _choose(text: str, allowed: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(text, allowed, 1, 0.7)
    return f"choose from {', '.join(allowed)}" + (f"; did you mean {close[0]}?" if close else "")


def _check_bounds(name: str, value: float, option: Option) -> None:
    if option.min is not None and value < option.min:
        raise OptionError(name, f"{value}: give at least {option.min}")
    if option.max is not None and value > option.max:
        raise OptionError(name, f"{value}: give at most {option.max}")


def check_effect(group: Any, dial: Dial) -> None:
    """Refuse an option that was given although another one leaves it without effect.

    Raises:
        OptionError: it has none.
    """
    for name, values in ((dial.option and dial.option.only) or {}).items():
        value = getattr(group, name)
        # Of several values that another option has, one is enough.
        if any(one in values for one in (value if isinstance(value, tuple) else (value,))):
            continue
        if value == next(other.default for other in dials(type(group)) if other.name == name):
            # Nobody need have stated it: what is missing is named.
            needed = " or ".join(map(str, values))
            stated = "{option}" if values == (True,) else "{option} {value}"
            raise OptionError(dial.name, f"has no effect without {stated}; leave it out", name, needed)
        value = ",".join(map(str, value)) if isinstance(value, tuple) else value
        remedy = "give one of the two" if None in values else "leave it out"
        stated = "{option}" if value is True else "{option} {value}"
        raise OptionError(dial.name, f"has no effect with {stated}; {remedy}", name, value)


def params(group: Any) -> dict[str, Any]:
    """What of a group defines the result, for a record: plain values by name.

    Groups inside are dictionaries of their own; of a :class:`OneOf` its name, and beside it the options of the group.
    """
    values: dict[str, Any] = {}
    for dial, value in _values(group):
        if dial.one_of is not None:
            values |= {dial.name: dial.one_of.name(value), **params(value)}
        elif is_group(type(value)):
            values[dial.name] = params(value)
        elif dial.option is None or (dial.option.defines is True or (dial.option.defines and value != dial.default)):
            values[dial.name] = list(value) if isinstance(value, tuple) else value
    return values


def signed(group: type, values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a signature that the options of a group make: name and value; a switch has an empty one.

    Args:
        group: the class of the options.
        values: what they were, as a record's parameters have it.
        usual: the same of the defaults.
    """
    parts = {}
    for dial in dials(group):
        option = dial.option
        if option is None or option.sign is None:
            continue
        value = values.get(dial.name)
        if option.sign == "always" or value != usual.get(dial.name):
            parts[option.signed_as or dial.name.replace("_", "-")] = "" if value is True else str(value)
    return parts


def recipe_parts(values: Mapping[str, Any], usual: Mapping[str, Any], *groups: type) -> list[str]:
    """What of some groups is named in a recipe, ``temperature=0.2``, where it is not the default."""
    named = ((d.name, d.option.recipe) for group in groups for d in dials(group) if d.option and d.option.recipe)
    return [in_recipe(told, values[name]) for name, told in named if name in values and values[name] != usual[name]]


def recipe_heads(group: Any) -> list[str]:
    """What of a group a recipe always tells, the values alone."""
    return [str(getattr(group, d.name)) for d in dials(type(group)) if d.option and d.option.recipe == ""]


def in_recipe(name: str, value: object) -> str:
    """An option as it stands in a recipe, such as ``layers=4/8``: commas are what separates options."""
    if isinstance(value, list | tuple):
        value = "/".join(map(str, value))
    return f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}".replace(",", "/")


def _values(group: Any) -> Iterator[tuple[Dial, Any]]:
    return ((dial, getattr(group, dial.name)) for dial in dials(type(group)))
