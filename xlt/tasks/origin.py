"""What the record of a fine-tuned model says of it: its task, its data, the files that it was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input, Record, ancestors, read_folder_record
from xlt.tasks.kinds import Task, task_of


@dataclass(frozen=True)
class Origin:
    """A model by name, and its record; None for one that xlt did not write, and for a name of the hub."""

    model: str
    record: Record | None

    @classmethod
    def of(cls, model: str) -> "Origin":
        """Read it.

        Raises:
            XltError: a broken record.
        """
        return cls(model, read_folder_record(Path(model)) if Path(model).is_dir() else None)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the training; empty where nobody knows them."""
        return (self.record or {}).get("params") or {}

    @property
    def head(self) -> str:
        """The name of what stands on the encoder; linear where nobody says otherwise."""
        return str(self.params.get("head", "linear"))

    def task(self, asked: str | None) -> Task:
        """The task that the model was trained for, or the one asked for where its record does not say.

        Raises:
            XltError: a model without a task, one of another task, or nobody says it.
        """
        known = (self.record or {}).get("task")
        if known == "":
            raise XltError(
                f"{self.model} was not fine-tuned: it comes from 'xlt {(self.record or {}).get('step')}' and has no "
                "classifier of a task; 'xlt finetune' makes one"
            )
        if known is None and asked is None:
            why = "its record names no task" if self.record else "it was not fine-tuned by xlt"
            if not Path(self.model).is_dir():
                why = "there is no such folder here, and a model of the hub does not say its task"
            raise XltError(f"{self.model}: {why}; give the folder of a fine-tuned model, or --task")
        if asked is not None and known not in (None, asked):
            raise OptionError("task", f"{asked}: {self.model} was trained for the task {known}")
        return task_of(str(asked or known))

    def seen(self, inputs: Sequence[Input]) -> list[str]:
        """Which of some data files the model, or an ancestor, was trained on: a sentence each."""
        trained_on = {
            i.get("sha256")
            for record in ancestors(self.record)
            for i in record.get("inputs", [])
            if (i.get("role"), i.get("split")) == ("data", "train")
        }
        return [
            f"{i.facts['lang']} {i.facts['split']}: {i.name} is a file that the model was trained on"
            for i in inputs
            if i.sha256 in trained_on and i.facts["split"] != "train"
        ]
