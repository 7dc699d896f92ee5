"""Step ``finetune``: train an encoder with a classifier on one language, alone or jointly with realignment."""

import glob
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from xlt.corpora.task_data import TaskFiles, find_task_data
from xlt.encoders.load import Encoder, model_input, save_checkpoint
from xlt.encoders.options import Overlong, batch_tokens_on
from xlt.errors import XltError
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.provenance import make_record
from xlt.files.tables import Source
from xlt.tasks.data import Data, check_names, data_inputs, gold_labels, read_data
from xlt.tasks.examples import joined, task_examples
from xlt.tasks.heads import load_linear
from xlt.tasks.kinds import Task, task_of
from xlt.tasks.labels import pair_labels
from xlt.tasks.metrics import score
from xlt.tasks.predict import predict, predicted_labels
from xlt.training.freeze import freeze
from xlt.training.loop import Term, TrainingProgress
from xlt.training.options import RealignOptions, TrainOptions, in_recipe, refuse_idle
from xlt.training.pair_streams import available_pairs, load_streams
from xlt.training.parallel import local_device, world
from xlt.training.randomness import seeded
from xlt.training.realign import aligner, realignment_term, stream_summary
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.task import TaskLoss

logger = logging.getLogger(__name__)

# gaschi2023 app. B.3.
_LR = 2e-5


