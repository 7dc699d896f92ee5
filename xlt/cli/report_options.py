"""What the commands of ``xlt report`` share."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.errors import MissingExtraError, XltError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xlt.report.layout import Layout
    from xlt.study.comparisons import CompareOptions
    from xlt.study.gather import Panels

logger = logging.getLogger(__name__)

Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        help="Laid out for people: .md, .tex (booktabs); a row a number: .csv, .parquet, .arrow, .jsonl; - is a "
        "stream. Without it the tables are printed.",
        metavar="FILE|-",
        show_default=False,
    ),
]
Layers = Annotated[
    str, typer.Option(help="Layers: 'all', '-1' (the last), '0,4,-1'.", metavar="LAYERS", show_default="all")
]
Ddof = Annotated[
    int, typer.Option(help="Standard deviations divide by seeds less this; the papers' code has 0.", min=0, max=1)
]
Method = Annotated[
    str,
    typer.Option(
        help="Columns that tell methods apart, joined by commas: recipe, or tags.",
        metavar="COLS",
        show_default="recipe",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        help="The method that others are compared with.", metavar="VALUE", show_default="the one without realignment"
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(help="Metric.", metavar="M", show_default="the task's own: accuracy; f1 for ner, slots"),
]
Split = Annotated[str | None, typer.Option(help="Split of the results.", metavar="S", show_default="all")]


def names(option: str, text: str) -> tuple[str, ...]:
    """Columns, joined by commas.

    Raises:
        XltError: one is empty.
    """
    found = tuple(text.split(","))
    if not all(found):
        raise XltError(f"{option} {text}: write columns with commas between, such as method,aligner")
    return found


def compare_options(
    method: str, baseline: str | None, metric: str | None, split: str | None, ddof: int
) -> "CompareOptions":
    """The options of a comparison."""
    from xlt.study.comparisons import CompareOptions

    return CompareOptions(names("--method", method), baseline, metric, split, ddof)


def panels_figure(panels: "Panels") -> "Figure":
    """Transfer against alignment, a panel per group of points."""
    from xlt.report.correlations import panel_titles
    from xlt.report.scatter import points_figure

    titles = panel_titles(panels.keys, list(panels.groups))
    return points_figure(list(zip(titles, panels.groups.values(), strict=True)), "alignment", "ctl")


class Parts:
    """Tables and figures of a page; of what cannot be made ``missing`` says why, and so does a warning."""

    def __init__(self, missing: Mapping[str, str]) -> None:
        self.missing = dict(missing)
        self._figures = 0

    def tables(self, what: str, make: Callable[[], list["Layout"]]) -> list["Layout"]:
        """The tables, or none."""
        try:
            return make()
        except XltError as error:
            return self._without(what, error)

    def figure(self, what: str, caption: str, make: Callable[[], "Figure"]) -> list[tuple[str, str]]:
        """A list of one figure with its caption, its names its own on the page, or of none."""
        from xlt.report.figures import check_matplotlib, inline_svg

        try:
            check_matplotlib()
        except MissingExtraError as error:
            self.missing["figures"] = str(error)
            return []
        self._figures += 1
        try:
            return [(caption, inline_svg(make(), f"f{self._figures}"))]
        except XltError as error:
            return self._without(what, error)

    def _without(self, what: str, error: XltError) -> list[Any]:
        self.missing[what] = str(error)
        logger.warning("no %s: %s", what, error)
        return []
