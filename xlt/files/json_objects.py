"""JSON objects out of files that anybody may have written: an object, or one sentence that says why it is none."""

import json
from typing import Any


def json_object(data: bytes | str) -> dict[str, Any]:
    """The object that some JSON is.

    Raises:
        ValueError: it is none, with the reason and the place in a line.
    """
    try:
        value = json.loads(data.decode("utf-8") if isinstance(data, bytes) else data)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value
