"""Which figures there are: each is drawn in a file of its own, and stands on the page as well."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlt.errors import XltError
from xlt.report.options import FigureOptions
from xlt.work import by_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xlt.report.names import Names
    from xlt.study.changes import Changes
    from xlt.study.gather import Part


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure.

    Attributes:
        about: what it shows, and from which tables, for the help.
        of: what it is drawn from, see :data:`xlt.study.gather.SOURCES`.
        function: draws it, given that and names; told by its name, ``module:name``, because the command line reads the
            kinds for its help.
        heading: of the section of a page in which it stands.
        caption: what is said below it there.
        on_page: whether it is worth its place on a page.
    """

    about: str
    of: "Part"
    function: str | Callable[[Any, "Names"], "Figure"]
    heading: str
    caption: str
    on_page: Callable[[Any], bool] = lambda part: True

    def draw(self, part: Any, names: "Names") -> "Figure":
        """The figure of a part."""
        function = by_name(self.function) if isinstance(self.function, str) else self.function
        figure: Figure = function(part, names)
        return figure


def _has_layers(changes: "Changes") -> bool:
    # Imported tables may know depths only.
    return max(len({row[name] for row in changes.rows}) for name in ("layer", "depth")) > 1


FIGURES = {
    "transfer": FigureKind(
        about="against alignment, from points, or scores and results",
        of="panels",
        function="xlt.report.scatter:panels_figure",
        heading="Alignment and transfer",
        caption="Transfer against alignment: colours are languages, shapes are models, a point is a seed.",
    ),
    "layers": FigureKind(
        about="alignment over layers before and after, from scores, points or changes",
        of="changes",
        function="xlt.report.layers:changes_figure",
        heading="Change of alignment",
        caption="Alignment before (dashed) and after training (bands: standard deviation over seeds).",
        on_page=_has_layers,
    ),
    "bars": FigureKind(
        about="methods and languages, from results or comparisons",
        of="comparisons",
        function="xlt.report.bars:bars_figure",
        heading="Methods",
        caption="Mean over seeds of each method and language; error bars are standard deviations.",
    ),
    "breakdown": FigureKind(
        about="scores of groups of words, from breakdowns",
        of="breakdowns",
        function="xlt.report.groups:groups_figure",
        heading="Groups of words",
        caption="Scores of groups of words; bars are one standard error, small numbers the queries in a group.",
    ),
}


def draw_figure(name: str, tables: Sequence[str], options: FigureOptions = FigureOptions()) -> "Figure":
    """Draw a figure.

    Args:
        name: one of :data:`FIGURES`.
        tables: paths, or ``-``, in any order.
        options: layers, methods, metric, names.

    Raises:
        XltError: bad input, or nothing to draw.
    """
    from xlt.report.names import read_names
    from xlt.study.gather import KINDS, SOURCES
    from xlt.study.tables import read_rows

    shown_as = read_names(options.names)
    kind = FIGURES[name]
    source = SOURCES[kind.of]
    # Those of a whole study may be given, as to the page.
    read = read_rows(tables, KINDS)
    if not source.is_in(read):
        there = " and ".join(dict.fromkeys(item.role for item in read.inputs)) or "nothing"
        ways = " or ".join(" and ".join(kind.kind for kind in kinds) for kinds in source.tables)
        raise XltError(f"the tables hold {there}; the figure of {name} is drawn from {ways}")
    figure = kind.draw(source.make(read, options.compare, options.layers or source.layers), shown_as)
    shown_as.warn_of_unused()
    return figure
