"""``xlt report change | correlations | transfer | figure | html``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli import options as o
from xlt.cli import report_figures
from xlt.cli import report_options as r
from xlt.cli.command import command

if TYPE_CHECKING:
    from xlt.report.layout import Layout

report_app = typer.Typer(
    help="Tables and figures for a paper, and a page of all of them, from the tidy files alone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def change(
    tables: Annotated[
        list[str], typer.Argument(help="Scores before and after training, or points.", metavar="TABLES...")
    ],
    layers: r.Layers = "all",
    ddof: r.Ddof = 1,
    output: r.Output = None,
    force: o.Force = False,
) -> None:
    """Relative change of alignment in training, (after - before) / before: mean and deviation over seeds.

    Each scored model is compared with every scored model that it was made from.
    """
    from xlt.cli.console import console
    from xlt.report.changes import change_layout
    from xlt.study.changes import change

    _check(output, force)
    done = change(tables, layers=layers, ddof=ddof, output=_tidy(output), force=force)
    _tables([change_layout(done.rows, done.tags)], output, force)
    console.summary("report change", done.summary)


def correlations(
    tables: Annotated[
        list[str],
        typer.Argument(help="Correlations, or differences of them: what correlate wrote.", metavar="TABLES..."),
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            help="What heads the columns, the widest first: model,stage. Each strength has a table of its own where "
            "strengths vary and head no column.",
            metavar="COLS",
            show_default="the last two that vary of model, direction, strength, stage; where the last three do, "
            "direction and stage",
        ),
    ] = None,
    output: r.Output = None,
    force: o.Force = False,
) -> None:
    """Correlations with their intervals, laid out as a paper prints them."""
    from xlt.report.correlations import correlation_layouts
    from xlt.study.collected import collect

    _check(output, force)
    done = collect(tables, output=_tidy(output), force=force)
    _tables(correlation_layouts(done.rows, None if columns is None else r.names("--columns", columns)), output, force)


def transfer(
    results: Annotated[list[str], typer.Argument(help="Results of eval.", metavar="RESULTS...")],
    method: r.Method = "recipe",
    baseline: r.Baseline = None,
    metric: r.Metric = None,
    split: r.Split = None,
    ddof: r.Ddof = 1,
    averages: Annotated[
        bool, typer.Option("--averages", help="Lay out the averages over languages only, a column a task.")
    ] = False,
    output: r.Output = None,
    force: o.Force = False,
) -> None:
    """Methods against a baseline: mean and deviation over seeds in each language, and paired differences.

    Cells nearer to the baseline than its deviation are marked or light grey, those below by more dark. The average is
    that over the languages not trained on.
    """
    from xlt.cli.console import console
    from xlt.report.comparisons import average_layout, comparison_layouts
    from xlt.study.comparisons import compare

    _check(output, force)
    options = r.compare_options(method, baseline, metric, split, ddof)
    done = compare(results, options, output=_tidy(output), force=force)
    _tables([average_layout(done.rows, ddof)] if averages else comparison_layouts(done.rows, ddof), output, force)
    console.summary("report transfer", done.summary)


def _laid_out(output: str | None) -> bool:
    return output is not None and Path(output).suffix in (".md", ".tex")


def _tidy(output: str | None) -> str | None:
    return None if _laid_out(output) else output


def _check(output: str | None, force: bool) -> None:
    from xlt.files.tables import check_table_output

    if output is not None:
        check_table_output(output, force)


def _tables(layouts: Sequence["Layout"], output: str | None, force: bool) -> None:
    from xlt.cli.console import print_table
    from xlt.report.layout import write_layouts

    if output is None:
        for i, table in enumerate(layouts):
            if i:
                typer.echo("")
            print_table(table.title, table.header, table.texts())
            for note in table.sentences():
                typer.echo(note)
    elif _laid_out(output):
        write_layouts(Path(output), layouts, force)
    if output not in (None, "-"):
        typer.echo(output)


report_app.command("change")(command(change))
report_app.command("correlations")(command(correlations))
report_app.command("transfer")(command(transfer))
report_app.command("figure")(command(report_figures.figure))
report_app.command("html")(command(report_figures.html))
