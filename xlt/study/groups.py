"""Points by group, and the refusal of groups that mix what must not be mixed."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlt.errors import XltError

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
Key = tuple[Any, ...]

# What a correlation is taken over; any other column of the points is a setting, and one number has one setting.
_OVER = {
    "model", "seed", "checkpoint", "weights", "lang", "pairs", "alignment", "source", "target", "ctl",
    "score_signature", "result_signature",
}  # fmt: skip
_LAYERS = ("layer", "depth")
# Of a signature: what may differ between the points of one number; a seed is chance.
FREE = {
    "score_signature": {"pairs", "seed", "xlt", "table"},
    "result_signature": {"split", "resamples", "seed", "xlt", "table"},
}
# And what may differ between languages, but not inside one.
_OF_A_LANGUAGE = {"data", "segment"}


def grouped(rows: Sequence[Row], by: Sequence[str]) -> dict[Key, list[Row]]:
    """Rows by the values of some columns, in ascending order; an empty cell comes first."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    return dict(sorted(groups.items(), key=lambda item: order(item[0])))


def order(key: Iterable[Any]) -> list[tuple[bool, Any]]:
    """A sorting key for values of which some are None."""
    return [(value is not None, 0 if value is None else value) for value in key]


def check_columns(option: str, names: Sequence[str], known: Iterable[str]) -> None:
    """Refuse columns that are not there, or are named twice.

    Raises:
        XltError: such a name; the message lists those that are there.
    """
    there = list(known)
    for i, name in enumerate(names):
        if name not in there:
            raise XltError(f"{option}: no column '{name}'; there are {', '.join(there)}")
        if name in names[:i]:
            raise XltError(f"{option}: {name} is named twice")


def settings(columns: Iterable[str], by: Sequence[str], across: Sequence[str]) -> list[str]:
    """The columns of points that have to be constant in a group."""
    fixed = [c for c in columns if c not in _OVER and c not in by and c not in across]
    # A layer is named by its number or by its depth; models of several sizes agree in one of them.
    if any(name in (*by, *across) for name in _LAYERS):
        return [c for c in fixed if c not in _LAYERS]
    return fixed


def check_settings(groups: Mapping[Key, Sequence[Row]], fixed: Sequence[str], across: Sequence[str]) -> None:
    """Refuse groups in which a setting varies.

    Raises:
        XltError: the message names each such column with its values.
    """
    mixed = []
    for rows in groups.values():
        varied = {c: values for c in fixed if len(values := {row[c] for row in rows}) > 1}
        if not set(_LAYERS) <= varied.keys():
            varied = {c: values for c, values in varied.items() if c not in _LAYERS}
        varied.pop("layer", None)
        if varied:
            said = [f"{name} ({some(values)})" for name, values in varied.items()]
            verb, what = ("vary", "them") if len(said) > 1 else ("varies", "it")
            raise XltError(
                f"{', '.join(said)} {verb} inside a group: name {what} in --by, or in --across where points of all "
                "kinds belong together"
            )
        if "signature" not in across:
            _check_signatures(rows)
        counts = {row["pairs"] for row in rows if row["pairs"] is not None}
        mixed += [counts] if len(counts) > 1 else []
    if mixed:
        counts = set.union(*mixed)
        logger.warning(
            "scores of %s to %s word pairs stand together: a nearest neighbour among fewer is found more easily",
            f"{min(counts):,}", f"{max(counts):,}",
        )  # fmt: skip


def _check_signatures(rows: Sequence[Row]) -> None:
    advice = "measure all alike, tell them apart by a --tag, or allow it with --across signature"
    for column, free in FREE.items():
        what = column.replace("_", " ")
        signatures: dict[str, dict[str | None, None]] = {}
        for row in rows:
            signatures.setdefault(row["lang"], {})[row[column]] = None
        check_signatures((s for found in signatures.values() for s in found), what, free | _OF_A_LANGUAGE, advice)
        for lang, found in signatures.items():
            check_signatures(found, f"{what} of {lang}", free, advice)


def check_signatures(signatures: Iterable[str | None], what: str, free: Iterable[str], advice: str) -> None:
    """Refuse numbers that were measured in several ways; what is ``free`` in a signature may differ.

    Raises:
        XltError: the message names what differs.
    """
    parts = [_parts(text) for text in dict.fromkeys(text or "" for text in signatures)]
    for name in dict.fromkeys(name for part in parts for name in part if name not in free):
        values = {part.get(name, "not " + name if part else "unknown") for part in parts}
        if len(values) > 1:
            raise XltError(f"'{name}' of the {what} varies inside a group ({some(values)}): {advice}")


def _parts(signature: str) -> dict[str, str]:
    parts = [part.partition(":") for part in signature.split("|") if part]
    return {name: value or name for name, _, value in parts}


def some(values: Iterable[Any], most: int = 5) -> str:
    """The first values in order, for a message."""
    found = [str(v) if v not in (None, "") else "empty" for v in sorted(values, key=lambda v: order([v]))]
    return ", ".join(found[:most]) + (", …" if len(found) > most else "")
