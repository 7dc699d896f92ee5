"""What a model is asked on the data of a task, and how its answers are scored: the options of ``eval``."""

from typing import Annotated

from xlt.encoders.options import Overlong
from xlt.options import Option
from xlt.tasks.kinds import TASKS

OF_THE_TASKS = f"the task's own: {', '.join(task.data for task in TASKS.values())}"

TaskDial = Annotated[
    str,
    Option(
        "Parts of speech, named entities, slots, natural language inference, or topics.",
        metavar="TASK",
        choices=tuple(TASKS),
    ),
]
DataDial = Annotated[
    tuple[str, ...],
    Option(
        "Name, or path with {lang} and {split}; or LANG=PATH, once for each language.",
        metavar="NAME|PATH",
        shown=OF_THE_TASKS,
    ),
]
TaskOverlongDial = Annotated[
    Overlong | None,
    Option("Sentences above the limit.", shown="window for tagging, cut for texts"),
]
