"""Step ``eval``: how well a fine-tuned model does its task, in any number of languages."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import numpy as np

from xlt.corpora.choose import parse_shard
from xlt.encoders.load import Encoder, model_input
from xlt.encoders.model_place import check_encoder
from xlt.encoders.options import batch_tokens_on
from xlt.errors import OptionError, XltError, check_all
from xlt.files.atomic import outputs_together
from xlt.files.provenance import Record, make_record
from xlt.files.schemas import RESULTS
from xlt.files.tables import check_table_outputs, table_writer, write_table
from xlt.tasks.data import Data, data_inputs, gold_labels
from xlt.tasks.eval_sets import EvalSet, check_sets, find_sets, read_set
from xlt.tasks.examples import task_examples, text_overlong
from xlt.tasks.heads import loader_of
from xlt.tasks.kinds import Task
from xlt.tasks.options import EvalOptions
from xlt.tasks.origin import Origin
from xlt.tasks.predict import predict, predicted_labels
from xlt.tasks.predictions import Answers, Predicted, predicted_of, prediction_batches, predictions_schema
from xlt.tasks.results import Results, score_predictions
from xlt.work import Progress

logger = logging.getLogger(__name__)

_PACKAGES = ("numpy", "pyarrow", "torch", "transformers")
_OUTPUTS = "the results and --predictions"


def evaluate(
    model: str,
    langs: Sequence[str],
    options: EvalOptions = EvalOptions(),
    *,
    output: str | None = None,
    predictions: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Results:
    """Let a model answer test sets and score the answers. Every gold word counts, also one that no window holds.

    Args:
        model: checkpoint folder or hub name, with a classifier.
        langs: languages of the data.
        options: which data, how the model runs, how its answers are scored.
        output: results table to write (path or ``-``), or None.
        predictions: predictions table to write, or None; a shard writes nothing else.
        force: replace existing outputs.
        tags: columns of the results table.
        progress: called with the sentences done and in all.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    tags = dict(tags or {})
    RESULTS.check_tags(tags)
    part = parse_shard(options.shard) if options.shard else None
    if part and (predictions is None or output is not None):
        raise OptionError("shard", "writes --predictions and nothing else; 'xlt eval --from' scores them all together")
    check_table_outputs((output, predictions), [], force, _OUTPUTS)
    origin = Origin.of(model)
    task = origin.task(options.task)
    if origin.params.get("drop_blank_words"):
        options = replace(options, drop_blank_words=True)
    options.scoring.check(task)
    overlong = options.overlong or "window" if task.shape == "words" else text_overlong(options.overlong)
    check_all(partial(check_sets, origin, task, langs, options), partial(check_encoder, model, options.device))
    files = find_sets(origin, task, langs, options)
    check_table_outputs((output, predictions), [str(p) for f in files for p in f.files], force, _OUTPUTS)
    sets = [read_set(f, task, options, part) for f in files]
    inputs = data_inputs(files)
    for sentence in origin.seen(inputs):
        logger.warning("%s", sentence)

    # As in training; texts are tokenised whole.
    drop_blank = task.shape == "words" and bool(origin.params.get("drop_blank_subwords"))
    load = loader_of(origin.head)
    encoder = load(model, task, device=options.device, dtype=options.dtype, drop_blank_subwords=drop_blank)
    _check_labels(encoder, sets)
    params = options.params() | {
        "task": task.name,
        "overlong": overlong,
        "drop_blank_subwords": drop_blank,
        "segment": {s.files.lang: s.segmentation for s in sets if s.segmentation},
        "sentences": [[s.files.lang, s.files.split, s.total] for s in sets],
        "labels": encoder.labels,
    }
    inputs = [model_input(encoder), *inputs]
    seed = options.scoring.seed
    record = make_record("eval", params=params, inputs=inputs, seed=seed, tags=tags, packages=_PACKAGES)
    record["summary"] = {s.name: {"sentences": len(s.sent_ids)} | dict(s.left_out) for s in sets}
    with outputs_together():
        predicted = _answer(encoder, task, sets, options, record, predictions, force, progress)
        if part:
            if not any(len(s.data) for s in sets):
                logger.warning("shard %s holds no sentence", options.shard)
            return Results(rows=[], schema=predictions_schema(sets[0].data), labels=[], summary=record["summary"])
        results = score_predictions(predicted, options.scoring, tags)
        summary = {s.name: results.summary[s.name] | dict(s.left_out) for s in sets}
        if output is not None:
            record = record | {"params": params | options.scoring.params(), "summary": summary}
            write_table(output, results.rows, results.schema, record, force)
    return replace(results, summary=summary)


def _answer(
    encoder: Encoder,
    task: Task,
    sets: Sequence[EvalSet],
    options: EvalOptions,
    record: Record,
    output: str | None,
    force: bool,
    progress: Progress | None,
) -> list[Predicted]:
    # The answers for all sets; each goes to the predictions table, if there is one, as soon as it is there.
    schema, predicted = predictions_schema(sets[0].data), []
    with ExitStack() as stack:
        writer = stack.enter_context(table_writer(output, schema, record, force)) if output is not None else None
        for of_set, callback in _counted(sets, progress):
            answers = _answers(encoder, of_set.data, options, callback)
            predicted.append(
                predicted_of(record, task, of_set.files.lang, of_set.files.split, answers, of_set.files.name)
            )
            if writer is not None:
                for batch in prediction_batches(of_set.data, of_set.sent_ids, predicted[-1], schema):
                    writer.write(batch)
    return predicted


def _answers(encoder: Encoder, data: Data, options: EvalOptions, progress: Progress | None) -> Answers:
    gold = gold_labels(data)
    if not gold:
        return Answers([], [], np.empty(0, np.int64))
    examples = task_examples(data, encoder.labels, encoder, options.overlong, options.max_length)
    batch_tokens = batch_tokens_on(encoder.device.type, options.batch_tokens)
    numbers = predict(encoder, examples, batch_tokens, progress=progress)
    return Answers(gold, predicted_labels(examples, numbers, encoder.labels), examples.unseen)


def _check_labels(encoder: Encoder, sets: Sequence[EvalSet]) -> None:
    for of_set in sets:
        if not of_set.gold & set(encoder.labels):
            raise XltError(
                f"{of_set.name}: the model knows none of the labels of {of_set.files.files[0]} "
                f"({_some(of_set.gold)}), only {_some(encoder.labels)}; is it the data of another task?"
            )


def _some(labels: Collection[str]) -> str:
    return ", ".join(sorted(labels)[:5]) + (", …" if len(labels) > 5 else "")


def _counted(sets: Sequence[EvalSet], progress: Progress | None) -> Iterator[tuple[EvalSet, Progress | None]]:
    # A bar for all languages, in sentences: subwords are only counted when their language is reached.
    before, total = 0, sum(len(s.data) for s in sets)
    for of_set in sets:
        yield of_set, progress and _from(before, len(of_set.data), total, progress)
        before += len(of_set.data)


def _from(before: int, sentences: int, total: int, progress: Progress) -> Progress:
    def callback(subwords: int, all_of_them: int | None) -> None:
        progress(before + round(sentences * subwords / max(1, all_of_them or 1)), total)

    return callback
