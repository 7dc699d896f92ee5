"""What all figures have in common: formats, colours, and the same bytes for the same numbers."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from xlt.errors import MissingExtraError, OptionError
from xlt.files.atomic import check_output, output_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".svg", ".pdf", ".png")
# Okabe and Ito's palette: told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def check_plot(path: Path, force: bool = False, *, option: str = "plot") -> None:
    """Refuse a figure that cannot be drawn, before the work starts; ``option`` says where its path comes from.

    Raises:
        OptionError: the suffix is not .svg, .pdf or .png.
        MissingExtraError: matplotlib is not installed.
        OutputExistsError: it is there, and not to be replaced.
    """
    if path.suffix not in SUFFIXES:
        raise OptionError(option, f"{path}: the suffix says the format; use one of {', '.join(SUFFIXES)}")
    check_matplotlib()
    check_output(path, force)


def check_matplotlib() -> None:
    """Refuse to draw without matplotlib.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error


def inline_svg(figure: "Figure", prefix: str) -> str:
    """A figure as an element of a page; ``prefix`` keeps its names apart from those of other figures."""
    from matplotlib import rc_context

    _as_written(figure)
    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "xlt", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", text)


def _as_written(figure: "Figure") -> None:
    # A dollar in a name begins no formula.
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)


def save(figure: "Figure", path: Path, force: bool) -> None:
    """Write a figure; without a date and random names in the file the same numbers give the same bytes."""
    from matplotlib import rc_context

    _as_written(figure)
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix)
    with output_file(path, force) as temporary, rc_context({"svg.hashsalt": "xlt"}):
        figure.savefig(temporary, format=path.suffix[1:], metadata=metadata, dpi=200)
