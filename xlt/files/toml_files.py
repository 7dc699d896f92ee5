"""TOML that anybody may have written: its tables, or one sentence that says why there are none."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20


def read_toml(path: Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The tables of a TOML file.

    Args:
        path: of the file.
        parse_float: what is made of a number with a point.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, with the reason in a line.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        # Reading some megabytes takes half a minute.
        raise ValueError(f"it has {size:,} bytes, which nobody writes by hand")
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"), parse_float=parse_float)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
