"""The refusal of groups of points that mix what must not be mixed."""

import logging
from collections.abc import Iterable, Mapping, Sequence

from xlt.errors import OptionError, XltError
from xlt.files.rows import Key, Row, some
from xlt.files.schemas import WAYS
from xlt.files.signature import Signature

logger = logging.getLogger(__name__)

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


def check_columns(option: str, names: Sequence[str], known: Iterable[str]) -> None:
    """Refuse columns that an option names and that are not there, or are named twice.

    Raises:
        OptionError: such a name; the message lists those that are there.
    """
    there = list(known)
    for i, name in enumerate(names):
        if name not in there:
            raise OptionError(option, f"{name}: no such column; there are {', '.join(there)}")
        if name in names[:i]:
            raise OptionError(option, f"{name}: it is named twice")


def settings(columns: Iterable[str], by: Sequence[str], across: Sequence[str]) -> list[str]:
    """The columns of points that have to be constant in a group."""
    fixed = [c for c in columns if c not in _OVER and c not in by and c not in across]
    # A layer is named by its number or by its depth; models of several sizes agree in one of them.
    if any(name in (*by, *across) for name in _LAYERS):
        return [c for c in fixed if c not in _LAYERS]
    return fixed


def check_ways(groups: Mapping[Key, Sequence[Row]], over: Iterable[str]) -> None:
    """Refuse groups of any table's rows with numbers of several measures: no coefficient says anything of them.

    Args:
        groups: the rows.
        over: columns over which a number is meant to be taken: what is correlated, and what resamples draw from.

    Raises:
        OptionError: the message names the column with its values.
    """
    for rows in groups.values():
        for name in (c for c in WAYS if c in rows[0] and c not in over):
            values = {row[name] or "" for row in rows}
            if len(values) > 1:
                raise OptionError(
                    "by", f"leaves a group in which {name} ({some(values)}) varies: name it, too, or give one of them"
                )


def check_settings(groups: Mapping[Key, Sequence[Row]], fixed: Sequence[str], across: Sequence[str]) -> None:
    """Refuse groups in which a setting varies.

    Raises:
        XltError: the message names each such column with its values, or what differs in a signature.
    """
    mixed = []
    for rows in groups.values():
        varied = {c: values for c in fixed if len(values := {row[c] for row in rows}) > 1}
        if not set(_LAYERS) <= varied.keys():
            varied = {c: values for c, values in varied.items() if c not in _LAYERS}
        varied.pop("layer", None)
        if varied:
            columns = [f"{name} ({some(values)})" for name, values in varied.items()]
            verb, what = ("vary", "them") if len(columns) > 1 else ("varies", "it")
            # Braces are the message's own.
            varying = ", ".join(columns).replace("{", "{{").replace("}", "}}")
            raise OptionError(
                "by",
                f"leaves a group in which {varying} {verb}: name {what}, too, or in {{option}} where points of all "
                "kinds belong together",
                "across",
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
        by_lang: dict[str, dict[str | None, None]] = {}
        for row in rows:
            by_lang.setdefault(row["lang"], {})[row[column]] = None
        check_signatures((s for of_lang in by_lang.values() for s in of_lang), what, free | _OF_A_LANGUAGE, advice)
        for lang, of_lang in by_lang.items():
            check_signatures(of_lang, f"{what} of {lang}", free, advice)


def check_signatures(signatures: Iterable[str | None], what: str, free: Iterable[str], advice: str) -> None:
    """Refuse numbers that were measured in several ways; what is ``free`` in a signature may differ.

    Raises:
        XltError: the message names what differs.
    """
    ways = [Signature.parse(text).values() for text in dict.fromkeys(text or "" for text in signatures)]
    for name in dict.fromkeys(name for way in ways for name in way if name not in free):
        values = {way.get(name, "not " + name if way else "unknown") for way in ways}
        if len(values) > 1:
            raise XltError(f"'{name}' of the {what} varies inside a group ({some(values)}): {advice}")
