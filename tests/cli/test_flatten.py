"""Groups of options as options of a command: flags, defaults, bounds and what was given."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from tests.test_flat import Book, Page, Picture
from tests.test_options import Drawing, Round, Square
from xlt.cli.command import command
from xlt.cli.flatten import IdleWith, flattened
from xlt.flat import Named
from xlt.options import OneOf, Option, options

Call = Callable[..., tuple[int, str, dict[str, Any]]]


def calling(function: Callable[..., None], got: dict[str, Any]) -> Call:
    app = typer.Typer()
    app.command()(command(function))

    def call(*words: str) -> tuple[int, str, dict[str, Any]]:
        got.clear()
        result = CliRunner().invoke(app, words)
        return result.exit_code, result.stderr, got

    return call


@pytest.fixture
def draw() -> Call:
    got: dict[str, Any] = {}

    def draw(
        name: Annotated[str, typer.Argument()],
        drawing: Annotated[Drawing, Named({"edge": "frame_edge"}, frozenset({"shape"}))],
    ) -> None:
        got.update(name=name, drawing=drawing)

    return calling(draw, got)


@pytest.fixture
def page() -> Call:
    got: dict[str, Any] = {}

    def page(picture: Picture | None, number: Annotated[int, typer.Option()] = 1) -> None:
        got.update(picture=picture, number=number)

    return calling(page, got)


def test_groups_arrive_whole(draw: Call) -> None:
    assert draw("x") == (0, "", {"name": "x", "drawing": Drawing()})
    status, _, got = draw("x", "--kind", "dots", "--gap", "0.25", "--names", "a,b", "--filled", "--frame-edge", "4")
    assert status == 0
    expected = Drawing(kind="dots", gap=0.25, names=("a", "b"), filled=True, frame=Square(edge=4))
    assert got["drawing"] == expected


def test_bounds_are_those_of_the_field(draw: Call) -> None:
    assert draw("x", "--frame-edge", "10")[0] == 2
    assert draw("x", "--kind", "wavy")[0] == 2


def test_an_idle_option_is_refused_by_its_flag(draw: Call) -> None:
    status, told, _ = draw("x", "--gap", "0.5")
    assert (status, told) == (2, "xlt: error: --gap has no effect without --kind dots; leave it out\n")


def test_an_optional_group(page: Call) -> None:
    assert page()[2] == {"picture": None, "number": 1}
    assert page("--size", "3", "--drawing", "round", "--radius", "2")[2]["picture"] == Picture(
        size=3, drawing=Round(radius=2.0)
    )
    assert page("--edge", "3")[1] == "xlt: error: --edge has no effect without --size; leave it out\n"
    assert page("--size", "3", "--radius", "2")[1] == (
        "xlt: error: --radius has no effect with --drawing square, only with round; leave it out\n"
    )


def test_what_help_knows() -> None:
    def group(page: Page) -> None: ...

    flat = flattened(group)
    assert set(flat.parameters) == {"size", "drawing", "radius", "edge", "colour", "file", "title"}
    assert flat.parameters["drawing"].default == "square"
    assert flat.parameters["edge"].default == 2
    assert flat.parameters["size"].default is None or flat.parameters["size"].default is not ...
    assert flat.flags["drawing"] == "--drawing"


def test_what_a_switch_leaves_without_effect_is_refused() -> None:
    got: dict[str, Any] = {}

    def frame(
        square: Annotated[Drawing, Named(without=frozenset({"shape"})), IdleWith("blank", "which draws none", Square)],
        blank: Annotated[bool, typer.Option("--empty")] = False,
        file: Annotated[str | None, typer.Option("--to", "-t"), IdleWith("blank", "which draws none")] = None,
    ) -> None:
        got.update(square=square, blank=blank, file=file)

    call = calling(frame, got)
    assert call("--kind", "dots", "--to", "x")[2] == {"square": Drawing(kind="dots"), "blank": False, "file": "x"}
    assert call("--empty", "--edge", "3")[2]["square"] == Drawing(frame=Square(edge=3))
    # Stated is stated, also where it is the default.
    for words in (("--kind", "line"), ("--to", "x")):
        text = f"xlt: error: {words[0]} has no effect with --empty, which draws none; leave it out\n"
        assert call("--empty", *words)[:2] == (2, text)


def test_an_option_of_the_command_itself_has_its_flag_too() -> None:
    def shard(
        model: Annotated[str, typer.Argument()],
        group: Square,
        part_of: Annotated[str, typer.Option(help="Part.")] = "",
        whole: Annotated[bool, typer.Option("--all", "-a")] = False,
        output: Annotated[str, typer.Option("-o", "--output")] = "",
    ) -> None: ...

    flags = flattened(shard).flags
    assert {flags[name] for name in ("part_of", "whole", "output", "edge")} == {
        "--part-of", "--all", "--output", "--edge",
    }  # fmt: skip
    assert "model" not in flags


def test_choices_out_of_a_dict_are_choices_on_the_command_line() -> None:
    @options
    class Chosen:
        """One that must be given, and one that need not."""

        shape: Annotated[str, Option("Shape.", choices=("round", "square"))]
        other: Annotated[str | None, Option("Shape.", short="s", choices=("round", "square"), shown="none")] = None

    got: dict[str, Any] = {}

    # Not by name: the class stands in this function alone.
    def choose(chosen: Any) -> None:
        got.update(chosen=chosen)

    choose.__annotations__["chosen"] = Chosen
    call = calling(choose, got)
    assert call("--shape", "round")[2] == {"chosen": Chosen(shape="round")}
    assert call("--shape", "round", "--other", "square")[2] == {"chosen": Chosen(shape="round", other="square")}
    assert call("--shape", "round", "-s", "square")[2] == {"chosen": Chosen(shape="round", other="square")}
    for words in ((), ("--shape", "oval"), ("--shape", "round", "--other", "oval")):
        assert call(*words)[0] == 2, words


def test_an_option_of_several_groups_tells_the_default_of_each() -> None:
    @options
    class Oval:
        """Its radius is another."""

        radius: Annotated[float, Option("How wide.")] = 2.0
        tilt: Annotated[float | None, Option("Tilt.", shown="none")] = None

    @options
    class Shaped:
        """One or the other."""

        shape: Annotated[Round | Oval, OneOf({"round": Round, "oval": Oval}, "Shape.")] = Round()

    def draw(shaped: Any) -> None: ...

    draw.__annotations__["shaped"] = Shaped
    told = {name: p.annotation.__metadata__[0] for name, p in flattened(draw).parameters.items()}
    assert told["radius"].show_default == "1.0; with --shape oval 2.0"
    assert told["tilt"].show_default == "none"


def test_flags_go_by_what_is_given_first() -> None:
    def read(book: Book) -> None: ...

    assert flattened(read).flags == {"edge": "--edge", "cover_edge": "--cover-edge"}


def test_two_options_of_one_name_are_a_mistake_of_ours() -> None:
    def twice(first: Square, second: Square) -> None: ...

    with pytest.raises(AssertionError, match="two options are called edge"):
        flattened(twice)
