"""The tasks that models are fine-tuned on and evaluated with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        columns: names that a column of its labels has, the likeliest first.
        spellings: its labels, where there are no others, by what they are called in data sets (small letters).
    """

    name: str
    title: str
    shape: "Shape"
    data: str
    metrics: tuple[str, ...]
    select: str
    columns: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_spans(self) -> bool:
        """Whether the labels of words are BIO tags that make spans."""
        return "f1" in self.metrics


_SPAN_METRICS = ("f1", "precision", "recall", "accuracy")
_CLASS_METRICS = ("accuracy", "macro_f1")
_NLI = {
    "entailment": ("entailment", "entails", "entail", "entailed", "e"),
    "neutral": ("neutral", "n"),
    "contradiction": ("contradiction", "contradictory", "contradicts", "contradict", "c"),
}

TASKS = {
    task.name: task
    for task in (
        Task(
            name="pos",
            title="parts of speech",
            shape="words",
            data="ud",
            metrics=_CLASS_METRICS,
            select="accuracy",
            columns=("upos", "pos_tags", "pos"),
        ),
        Task(
            name="ner",
            title="named entities",
            shape="words",
            data="wikiann",
            metrics=_SPAN_METRICS,
            select="f1",
            columns=("ner_tags", "ner"),
        ),
        Task(
            name="slots",
            title="slots of utterances",
            shape="words",
            data="xsid",
            metrics=_SPAN_METRICS,
            select="f1",
            columns=("slots", "slot"),
        ),
        Task(
            name="nli",
            title="natural language inference",
            shape="pair",
            data="xnli",
            metrics=_CLASS_METRICS,
            select="accuracy",
            spellings={spelling: name for name, spellings in _NLI.items() for spelling in spellings},
        ),
        Task(
            name="topic",
            title="topics of sentences",
            shape="text",
            data="sib200",
            metrics=_CLASS_METRICS,
            select="accuracy",
        ),
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


# What stands on top of an encoder to do a task, by the name of ``--head``: the function that loads it, told by its name
# (see :data:`xlt.tasks.heads.Load`).
HEADS: dict[str, str] = {"linear": "xlt.tasks.heads:load_linear"}
