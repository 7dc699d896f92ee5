"""``xlt correlate``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.study.options import CorrelateOptions


def correlate(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="Scores and results in any order (- is a stream); with --x and --y any tables.", metavar="TABLES..."
        ),
    ],
    options: CorrelateOptions,
    points: Annotated[
        str | None,
        typer.Option(
            help="Also write the joined table: a row per point, with alignment and ctl.",
            metavar="FILE",
            rich_help_panel="Output",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Also draw the points, a panel per group: .svg, .pdf or .png.",
            metavar="FILE",
            rich_help_panel="Output",
        ),
    ] = None,
    output: Annotated[
        str | None,
        o.table_output("Correlations"),
    ] = None,
    form: o.Printing = "table",
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Correlate alignment with cross-lingual transfer: scores with what the results lose from one language to another.

    A score belongs to a result if it is of the evaluated model (stage 'after') or of one it was made from ('before'),
    and of the same two languages.

    $ xlt correlate -o correlations.parquet scores/*.parquet results/*.parquet
    """
    from xlt.cli.tables import Printed, check_form, report
    from xlt.files.atomic import outputs_together
    from xlt.report.correlations import correlation_table
    from xlt.report.drawing import check_plot, save
    from xlt.report.scatter import panels_figure
    from xlt.study import correlate as step
    from xlt.study.gather import Panels

    check_form(form, points)
    if plot is not None:
        check_plot(plot, force)
    with outputs_together():
        correlations = step.correlate(
            tables, options, output=output, points=points, force=force, tags=o.parse_tags(tag)
        )
        if plot is not None:
            panels = Panels(options.keys, correlations.groups)
            save(panels_figure(panels, x=correlations.x, y=correlations.y, method=options.method), plot, force)
    what = " and ".join(options.columns or ("alignment", "transfer"))
    title = f"{what}: {options.method}, interval {options.interval}"
    table = correlation_table(title, correlations.rows, correlations.keys)
    printed = Printed([table], correlations.rows, correlations.schema)
    report(printed, {"correlate": correlations.summary}, form, output, points, plot)
