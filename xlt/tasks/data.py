"""The sentences and labels of a task: what ``finetune`` and ``eval`` read, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from xlt.corpora.labelled import Labelled
from xlt.corpora.manifests import is_known
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import TaskFiles, read_task_data
from xlt.corpora.word_columns import LabelRule
from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input, file_sha256
from xlt.tasks.kinds import Task
from xlt.tasks.spans import check_bio, is_bio

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


def named_columns(items: Sequence[str], task: Task) -> dict[str, str]:
    """What the user says of columns, as the readers take it: numbers from 0, -1 the last.

    Args:
        items: ``word=2``, ``label=3``, numbers from 1; or names.
        task: whose data they are of.

    Raises:
        OptionError: another form, a column that such data do not have or that is said twice, column 0.
    """
    parts = {"words": ("word", "label"), "text": ("text", "label"), "pair": ("premise", "hypothesis", "label")}
    columns: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if key not in parts[task.shape] or not equals or not value:
            usual = "word=2,label=3" if task.shape == "words" else f"{parts[task.shape][0]}=NAME,label=NAME"
            raise OptionError(
                "columns", f"{item}: {' and '.join(parts[task.shape])} are said for the task {task.name}, as in {usual}"
            )
        name = "token" if key == "word" else key
        if name in columns:
            raise OptionError("columns", f"{item}: {key} is said twice")
        if value == "0":
            raise OptionError("columns", f"{item}: columns are counted from 1, and from -1 backwards")
        columns[name] = str(int(value) - 1) if task.shape == "words" and value.isdecimal() else value
    return columns


def read_data(files: TaskFiles, task: Task, limit: int | None = None, *, drop_blank_words: bool = False) -> Data:
    """The sentences and labels of one language and split.

    Args:
        files: where they are.
        task: what the labels are for.
        limit: first sentences; None takes all.
        drop_blank_words: leave out words that are empty or of white space alone.

    Raises:
        XltError: labels that the task does not have, such as no BIO tags where it has spans, training data with one
            label alone; see also :func:`xlt.corpora.task_data.read_task_data`.
    """
    rule = LabelRule(
        lang=files.lang,
        columns=task.columns,
        fits=is_bio if task.has_spans else None,
        drop_blank=drop_blank_words,
    )
    data = read_task_data(files, limit, rule)
    where = ", ".join(map(str, files.files))
    if task.spellings and isinstance(data, Labelled):
        data = _spelled(data, task)
    labels = list(chain.from_iterable(gold_labels(data)))
    if task.has_spans:
        check_bio(labels, where)
    if files.split == "train" and len(set(labels)) < 2:
        raise XltError(f"{where}: every label is {labels[0]!r}; there is nothing to tell apart")
    return data


def _spelled(data: Labelled, task: Task) -> Labelled:
    # Numbers stay as they are where all are some: which is which, nobody says.
    names = list(dict.fromkeys(task.spellings.values()))
    numbers = {str(i) for i in range(len(names))}
    if numbers.issuperset(data.labels):
        return data
    strange = [label for label in dict.fromkeys(data.labels) if label.strip().lower() not in task.spellings]
    if strange:
        # A number among names is none, but what is neither is the likelier fault.
        label = next((label for label in strange if label not in numbers), strange[0])
        raise XltError(
            f"{data.place(data.labels.index(label))}: label '{label[:40]}' is none of the task {task.name}, which "
            f"has {', '.join(names)}"
        )
    labels = [task.spellings[label.strip().lower()] for label in data.labels]
    changed = sum(a != b for a, b in zip(labels, data.labels, strict=True))
    return replace(data, labels=labels, left_out=data.left_out | ({"labels spelled anew": changed} if changed else {}))


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
