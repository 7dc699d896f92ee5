"""The sentences and labels of a task: what ``finetune`` and ``eval`` read, checked."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from xlt.corpora.labelled import Labelled
from xlt.corpora.manifests import is_known
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import TaskFiles, read_task_data
from xlt.errors import XltError
from xlt.files.provenance import Input, file_sha256
from xlt.tasks.kinds import Task
from xlt.tasks.spans import check_bio

Data = Tagged | Labelled


def check_names(what: str, names: Sequence[str], example: str) -> None:
    """Refuse a list of languages or splits that cannot be meant.

    Args:
        what: what the names are, for the message.
        names: as given.
        example: of a name, for the message.

    Raises:
        XltError: no name, an empty one, or one that is given twice.
    """
    if not names or not all(names):
        raise XltError(f"name a {what}, such as {example}")
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        raise XltError(f"{what} {twice} is given twice")


def read_data(files: TaskFiles, task: Task, limit: int | None = None) -> Data:
    """The sentences and labels of one language and split.

    Args:
        files: where they are.
        task: what the labels are for.
        limit: first sentences; None takes all.

    Raises:
        XltError: labels that are no BIO tags where the task has spans, training data with one label alone; see also
            :func:`xlt.corpora.task_data.read_task_data`.
    """
    data = read_task_data(files, limit)
    where = ", ".join(map(str, files.files))
    labels = list(chain.from_iterable(gold_labels(data)))
    if task.has_spans:
        check_bio(labels, where)
    if files.split == "train" and len(set(labels)) < 2:
        raise XltError(f"{where}: every label is {labels[0]!r}; there is nothing to tell apart")
    return data


def gold_labels(data: Data) -> list[list[str]]:
    """The labels of each sentence; a text has one."""
    return data.labels if isinstance(data, Tagged) else [[label] for label in data.labels]


def every_nth(data: Data, first: int, step: int) -> Data:
    """The sentences ``first``, ``first + step``, ...; what was left out on reading is told of the whole alone."""
    rows = slice(first, None, step)
    if isinstance(data, Tagged):
        return Tagged(data.words[rows], data.labels[rows])
    return Labelled(data.first[rows], None if data.second is None else data.second[rows], data.labels[rows])


def data_inputs(read: Sequence[TaskFiles]) -> list[Input]:
    """Task data as inputs of a record."""
    hashes: Mapping[Path, str] = {path: file_sha256(path) for files in read for path in files.files}
    return [
        Input(
            role="data",
            name=str(path),
            sha256=hashes[path],
            record=None,
            facts={"lang": files.lang, "split": files.split, "resource": name},
        )
        for files in read
        for name in [files.name if is_known(files.name) else None]
        for path in files.files
    ]
