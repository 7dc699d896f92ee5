"""``xlt correlate``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from xlt.cli import options as o
from xlt.errors import XltError


def correlate(
    tables: Annotated[
        list[str],
        typer.Argument(
            help="Scores and results in any order (- is a stream); with --x and --y any tables.", metavar="TABLES..."
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option(
            help="Columns, joined by commas: a correlation for each combination of their values. 'model' is the model "
            "that training started from.",
            metavar="COLS",
            show_default="task,recipe,stage,direction,depth,strength; with --x and --y none",
        ),
    ] = None,
    across: Annotated[
        str | None,
        typer.Option(
            help="Columns that may vary inside a group, beside model, language and seed; 'signature' for how it was "
            "measured.",
            metavar="COLS",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="Metric behind transfer.", metavar="M", show_default="the task's own: accuracy; f1 for ner, slots"
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of the results.", metavar="S", show_default="all")] = None,
    method: Annotated[
        Literal["spearman", "pearson", "kendall"], typer.Option(help="The coefficient; kendall is tau-b.")
    ] = "spearman",
    interval: Annotated[
        str,
        typer.Option(
            help="95 % interval: bca draws points; cluster:model,lang,seed draws models and languages, crossed, and "
            "seeds inside of both; none.",
            metavar="bca|cluster:COLS|none",
        ),
    ] = "bca",
    resamples: Annotated[int, typer.Option(help="Bootstrap samples.", metavar="N", min=2)] = 2000,
    adjust: Annotated[
        Literal["holm", "bh"] | None,
        typer.Option(
            help="Adjust p-values for the number of rows: Holm, or Benjamini and Hochberg.", show_default="no"
        ),
    ] = None,
    difference: Annotated[
        list[str] | None,
        typer.Option(
            help="Difference of two correlations over the same points, by paired bootstrap, in place of correlations: "
            "strength=strong,weak; may be repeated.",
            metavar="COL=A,B",
        ),
    ] = None,
    x: Annotated[str | None, typer.Option("--x", help="With --y: a column of a plain table.", metavar="COL")] = None,
    y: Annotated[str | None, typer.Option("--y", help="The column that --x goes with.", metavar="COL")] = None,
    seed: o.Seed = 42,
    points: Annotated[
        str | None,
        typer.Option(help="Also write the joined table: a row per point, with alignment and ctl.", metavar="FILE"),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Also draw the points, a panel per group: .svg, .pdf or .png.", metavar="FILE"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Correlations: .parquet, .arrow, .csv, .jsonl, .md, .tex; - is a stream. Without it they are printed.",
            metavar="FILE|-",
            show_default=False,
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Correlate alignment with cross-lingual transfer: scores with what the results lose from one language to another.

    A score belongs to a result if it is of the evaluated model (stage 'after') or of one it was made from ('before'),
    and of the same two languages.
    """
    from xlt.cli.console import console, print_table
    from xlt.report.correlations import correlation_table
    from xlt.study.correlate import correlate
    from xlt.study.options import CorrelateOptions

    if plot is not None:
        from xlt.files.atomic import check_output
        from xlt.report.figures import check_plot

        check_plot(plot)
        check_output(plot, force)
    options = CorrelateOptions(
        None if by is None else _columns("--by", by), _columns("--across", across or ""), metric, split, method,
        interval, resamples, adjust, tuple(difference or ()), x, y,
    )  # fmt: skip
    done = correlate(tables, options, seed=seed, output=output, points=points, force=force, tags=o.parse_tags(tag))
    pair = f"{x} and {y}" if options.plain else "alignment and transfer"
    if output is None or not console.quiet:
        title, header, rows = correlation_table(f"{pair}: {method}, interval {interval}", done.rows, done.keys)
        print_table(title, header, rows, to_stderr=output is not None or points == "-")
    console.summary("correlate", done.summary)
    if plot is not None:
        from xlt.report.correlations import panel_titles
        from xlt.report.scatter import plot_points

        titles = panel_titles(options.keys, list(done.groups))
        plot_points(list(zip(titles, done.groups.values(), strict=True)), done.x, done.y, plot, force)
    for path in filter(None, (output, points, plot)):
        if path != "-":
            typer.echo(path, err="-" in (output, points))


def _columns(option: str, text: str) -> tuple[str, ...]:
    names = tuple(text.split(",")) if text else ()
    if not all(names):
        raise XltError(f"{option} {text}: write columns with commas between, such as task,stage")
    return names
