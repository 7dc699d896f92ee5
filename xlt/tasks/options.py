"""What a model is asked on the data of a task, and how its answers are scored: the options of ``eval``."""

from typing import Annotated, Any, ClassVar, Literal

from xlt.encoders.options import BatchTokensDial, DeviceDial, DtypeDial, MaxLengthDial, Overlong, OverlongDial
from xlt.errors import OptionError
from xlt.options import Option, Panel, SeedDial, options, params
from xlt.tasks.kinds import HEADS, TASKS, Task

Reading = Literal["conlleval", "iob2:strict"]
"""How tags are read as spans.

``conlleval``: lenient, as the script of that name and seqeval without a scheme: a span begins at each B-, and at an I-
after O, after another type or at the start of a sentence. ``iob2:strict``: as seqeval with ``mode="strict",
scheme=IOB2``: a span begins at B- alone, and an I- that continues none of its type is outside. Gold spans are read
leniently in both, so that none is dropped where the gold is IOB1.
"""

_OF_THE_TASKS = f"the task's own: {', '.join(task.data for task in TASKS.values())}"
_DATA = "Name, or path with {lang} and {split}; or LANG=PATH, once for each language."

TaskDial = Annotated[
    str,
    Option(
        f"{'; '.join(f'{name}: {task.title}' for name, task in TASKS.items())}.",
        choices=tuple(TASKS),
        panel="Method",
    ),
]
DataDial = Annotated[
    tuple[str, ...], Option(_DATA, metavar="NAME|PATH", names="data", shown=_OF_THE_TASKS, panel="Input")
]
ColumnsDial = Annotated[
    tuple[str, ...],
    Option(
        "Columns of the data, joined by commas: word and label by number from 1 or by name; of texts text, or premise "
        "and hypothesis, and label by name.",
        metavar="word=2,label=3",
        shown="found out",
        joined=True,
        defines="changed",
        panel="Input",
    ),
]
DropBlankWordsDial = Annotated[
    bool,
    Option(
        "Leave out words that are empty or of white space alone, which are refused else, and count them.",
        defines="changed",
        panel="Input",
    ),
]
TaskOverlongDial = Annotated[
    Overlong | None,
    Option("Sentences above the limit.", shown="window for tagging, cut for texts", panel="Model"),
]
KnownTaskDial = Annotated[
    str | None,
    Option("The task.", choices=tuple(TASKS), shown="what the model was trained for", panel="Method"),
]


@options
class TagOptions:
    """How a model tags the words of a pairs table."""

    help_panel: ClassVar[Panel] = "Model"

    task: KnownTaskDial = None
    overlong: OverlongDial = "window"
    max_length: MaxLengthDial = None
    device: DeviceDial = "auto"
    dtype: DtypeDial = "auto"
    batch_tokens: BatchTokensDial = None


HeadDial = Annotated[
    str,
    Option(
        f"What stands on the encoder: {', '.join(HEADS)}.",
        metavar="HEAD",
        choices=tuple(HEADS),
        defines="changed",
        panel="Method",
    ),
]


@options
class ScoringOptions:
    """How answers are scored."""

    help_panel: ClassVar[Panel] = "Method"

    reading: Annotated[
        Reading | None,
        Option(
            "How BIO tags are read as spans: conlleval is lenient, as in the papers; with iob2:strict a span begins "
            "at B- alone.",
            shown="conlleval",
        ),
    ] = None
    repair_bio: Annotated[bool, Option("Make predicted tags valid BIO first, as the code of gaschi2023 does.")] = False
    resamples: Annotated[
        int, Option("Bootstrap samples of sentences behind the intervals; 0 for none.", metavar="N", min=0)
    ] = 1000
    seed: SeedDial = 42

    def check(self, task: Task) -> None:
        """Refuse what has no meaning for a task.

        Raises:
            OptionError: the reading or the repair of tags where the labels are none.
        """
        if task.has_spans:
            return
        for option in ("reading", "repair_bio"):
            if getattr(self, option):
                raise OptionError(option, f"has no effect: the labels of the task {task.name} are no BIO tags")

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for a record; the seed stands there by itself."""
        return params(self)

    def signature(self, task: Task) -> dict[str, object]:
        """What of this defines a number, as parts of a signature."""
        spans = {"reading": self.reading or "conlleval"} if task.has_spans else {}
        repaired = {"repair-bio": ""} if self.repair_bio else {}
        return {**spans, **repaired, "resamples": self.resamples, "seed": self.seed}


@options
class RescoreOptions:
    """How the answers in predictions tables are scored; the task is asked of tables that xlt did not write."""

    help_panel: ClassVar[Panel] = "Method"

    task: KnownTaskDial = None
    scoring: ScoringOptions = ScoringOptions()

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for a record."""
        return {"task": self.task, **self.scoring.params()}


@options
class EvalOptions:
    """What a model answers, and how the answers are scored.

    None of ``task`` and no ``data``: those of the model's training. What ``overlong`` does where it is None follows
    from the task. ``shard`` answers a part and scores nothing.
    """

    help_panel: ClassVar[Panel] = "Input"

    task: KnownTaskDial = None
    data: Annotated[
        tuple[str, ...],
        Option(_DATA, metavar="NAME|PATH", names="data", shown=f"as in training, else {_OF_THE_TASKS}", defines=False),
    ] = ()
    columns: ColumnsDial = ()
    drop_blank_words: DropBlankWordsDial = False
    splits: Annotated[
        tuple[str, ...],
        Option("Splits, joined by commas.", metavar="SPLITS", flag="split", joined=True, defines=False),
    ] = ("test",)
    limit: Annotated[
        int | None, Option("First sentences of each language and split.", metavar="N", min=1, shown="all")
    ] = None
    scoring: ScoringOptions = ScoringOptions()
    segment: Annotated[
        Literal["zh"] | None,
        Option(
            "Cut the Chinese data anew into words (jieba); a word has the label of its first character, gold labels as "
            "well, so that the scores are those of words."
        ),
    ] = None
    overlong: TaskOverlongDial = None
    max_length: MaxLengthDial = None
    device: DeviceDial = "auto"
    dtype: DtypeDial = "auto"
    batch_tokens: BatchTokensDial = None
    shard: Annotated[
        str | None,
        Option(
            "Shard I of N, from 1: every N-th sentence; writes --predictions alone, which --from merges.",
            metavar="I/N",
        ),
    ] = None

    def params(self) -> dict[str, Any]:
        """What defines the answers, for a record; which data they are of stands among its inputs."""
        values = params(self)
        del values["scoring"]
        return values | {"dtype": "float32" if self.dtype == "auto" else self.dtype}
