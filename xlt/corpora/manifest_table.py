"""A TOML table read key by key, so that every mistake is one sentence that names the file and the key."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlt.errors import XltError

_KINDS: dict[type, str] = {str: "a text", list: "a list of texts", dict: "a table"}


class Table:
    """The keys are taken out one by one; what is left at the :meth:`end` is unknown."""

    def __init__(self, values: Mapping[str, Any], path: Path, prefix: str = "") -> None:
        self._left = dict(values)
        self._known: list[str] = []
        self._path, self._prefix = path, prefix

    def fail(self, key: str, problem: str) -> XltError:
        """The error to raise for ``key``."""
        return XltError(f"{self._path}: key '{self._prefix}{key}' {problem}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there and not be empty."""
        value = str(self._take(key, default, str)).strip()
        if not value and default is None:
            raise self.fail(key, "is empty")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text that is not empty, or None where the key is absent."""
        return self.text(key) if key in self._left else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        found = self._take(key, [], list)
        if not all(isinstance(item, str) for item in found):
            raise self.fail(key, "must be a list of texts")
        return tuple(found)

    def texts_or_table(self, key: str) -> "tuple[str, ...] | Table":
        """A list of texts, or a table; it must be there."""
        if isinstance(self._left.get(key), list):
            return self.texts(key)
        return self.table(key, required=True)

    def table(self, key: str, required: bool = False) -> "Table":
        """A table; empty where the key is absent and not required."""
        found = self._take(key, None if required else {}, dict)
        return Table(found, self._path, f"{self._prefix}{key}.")

    def text_or_table(self, key: str) -> "str | Table":
        """A text, or a table."""
        return self.table(key) if isinstance(self._left.get(key), dict) else self.text(key)

    def keys(self) -> list[str]:
        """The keys that have not been taken yet, in the order of the file."""
        return list(self._left)

    def end(self) -> None:
        """Refuse what has not been taken."""
        for key in self._left:
            close = difflib.get_close_matches(key, self._known, 1)
            raise self.fail(key, f"is unknown; did you mean '{close[0]}'?" if close else "is unknown")

    def _take(self, key: str, default: Any, wanted: type) -> Any:
        self._known.append(key)
        value = self._left.pop(key, default)
        if value is None:
            raise self.fail(key, "is missing")
        if not isinstance(value, wanted):
            raise self.fail(key, f"must be {_KINDS[wanted]}, not {type(value).__name__}")
        return value
