"""``xlt align-score``."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from xlt.alignment.options import AlignScoreOptions
from xlt.cli import options as o


def align_score(
    model: Annotated[
        str,
        typer.Argument(help="Checkpoint folder or hub name; with --embeddings a folder of vectors.", metavar="MODEL"),
    ],
    options: AlignScoreOptions,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pairs tables, or quoted patterns of them (- is a stream); with --embeddings further folders.",
            metavar="PAIRS...",
        ),
    ] = None,
    embeddings: Annotated[
        bool,
        typer.Option(
            "--embeddings",
            help="Score folders with src.npy and tgt.npy, made by 'xlt embed' or anybody.",
            rich_help_panel="Input",
        ),
    ] = False,
    per_item: Annotated[
        str | None,
        typer.Option(
            help="Also write a table with a row per word pair: rank, similarities.",
            metavar="FILE",
            rich_help_panel="Output",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Also draw the scores over layers: .svg, .pdf or .png.", metavar="FILE", rich_help_panel="Output"
        ),
    ] = None,
    output: Annotated[
        str | None,
        o.table_output("Scores table", "the scores are printed"),
    ] = None,
    form: o.Printing = "table",
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Score how well languages are aligned: nearest neighbours among translated word pairs, at every layer.

    $ xlt align-score bert-base-multilingual-cased en-ar.parquet
    $ xlt align-score -o scores.parquet --layers -1 --n-pairs 0 --embeddings vectors
    """
    from xlt.alignment.align_score import score_embeddings, score_model
    from xlt.cli.console import console
    from xlt.cli.tables import Printed, check_form, report
    from xlt.files.atomic import outputs_together
    from xlt.report.drawing import check_plot
    from xlt.report.layers import layer_table, plot_layers

    check_form(form, per_item)
    if plot is not None:
        check_plot(plot, force)
    tags = o.parse_tags(tag)
    with outputs_together():
        with console.progress("embedding, scoring") as progress:
            if embeddings:
                step = partial(score_embeddings, [model, *(pairs or [])])
            else:
                step = partial(score_model, model, pairs or [])
            scores = step(options, output=output, per_item=per_item, force=force, tags=tags, progress=progress)
        if plot is not None:
            plot_layers(scores.rows, plot, force)
    printed = Printed(layer_table(scores.rows), scores.rows, scores.schema)
    report(printed, scores.summary, form, output, per_item, plot)
