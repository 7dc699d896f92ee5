"""Step ``finetune``: train an encoder with a classifier on one language, alone or jointly with realignment."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch

from xlt.corpora.task_data import TaskFiles, check_task_data, find_task_data, true_names
from xlt.encoders.load import Encoder, model_input, save_checkpoint
from xlt.encoders.model_place import check_encoder
from xlt.encoders.options import batch_tokens_on
from xlt.errors import OptionError, XltError, check_all
from xlt.files.inputs import check_inputs
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import make_record
from xlt.files.tables import Source
from xlt.options import Seam, recipe_parts
from xlt.tasks.data import Data, check_names, data_inputs, gold_labels, named_columns, read_data
from xlt.tasks.examples import joined, task_examples
from xlt.tasks.heads import loader_of
from xlt.tasks.kinds import Task, task_of
from xlt.tasks.labels import pair_labels
from xlt.tasks.metrics import score
from xlt.tasks.predict import predict, predicted_labels
from xlt.training.freeze import freeze
from xlt.training.loop import Hooks, LoopOptions, Term, TrainingProgress
from xlt.training.optimizer import OptimizerOptions
from xlt.training.options import FINETUNE_LR, FinetuneOptions, Joint, TrainOptions
from xlt.training.order import seeded
from xlt.training.pair_data import Available, aligner_of, available_pairs, load_streams, stream_summary
from xlt.training.parallel import Processes, local_device, world
from xlt.training.realignment import Realignment, realignment_term
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.sequences import Arithmetic, arithmetic_of
from xlt.training.task import TaskLoss

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """The size of a run."""

    examples: int
    steps_per_epoch: int
    steps: int


def plan(langs: Sequence[str], options: FinetuneOptions) -> Plan:
    """How many steps the run takes; only the data are read.

    Raises:
        XltError: a language that is empty or given twice; see also :func:`xlt.corpora.task_data.find_task_data`.
    """
    task = task_of(options.task)
    options, langs = _by_true_names(task, options, langs)
    _check_languages(langs, options)
    files = _find(task, options, [(lang, "train") for lang in langs])
    data = (read_data(f, task, options.limit, drop_blank_words=options.drop_blank_words) for f in files)
    return _plan(sum(len(of_lang.labels) for of_lang in data), options)


def _plan(examples: int, options: FinetuneOptions) -> Plan:
    per_epoch = -(-examples // options.batch_size)
    return Plan(examples, per_epoch, per_epoch * options.epochs)


@dataclass(frozen=True, kw_only=True)
class Development:
    """What the weights of an epoch are judged by.

    Attributes:
        task: whose measure decides.
        encoder: as it is when the value is asked for.
        data: of each language.
        labels: the model's, in the order of its outputs.
        options: how sentences are cut.
        arithmetic: that of training.
    """

    task: Task
    encoder: Encoder
    data: Sequence[Data]
    labels: Sequence[str]
    options: FinetuneOptions
    arithmetic: Arithmetic


def mean_score(development: Development) -> Callable[[], float]:
    """The mean over the languages of the measure that selects for the task, as a function to be called again."""
    task, encoder, labels, options = development.task, development.encoder, development.labels, development.options
    prepared = [
        (data, task_examples(data, labels, encoder, options.overlong, options.max_length)) for data in development.data
    ]

    def validate() -> float:
        values = []
        for data, examples in prepared:
            tokens = batch_tokens_on(encoder.device.type)
            answers = predict(encoder, examples, tokens, autocast=development.arithmetic.autocast)
            pairs = pair_labels(gold_labels(data), predicted_labels(examples, answers, labels))
            values.append(score(pairs, [task.select], rng=np.random.default_rng(0), resamples=0)[0].value)
        return float(np.mean(values))

    return validate


def finetune(
    model: str,
    langs: Sequence[str],
    options: FinetuneOptions,
    *,
    output: str | Path,
    resume: bool = False,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
    validation: Annotated[Callable[[Development], Callable[[], float]], Seam] = mean_score,
) -> Trained:
    """Fine-tune an encoder on a task and write it as a plain checkpoint folder.

    Args:
        model: checkpoint folder or hub name.
        langs: training languages; several are shuffled together.
        options: task, data, realignment beside it, and how it is trained.
        output: the folder to write.
        resume: go on with the unfinished run of this output; begin one where there is none.
        force: replace what is there.
        tags: kept in the record.
        progress: called after every step.
        validation: makes the function whose value, called after every epoch, is to be greatest where the best weights
            are selected.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    target = Output(Path(output), resume, force)
    target.check(model)
    task, train, joint = task_of(options.task), options.train, options.joint
    options, langs = _by_true_names(task, options, langs)
    _check_languages(langs, options)
    if task.shape != "words" and not joint and options.drop_blank_subwords:
        raise OptionError("drop_blank_subwords", "has no effect on texts without {option}; leave it out", "joint")
    pairs_files = matching_files(joint.pairs, "joint") if joint else []
    check_all(
        partial(check_task_data, options.data or (task.data,), _requests(options, langs), task.shape),
        partial(check_inputs, pairs_files),
        partial(check_encoder, model, local_device(train.device)),
    )
    files, data, dev = _read(task, options, langs)
    sources = [open_pairs(p) for p in pairs_files]
    available = available_pairs(sources)
    labels = sorted({label for of_lang in data for sentence in gold_labels(of_lang) for label in sentence})
    with seeded(torch.device("cpu"), train.seed, "classifier"):
        encoder = loader_of(options.head)(
            model,
            task,
            labels,
            device=local_device(train.device),
            drop_blank_subwords=options.drop_blank_subwords,
        )
    size = _plan(sum(len(d.labels) for d in data), options)
    optimizer = OptimizerOptions(rule=train.optimizer, lr=train.rate(FINETUNE_LR), head_lr=options.head_lr)
    params = options.params() | {"train_langs": list(langs), "lr": optimizer.lr}
    if joint:
        params["joint"]["batch_size"] = joint.aim.pairs_in_batch(a.langs for a in available)
    record = make_record(
        "finetune",
        params=params,
        inputs=[model_input(encoder), *data_inputs(files), *pair_inputs(sources)],
        seed=train.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": _recipe(task, options, sources), "task": task.name}
    if target.finished(record):
        return Trained(target.path, {"steps": size.steps}, already=True)
    arithmetic = arithmetic_of(train, encoder.device)
    with world(encoder.device) as processes:
        task_term, summary = _task_term(encoder, data, labels, options, size, arithmetic, processes)
        terms: list[Term] = [task_term]
        if joint:
            term, of_pairs = _joint_term(encoder, joint, available, langs, options, size, arithmetic, processes)
            terms.append(term)
            summary |= of_pairs
        if train.freeze is not None:
            new = [p for name, p in encoder.model.named_parameters() if name in encoder.head]
            summary["frozen parameters"] = freeze(encoder.body, train.freeze, model, new)
        record["summary"] = summary
        development = Development(
            task=task, encoder=encoder, data=dev, labels=labels, options=options, arithmetic=arithmetic
        )
        finished = run(
            encoder.model,
            terms,
            LoopOptions(steps=size.steps, optimizer=optimizer, train=train),
            target,
            record,
            processes,
            partial(save_checkpoint, encoder.model, encoder.text_tokenizer),
            Hooks(
                validate=validation(development) if dev else None,
                validate_steps=size.steps_per_epoch,
                progress=progress,
            ),
            head=encoder.head,
        )
    if finished.best_value is not None:
        summary = summary | {f"best dev {task.select}": finished.best_value, "of step": finished.best_step}
    return Trained(target.path, summary | {"words a second": finished.words_a_second})


def _by_true_names(task: Task, options: FinetuneOptions, langs: Sequence[str]) -> tuple[FinetuneOptions, Sequence[str]]:
    # Whatever the spelling, a record has one name for data and languages.
    data = options.data or (task.data,)
    specs, true = true_names(data, [*langs, *options.select_on])
    select_on = tuple(true[len(langs) :])
    return replace(options, data=specs if options.data else (), select_on=select_on), true[: len(langs)]


def _check_languages(langs: Sequence[str], options: FinetuneOptions) -> None:
    check_names("language", langs, "en")
    if options.select_on:
        try:
            check_names("language", options.select_on, "en")
        except XltError as error:
            raise OptionError("select_on", f"{','.join(options.select_on)}: {error}") from error


def _find(task: Task, options: FinetuneOptions, parts: Sequence[tuple[str, str]]) -> list[TaskFiles]:
    columns = named_columns(options.columns, task)
    return find_task_data(options.data or (task.data,), parts, task.shape, columns=columns)


def _requests(options: FinetuneOptions, langs: Sequence[str]) -> list[tuple[str, str]]:
    select_on = (options.select_on or tuple(langs)) if options.select == "best" else ()
    return [(lang, "train") for lang in langs] + [(lang, "dev") for lang in select_on]


def _read(task: Task, options: FinetuneOptions, langs: Sequence[str]) -> tuple[list[TaskFiles], list[Data], list[Data]]:
    # Files, training data, development data: all are there before the first step.
    files = _find(task, options, _requests(options, langs))
    drop = options.drop_blank_words
    train = [read_data(f, task, options.limit, drop_blank_words=drop) for f in files if f.split == "train"]
    dev = [read_data(f, task, drop_blank_words=drop) for f in files if f.split == "dev"]
    return files, train, dev


def _task_term(
    encoder: Encoder,
    data: Sequence[Data],
    labels: Sequence[str],
    options: FinetuneOptions,
    size: Plan,
    arithmetic: Arithmetic,
    processes: Processes,
) -> tuple[TaskLoss, dict[str, Any]]:
    examples = joined([task_examples(d, labels, encoder, options.overlong, options.max_length) for d in data])
    if not (examples.target_seq >= 0).any():
        raise OptionError("max_length", "leaves no training sentence: all are above it")
    term = TaskLoss(
        encoder.model,
        examples,
        arithmetic,
        processes,
        batch_size=options.batch_size,
        pad_id=encoder.tokenizer.pad_id,
        seed=options.train.seed,
    )
    summary: dict[str, Any] = {
        "training sentences": size.examples,
        "labels": len(labels),
        "words or texts above --max-length": examples.truncated,
        "steps": size.steps,
    }
    for of_lang in data:
        for name, count in of_lang.left_out.items():
            summary[name] = summary.get(name, 0) + count
    return term, summary


def _joint_term(
    encoder: Encoder,
    joint: Joint,
    available: Sequence[Available],
    langs: Sequence[str],
    options: FinetuneOptions,
    size: Plan,
    arithmetic: Arithmetic,
    processes: Processes,
) -> tuple[Realignment, dict[str, Any]]:
    aim, seed = joint.aim, options.train.seed
    strange = sorted({"-".join(a.langs) for a in available if not set(a.langs) & set(langs)})
    if strange:
        logger.warning("the pairs of %s hold none of the training languages", ", ".join(strange))
    try:
        streams = load_streams(available, encoder, aim, size.steps, seed)
    except OptionError as error:
        # The task has a limit of its own.
        raise OptionError(f"pair_{error.option}", error.text) from error
    term = realignment_term(encoder, streams, aim, arithmetic, processes, seed=seed, weight=joint.weight)
    sentence_pairs = size.steps * aim.pairs_in_batch(a.langs for a in available)
    return term, stream_summary(available, streams, sentence_pairs)


def _recipe(task: Task, options: FinetuneOptions, sources: Sequence[Source]) -> str:
    # What is frozen is told, and of a realignment beside the task what differs from the default.
    params = options.train.params()
    if options.joint is None:
        parts = recipe_parts(params, TrainOptions().params(), TrainOptions)
        return f"finetune({','.join([task.name, *parts])})"
    beside = params | {"weight": options.joint.weight}
    return f"joint({task.name},{options.joint.aim.recipe(aligner_of(sources), beside)})"
