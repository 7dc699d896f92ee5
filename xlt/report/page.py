"""A page of all tables and figures that some tables allow."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from xlt.errors import MissingExtraError, OptionError, XltError
from xlt.files.atomic import check_output
from xlt.files.provenance import Input, command_line
from xlt.files.schemas import AVERAGE, RESULTS
from xlt.files.script import shell_script
from xlt.report.about import WORDS, facts
from xlt.report.changes import change_layout
from xlt.report.comparisons import average_layout, comparison_layouts
from xlt.report.correlations import correlation_layouts
from xlt.report.drawing import check_matplotlib
from xlt.report.figures import FIGURES
from xlt.report.html import Page, Section, write_html
from xlt.report.inline import inline_figure
from xlt.report.layout import Layout
from xlt.report.names import Names, read_names
from xlt.report.options import PageOptions
from xlt.report.results import value_layouts
from xlt.study.comparisons import comparisons_of
from xlt.study.gather import KINDS, SOURCES, Part, PartSource, with_results
from xlt.study.points import at_layers, chosen
from xlt.study.tables import Read, read_rows

if TYPE_CHECKING:
    from xlt.study.changes import Changes

logger = logging.getLogger(__name__)

T = TypeVar("T")


def make_page(
    tables: Sequence[str], options: PageOptions = PageOptions(), *, output: Path, force: bool = False
) -> dict[str, str]:
    """Gather all tables and figures that can be made on one page of HTML, which opens without a network.

    Args:
        tables: of any kind that eval, align-score, correlate and report write; paths, or ``-``.
        options: what is compared, at which layers.
        output: the page to write.
        force: replace an existing page.

    Returns:
        What could not be made, and why; the page says it, too.

    Raises:
        XltError: bad input, or nothing can be made.
    """
    if output.suffix not in (".html", ".htm"):
        raise OptionError("output", f"{output}: the page is HTML; name it .html")
    check_output(output, force)
    shown_as = read_names(options.names)
    read = with_results(read_rows(tables, KINDS))
    parts = Parts(read, options, shown_as)
    sections = []
    for heading in dict.fromkeys((*TABLES, *(kind.heading for kind in FIGURES.values()))):
        layouts = TABLES[heading](parts, options) if heading in TABLES else []
        figures = [f for name, kind in FIGURES.items() if kind.heading == heading for f in parts.figures(name)]
        if layouts or figures:
            sections.append(Section(heading, layouts, figures))
    if not sections:
        reasons = "; ".join(f"no {what}: {why}" for what, why in parts.missing.items()) or "all tables are empty"
        raise XltError(f"nothing can be reported: {reasons}")
    for what, why in parts.missing.items():
        logger.warning("no %s: %s", what, why)
    shown_as.warn_of_unused()
    page = Page(
        title=options.title,
        facts=facts(read.inputs, read.rows),
        sections=sections,
        missing=parts.missing,
        words=WORDS,
        sources=list(map(_source, read.inputs)),
        script=shell_script(read.inputs, output.name, command_line()),
    )
    write_html(output, page, force)
    return parts.missing


def _source(item: Input) -> str:
    unknown = "" if item.record else "; no record of its making: CSV and JSON lines have no place for one"
    return f"{item.name} ({item.role}, sha256 {(item.sha256 or 'unknown')[:12]}){unknown}"


class Parts:
    """What a page is made of, each part made once; ``missing`` says what cannot be made, and why."""

    def __init__(self, read: Read, options: PageOptions, names: Names) -> None:
        self.names = names
        self.missing: dict[str, str] = {}
        self._figures = 0
        self._read = read
        self._rows = {part: self._made(source, read, options) for part, source in SOURCES.items()}
        if self._rows["comparisons"] is None and read.rows.get(RESULTS.kind):
            # Why there are no differences is told; methods without a baseline have means still.
            with suppress(XltError):
                self._rows["comparisons"] = comparisons_of(read, options.compare, differences=False).rows

    def rows(self, part: Part) -> Any:
        """A part, see :data:`xlt.study.gather.SOURCES`; None where there is none."""
        return self._rows[part]

    def results(self, options: PageOptions) -> list[Layout]:
        """The results as they are, for where no means can be made of them."""
        rows, compare = self._read.rows.get(RESULTS.kind), options.compare
        if not rows:
            return []
        tags = self._read.extra[RESULTS.kind]
        return self.tables(
            "table of results", lambda: value_layouts(chosen(rows, compare.metric, compare.split), tags, self.names)
        )

    def tables(self, what: str, make: Callable[[], list[Layout]]) -> list[Layout]:
        """Tables, or none."""
        return self._attempt(what, make) or []

    def figures(self, name: str) -> list[tuple[str, str]]:
        """A list of one figure with its caption, its names its own on the page, or of none."""
        kind = FIGURES[name]
        rows = self.rows(kind.of)
        if not rows or not kind.on_page(rows):
            return []
        try:
            check_matplotlib()
        except MissingExtraError as error:
            self.missing["figures"] = str(error)
            return []
        self._figures += 1
        svg = self._attempt(
            f"figure of {name}", lambda: inline_figure(kind.draw(rows, self.names), f"f{self._figures}", kind.caption)
        )
        return [] if svg is None else [(kind.caption, svg)]

    def _made(self, source: PartSource, read: Read, options: PageOptions) -> Any:
        if not source.is_in(read):
            return None
        # A figure over layers has all of them.
        layers = "all" if source.layers == "all" else options.layers
        return self._attempt(source.what, lambda: source.make(read, options.compare, layers))

    def _attempt(self, what: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except XltError as error:
            self.missing[what] = str(error)
            return None


def _methods(parts: Parts, options: PageOptions) -> list[Layout]:
    rows = parts.rows("comparisons")
    if not rows:
        return parts.results(options)
    ddof = options.compare.ddof
    tables = parts.tables("tables of methods", lambda: comparison_layouts(rows, ddof, parts.names))
    if len({row["task"] for row in rows}) > 1 and any(row["lang"] == AVERAGE for row in rows):
        return [*parts.tables("table of averages", lambda: [average_layout(rows, ddof, parts.names)]), *tables]
    return tables


def _correlations(parts: Parts, options: PageOptions) -> list[Layout]:
    # They may stand on one page, though not in one table.
    correlations, differences = parts.rows("correlations") or [], parts.rows("differences") or []
    return [
        *parts.tables("table of correlations", lambda: correlation_layouts(correlations, names=parts.names)),
        *parts.tables("table of differences", lambda: correlation_layouts(differences, names=parts.names)),
    ]


def _changes(parts: Parts, options: PageOptions) -> list[Layout]:
    changes: Changes | None = parts.rows("changes")
    if changes is None:
        return []
    return parts.tables(
        "table of changes", lambda: [change_layout(at_layers(changes.rows, options.layers), changes.tags, parts.names)]
    )


# The tables of each section; figures say themselves where they stand.
TABLES: dict[str, Callable[[Parts, PageOptions], list[Layout]]] = {
    "Methods": _methods,
    "Alignment and transfer": _correlations,
    "Change of alignment": _changes,
}