@dataclass(frozen=True)
class FinetuneOptions:
    """What is learned from what.

    Attributes:
        task: name, see :func:`xlt.tasks.kinds.task_of`.
        data: as ``--data`` has it; empty takes the task's own manifest.
        epochs: passes over the training data.
        batch_size: sentences of a step.
        limit: first sentences of each training language; None takes all.
        max_length, overlong: see :func:`xlt.tasks.examples.task_examples`.
        drop_blank_subwords: of words, in the task and in the pairs beside it; see
            :class:`xlt.encoders.tokens.WordTokenizer`.
        head_lr: learning rate of the classifier; None takes that of the encoder.
        select: ``last`` keeps the weights of the last step, ``best`` those best on development data after an epoch.
        select_on: languages of that development data; None takes the training languages.
    """

    task: str
    data: tuple[str, ...] = ()
    epochs: int = 5
    batch_size: int = 32
    limit: int | None = None
    max_length: int | None = None
    overlong: Overlong | None = None
    drop_blank_subwords: bool = False
    head_lr: float | None = None
    select: Literal["last", "best"] = "last"
    select_on: tuple[str, ...] | None = None

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record."""
        return {
            "task": self.task,
            "data": list(self.data),
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "limit": self.limit,
            "max_length": self.max_length,
            "overlong": self.overlong,
            "drop_blank_subwords": self.drop_blank_subwords,
            "head_lr": self.head_lr,
            "select": self.select,
            "select_on": list(self.select_on or ()),
        }

    def check(self, langs: Sequence[str]) -> None:
        """Refuse languages that cannot be meant.

        Raises:
            XltError: a training or development language that is empty or given twice; development languages where
                nothing is selected.
        """
        check_names("language", langs, "en")
        if self.select_on is not None:
            if self.select != "best":
                refuse_idle({"--select-on": self.select_on}, "without --select best")
            check_names("language of --select-on", self.select_on, "en")


@dataclass(frozen=True)
class Joint:
    """Realignment beside the task.

    Attributes:
        pairs: pairs tables; patterns with ``*`` and ``?`` are expanded.
        weight: what its loss is multiplied with (1 in gaschi2023 app. A, 0.1 in its published code).
        loss: what is made small. How words are tokenised is said by :class:`FinetuneOptions`.
    """

    pairs: tuple[str, ...]
    weight: float = 1.0
    loss: RealignOptions = field(default_factory=RealignOptions)

    def params(self) -> dict[str, Any]:
        """What defines the loss, for a record."""
        told = {"weight": self.weight, **self.loss.params()}
        del told["drop_blank_subwords"]
        return told


@dataclass(frozen=True)
class Plan:
    """The size of a run."""

    examples: int
    steps_per_epoch: int
    steps: int


def plan(langs: Sequence[str], options: FinetuneOptions) -> Plan:
    """How many steps the run takes; only the data are read.

    Raises:
        XltError: see :meth:`FinetuneOptions.check` and :func:`xlt.corpora.task_data.find_task_data`.
    """
    task = task_of(options.task)
    options.check(langs)
    found = find_task_data(_specs(task, options), [(lang, "train") for lang in langs], task.shape)
    return _plan(sum(len(read_data(f, task, options.limit).labels) for f in found), options)


def _plan(examples: int, options: FinetuneOptions) -> Plan:
    per_epoch = -(-examples // options.batch_size)
    return Plan(examples, per_epoch, per_epoch * options.epochs)


def finetune(
    model: str,
    langs: Sequence[str],
    output: Output,
    finetuning: FinetuneOptions,
    options: TrainOptions,
    *,
    joint: Joint | None = None,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
) -> Trained:
    """Fine-tune an encoder on a task and write it as a plain checkpoint folder.

    Args:
        model: checkpoint folder or hub name.
        langs: training languages; several are shuffled together.
        output: where to.
        finetuning: task, data, epochs.
        options: of the optimisation.
        joint: realignment beside the task in every step.
        tags: kept in the record.
        progress: called after every step.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    output.check(model)
    task = task_of(finetuning.task)
    finetuning.check(langs)
    if task.shape != "words" and not joint:
        refuse_idle({"--drop-blank-subwords": finetuning.drop_blank_subwords or None}, "on texts without --joint")
    select_on = (finetuning.select_on or tuple(langs)) if finetuning.select == "best" else ()
    found, train, dev = _read(task, finetuning, langs, select_on)
    sources = [open_pairs(p) for p in _expanded(joint.pairs)] if joint else []
    available = available_pairs(sources)
    labels = sorted({label for data in train for sentence in gold_labels(data) for label in sentence})
    with seeded(torch.device("cpu"), options.seed, "classifier"):
        encoder = load_linear(
            model,
            task,
            labels,
            device=local_device(options.device),
            drop_blank_subwords=finetuning.drop_blank_subwords,
        )
    size = _plan(sum(len(d.labels) for d in train), finetuning)
    loop = options.loop(size.steps, _LR, head_lr=finetuning.head_lr)
    params = {**options.params(), **finetuning.params(), "train_langs": list(langs), "lr": loop.optimizer.lr}
    if joint:
        size_of_batch = joint.loss.pairs_in_batch([a.langs for a in available])
        params["joint"] = joint.params() | {"batch_size": size_of_batch}
    record = make_record(
        "finetune",
        params=params,
        inputs=[model_input(encoder), *data_inputs(found), *pair_inputs(sources)],
        seed=options.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": _recipe(task, options, joint, sources), "task": task.name}
    if output.finished(record):
        return Trained(output.path, {"steps": size.steps}, already=True)
    examples = joined([task_examples(d, labels, encoder, finetuning.overlong, finetuning.max_length) for d in train])
    if not (examples.target_seq >= 0).any():
        raise XltError("no training sentence is left: all are above --max-length")
    arithmetic = options.arithmetic(encoder.device)
    with world(encoder.device) as processes:
        common = {"pad_id": encoder.tokenizer.pad_id, "seed": options.seed}
        terms: list[Term] = [
            TaskLoss(encoder.model, examples, arithmetic, processes, batch_size=finetuning.batch_size, **common)
        ]
        summary: dict[str, Any] = {
            "training sentences": size.examples,
            "labels": len(labels),
            "words or texts above --max-length": examples.truncated,
            "steps": size.steps,
        }
        for data in train:
            summary |= data.left_out if hasattr(data, "left_out") else {}
        if joint:
            streams = load_streams(available, encoder, joint.loss, size.steps, options.seed)
            _check_languages(langs, [s.langs for s in streams])
            terms.append(
                realignment_term(encoder, streams, joint.loss, arithmetic, processes, options.seed, joint.weight)
            )
            summary |= stream_summary(available, streams, joint.loss, size.steps)
        if options.freeze is not None:
            new = [p for name, p in encoder.model.named_parameters() if name in encoder.head]
            summary["frozen parameters"] = freeze(encoder.body, options.freeze, model, new)
        record["summary"] = summary
        finished = run(
            encoder.model,
            terms,
            loop,
            output,
            record,
            processes,
            lambda folder: save_checkpoint(encoder.model, encoder.text_tokenizer, folder),
            validate=_validation(task, encoder, dev, labels, finetuning, arithmetic.autocast) if dev else None,
            validate_steps=size.steps_per_epoch,
            head=encoder.head,
            progress=progress,
        )
    if finished.best_value is not None:
        summary |= {f"best dev {task.select}": finished.best_value, "of step": finished.best_step}
    summary["words a second"] = round(finished.words / max(finished.seconds, 1e-9))
    return Trained(output.path, summary)


def _specs(task: Task, options: FinetuneOptions) -> Sequence[str]:
    return options.data or (task.data,)


def _read(
    task: Task, options: FinetuneOptions, langs: Sequence[str], select_on: Sequence[str]
) -> tuple[list[TaskFiles], list[Data], list[Data]]:
    # All data are there before the first step.
    wanted = [(lang, "train") for lang in langs] + [(lang, "dev") for lang in select_on]
    found = find_task_data(_specs(task, options), wanted, task.shape)
    train = [read_data(f, task, options.limit) for f in found if f.split == "train"]
    dev = [read_data(f, task) for f in found if f.split == "dev"]
    return found, train, dev


def _expanded(patterns: Sequence[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        if not any(char in pattern for char in "*?["):
            found.append(pattern)
            continue
        matches = sorted(glob.glob(pattern))  # noqa: PTH207 - the pattern may be absolute
        if not matches:
            raise XltError(f"--joint {pattern}: no file matches")
        found += matches
    return found


def _check_languages(langs: Sequence[str], pairs: Sequence[tuple[str, str]]) -> None:
    strange = sorted({"-".join(pair) for pair in pairs if not set(pair) & set(langs)})
    if strange:
        logger.warning("--joint: the pairs of %s hold none of the training languages", ", ".join(strange))


def _recipe(task: Task, options: TrainOptions, joint: Joint | None, sources: Sequence[Source]) -> str:
    if joint is None:
        frozen = [in_recipe("freeze", options.freeze)] if options.freeze else []
        return f"finetune({','.join([task.name, *frozen])})"
    return f"joint({task.name},{joint.loss.recipe(aligner(sources), weight=joint.weight, freeze=options.freeze)})"


def _validation(
    task: Task,
    encoder: Encoder,
    dev: Sequence[Data],
    labels: Sequence[str],
    options: FinetuneOptions,
    autocast: bool,
) -> Callable[[], float]:
    prepared = [(d, task_examples(d, labels, encoder, options.overlong, options.max_length)) for d in dev]

    def validate() -> float:
        values = []
        for data, examples in prepared:
            answers = predict(encoder, examples, batch_tokens_on(encoder.device.type), autocast=autocast)
            pairs = pair_labels(gold_labels(data), predicted_labels(examples, answers, labels))
            values.append(score(pairs, [task.select], rng=np.random.default_rng(0), resamples=0)[0].value)
        return float(np.mean(values))

    return validate
