"""The one door through which exceptions of torch, transformers and tokenizers come: one line, the library's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from xlt.errors import StoppedError, XltError

# Their text alone says what is wrong; of others ('0', 'strange') the kind says more.
_TELLING = (OSError, RuntimeError, ValueError, ImportError)
_LONGEST = 300


@contextmanager
def library_errors(where: str) -> Iterator[None]:
    """Whatever a library raises inside becomes one line that says where, and what the library says.

    What a checkpoint's files hold is not ours, and no list of what a library may raise of them would be whole: the
    validators of a config, an index beyond an embedding, a panic of a tokenizer.

    Args:
        where: begins the line: the model, the file, what was being done.

    Raises:
        XltError: in place of any other exception; our own, and a wish to stop, pass.
    """
    try:
        yield
    except (XltError, StoppedError):
        raise
    except BaseException as error:
        # What a tokenizer's Rust calls a panic is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise XltError(f"{where}: {sentence(error)}") from error


def sentence(error: BaseException) -> str:
    """The first sentence of what an exception says, on one line; its kind, where that is needed to understand it."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(error))).strip()
    first = re.split(r"(?<=[.!])\s", text)[0][:_LONGEST]
    if isinstance(error, _TELLING) and not isinstance(error, UnicodeError) and first:
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
