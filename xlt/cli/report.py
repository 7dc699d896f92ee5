"""``xlt report change | correlations | transfer | figure | html``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli import options as o
from xlt.cli.command import command
from xlt.errors import XltError

if TYPE_CHECKING:
    from xlt.report.layout import Layout

report_app = typer.Typer(
    help="Tables and figures for a paper, and a page of all of them, from the tidy files alone.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

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


def change(
    tables: Annotated[
        list[str], typer.Argument(help="Scores before and after training, or points.", metavar="TABLES...")
    ],
    layers: Layers = "all",
    ddof: Ddof = 1,
    output: Output = None,
    force: o.Force = False,
) -> None:
    """Relative change of alignment in training, (after - before) / before: mean and deviation over seeds.

    Each scored model is compared with every scored model that it was made from.
    """
    from xlt.cli.console import console
    from xlt.report.changes import change_layout
    from xlt.steps.changes import change

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
            help="What heads the columns, the widest first: model,stage.",
            metavar="COLS",
            show_default="the last two that vary of model, direction, strength, stage",
        ),
    ] = None,
    output: Output = None,
    force: o.Force = False,
) -> None:
    """Correlations with their intervals, laid out as a paper prints them."""
    from xlt.report.correlations import correlation_layouts
    from xlt.steps.collected import collect

    _check(output, force)
    done = collect(tables, output=_tidy(output), force=force)
    _tables(correlation_layouts(done.rows, None if columns is None else _names("--columns", columns)), output, force)


def transfer(
    results: Annotated[list[str], typer.Argument(help="Results of eval.", metavar="RESULTS...")],
    method: Method = "recipe",
    baseline: Baseline = None,
    metric: Metric = None,
    split: Split = None,
    ddof: Ddof = 1,
    averages: Annotated[
        bool, typer.Option("--averages", help="Lay out the averages over languages only, a column a task.")
    ] = False,
    output: Output = None,
    force: o.Force = False,
) -> None:
    """Methods against a baseline: mean and deviation over seeds in each language, and paired differences.

    Cells nearer to the baseline than its deviation are marked or light grey, those below by more dark. The average is
    that over the languages not trained on.
    """
    from xlt.cli.console import console
    from xlt.report.comparisons import average_layout, comparison_layouts
    from xlt.steps.comparisons import CompareOptions, compare

    _check(output, force)
    options = CompareOptions(_names("--method", method), baseline, metric, split, ddof)
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
            for note in table.notes:
                typer.echo(note)
    elif _laid_out(output):
        write_layouts(Path(output), layouts, force)
    if output not in (None, "-"):
        typer.echo(output)


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not all(names):
        raise XltError(f"{option} {text}: write columns with commas between, such as method,aligner")
    return names


report_app.command("change")(command(change))
report_app.command("correlations")(command(correlations))
report_app.command("transfer")(command(transfer))
