"""``xlt aer``."""

from typing import Annotated

import typer

from xlt.cli import options as o


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
    one_based: Annotated[bool, typer.Option("--one-based", help="GOLD is numbered from 1.")] = False,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap samples of sentences for the 95 % intervals.", metavar="N", min=0)
    ] = 1000,
    seed: o.Seed = 42,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, all shares as fractions.")] = False,
) -> None:
    """Compare word alignments with gold: alignment error rate, precision, recall, F1."""
    import json

    from xlt.cli.console import console, print_table
    from xlt.pairs.aer import error_rate

    done = error_rate(gold, links, one_based=one_based, resamples=resamples, seed=seed)
    if as_json:
        typer.echo(json.dumps(done.as_json()))
        return
    console.summary("aer", done.counts)
    rows = []
    for metric, value in done.values.items():
        low, high = done.intervals[metric]
        rows.append([metric, *("" if x != x else f"{x:.4f}" for x in (value, low, high))])
    print_table("", ["metric", "value", "ci_low", "ci_high"], rows)
