"""Checkpoints with a value of a wrong kind somewhere in their JSON: nobody can list what a library says of them."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What may stand in the place of any value: each kind of JSON, and numbers that are none of a size.
_STRANGE: list[Any] = [None, True, "strange", -1, 0, 10**6, 0.5, [], ["strange"], {}, {"strange": 1}]
# Vocabularies and lists of merges are long, and one entry is as good as another.
_ENTRIES = 3


def mutants(checkpoint: Path, file: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Descriptions and texts of ``file`` with one place changed: each key taken out, each value by strange ones.

    Args:
        checkpoint: a sound one.
        file: one of its JSON files.
        seed: draws which strange values a place gets, and the entries of what is long.
    """
    whole = json.loads((checkpoint / file).read_text(encoding="utf-8"))
    rng = random.Random(seed)
    for place in [(), *_places(whole)]:
        for value in rng.sample(_STRANGE, 3):
            yield f"{file} {'/'.join(map(str, place))} = {json.dumps(value)}", json.dumps(_changed(whole, place, value))
        if place:
            yield f"{file} {'/'.join(map(str, place))} taken out", json.dumps(_taken_out(whole, place))


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, below in items if len(items) <= 40 else items[:_ENTRIES]:
        yield (*path, key)
        yield from _places(below, (*path, key))


def _changed(whole: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    whole = copy.deepcopy(whole)
    _above(whole, place)[place[-1]] = value
    return whole


def _taken_out(whole: Any, place: tuple[str | int, ...]) -> Any:
    whole = copy.deepcopy(whole)
    del _above(whole, place)[place[-1]]
    return whole


def _above(whole: Any, place: tuple[str | int, ...]) -> Any:
    for key in place[:-1]:
        whole = whole[key]
    return whole
