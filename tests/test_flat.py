"""Flat names to groups of options and back, whoever gives them."""

from typing import Annotated, Any

import pytest

from tests.test_options import Drawing, Round, Square
from xlt.errors import OptionError
from xlt.flat import Named, from_flat, group_of, leaves, made, names, switch
from xlt.options import OneOf, Option, options


@options
class FromFile:
    """In place of a shape: read it."""

    file: Annotated[str, Option("Where it stands.")]


@options
class Picture:
    """Optional group, a choice with a stand-in, other names."""

    size: Annotated[int, Option("Size.", min=1)]
    drawing: Annotated[
        Round | Square | FromFile, OneOf({"round": Round, "square": Square}, "What.", instead={"file": FromFile})
    ] = Square(edge=5)


@options
class Scaled:
    """A base with an option, which stands before those of its heirs."""

    scale: Annotated[float, Option("How large.")] = 1.0


@options
class Traced(Scaled):
    """A group that cannot be without its option."""

    photo: Annotated[str, Option("Of what.")]


@options
class Copied(Scaled):
    """In place of a way to make it."""

    copy: Annotated[str, Option("Of what.")]


@options
class Poster:
    """A choice of which one needs an option, and a stand-in whose option is not the first."""

    made: Annotated[Square | Traced | Copied, OneOf({"square": Square, "traced": Traced}, "How.", instead={
        "copied": Copied})] = Square()  # fmt: skip


@options
class Page:
    """A picture or none."""

    picture: Picture | None = None
    title: Annotated[str, Option("Title.")] = ""


def refused(kind: type, given: dict[str, Any], named: Named | None = None) -> str:
    with pytest.raises(OptionError) as error:
        from_flat(kind, given, named)
    return str(error.value)


def test_nothing_given_is_the_default() -> None:
    assert from_flat(Drawing, {}) == Drawing()
    assert from_flat(Page, {}) == Page()


def test_groups_inside_take_their_own() -> None:
    other = Named({"edge": "long"}, frozenset({"shape"}))
    assert from_flat(Drawing, {"kind": "dots", "long": 3}, other) == Drawing(kind="dots", frame=Square(edge=3))
    assert "shape" not in names(group_of(Drawing, other))
    shown = {leaf.name: leaf.dial.option for leaf in leaves(group_of(Drawing, Named(shown={"edge": "a hand"})))}
    assert (shown["edge"] and shown["edge"].shown) == "a hand"
    assert from_flat(Drawing, {"names": "a,b"}).names == ("a", "b")
    assert from_flat(Drawing, {"names": ["a", "b"]}).names == ("a", "b")
    assert refused(Drawing, {"names": "a,,b"}) == "names a,,b: write names with commas between"


def test_a_choice_by_name_and_by_its_first_option() -> None:
    assert from_flat(Picture, {"size": 1}).drawing == Square(edge=5)
    assert from_flat(Picture, {"size": 1, "colour": "blue"}).drawing == Square(edge=5, colour="blue")
    assert from_flat(Picture, {"size": 1, "drawing": "round", "radius": 3.0}).drawing == Round(radius=3.0)
    assert from_flat(Picture, {"size": 1, "file": "x"}).drawing == FromFile(file="x")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"size": 1, "radius": 2.0}, "radius has no effect with drawing square, only with round; leave it out"),
        (
            {"size": 1, "drawing": "round", "edge": 2},
            "edge has no effect with drawing round, only with square; leave it out",
        ),
        ({"size": 1, "file": "x", "drawing": "round"}, "file and drawing exclude each other: give one"),
        ({"size": 1, "drawing": "oval"}, "drawing 'oval': choose from round, square"),
        (
            {"size": 1, "colours": "red"},
            "colours is no option here; there are colour, drawing, edge, file, radius, size",
        ),
        ({"size": 0}, "size 0: give at least 1"),
    ],
)
def test_what_cannot_be(given: dict[str, Any], text: str) -> None:
    assert refused(Picture, given) == text


def test_a_group_is_asked_for_by_the_option_without_a_default() -> None:
    assert switch(group_of(Copied)) == "copy"
    assert switch(group_of(Square)) == "edge"
    assert from_flat(Poster, {"copy": "x", "scale": 2.0}).made == Copied(copy="x", scale=2.0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"made": "traced"}, "made traced needs photo (of what)"),
        ({"scale": 2.0}, "scale has no effect with made square, only with traced or copy; leave it out"),
        ({"copy": "x", "edge": 3}, "edge has no effect with copy, only with made square; leave it out"),
        ({"copy": "x", "photo": "y"}, "photo has no effect with copy, only with made traced; leave it out"),
    ],
)
def test_what_a_choice_needs_and_cannot_use(given: dict[str, Any], text: str) -> None:
    assert refused(Poster, given) == text


def test_an_optional_group_is_there_when_its_first_option_is() -> None:
    assert from_flat(Page, {"title": "t"}).picture is None
    assert from_flat(Page, {"size": 2}).picture == Picture(size=2)
    assert refused(Page, {"radius": 1.0}) == "radius has no effect without size; leave it out"


def test_a_default_that_is_given_is_refused_where_it_has_no_effect() -> None:
    # A library cannot tell a default from a value that equals it; who states names can.
    assert refused(Drawing, {"gap": 0.5}) == "gap has no effect without kind dots; leave it out"


def test_errors_speak_of_the_names_that_were_given() -> None:
    other = Named({"gap": "dot_gap", "kind": "stroke"})
    assert refused(Drawing, {"dot_gap": 0.1}, other) == "dot_gap has no effect without stroke dots; leave it out"


def test_leaves_are_all_that_can_be_given() -> None:
    assert names(group_of(Picture)) == {"size", "drawing", "radius", "edge", "colour", "file"}
    assert [leaf.name for leaf in leaves(group_of(Page))][:2] == ["size", "drawing"]
    assert made(group_of(Square), {"edge": 3, "elsewhere": 1}) == Square(edge=3)


@options
class Book:
    """A group inside goes by names that stand beside its field; both have an edge."""

    edge: Annotated[int, Option("Of the book.", min=1)] = 1
    cover: Annotated[Square | None, Named({"edge": "cover_edge"}, frozenset({"colour"}))] = None


def test_names_beside_a_field() -> None:
    assert names(group_of(Book)) == {"edge", "cover_edge"}
    assert from_flat(Book, {"edge": 2, "cover_edge": 3}) == Book(edge=2, cover=Square(edge=3))
    assert from_flat(Book, {"edge": 2}).cover is None
    assert refused(Book, {"edge": 0}) == "edge 0: give at least 1"
    assert refused(Book, {"cover_edge": 0}) == "cover_edge 0: give at least 1"
