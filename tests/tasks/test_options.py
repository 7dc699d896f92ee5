"""The options of tasks: names and words follow from the one dict of tasks."""

import pytest

from xlt.errors import OptionError
from xlt.options import dials, options
from xlt.tasks.kinds import TASKS
from xlt.tasks.options import DataDial, TaskDial, TaskOverlongDial


@options
class Learn:
    """As another wing uses the shared options."""

    task: TaskDial
    data: DataDial = ()
    overlong: TaskOverlongDial = None


def test_what_is_shared_follows_from_the_dict_of_tasks() -> None:
    told = {dial.name: dial.option for dial in dials(Learn)}
    assert told["task"] is not None
    assert told["task"].choices == tuple(TASKS)
    assert told["data"] is not None
    assert told["data"].shown == "the task's own: ud, wikiann, xsid, xnli, sib200"
    for name in TASKS:
        assert Learn(task=name).data == ()
    with pytest.raises(OptionError, match="task 'pso': choose from pos, ner, slots, nli, topic"):
        Learn(task="pso")


def test_words_of_a_sentence_may_not_be_left_to_chance() -> None:
    with pytest.raises(OptionError, match="overlong 'never': choose from window, skip, error, cut"):
        Learn(task="pos", overlong="never")  # type: ignore[arg-type]
