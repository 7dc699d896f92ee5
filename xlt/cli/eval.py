"""``xlt eval``."""

from typing import Annotated, Literal

import typer

from xlt.cli import options as o
from xlt.errors import XltError


def eval_(
    model: Annotated[
        str,
        typer.Argument(
            help="Fine-tuned checkpoint folder or hub name; with --from a predictions table.", metavar="MODEL"
        ),
    ],
    langs: Annotated[
        list[str] | None,
        typer.Argument(help="Languages of the data; with --from further predictions tables.", metavar="LANG..."),
    ] = None,
    from_: Annotated[
        bool,
        typer.Option("--from", help="Score predictions tables (- is a stream), without the model; shards are merged."),
    ] = False,
    task: Annotated[
        Literal["pos", "ner", "slots", "nli", "topic"] | None,
        typer.Option(help="The task.", metavar="TASK", show_default="what the model was trained for"),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Name, or path with {lang} and {split}; or LANG=PATH, once for each language.",
            metavar="NAME|PATH",
            show_default="as in training, else the task's own: ud, wikiann, xsid, xnli, sib200",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Splits, joined by commas.", metavar="SPLITS", show_default="test")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="First sentences of each language and split.", metavar="N", min=1, show_default="all"),
    ] = None,
    reading: Annotated[
        Literal["conlleval", "iob2:strict"] | None,
        typer.Option(
            help="How BIO tags are read as spans: conlleval is lenient, as in the papers; with iob2:strict a span "
            "begins at B- alone.",
            show_default="conlleval",
        ),
    ] = None,
    repair_bio: Annotated[
        bool,
        typer.Option("--repair-bio", help="Make predicted tags valid BIO first, as the code of gaschi2023 does."),
    ] = False,
    segment: Annotated[
        Literal["zh"] | None,
        typer.Option(
            help="Cut the Chinese data anew into words (jieba); a word has the label of its first character, "
            "gold labels as well, so that the scores are those of words."
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option(help="Bootstrap samples of sentences behind the intervals; 0 for none.", metavar="N", min=0)
    ] = 1000,
    seed: o.Seed = 42,
    per_label: Annotated[
        bool, typer.Option("--per-label", help="Also print scores by label (spans: by type), and what is confused.")
    ] = False,
    overlong: o.TaskOverlong = None,
    max_length: o.MaxLength = None,
    device: o.Device = "auto",
    dtype: o.Dtype = "auto",
    batch_tokens: o.BatchTokens = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Shard I of N, from 1: every N-th sentence; writes --predictions alone, which --from merges.",
            metavar="I/N",
        ),
    ] = None,
    predictions: Annotated[
        str | None,
        typer.Option(help="Also write a table with a row per sentence: words, gold, predicted.", metavar="FILE"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Results table: .parquet, .arrow, .csv, .jsonl, .md, .tex; - is a stream. Without it the "
            "results are printed.",
            metavar="FILE|-",
            show_default=False,
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Score a fine-tuned model on test sets: every gold word counts, with intervals over sentences.

    A word that no window could hold counts as an error, and so does a label that the model does not know.
    """
    from xlt.cli.console import console, print_table
    from xlt.report.results import label_tables, result_table
    from xlt.tasks.results import ScoreOptions, rescore

    scoring = ScoreOptions(reading, repair_bio, resamples, seed)
    tags = o.parse_tags(tag)
    if from_:
        of_the_model = {
            "--data": data, "--split": split, "--limit": limit, "--segment": segment, "--overlong": overlong,
            "--max-length": max_length, "--device": None if device == "auto" else device,
            "--dtype": None if dtype == "auto" else dtype, "--batch-tokens": batch_tokens, "--shard": shard,
            "--predictions": predictions,
        }  # fmt: skip
        given = [name for name, value in of_the_model.items() if value is not None]
        if given:
            raise XltError(f"{given[0]}: --from scores answers that are there already; it only takes tables")
        done = rescore([model, *(langs or [])], scoring, task=task, output=output, force=force, tags=tags)
    else:
        from xlt.tasks.evaluate import EvalOptions, evaluate

        options = EvalOptions(
            task, tuple(data or ()), tuple((split or "test").split(",")), limit, segment, overlong, max_length, device,
            dtype, batch_tokens,
        )  # fmt: skip
        with console.progress("evaluating") as progress:
            done = evaluate(
                model, langs or [], options, scoring, output=output, predictions=predictions, shard=shard, force=force,
                tags=tags, progress=progress,
            )  # fmt: skip
    tables = result_table(done.rows)
    for each in done.labels if per_label else []:
        tables += label_tables(each.title, each.task, each.pairs, each.reading)
    for title, header, rows in tables:
        if output is None or not console.quiet:
            print_table(title, header, rows, to_stderr=output is not None or predictions == "-")
    for name, facts in done.summary.items():
        console.summary(name, facts)
    for path in filter(None, (output, predictions)):
        if path != "-":
            typer.echo(path, err="-" in (output, predictions))
