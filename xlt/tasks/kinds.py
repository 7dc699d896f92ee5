"""The tasks that models are fine-tuned on and evaluated with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlt.errors import OptionError

if TYPE_CHECKING:
    # The command line reads the names of the tasks for its help: nothing here may take time to load.
    from xlt.corpora.task_data import Shape


@dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        name: as on the command line.
        title: what it is, in a few words.
        shape: whether each word, a text or a pair of texts has a label.
        data: the manifest that serves where ``--data`` is not given.
        metrics: in the order printed, see :data:`xlt.tasks.metrics.METRICS`.
        select: the metric by which development data choose a checkpoint.
    """

    name: str
    title: str
    shape: "Shape"
    data: str
    metrics: tuple[str, ...]
    select: str

    @property
    def has_spans(self) -> bool:
        """Whether the labels of words are BIO tags that make spans."""
        return "f1" in self.metrics


_SPAN_METRICS = ("f1", "precision", "recall", "accuracy")
_CLASS_METRICS = ("accuracy", "macro_f1")

TASKS = {
    task.name: task
    for task in (
        Task("pos", "parts of speech", "words", "ud", _CLASS_METRICS, "accuracy"),
        Task("ner", "named entities", "words", "wikiann", _SPAN_METRICS, "f1"),
        Task("slots", "slots of utterances", "words", "xsid", _SPAN_METRICS, "f1"),
        Task("nli", "natural language inference", "pair", "xnli", _CLASS_METRICS, "accuracy"),
        Task("topic", "topics of sentences", "text", "sib200", _CLASS_METRICS, "accuracy"),
    )
}


def task_of(name: str) -> Task:
    """A task by name.

    Raises:
        OptionError: no such task.
    """
    if name not in TASKS:
        raise OptionError("task", f"{name}: one of {', '.join(TASKS)}")
    return TASKS[name]
