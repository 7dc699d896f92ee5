"""The pins as files, and what differs from them in words."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPTIONS = Path(__file__).with_name("options.json")
RECORDS = Path(__file__).with_name("records.json")

_WIDTH = 160
# What is counted or said must be the same; below these keys stand sums of float64, which another processor may take in
# another order, and losses, sums of many float32.
_TOLERANCE = {"values": 1e-6, "stdout": 1e-6, "log": 1e-3, "lr": 1e-9}
_HOW = "if this is meant: python -m tests.pins --write, and say it in CHANGELOG.md"


def write(path: Path, pins: dict[str, Any]) -> None:
    """Write pins, sorted, a leaf a line."""
    path.write_text(_text(pins, "") + "\n", encoding="utf-8")


def _text(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if not _nested(value) and len(indent) + len(line) <= _WIDTH:
        return line
    inner = indent + " "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(k, ensure_ascii=False)}: {_text(value[k], inner)}" for k in sorted(value)]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list):
        return "[\n" + _filled([_text(v, inner) for v in value], inner) + f"\n{indent}]"
    return line


def _filled(items: list[str], indent: str) -> str:
    lines = [indent + items[0]]
    for item in items[1:]:
        if len(lines[-1]) + len(item) < _WIDTH and "\n" not in item:
            lines[-1] += f", {item}"
        else:
            lines[-1] += ","
            lines.append(indent + item)
    return "\n".join(lines)


def _nested(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict) or _nested(item) for item in items)


def check(path: Path, now: dict[str, Any]) -> None:
    """Compare with the pins of a file.

    Raises:
        AssertionError: something differs; all that does is named.
    """
    pinned = json.loads(path.read_text(encoding="utf-8"))
    # What is compared is what the file could hold: no tuples, and keys are text.
    lines = list(changes(pinned, json.loads(json.dumps(now)), ""))
    assert not lines, "\n".join([f"{path.name}: {len(lines)} pinned facts are others now", *lines[:60], _HOW])


def changes(old: Any, new: Any, where: str, tolerance: float = 0.0) -> Iterator[str]:
    """What differs between two JSON values, a line each; floats may by a tolerance."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            place = f"{where} > {key}" if where else key
            if key not in new:
                yield f"- {place}: gone; was {_short(old[key])}"
            elif key not in old:
                yield f"+ {place}: new; {_short(new[key])}"
            else:
                yield from changes(old[key], new[key], place, _TOLERANCE.get(key, tolerance))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (before, after) in enumerate(zip(old, new, strict=True), 1):
            yield from changes(before, after, f"{where} [{i}]", tolerance)
    elif isinstance(old, list) and isinstance(new, list):
        texts, others = (
            [json.dumps(item, ensure_ascii=False, sort_keys=True) for item in items] for items in (old, new)
        )
        yield from (f"- {where}: {_cut(text)} is gone" for text in texts if text not in others)
        yield from (f"+ {where}: {_cut(text)} is new" for text in others if text not in texts)
        yield f"~ {where}: had {len(old)} items, has {len(new)}"
    elif not _same(old, new, tolerance):
        yield f"~ {where}: was {_short(old)}, is {_short(new)}"


def _same(old: Any, new: Any, tolerance: float) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=tolerance, abs_tol=tolerance / 1000)
    return type(old) is type(new) and bool(old == new)


def _short(value: Any) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "…"
