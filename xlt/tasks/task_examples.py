"""The data of a task as examples for a model: what ``finetune`` and ``eval`` share."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from xlt.corpora.labelled import Labelled
from xlt.corpora.manifests import is_known
from xlt.corpora.tagged import Tagged
from xlt.corpora.task_data import TaskFiles, read_task_data
from xlt.encoders.load import Encoder, Head
from xlt.encoders.options import Overlong
from xlt.encoders.texts import OverlongText
from xlt.errors import XltError
from xlt.files.provenance import Input, file_sha256
from xlt.tasks.examples import Examples, tagged_examples, text_examples
from xlt.tasks.kinds import Task
from xlt.tasks.spans import check_bio

Data = Tagged | Labelled


def head_of(task: Task) -> Head:
    """The kind of classifier that a task needs."""
    return "tokens" if task.shape == "words" else "sentences"


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


def task_examples(
    data: Data, labels: Sequence[str], encoder: Encoder, overlong: Overlong | None, max_length: int | None = None
) -> Examples:
    """Tokenised sentences with the numbers of their labels.

    Args:
        data: of one language and split.
        labels: the model's, in the order of its outputs.
        encoder: whose tokenizer and limit hold.
        overlong: of longer sentences; None: windows for tagged words, ``cut`` for texts.
        max_length: a limit below the model's.

    Raises:
        XltError: windows for texts.
    """
    numbers = {label: i for i, label in enumerate(labels)}
    limit = min(encoder.max_length, max_length or encoder.max_length)
    if isinstance(data, Tagged):
        return tagged_examples(data.words, data.labels, numbers, encoder.tokenizer, limit, overlong or "window")
    how = text_overlong(overlong)
    return text_examples(data.first, data.second, data.labels, numbers, encoder.text_tokenizer, limit, how)


def text_overlong(overlong: Overlong | None) -> OverlongText:
    """What becomes of texts above the limit; None is ``cut``.

    Raises:
        XltError: windows.
    """
    if overlong == "window":
        raise XltError("--overlong window: a text has one label, so that it cannot be cut in windows; use cut or skip")
    return overlong or "cut"


def data_inputs(found: Sequence[TaskFiles]) -> list[Input]:
    """Task data as inputs of a record."""
    hashes: Mapping[Path, str] = {path: file_sha256(path) for files in found for path in files.files}
    return [
        Input("data", str(path), hashes[path], None, {"lang": files.lang, "split": files.split, "resource": name})
        for files in found
        for name in [files.name if is_known(files.name) else None]
        for path in files.files
    ]
