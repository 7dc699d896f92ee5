"""``xlt aer``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.errors import OptionError
from xlt.pairs.options import AerOptions


def aer(
    gold: Annotated[
        str,
        typer.Argument(
            help="Gold links: lines of i-j (sure) and ipj (possible); rows of sentence, i, j and S or P; or the third "
            "column of a TSV.",
            metavar="GOLD",
        ),
    ],
    links: Annotated[
        str, typer.Argument(help="Lines of i-j numbered from 0, or a pairs file; - is standard input.", metavar="LINKS")
    ],
    options: AerOptions,
    form: o.Printing = "table",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, all shares as fractions.", rich_help_panel="Output")
    ] = False,
) -> None:
    """Compare word alignments with gold: alignment error rate, precision, recall, F1.

    $ xlt extract-pairs --corpus text.tsv --aligner fastalign --format pharaoh en fr
    $ xlt aer gold.txt en-fr.pharaoh
    """
    import pyarrow as pa

    from xlt.cli.console import console
    from xlt.cli.tables import Printed, print_tables
    from xlt.files.markup import json_text
    from xlt.files.text_table import TextTable
    from xlt.pairs.aer import error_rate

    if as_json and form != "table":
        raise OptionError("form", "has no effect with {option}, which prints one object; leave one out", "as_json")
    rate = error_rate(gold, links, options)
    if as_json:
        typer.echo(json_text(rate.as_json()))
        return
    console.summary("aer", rate.summary)
    ends = ["value", "ci_low", "ci_high"]
    cells = [[row["metric"], *("" if row[end] is None else f"{row[end]:.4f}" for end in ends)] for row in rate.rows]
    schema = pa.schema([("metric", pa.string()), *((end, pa.float64()) for end in ends)])
    print_tables(Printed([TextTable("", ["metric", *ends], cells)], rate.rows, schema), form)
