"""Inputs are looked for before anything is read: all that are not there are told at once."""

from collections.abc import Iterable
from pathlib import Path

from xlt.errors import XltError


def check_inputs(names: Iterable[str]) -> None:
    """Refuse files that are not there; ``-`` is a stream.

    Raises:
        XltError: it names all of them.
    """
    missing = [name for name in dict.fromkeys(names) if name != "-" and not Path(name).exists()]
    if missing:
        raise XltError(f"{', '.join(missing)}: no such file{'s' if len(missing) > 1 else ''}")
