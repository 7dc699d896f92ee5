"""What a shell offers at a Tab beside commands, options and files: names of resources, their languages and splits."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from xlt.errors import XltError

if TYPE_CHECKING:
    from xlt.corpora.manifest_parser import Manifest

Offer = list[tuple[str, str]]


def resources(*kinds: str) -> Callable[[str], Offer]:
    """Names of resources of some kinds, of all where none is named, each with its title."""

    def offered(incomplete: str) -> Offer:
        from xlt.corpora.manifests import list_manifests

        with suppress(XltError):
            return [(m.name, m.title) for m in list_manifests() if not kinds or m.kind in kinds]
        return []

    return offered


def languages(ctx: typer.Context, incomplete: str) -> list[str]:
    """The languages of the resources that the words before name; those that all of them have."""
    manifests = _named(ctx.params)
    taken = {*_texts(ctx.params.get("langs")), *_texts(ctx.params.get("src"))}
    return [code for code in _common(m.languages for m in manifests) if code not in taken]


def splits() -> list[str]:
    """The splits of most resources: while an option lacks its value, nobody knows which resource is meant."""
    return ["train", "dev", "test"]


def _named(params: dict[str, Any]) -> "list[Manifest]":
    # By the parameters that hold names: a resource itself, a corpus and a dictionary, the data of a task.
    from xlt.corpora.manifests import known_name, load_manifest
    from xlt.tasks.kinds import TASKS

    specs = [*_texts(params.get("name")), *_texts(params.get("corpus")), *_texts(params.get("data"))]
    if params.get("aligner") == "dict" and not params.get("links"):
        specs += _texts(params.get("dictionary"))
    task = TASKS.get(str(params.get("task")))
    if task is not None and not params.get("data"):
        specs.append(task.data)
    manifests = []
    for spec in specs:
        with suppress(XltError):
            name = known_name(spec)
            manifests += [load_manifest(name)] if name else []
    return manifests


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value or ()]


def _common(lists: Iterable[Iterable[str]]) -> list[str]:
    first, *others = [list(names) for names in lists] or [[]]
    return [name for name in first if all(name in names for names in others)]
