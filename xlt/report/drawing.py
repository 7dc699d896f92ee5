"""What all figures have in common: formats, colours, letters, sizes for print, the same bytes for the same numbers."""

import io
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.errors import MissingExtraError, OptionError
from xlt.files.atomic import check_output, output_file
from xlt.files.markup import visible
from xlt.files.rows import some
from xlt.report.fonts import USUAL, fonts_for, unjoined
from xlt.report.placing import broken, columns

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

SUFFIXES = (".svg", ".pdf", ".png")
# Okabe and Ito's palette: told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Inches: one column of a paper of two, and both.
SINGLE, DOUBLE = 3.3, 7.0
# Points: titles and axes; ticks and legends; labels inside of a panel.
TEXT, SMALL, TINY = 8.0, 7.0, 6.5
_LINE = 1.45 * SMALL / 72
# Lines of a legend, and of an entry in it: more are no legend any more.
_MOST_LINES, _MOST_ENTRY_LINES = 12, 3
# Beside its text an entry has a mark, and a gap to the next column.
_MARK = 0.45
_PRINT = {
    "font.family": ["sans-serif"],
    # What a reader of an SVG file may have in place of the first.
    "font.sans-serif": [USUAL, "Verdana", "Arial", "Helvetica"],
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "legend.frameon": False,
    "legend.borderpad": 0.2,
    "legend.borderaxespad": 0.2,
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.2,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.1,
    "hatch.linewidth": 0.6,
    # A name may hold a dollar: it begins no formula.
    "text.parse_math": False,
    # Letters that can be searched and edited: TrueType in PDF (many publishers refuse Type 3), text in SVG.
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "xlt",
}


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
        with _quiet():
            import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error


@contextmanager
def style() -> Iterator[None]:
    """Sizes and letters for print, whatever else the caller draws with; for whatever makes or writes a figure."""
    with _quiet():
        from matplotlib import rc_context, rcdefaults

        with rc_context():
            rcdefaults()
            with rc_context(_PRINT):
                yield


@contextmanager
def _quiet() -> Iterator[None]:
    # What the library has to say to its own users, raw and in lines of its own, is no message of ours: what matters of
    # it, letters that no font has, is told by :func:`finish`.
    theirs = logging.getLogger("matplotlib")
    level = theirs.level
    theirs.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        theirs.setLevel(level)


_LONGEST_NAME = 300


def new_figure(width: float, height: float, title: str) -> "Figure":
    """An empty figure of some inches; its title is what a reader is told who cannot see it."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.04, h_pad=0.03, wspace=0.04, hspace=0.04)
    figure = Figure(figsize=(width, height), layout=layout)
    figure.set_label(title)
    return figure


def words(text: str) -> str:
    """A name as a figure shows it: on one line, without what is no letter, cut where no figure has room for it."""
    line = visible(" ".join(text[: 10 * _LONGEST_NAME].split()))
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def text_width(text: str, size: float = SMALL) -> float:
    """Width in inches."""
    return sum(map(_letter_width, text)) * size / 72


@lru_cache(maxsize=4096)
def _letter_width(letter: str) -> float:
    # In ems, of the usual font. What it does not have is as wide as high.
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if fonts_for(letter).fallbacks or fonts_for(letter).missing:
        return 1.0
    width, _, _ = text_to_path.get_text_width_height_descent(letter, FontProperties(family=[USUAL], size=100), False)
    return float(width) / 100


def panel_title(text: str, width: float) -> str:
    """A title in lines of some inches."""
    return broken(words(text), width, lambda line: text_width(line, TEXT))


def legend_below(figure: "Figure", handles: "Sequence[Artist]", names: Sequence[str], width: float) -> None:
    """A legend below all panels, as many columns as there is room for, and no higher than a panel; grows the figure."""
    room = width - 0.1
    texts = [broken(name, room - _MARK, text_width).split("\n") for name in map(words, names)]
    entries = ["\n".join(lines[:_MOST_ENTRY_LINES]) for lines in texts]
    wide = [_MARK + max(map(text_width, entry.split("\n"))) for entry in entries]
    count = columns(wide, room)
    if len(entries) > count * _MOST_LINES:
        left_out = len(entries) - (count * _MOST_LINES - 1)
        entries = [*entries[: count * _MOST_LINES - 1], f"… {left_out:,} more"]
        handles = [*handles[: len(entries) - 1], _nothing()]
        logger.warning("the legend shows the first %s of %s names", len(entries) - 1, f"{len(names):,}")
    # A name that begins with an underscore would be left out.
    shown = [f" {entry}" if entry.startswith("_") else entry for entry in entries]
    figure.legend(handles, shown, loc="outside lower center", ncols=count)
    length = -(-len(entries) // count)
    lines = sum(max(entry.count("\n") + 1 for entry in entries[i::length]) for i in range(length))
    figure.set_figheight(figure.get_figheight() + lines * _LINE + 0.04)


def _nothing() -> "Artist":
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="")


def finish(figure: "Figure") -> "Figure":
    """Have all letters drawn that a font of this machine has, and tell those that none has."""
    import matplotlib
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    for text in texts:
        text.set_text("\n".join(map(visible, text.get_text().split("\n"))))
    letters = "".join(text.get_text() for text in texts)
    fonts = fonts_for("".join(sorted(set(letters) - {"\n"})))
    if fonts.missing:
        logger.warning(
            "no font of this machine has the letters %s, which the figure shows as boxes; install one that has (Noto "
            "has nearly all), give the names in other letters with --names, or write .svg for readers who have it",
            some(fonts.missing, 12),
        )
    if apart := unjoined(letters, tuple(map(int, matplotlib.__version__.split(".")[:2]))):
        logger.warning("this matplotlib draws the letters %s one by one from left to right; 3.11 joins them", apart)
    for text in texts if fonts.fallbacks else []:
        text.set_fontfamily(["sans-serif", *fonts.fallbacks])
    return figure


def inline_svg(figure: "Figure", prefix: str) -> str:
    """A figure as an element of a page; ``prefix`` keeps its names apart from those of other figures."""
    buffer = io.StringIO()
    _write(figure, buffer, "svg", {"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", text)


def save(figure: "Figure", path: Path, force: bool) -> None:
    """Write a figure; without a date and random names in the file the same numbers give the same bytes."""
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix, {})
    with output_file(path, force) as temporary:
        _write(figure, temporary, path.suffix[1:], metadata)


def _write(figure: "Figure", target: Any, form: str, metadata: dict[str, Any]) -> None:
    title = visible(str(figure.get_label()))
    with style():
        figure.savefig(target, format=form, metadata=metadata | ({"Title": title} if title else {}), dpi=200)
