"""``xlt report breakdown | change | correlations | transfer``; ``figure`` and ``html`` have files of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli import options as o
from xlt.errors import OptionError
from xlt.report.options import CorrelationTableOptions, TableOptions
from xlt.study.options import BreakdownOptions, ChangeOptions, TransferOptions

if TYPE_CHECKING:
    from xlt.report.layout import Layout
    from xlt.study.breakdown import Breakdowns
    from xlt.study.changes import Changes
    from xlt.study.comparisons import Comparisons
    from xlt.study.gather import Collection

Output = Annotated[
    str | None,
    o.stream_output(
        f"Laid out for people: {', '.join(o.LAID_OUT_FORMATS)} (booktabs); a row a number: "
        f"{', '.join(o.TABLE_FORMATS)}; - is a stream. Without it the tables are printed."
    ),
]


def breakdown(
    items: Annotated[
        list[str], typer.Argument(help="What align-score --per-item wrote.", metavar="ITEMS...", show_default=False)
    ],
    options: BreakdownOptions,
    shown: TableOptions,
    output: Output = None,
    form: o.Printing = "table",
    force: o.Force = False,
) -> None:
    """Scores of groups of words: by part of speech, frequency, common letters, script or length.

    Averages over the tags of a kind count each tag alike. No model is needed: the items say what each word found.

    $ xlt report breakdown --by script items.parquet
    """
    from xlt.cli.console import console
    from xlt.report.breakdowns import breakdown_layouts
    from xlt.report.names import read_names
    from xlt.study.breakdown import break_down

    _check(output, force, shown)
    names = read_names(shown.names)
    breakdowns = break_down(items, options, output=_tidy(output), force=force)
    _tables(lambda: breakdown_layouts(breakdowns.rows, breakdowns.tags, names), breakdowns, form, output, force, shown)
    names.warn_of_unused()
    console.summary("report breakdown", breakdowns.summary)


def change(
    tables: Annotated[
        list[str], typer.Argument(help="Scores before and after training, or points.", metavar="TABLES...")
    ],
    options: ChangeOptions,
    shown: TableOptions,
    output: Output = None,
    form: o.Printing = "table",
    force: o.Force = False,
) -> None:
    """Relative change of alignment in training, (after - before) / before: mean and deviation over seeds.

    Each scored model is compared with every scored model that it was made from.

    $ xlt report change scores/*.parquet
    """
    from xlt.cli.console import console
    from xlt.report.changes import change_layout
    from xlt.report.names import read_names
    from xlt.study.changes import measure_changes

    _check(output, force, shown)
    names = read_names(shown.names)
    changes = measure_changes(tables, options, output=_tidy(output), force=force)
    _tables(
        lambda: [change_layout(changes.rows, changes.tags, names, absolute=options.absolute)],
        changes, form, output, force, shown,
    )  # fmt: skip
    names.warn_of_unused()
    console.summary("report change", changes.summary)


def correlations(
    tables: Annotated[
        list[str],
        typer.Argument(help="Correlations, or differences of them: what correlate wrote.", metavar="TABLES..."),
    ],
    options: CorrelationTableOptions,
    shown: TableOptions,
    output: Output = None,
    form: o.Printing = "table",
    force: o.Force = False,
) -> None:
    """Correlations with their intervals, laid out as a paper prints them.

    $ xlt report correlations -o table.tex correlations.parquet
    """
    from xlt.report.correlations import correlation_layouts
    from xlt.report.names import read_names
    from xlt.study.gather import collect_correlations

    _check(output, force, shown)
    if options.columns:
        _check_laid_out("columns", output)
    names = read_names(shown.names)
    collection = collect_correlations(tables, output=_tidy(output), force=force)
    _tables(
        lambda: correlation_layouts(collection.rows, options.columns, names), collection, form, output, force, shown
    )
    names.warn_of_unused()


def transfer(
    results: Annotated[list[str], typer.Argument(help="Results of eval.", metavar="RESULTS...")],
    options: TransferOptions,
    shown: TableOptions,
    averages: Annotated[
        bool,
        typer.Option(
            "--averages", help="Lay out the averages over languages only, a column a task.", rich_help_panel="Output"
        ),
    ] = False,
    output: Output = None,
    form: o.Printing = "table",
    force: o.Force = False,
) -> None:
    """Methods against a baseline: mean and deviation over seeds in each language, and paired differences.

    Cells nearer to the baseline than its deviation are marked or light grey, those below by more dark. The average is
    that over the languages not trained on; --groups adds one for each group of them. A single method has no
    differences.

    $ xlt report transfer --method method results/*.parquet
    """
    from xlt.cli.console import console
    from xlt.report.comparisons import average_layout, comparison_layouts
    from xlt.report.names import read_names
    from xlt.study.comparisons import compare_methods

    _check(output, force, shown)
    if averages:
        _check_laid_out("averages", output)
    names = read_names(shown.names)
    comparisons = compare_methods(results, options, output=_tidy(output), force=force)
    rows, ddof = comparisons.rows, options.compare.ddof
    _tables(
        lambda: [average_layout(rows, ddof, names)] if averages else comparison_layouts(rows, ddof, names),
        comparisons, form, output, force, shown,
    )  # fmt: skip
    names.warn_of_unused()
    console.summary("report transfer", comparisons.summary)


def _laid_out(output: str | None) -> bool:
    return output is not None and Path(output).suffix in o.LAID_OUT_FORMATS


def _tidy(output: str | None) -> str | None:
    return None if _laid_out(output) else output


def _check(output: str | None, force: bool, shown: TableOptions) -> None:
    from xlt.files.tables import check_table_output

    suffix = "" if output is None else Path(output).suffix
    if shown.label is not None and suffix != ".tex":
        raise OptionError("label", "has no effect without {option} FILE.tex", "output")
    if shown.captions and not _laid_out(output):
        raise OptionError("captions", "has no effect without {option} FILE.tex or FILE.md", "output")
    if shown.names is not None:
        _check_laid_out("names", output)
    if output is not None:
        check_table_output(output, force)


def _check_laid_out(option: str, output: str | None) -> None:
    if output is not None and not _laid_out(output):
        text = "has no effect on {option} {value}: tidy tables keep their values; leave it out, or write .tex or .md"
        raise OptionError(option, text, "output", output)


def _tables(
    lay_out: Callable[[], Sequence["Layout"]],
    tidy: "Breakdowns | Changes | Collection | Comparisons",
    form: o.Form,
    output: str | None,
    force: bool,
    shown: TableOptions,
) -> None:
    from xlt.cli.console import console
    from xlt.cli.tables import Printed, print_tables
    from xlt.report.layout import captioned, write_layouts

    # A tidy table is written by now, and holds rows that no layout has room for, such as one correlation twice.
    if output is None:
        print_tables(Printed([table.text_table() for table in lay_out()], tidy.rows, tidy.schema), form)
    elif _laid_out(output):
        write_layouts(Path(output), captioned(lay_out(), shown.captions), force, shown.label)
    if output not in (None, "-"):
        console.result(output)
