"""``xlt report figure`` and ``xlt report html``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from xlt.cli import options as o
from xlt.cli import report_options as r

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xlt.report.layout import Layout
    from xlt.report.page import Section
    from xlt.study.comparisons import CompareOptions
    from xlt.study.gather import Gathered

# Tables, and captions and SVG of figures.
_Parts = tuple[list["Layout"], list[tuple[str, str]]]


def figure(
    kind: Annotated[
        Literal["transfer", "layers", "bars"],
        typer.Argument(
            help="transfer: against alignment, from points, or scores and results; layers: alignment over layers "
            "before and after, from scores, points or changes; bars: methods and languages, from results or "
            "comparisons.",
            metavar="transfer|layers|bars",
        ),
    ],
    tables: Annotated[list[str], typer.Argument(help="Tables in any order.", metavar="TABLES...")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The figure: .svg, .pdf or .png.", metavar="FILE")],
    layers: Annotated[
        str | None,
        typer.Option(
            help="Layers: 'all', '-1' (the last), '0,4,-1'.", metavar="LAYERS", show_default="-1; of layers all"
        ),
    ] = None,
    method: r.Method = "recipe",
    baseline: r.Baseline = None,
    metric: r.Metric = None,
    split: r.Split = None,
    ddof: r.Ddof = 1,
    force: o.Force = False,
) -> None:
    """Draw transfer against alignment, alignment over layers, or methods as bars with deviations over seeds."""
    from xlt.files.atomic import check_output
    from xlt.report.figures import check_plot, save

    check_plot(output, "--output")
    check_output(output, force)
    save(_drawn(kind, tables, layers, r.compare_options(method, baseline, metric, split, ddof)), output, force)
    typer.echo(output)


def _drawn(kind: str, tables: list[str], layers: str | None, options: "CompareOptions") -> "Figure":
    from xlt.files.schemas import CHANGES, COMPARISONS, POINTS, RESULTS, SCORES
    from xlt.report.bars import bars_figure
    from xlt.report.layers import change_figure
    from xlt.study.gather import change_rows, comparison_rows, panel_rows
    from xlt.study.tables import read_rows

    if kind == "bars":
        return bars_figure(comparison_rows(read_rows(tables, (RESULTS, COMPARISONS)), options))
    if kind == "layers":
        return change_figure(
            change_rows(read_rows(tables, (SCORES, POINTS, CHANGES)), layers or "all", options.ddof)[0]
        )
    read = read_rows(tables, (SCORES, RESULTS, POINTS))
    return r.panels_figure(panel_rows(read, tables, layers or "-1", options.metric, options.split))


def html(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="Scores, results, points, correlations, differences, changes, comparisons, in any order.",
            metavar="TABLES...",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page: .html.", metavar="PAGE")],
    title: Annotated[str, typer.Option(help="Heading of the page.", metavar="TEXT")] = "Alignment and transfer",
    layers: Annotated[
        str, typer.Option(help="Layers of points and changes; the figure over layers has all.", metavar="LAYERS")
    ] = "-1",
    method: r.Method = "recipe",
    baseline: r.Baseline = None,
    metric: r.Metric = None,
    split: r.Split = None,
    ddof: r.Ddof = 1,
    force: o.Force = False,
) -> None:
    """Gather all tables and figures that can be made on one page, which opens without a network.

    What cannot be made is said on the page, and on stderr. At the end of the page stand the commands that made the
    inputs. Without matplotlib the page has no figures.
    """
    from xlt.errors import XltError
    from xlt.files.atomic import check_output
    from xlt.report.page import write_page
    from xlt.study.gather import gather

    if output.suffix not in (".html", ".htm"):
        raise XltError(f"--output {output}: the page is HTML; name it .html")
    check_output(output, force)
    found = gather(tables, r.compare_options(method, baseline, metric, split, ddof), layers)
    parts = r.Parts(found.missing)
    sections = _sections(found, parts, layers, ddof)
    if not sections:
        reasons = "; ".join(f"no {what}: {why}" for what, why in parts.missing.items())
        raise XltError(f"nothing can be reported: {reasons}")
    write_page(output, title, sections, parts.missing, found.inputs, force)
    typer.echo(output)


def _sections(found: "Gathered", parts: r.Parts, layers: str, ddof: int) -> list["Section"]:
    from xlt.report.page import Section

    made = [
        Section("Methods", *_methods(found, parts, ddof)),
        Section("Alignment and transfer", *_transfer(found, parts)),
        Section("Change of alignment", *_change(found, parts, layers)),
    ]
    return [section for section in made if section.tables or section.figures]


def _methods(found: "Gathered", parts: r.Parts, ddof: int) -> _Parts:
    from xlt.files.schemas import AVERAGE
    from xlt.report.bars import bars_figure
    from xlt.report.comparisons import average_layout, comparison_layouts

    rows = found.comparisons
    if not rows:
        return [], []
    tables = parts.tables("tables of methods", lambda: comparison_layouts(rows, ddof))
    if len({row["task"] for row in rows}) > 1 and any(row["lang"] == AVERAGE for row in rows):
        tables = [*parts.tables("table of averages", lambda: [average_layout(rows, ddof)]), *tables]
    caption = "Mean over seeds of each method and language; error bars are standard deviations."
    return tables, parts.figure("figure of methods", caption, lambda: bars_figure(rows))


def _transfer(found: "Gathered", parts: r.Parts) -> _Parts:
    from xlt.report.correlations import correlation_layouts

    tables = [
        *parts.tables("table of correlations", lambda: correlation_layouts(found.correlations)),
        *parts.tables("table of differences", lambda: correlation_layouts(found.differences)),
    ]
    panels = found.panels
    if panels is None:
        return tables, []
    caption = "Transfer against alignment: colours are languages, shapes are models, a point is a seed."
    return tables, parts.figure("figure of points", caption, lambda: r.panels_figure(panels))


def _change(found: "Gathered", parts: r.Parts, layers: str) -> _Parts:
    from xlt.report.changes import change_layout
    from xlt.report.layers import change_figure
    from xlt.study.changes import at_layers

    rows = found.changes
    if not rows:
        return [], []
    tables = parts.tables("table of changes", lambda: [change_layout(at_layers(rows, layers), found.change_tags)])
    # Imported tables may know depths only.
    if max(len({row[name] for row in rows}) for name in ("layer", "depth")) < 2:
        return tables, []
    caption = "Alignment before (dashed) and after training (bands: standard deviation over seeds)."
    return tables, parts.figure("figure over layers", caption, lambda: change_figure(rows))
