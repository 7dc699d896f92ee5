"""``xlt eval``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.cli.complete import languages
from xlt.cli.flatten import IdleWith
from xlt.errors import OptionError
from xlt.tasks.options import EvalOptions, RescoreOptions

_ANSWERED = IdleWith("from_", "which scores answers that are there already and takes only tables", but=RescoreOptions)


def eval_(
    model: Annotated[
        str,
        typer.Argument(
            help="Fine-tuned checkpoint folder or hub name; with --from a predictions table.", metavar="MODEL"
        ),
    ],
    options: Annotated[EvalOptions, _ANSWERED],
    langs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Languages of the data; with --from further predictions tables.",
            metavar="LANG...",
            autocompletion=languages,
        ),
    ] = None,
    from_: Annotated[
        bool,
        typer.Option(
            "--from",
            help="Score predictions tables (- is a stream), without the model; shards are merged.",
            rich_help_panel="Input",
        ),
    ] = False,
    per_label: Annotated[
        bool,
        typer.Option(
            "--per-label",
            help="Also print scores by label (spans: by type), and what is confused.",
            rich_help_panel="Output",
        ),
    ] = False,
    predictions: Annotated[
        str | None,
        typer.Option(
            help="Also write a table with a row per sentence: words, gold, predicted.",
            metavar="FILE",
            rich_help_panel="Output",
        ),
        _ANSWERED,
    ] = None,
    output: Annotated[
        str | None,
        o.table_output("Results table", "the results are printed"),
    ] = None,
    form: o.Printing = "table",
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Score a fine-tuned model on test sets: every gold word counts, with intervals over sentences.

    A word that no window could hold counts as an error, and so does a label that the model does not know.

    $ xlt eval -o results.parquet tagger en ar
    """
    from xlt.cli.console import console
    from xlt.cli.tables import Printed, check_form, report
    from xlt.report.results import label_tables, result_table

    check_form(form, predictions)
    if per_label and form in ("csv", "jsonl"):
        raise OptionError("per_label", f"has no effect with {{option}} {form}, which has no place for it", "form")
    if options.shard and form != "table":
        raise OptionError("form", "has no effect with {option}, which scores nothing; leave it out", "shard")
    tags = o.parse_tags(tag)
    if from_:
        from xlt.tasks.results import rescore

        scored = RescoreOptions(task=options.task, scoring=options.scoring)
        results = rescore([model, *(langs or [])], scored, output=output, force=force, tags=tags)
    else:
        from xlt.tasks.evaluate import evaluate

        with console.progress("evaluating") as progress:
            results = evaluate(
                model, langs or [], options, output=output, predictions=predictions, force=force, tags=tags,
                progress=progress,
            )  # fmt: skip
    tables = result_table(results.rows)
    for labels in results.labels if per_label else []:
        tables += label_tables(labels.title, labels.task, labels.pairs, labels.reading)
    report(Printed(tables, results.rows, results.schema), results.summary, form, output, predictions)
