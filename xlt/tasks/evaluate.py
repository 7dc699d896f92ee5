"""Step ``eval``: how well a fine-tuned model does its task, in any number of languages."""

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xlt.arrays import Ints
from xlt.corpora.choose import parse_shard
from xlt.corpora.labelled import Labelled
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import TaskFiles, find_task_data
from xlt.corpora.words import segmentation
from xlt.encoders.load import Encoder, load_encoder, model_input
from xlt.encoders.options import Overlong, batch_tokens_on
from xlt.errors import XltError
from xlt.files.provenance import Input, Record, ancestors, make_record, read_folder_record
from xlt.files.schemas import PREDICTIONS, RESULTS
from xlt.files.tables import check_table_outputs, table_writer, write_table
from xlt.tasks.kinds import Task, task_of
from xlt.tasks.labels import pair_labels
from xlt.tasks.metrics import span_counts
from xlt.tasks.predict import predict, predicted_labels
from xlt.tasks.predictions import Predicted, predicted_of, prediction_batches
from xlt.tasks.results import Results, ScoreOptions, score_predictions
from xlt.tasks.segment import resegmented
from xlt.tasks.task_examples import (
    Data,
    check_names,
    data_inputs,
    gold_labels,
    head_of,
    read_data,
    task_examples,
    text_overlong,
)
from xlt.work import Progress

logger = logging.getLogger(__name__)


_PACKAGES = ("numpy", "pyarrow", "torch", "transformers")


@dataclass(frozen=True)
class EvalOptions:
    """What is answered, and how; see ``xlt eval --help`` for each. None of ``task`` and ``data``: as in training."""

    task: str | None = None
    data: tuple[str, ...] = ()
    splits: tuple[str, ...] = ("test",)
    limit: int | None = None
    segment: Literal["zh"] | None = None
    overlong: Overlong | None = None
    max_length: int | None = None
    device: str = "auto"
    dtype: str = "auto"
    batch_tokens: int | None = None


@dataclass(frozen=True)
class _Set:
    """Sentences of one language and split to be answered; ``total`` and ``gold`` (labels) are those of all shards."""

    files: TaskFiles
    data: Data
    sent_ids: Ints
    total: int
    gold: frozenset[str]
    segmentation: str | None
    left_out: Mapping[str, int | str]

    @property
    def name(self) -> str:
        return f"{self.files.lang} {self.files.split}"


