"""A step's face: options by name, the same refusals as on the command line, and all of it told to help()."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest

import xlt
from tests.test_flat import FromFile, Picture
from tests.test_options import Drawing, Round, Square
from xlt.errors import OptionError
from xlt.face import face
from xlt.options import Seam


def draw(model: str, pairs: Sequence[str], options: Drawing = Drawing(), *, output: Path | None = None) -> Any:
    """Draw it.

    Args:
        model: what.
    """
    return model, pairs, options, output


def show(picture: Picture, *, force: bool = False) -> Any:
    """Show it."""
    return picture, force


def test_options_by_name() -> None:
    assert face(draw)("m", ["p"]) == ("m", ["p"], Drawing(), None)
    drawn = face(draw)("m", ["p"], kind="dots", gap=0.25, names="a,b", output=Path("x"))
    assert drawn == ("m", ["p"], Drawing(kind="dots", gap=0.25, names=("a", "b")), Path("x"))
    assert face(draw)(model="m", pairs=["p"], shape="square", edge=3)[2] == Drawing(
        shape=Square(edge=3), frame=Square(edge=3)
    )


def test_a_whole_group_is_taken_as_well() -> None:
    assert face(draw)("m", ["p"], options=Drawing(filled=True))[2] == Drawing(filled=True)
    with pytest.raises(OptionError, match="kind and options exclude each other"):
        face(draw)("m", ["p"], options=Drawing(), kind="dots")


def test_paths_and_single_texts() -> None:
    assert face(draw)(Path("m"), Path("a/p"))[:2] == ("m", ["a/p"])
    assert face(draw)("m", "p")[1] == ["p"]
    assert face(draw)("m", [Path("p"), "q"])[1] == ["p", "q"]


def test_a_group_without_default_needs_what_it_needs() -> None:
    assert face(show)(size=2, drawing="round") == (Picture(size=2, drawing=Round()), False)
    assert face(show)(size=2, file="x", force=True) == (Picture(size=2, drawing=FromFile(file="x")), True)
    with pytest.raises(TypeError):
        face(show)()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"gap": 0.5}, "gap has no effect without kind dots; leave it out"),
        ({"kind": "wavy"}, "kind 'wavy': choose from line, dots"),
        ({"kinds": "line"}, "kinds is no option of draw; help(xlt.draw) tells them"),
    ],
)
def test_what_cannot_be(given: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError) as error:
        face(draw)("m", ["p"], **given)
    assert str(error.value) == text
    with pytest.raises(TypeError):
        face(draw)("m", ["p"], "too", "many")


def pour(
    cup: str, options: Drawing = Drawing(), *, water: Annotated[Callable[[], str], Seam] = str, force: bool = False
) -> Any:
    """Pour it.

    Args:
        cup: into what.
        water: makes it, with
            care.
        force: or not.
    """
    return cup, water(), force


def test_a_seam_is_taken_and_not_told() -> None:
    poured = face(pour)
    assert poured("c", water=lambda: "w") == ("c", "w", False)
    assert "water" not in inspect.signature(poured).parameters
    told = poured.__doc__ or ""
    assert "cup: into what.\n    force: or not.\n" in told
    assert "care" not in told


@pytest.mark.parametrize("step", ["align_score", "score_embeddings", "embed", "finetune"])
def test_no_step_tells_of_its_seams(step: str) -> None:
    told = getattr(xlt, step)
    assert not {"measures", "load", "sentences_at_once", "validation"} & set(inspect.signature(told).parameters)
    assert not {"measures:", "load:", "sentences_at_once:", "validation:"} & set(told.__doc__.split())


def test_help_knows_every_option() -> None:
    parameters = inspect.signature(face(draw)).parameters
    assert list(parameters)[:3] == ["model", "pairs", "kind"]
    assert parameters["gap"].default == 0.5
    assert "output" in parameters
    assert "options" not in parameters
    assert "gap: Between dots." in (face(draw).__doc__ or "")
    assert (face(draw).__doc__ or "").startswith("Draw it.\n")
