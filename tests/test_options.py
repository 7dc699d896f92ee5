"""Options told once: what a field says is what is refused, recorded, signed and named in a recipe."""

import math
from typing import Annotated, Any, Literal

import pytest

from xlt.errors import OptionError
from xlt.options import OneOf, Option, choices, dials, in_recipe, options, params, recipe_parts, signed


@options
class Round:
    """A loss with a dial of its own."""

    radius: Annotated[float, Option("How wide.", min=0.0, recipe="r")] = 1.0


@options
class Square:
    """Another, which shares a name with nobody."""

    edge: Annotated[int, Option("How long.", metavar="N", min=1, max=9)] = 2
    colour: Annotated[Literal["red", "blue"], Option("Which.", defines=False)] = "red"


SHAPES: dict[str, type] = {"round": Round, "square": Square}


@options
class Drawing:
    """A group with a choice, a group inside, and options that depend on each other."""

    kind: Annotated[Literal["line", "dots"], Option("Stroke.", sign="always")] = "line"
    gap: Annotated[float, Option("Between dots.", only={"kind": ("dots",)}, sign="changed", signed_as="g")] = 0.5
    names: Annotated[tuple[str, ...], Option("Names.", joined=True, recipe="names")] = ()
    filled: Annotated[bool, Option("Filled.", sign="changed")] = False
    shape: Annotated[Round | Square, OneOf(SHAPES, "Shape.")] = Round()
    frame: Square = Square()
    unspoken: int = 3


def test_a_group_is_frozen_and_takes_keywords_alone() -> None:
    with pytest.raises(TypeError):
        Square(3)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Square().edge = 3  # type: ignore[misc]
    assert Square(edge=3) == Square(edge=3)


@pytest.mark.parametrize(
    ("group", "given", "text"),
    [
        (Square, {"edge": 0}, "edge 0: give at least 1"),
        (Square, {"edge": 10}, "edge 10: give at most 9"),
        (Square, {"colour": "green"}, "colour 'green': choose from red, blue"),
        (Round, {"radius": math.nan}, "radius nan: give a finite number"),
        (Round, {"radius": math.inf}, "radius inf: give a finite number"),
        (Drawing, {"gap": 0.1}, "gap has no effect without kind dots; leave it out"),
    ],
)
def test_what_cannot_be_is_refused_when_made(group: Any, given: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError) as error:
        group(**given)
    assert str(error.value) == text


def test_an_option_with_effect_is_taken() -> None:
    assert Drawing(kind="dots", gap=0.1).gap == 0.1
    assert Drawing(gap=0.5).gap == 0.5  # its default says nothing


def test_groups_are_equal_by_kind_and_values() -> None:
    assert repr(Square(edge=3)) == "Square(edge=3, colour='red')"
    assert Square() == Square(edge=2)
    assert Square() != Square(edge=3)
    other: Any = Round()
    assert Square() != other
    assert {Square(): 1}[Square(edge=2)] == 1


def test_choices_may_be_the_names_of_a_dict() -> None:
    shapes = {"round": 1, "square": 2}

    @options
    class Named:
        """A name out of a dict, or none."""

        shape: Annotated[str | None, Option("Shape.", choices=tuple(shapes))] = None

    assert Named().shape is None
    assert Named(shape="square").shape == "square"
    with pytest.raises(OptionError, match="shape 'oval': choose from round, square"):
        Named(shape="oval")


def test_own_checks_run_after_those_of_the_fields() -> None:
    @options
    class Even:
        """Own check."""

        n: Annotated[int, Option("N.", min=0)] = 0

        def __post_init__(self) -> None:
            if self.n % 2:
                raise OptionError("n", f"{self.n}: is odd")

    assert Even(n=2).n == 2
    with pytest.raises(OptionError, match="n 3: is odd"):
        Even(n=3)
    with pytest.raises(OptionError, match="at least 0"):
        Even(n=-1)


def test_an_error_is_told_in_other_names() -> None:
    with pytest.raises(OptionError) as error:
        Drawing(gap=0.1)
    assert error.value.named({"gap": "--the-gap", "kind": "--stroke"}) == (
        "--the-gap has no effect without --stroke dots; leave it out"
    )


def test_params_are_what_defines_the_result() -> None:
    assert params(Drawing(names=("a", "b"), shape=Square(edge=4))) == {
        "kind": "line", "gap": 0.5, "names": ["a", "b"], "filled": False, "shape": "square", "edge": 4,
        "frame": {"edge": 2}, "unspoken": 3,
    }  # fmt: skip
    assert params(Drawing())["shape"] == "round"
    assert "edge" not in params(Drawing())


def test_a_signature_has_what_is_always_told_and_what_differs() -> None:
    usual = params(Drawing())
    assert signed(Drawing, usual, usual) == {"kind": "line"}
    told = params(Drawing(kind="dots", gap=0.25, filled=True))
    assert signed(Drawing, told, usual) == {"kind": "dots", "g": "0.25", "filled": ""}


def test_a_recipe_names_what_differs() -> None:
    usual = params(Drawing())
    told = params(Drawing(names=("x", "y"), shape=Round(radius=0.50)))
    assert recipe_parts(told, usual, Drawing, Round) == ["names=x/y", "r=0.5"]
    assert recipe_parts(usual, usual, Drawing, Round) == []
    assert in_recipe("layers", "4,8") == "layers=4/8"


def test_what_is_known_of_a_field() -> None:
    by_name = {dial.name: dial for dial in dials(Drawing)}
    assert by_name["frame"].group is Square
    assert by_name["shape"].group is None
    assert by_name["unspoken"].option is None
    assert choices(by_name["kind"].kind) == ("line", "dots")
    assert choices(int | None) is None
    assert choices(Literal["a"] | None) == ("a",)


def test_a_field_holds_the_group_that_it_is_for() -> None:
    with pytest.raises(TypeError, match="frame: give Square, not Round"):
        Drawing(frame=Round())  # type: ignore[arg-type]


def test_what_came_later_is_recorded_where_it_is_not_the_default() -> None:
    @options
    class Later:
        """One old option, one new."""

        old: Annotated[int, Option("Old.")] = 1
        new: Annotated[tuple[str, ...], Option("New.", joined=True, defines="changed")] = ("a",)

    assert params(Later()) == params(Later(new=("a",))) == {"old": 1}
    assert params(Later(new=("b",))) == {"old": 1, "new": ["b"]}
