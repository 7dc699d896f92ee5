"""From flat names, as a command line or a call in a notebook states them, to groups of options."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, replace
from typing import Annotated, Any, TypeVar, get_args, get_origin

from xlt.errors import OptionError
from xlt.options import Dial, check_effect, dials, is_group

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """Other names for some options of a group, and options that a caller leaves out.

    It stands beside a parameter, or beside a field that holds a group: ``joint: Annotated[Joint, Named(...)]``.

    Attributes:
        names: by the group's own.
        without: the group's own names of those left out.
        shown: by the group's own names, defaults in words that are the caller's.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)

    def and_inside(self, inner: "Named") -> "Named":
        """What holds for a group inside, beside whose field ``inner`` stands."""
        return Named({**self.names, **inner.names}, self.without | inner.without, {**self.shown, **inner.shown})


@dataclass(frozen=True)
class Leaf:
    """An option and the name by which it is given."""

    dial: Dial
    name: str


@dataclass(frozen=True)
class OptionChoice:
    """A field that holds one of several groups, chosen by name; ``instead``: those chosen by an option of their own."""

    dial: Dial
    name: str
    groups: Mapping[str, "OptionGroup"]
    instead: Mapping[str, "OptionGroup"]


@dataclass(frozen=True)
class OptionGroup:
    """A group of options taken apart; ``optional``: there is none where its first option is not given."""

    kind: type
    field: str
    usual: Any
    optional: bool
    members: tuple["Leaf | OptionChoice | OptionGroup", ...]


def group_of(
    kind: type, named: Named | None = None, *, field: str = "", usual: Any = None, optional: bool = False
) -> OptionGroup:
    """Take a group apart, with all groups inside it; ``usual`` is its default where it is the field of another."""
    members = tuple(_members(kind, named or Named()))
    return OptionGroup(kind, field=field, usual=usual, optional=optional, members=members)


def group_in(hint: Any) -> OptionGroup | None:
    """The group that a parameter takes (``X``, ``X | None``, with :class:`Named` beside); None for any other."""
    marks = hint.__metadata__ if get_origin(hint) is Annotated else ()
    bare = get_args(hint)[0] if marks else hint
    kinds = [kind for kind in (bare, *get_args(bare)) if isinstance(kind, type) and is_group(kind)]
    named = next((mark for mark in marks if isinstance(mark, Named)), None)
    return group_of(kinds[0], named, optional=type(None) in get_args(bare)) if kinds else None


def _members(kind: type, named: Named) -> Iterator[Leaf | OptionChoice | OptionGroup]:
    for dial in dials(kind):
        if dial.name in named.without:
            continue
        name = named.names.get(dial.name, dial.name)
        if dial.group is not None:
            usual = None if dial.default is MISSING else dial.default
            inner = next((mark for mark in dial.marks if isinstance(mark, Named)), Named())
            optional = type(None) in get_args(dial.kind)
            yield group_of(dial.group, named.and_inside(inner), field=dial.name, usual=usual, optional=optional)
        elif dial.one_of is not None:
            groups, instead = (
                {name: group_of(inner, named) for name, inner in kinds.items()}
                for kinds in (dial.one_of.groups, dial.one_of.instead)
            )
            yield OptionChoice(dial, name, groups=groups, instead=instead)
        elif dial.option is not None:
            if dial.name in named.shown:
                dial = replace(dial, option=replace(dial.option, shown=named.shown[dial.name]))
            yield Leaf(dial, name)


def leaves(group: OptionGroup) -> Iterator[Leaf | OptionChoice]:
    """All that can be given, choices before what they choose from; a name may come several times."""
    for member in group.members:
        if isinstance(member, OptionGroup):
            yield from leaves(member)
            continue
        yield member
        if isinstance(member, OptionChoice):
            for inner in (*member.groups.values(), *member.instead.values()):
                yield from leaves(inner)


def names(group: OptionGroup) -> set[str]:
    """The names of all that can be given."""
    return {leaf.name for leaf in leaves(group)}


def switch(group: OptionGroup) -> str:
    """The option that asks for a group by being given: the first that has no default, else its first."""
    own = [leaf for leaf in leaves(group) if isinstance(leaf, Leaf)]
    return next((leaf.name for leaf in own if leaf.dial.default is MISSING), next(leaves(group)).name)


