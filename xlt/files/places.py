"""Where downloads lie, and whether the network may be used."""

import os
from pathlib import Path

_FORBIDDING = ("XLT_OFFLINE", "HF_HUB_OFFLINE")


def cache_folder() -> Path:
    """``$XLT_CACHE``, else ``$XDG_CACHE_HOME/xlt``, else ``~/.cache/xlt``."""
    if os.environ.get("XLT_CACHE"):
        return Path(os.environ["XLT_CACHE"]).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache").absolute() / "xlt"


def offline_reason() -> str | None:
    """The variable that forbids the network, as ``XLT_OFFLINE=1``; None where it is allowed."""
    for name in _FORBIDDING:
        value = os.environ.get(name, "")
        if value.strip().lower() in {"1", "true", "yes", "on"}:
            return f"{name}={value}"
    return None
