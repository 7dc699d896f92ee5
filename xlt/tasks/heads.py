"""What stands on top of an encoder to do a task: a file or a function for each kind, by name."""

from collections.abc import Callable, Sequence

from xlt.corpora.task_data import Shape
from xlt.encoders.load import Encoder, Head, load_encoder
from xlt.errors import XltError
from xlt.tasks.kinds import HEADS, Task
from xlt.work import by_name

# A model, its task, the labels of a new head (None: the head that the checkpoint has), and how the encoder runs, as
# xlt.encoders.load.load_encoder takes it.
Load = Callable[..., Encoder]


def loader_of(head: str) -> Load:
    """The function that loads an encoder with a head, by the name of the head.

    Raises:
        XltError: no such head, as in a record that a later xlt wrote.
    """
    if head not in HEADS:
        raise XltError(f"there is no head {head!r}; there are {', '.join(HEADS)}")
    load: Load = by_name(HEADS[head])
    return load


_CLASSIFIERS: dict[Shape, Head] = {"words": "tokens", "text": "sentences", "pair": "sentences"}


def load_linear(
    model: str,
    task: Task,
    labels: Sequence[str] | None = None,
    *,
    device: str = "auto",
    dtype: str = "auto",
    drop_blank_subwords: bool = False,
) -> Encoder:
    """An encoder with the classifier of transformers: one linear map of a word's first subword, or of a whole text.

    Args:
        model: checkpoint folder or hub name.
        task: what is classified.
        labels: of a new classifier, drawn with torch's global generator; None takes the one of the checkpoint.
        device, dtype, drop_blank_subwords: see :func:`xlt.encoders.load.load_encoder`.

    Raises:
        XltError: see :func:`xlt.encoders.load.load_encoder`.
    """
    return load_encoder(
        model,
        head=_CLASSIFIERS[task.shape],
        labels=labels,
        device=device,
        dtype=dtype,
        drop_blank_subwords=drop_blank_subwords,
    )