def made(group: OptionGroup, given: Mapping[str, Any], usual: Any = None) -> Any:
    """The group, from what was given; its own defaults fill the rest.

    Args:
        group: taken apart.
        given: values by name; other names than the group's are left alone.
        usual: fills the rest in place of the group's own defaults.

    Raises:
        OptionError: a value that cannot be, or an option that has no effect beside the others.
    """
    if group.optional:
        key = switch(group)
        if key not in given:
            idle = next((leaf.name for leaf in leaves(group) if leaf.name in given), None)
            if idle is not None:
                raise OptionError(idle, "has no effect without {option}; leave it out", key)
            return None
    try:
        rest = {} if usual is None else {dial.name: getattr(usual, dial.name) for dial in dials(group.kind)}
        whole = group.kind(**rest | _arguments(group, given))
        for member in group.members:
            if isinstance(member, Leaf) and member.name in given:
                check_effect(whole, member.dial)
    except OptionError as error:
        # By the names that were given: two groups may have fields of one name.
        own = {leaf.dial.name: leaf.name for leaf in leaves(group)}
        own |= {member.dial.name: member.name for member in group.members if isinstance(member, Leaf)}
        option, other = (own.get(name, name) for name in (error.option, error.other))
        raise OptionError(option, error.text, other, error.value) from None
    return whole


def _arguments(group: OptionGroup, given: Mapping[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for member in group.members:
        if isinstance(member, Leaf):
            if member.name in given:
                arguments[member.dial.name] = _value(member, given[member.name])
        elif isinstance(member, OptionChoice):
            if member.name in given or any(names(inner) & set(given) for inner in _groups(member).values()):
                arguments[member.dial.name] = _chosen(member, given)
        elif names(member) & set(given):
            arguments[member.field] = made(member, given, member.usual)
    return arguments


def _value(leaf: Leaf, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    numbers = leaf.dial.kind == tuple[float, ...]
    if numbers and isinstance(value, int | float):
        return (value,)
    if leaf.dial.option is not None and leaf.dial.option.joined and isinstance(value, str):
        parts = tuple(value.split(",")) if value else ()
        by_small_letters = {name.lower(): name for name in leaf.dial.option.choices or ()}
        try:
            if all(parts):
                return tuple(float(part) if numbers else by_small_letters.get(part.lower(), part) for part in parts)
        except ValueError:
            pass
        raise OptionError(leaf.dial.name, f"{value}: write {'numbers' if numbers else 'names'} with commas between")
    return value


def _groups(choice: OptionChoice) -> dict[str, OptionGroup]:
    return {**choice.groups, **choice.instead}


def _chosen(choice: OptionChoice, given: Mapping[str, Any]) -> Any:
    groups, one_of = _groups(choice), choice.dial.one_of
    assert one_of is not None
    usual = one_of.name(choice.dial.default)
    chosen = given.get(choice.name, usual)
    if chosen not in groups:
        raise OptionError(choice.dial.name, f"{chosen!r}: choose from {', '.join(choice.groups)}")
    for name, group in choice.instead.items():
        key = switch(group)
        if key in given:
            if choice.name in given:
                raise OptionError(key, "and {option} exclude each other: give one", choice.name)
            chosen = name
    for leaf in (leaf for group in groups.values() for leaf in leaves(group)):
        if leaf.name in given and leaf.name not in names(groups[chosen]):
            raise _idle(choice, chosen, leaf.name)
    needed = [m for m in groups[chosen].members if isinstance(m, Leaf) and m.dial.default is MISSING]
    for leaf in needed:
        if leaf.name not in given and chosen != usual:
            assert leaf.dial.option is not None
            purpose = leaf.dial.option.help.rstrip(".").replace("{", "{{").replace("}", "}}")
            text = f"{{value}} needs {{option}} ({purpose[0].lower()}{purpose[1:]})"
            raise OptionError(choice.name, text, leaf.name, chosen)
    # What the default instance says stands unless something of it is given.
    stated = chosen != usual or names(groups[chosen]) & set(given)
    if not stated:
        return choice.dial.default
    return made(groups[chosen], given, choice.dial.default if chosen == usual else None)


def _idle(choice: OptionChoice, chosen: str, name: str) -> OptionError:
    # An option that only other groups have, said in the way in which each of them is asked for.
    owners = [owner for owner, inner in choice.groups.items() if name in names(inner)]
    keys = [switch(inner) for inner in choice.instead.values() if name in names(inner)]
    with_chosen = f"{{{switch(choice.instead[chosen])}}}" if chosen in choice.instead else f"{{option}} {chosen}"
    by_name = [f"{'' if '{option}' in with_chosen else '{option} '}{', '.join(owners)}"] if owners else []
    only = " or ".join([*by_name, *(f"{{{key}}}" for key in keys)])
    return OptionError(name, f"has no effect with {with_chosen}, only with {only}; leave it out", choice.name)


def from_flat(kind: type[T], given: Mapping[str, Any], named: Named | None = None) -> T:
    """A group of options from flat names, as a call states them.

    Raises:
        OptionError: a name that is no option of the group, or what :func:`made` refuses.
    """
    group = group_of(kind, named)
    unknown = sorted(set(given) - names(group))
    if unknown:
        raise OptionError(unknown[0], f"is no option here; there are {', '.join(sorted(names(group)))}")
    whole: T = made(group, given)
    return whole