def evaluate(
    model: str,
    langs: Sequence[str],
    options: EvalOptions,
    scoring: ScoreOptions,
    *,
    output: str | None = None,
    predictions: str | None = None,
    shard: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Results:
    """Let a model answer test sets and score the answers. Every gold word counts, also one that no window holds.

    Args:
        model: checkpoint folder or hub name, with a classifier.
        langs: languages of the data.
        options: which data, and how the model runs.
        scoring: what is measured.
        output: results table to write (path or ``-``), or None.
        predictions: predictions table to write, or None.
        shard: ``I/N`` answers every N-th sentence and scores nothing; needs ``predictions``.
        force: replace existing outputs.
        tags: columns of the results table.
        progress: called with the sentences done and in all.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    tags = dict(tags or {})
    RESULTS.check_tags(tags)
    part = parse_shard(shard) if shard else None
    if part and (predictions is None or output is not None):
        raise XltError("--shard writes --predictions and nothing else; 'xlt eval --from' scores them all together")
    outputs, what = (output, predictions), "the results and --predictions"
    check_table_outputs(outputs, [], force, what)
    trained = read_folder_record(Path(model)) if Path(model).is_dir() else None
    task = _task(model, trained, options.task)
    scoring.check(task)
    if task.shape == "words":
        overlong: str = options.overlong or "window"
    else:
        overlong = text_overlong(options.overlong)
    found = _found(model, trained, task, langs, options)
    check_table_outputs(outputs, [str(path) for files in found for path in files.files], force, what)
    sets = [_read(files, task, options, part) for files in found]
    inputs = data_inputs(found)
    for said in _seen_in_training(trained, inputs):
        logger.warning("%s", said)

    # As in training; texts are tokenised whole.
    drop_blank = task.shape == "words" and bool(_params(trained).get("drop_blank_subwords"))
    encoder = load_encoder(
        model, head=head_of(task), device=options.device, dtype=options.dtype, drop_blank_subwords=drop_blank
    )
    _check_labels(encoder, sets)
    params = {
        "task": task.name,
        "overlong": overlong,
        "max_length": options.max_length,
        "drop_blank_subwords": drop_blank,
        "limit": options.limit,
        "dtype": "float32" if options.dtype == "auto" else options.dtype,
        "segment": {each.files.lang: each.segmentation for each in sets if each.segmentation},
        "sentences": [[each.files.lang, each.files.split, each.total] for each in sets],
        "labels": encoder.labels,
        "shard": shard,
    }
    record = make_record(
        "eval",
        params=params,
        inputs=[model_input(encoder), *inputs],
        seed=scoring.seed,
        tags=tags,
        packages=_PACKAGES,
    )
    left_out = {each.name: dict(each.left_out) for each in sets}
    answered: list[Predicted] = []
    with ExitStack() as stack:
        writer, schema = None, PREDICTIONS.arrow(without=_absent(sets))
        if predictions is not None:
            writer = stack.enter_context(table_writer(predictions, schema, record, force))
        done, total = 0, sum(len(each.sent_ids) for each in sets)
        for each in sets:
            rows = _answers(encoder, each.data, options, _counted(progress, done, len(each.sent_ids), total))
            answers = predicted_of(record, task, each.files.lang, each.files.split, rows, each.files.name)
            if writer is not None:
                for batch in prediction_batches(each.data, each.sent_ids, answers, schema):
                    writer.write(batch)
            done += len(each.sent_ids)
            answered.append(answers)
        record["summary"] = {each.name: {"sentences": len(each.sent_ids)} | left_out[each.name] for each in sets}
    if part:
        if not total:
            logger.warning("shard %s holds no sentence", shard)
        return Results([], schema, [], record["summary"])
    results = score_predictions(answered, scoring, tags)
    summary = {name: counts | left_out[name] for name, counts in results.summary.items()}
    if output is not None:
        record = record | {"params": params | scoring.params(), "summary": summary}
        write_table(output, results.rows, results.schema, record, force)
    return replace(results, summary=summary)


def _task(model: str, trained: Record | None, asked: str | None) -> Task:
    known = (trained or {}).get("task")
    if known == "":
        raise XltError(
            f"{model} was not fine-tuned: it comes from 'xlt {(trained or {}).get('step')}' and has no classifier of a "
            "task; 'xlt finetune' makes one"
        )
    if known is None and asked is None:
        why = "its record names no task" if trained else "it was not fine-tuned by xlt"
        if not Path(model).is_dir():
            why = "there is no such folder here, and a model of the hub does not say its task"
        raise XltError(f"{model}: {why}; give the folder of a fine-tuned model, or --task")
    if asked is not None and known not in (None, asked):
        raise XltError(f"--task {asked}: {model} was trained for the task {known}")
    return task_of(str(asked or known))


def _found(
    model: str, trained: Record | None, task: Task, langs: Sequence[str], options: EvalOptions
) -> list[TaskFiles]:
    check_names("language", langs, "en")
    check_names("split", options.splits, "test")
    if options.segment and not any(_is_chinese(lang) for lang in langs):
        raise XltError(f"--segment {options.segment}: no Chinese data among {', '.join(langs)}")
    if options.segment and not task.has_spans:
        raise XltError(f"--segment {options.segment}: the labels of the task {task.name} are no spans of characters")
    specs = options.data
    if not specs:
        specs = tuple(_params(trained).get("data") or ())
    try:
        return find_task_data(specs or (task.data,), [(a, b) for b in options.splits for a in langs], task.shape)
    except XltError as error:
        if options.data or not specs:
            raise
        raise type(error)(f"{error} (--data is that of the training of {model}; give another)") from error


def _params(trained: Record | None) -> Mapping[str, Any]:
    return (trained or {}).get("params") or {}


def _is_chinese(lang: str) -> bool:
    return lang.lower().replace("_", "-").split("-")[0] in ("zh", "zho", "cmn")


def _read(files: TaskFiles, task: Task, options: EvalOptions, part: tuple[int, int] | None) -> _Set:
    data = read_data(files, task, options.limit)
    left_out: dict[str, int | str] = dict(data.left_out) if isinstance(data, Tagged) else {}
    how = None
    if options.segment and _is_chinese(files.lang) and isinstance(data, Tagged):
        cut = segmentation("zh")
        new = resegmented(data, cut)
        left_out = {**new.data.left_out, "sentences not cut anew": new.unchanged}
        left_out["tokens before they were cut anew"] = sum(map(len, data.words))
        left_out["gold spans before, after"] = " ".join(f"{_spans(tagged):,}" for tagged in (data, new.data))
        data, how = new.data, cut.name
    total, gold = len(data), frozenset(chain.from_iterable(gold_labels(data)))
    sent_ids = np.arange(total)
    if part:
        first, step = part[0] - 1, part[1]
        sent_ids = sent_ids[first::step]
        if isinstance(data, Tagged):
            data = Tagged(data.words[first::step], data.labels[first::step])
        else:
            second = data.second[first::step] if data.second is not None else None
            data = Labelled(data.first[first::step], second, data.labels[first::step])
    return _Set(files, data, sent_ids, total, gold, how, left_out)


def _spans(data: Tagged) -> int:
    return int(span_counts(pair_labels(data.labels, data.labels))[:, 1].sum())


def _seen_in_training(trained: Record | None, inputs: Sequence[Input]) -> list[str]:
    used = {
        i.get("sha256")
        for record in ancestors(trained)
        for i in record.get("inputs", [])
        if (i.get("role"), i.get("split")) == ("data", "train")
    }
    return [
        f"{i.facts['lang']} {i.facts['split']}: {i.name} is a file that the model was trained on"
        for i in inputs
        if i.sha256 in used and i.facts["split"] != "train"
    ]


def _check_labels(encoder: Encoder, sets: Sequence[_Set]) -> None:
    for each in sets:
        if not each.gold & set(encoder.labels):
            raise XltError(
                f"{each.name}: the model knows none of the labels of {each.files.files[0]} ({_some(each.gold)}), only "
                f"{_some(encoder.labels)}; is it the data of another task?"
            )


def _some(labels: Collection[str]) -> str:
    return ", ".join(sorted(labels)[:5]) + (", …" if len(labels) > 5 else "")


def _absent(sets: Sequence[_Set]) -> list[str]:
    data = sets[0].data
    if isinstance(data, Tagged):
        return ["first", "second"]
    return ["words"] + ["second"] * (data.second is None)


def _answers(
    encoder: Encoder, data: Data, options: EvalOptions, progress: Progress | None
) -> tuple[list[list[str]], list[list[str | None]], Ints]:
    gold = gold_labels(data)
    if not gold:
        return [], [], np.empty(0, np.int64)
    examples = task_examples(data, encoder.labels, encoder, options.overlong, options.max_length)
    batch_tokens = batch_tokens_on(encoder.device.type, options.batch_tokens)
    answers = predict(encoder, examples, batch_tokens, progress=progress)
    return gold, predicted_labels(examples, answers, encoder.labels), examples.unseen


def _counted(progress: Progress | None, before: int, sentences: int, total: int) -> Progress | None:
    # A bar for all languages, in sentences: subwords are only counted when their language is reached.
    if progress is None:
        return None

    def callback(done: int, all_of_them: int | None) -> None:
        progress(before + round(sentences * done / max(1, all_of_them or 1)), total)

    return callback
