"""Quoted patterns of file names, where a list of files is asked for."""

import glob
from collections.abc import Sequence
from pathlib import Path

from xlt.errors import OptionError, XltError


def matching_files(names: Sequence[str], option: str = "") -> list[str]:
    """File names in which ``*``, ``?`` and ``[…]`` are replaced by what matches, sorted; other names stay as they are.

    A file of which a pattern is the very name goes before what it matches.

    Args:
        names: names or patterns.
        option: that they are the values of, for messages.

    Raises:
        XltError: a pattern that nothing matches.
    """
    files: list[str] = []
    for name in names:
        if not any(char in name for char in "*?[") or Path(name).exists():
            files.append(name)
            continue
        matches = sorted(glob.glob(name))  # noqa: PTH207 - the pattern may be absolute
        if not matches:
            raise OptionError(option, f"{name}: no file matches") if option else XltError(f"{name}: no file matches")
        files += matches
    return files
