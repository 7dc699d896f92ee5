"""The sentences that a model is evaluated on: found by language and split, read, cut anew, a shard of them taken."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import numpy as np

from xlt.arrays import Ints
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import TaskFiles, check_task_data, find_task_data, true_names
from xlt.corpora.words import segmentation
from xlt.errors import OptionError, XltError
from xlt.tasks.data import Data, check_names, every_nth, gold_labels, named_columns, read_data
from xlt.tasks.kinds import Task
from xlt.tasks.labels import pair_labels
from xlt.tasks.metrics import span_counts
from xlt.tasks.options import EvalOptions
from xlt.tasks.origin import Origin
from xlt.tasks.segment import resegmented


@dataclass(frozen=True)
class EvalSet:
    """Sentences of one language and split to be answered.

    Attributes:
        files: where they stand.
        data: of this shard.
        sent_ids: (sentences,) their numbers in the data.
        total: sentences of all shards.
        gold: the labels that occur in all shards.
        segmentation: what cut the words anew, if anything did.
        left_out: what is not answered, and what the cutting did, by name.
    """

    files: TaskFiles
    data: Data
    sent_ids: Ints
    total: int
    gold: frozenset[str]
    segmentation: str | None
    left_out: Mapping[str, int | str]

    @property
    def name(self) -> str:
        """Language and split."""
        return f"{self.files.lang} {self.files.split}"


def check_sets(origin: Origin, task: Task, langs: Sequence[str], options: EvalOptions) -> None:
    """Look whether there are the data that :func:`find_sets` finds, and fetch nothing.

    Raises:
        XltError: as there.
    """
    with _explained(origin, options):
        check_task_data(*_requested(origin, task, langs, options), task.shape)


def find_sets(origin: Origin, task: Task, langs: Sequence[str], options: EvalOptions) -> list[TaskFiles]:
    """The files of every language and split, languages of a split together.

    Args:
        origin: of the model, whose training data say where others are if the options do not.
        task: what is asked.
        langs: as given.
        options: the splits, the data, what is cut anew.

    Raises:
        XltError: no or repeated languages or splits, data that are not there, cutting anew where nothing can be.
    """
    specs, asked = _requested(origin, task, langs, options)
    # Columns belong to data: those of the training go with its data alone.
    columns = options.columns or (() if options.data else tuple(origin.params.get("columns") or ()))
    with _explained(origin, options):
        return find_task_data(specs, asked, task.shape, columns=named_columns(columns, task))


def _requested(
    origin: Origin, task: Task, langs: Sequence[str], options: EvalOptions
) -> tuple[Sequence[str], list[tuple[str, str]]]:
    # Where data are looked for, and of which languages and splits.
    specs, langs = true_names(options.data or _data_of_training(origin) or (task.data,), langs)
    check_names("language", langs, "en")
    check_names("split", options.splits, "test")
    if options.segment and not any(map(is_chinese, langs)):
        raise OptionError("segment", f"{options.segment}: no Chinese data among {', '.join(langs)}")
    if options.segment and not task.has_spans:
        raise OptionError(
            "segment", f"{options.segment}: the labels of the task {task.name} are no spans of characters"
        )
    return specs, [(lang, split) for split in options.splits for lang in langs]


def _data_of_training(origin: Origin) -> tuple[str, ...]:
    return tuple(origin.params.get("data") or ())


@contextmanager
def _explained(origin: Origin, options: EvalOptions) -> Iterator[None]:
    try:
        yield
    except XltError as error:
        if options.data or not _data_of_training(origin):
            raise
        raise XltError(f"{error} (--data is that of the training of {origin.model}; give another)") from error


def is_chinese(lang: str) -> bool:
    """Whether a language code is one of Chinese, in whatever script."""
    return lang.lower().replace("_", "-").split("-")[0] in ("zh", "zho", "cmn")


def read_set(files: TaskFiles, task: Task, options: EvalOptions, part: tuple[int, int] | None = None) -> EvalSet:
    """Read the sentences of one language and split.

    Args:
        files: where they are.
        task: what the labels are for.
        options: how many are read, and whether Chinese ones are cut anew.
        part: shard I of N, I from 1; None takes all.

    Raises:
        XltError: see :func:`xlt.tasks.data.read_data`.
    """
    data = read_data(files, task, options.limit, drop_blank_words=options.drop_blank_words)
    left_out: dict[str, int | str] = dict(data.left_out)
    cutter = None
    if options.segment and is_chinese(files.lang) and isinstance(data, Tagged):
        cut = segmentation(options.segment)
        new = resegmented(data, cut)
        left_out = {
            **new.data.left_out,
            "sentences not cut anew": new.unchanged,
            "tokens before they were cut anew": sum(map(len, data.words)),
            "gold spans before, after": f"{_spans(data):,} {_spans(new.data):,}",
        }
        data, cutter = new.data, cut.name
    gold = frozenset(chain.from_iterable(gold_labels(data)))
    sent_ids, total = np.arange(len(data)), len(data)
    if part:
        first, step = part[0] - 1, part[1]
        data, sent_ids = every_nth(data, first, step), sent_ids[first::step]
    return EvalSet(
        files=files, data=data, sent_ids=sent_ids, total=total, gold=gold, segmentation=cutter, left_out=left_out
    )


def _spans(data: Tagged) -> int:
    return int(span_counts(pair_labels(data.labels, data.labels))[:, 1].sum())
