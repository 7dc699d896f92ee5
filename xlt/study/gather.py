"""What figures and pages are made of: rows that a table holds already, else those made from scores and results."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.files.schemas import (
    CHANGES,
    COMPARISON_GROUP,
    COMPARISONS,
    CORRELATIONS,
    DIFFERENCES,
    POINTS,
    RESULTS,
    SCORES,
    Schema,
)
from xlt.study.changes import ABOUT, at_layers, changes
from xlt.study.collected import collected
from xlt.study.comparisons import CompareOptions, comparisons
from xlt.study.groups import Key, grouped
from xlt.study.groups import Row as AnyRow
from xlt.study.point_tables import as_tables
from xlt.study.points import MEASURED, both_places, chosen, join
from xlt.study.tables import Read, Row, read_rows

logger = logging.getLogger(__name__)
T = TypeVar("T")

KINDS = (SCORES, RESULTS, POINTS, CORRELATIONS, DIFFERENCES, CHANGES, COMPARISONS)
# What the points of one panel have in common.
_PANEL = ("task", "recipe", "train_lang", "split", "metric", "stage", "scored", *(m for m in MEASURED if m != "layer"))
# What is said once.
_POINT = ("recipe", "task", "seed", "train_lang", "lang", "split", "metric", "stage", "scored", *MEASURED)
_COMPARED = (*COMPARISON_GROUP, "model", "method", "lang")


@dataclass(frozen=True)
class Panels:
    """Points by the values of some columns."""

    keys: list[str]
    groups: dict[Key, list[AnyRow]]


@dataclass(frozen=True)
class Gathered:
    """All that can be made from some tables; ``missing`` says what could not, and why."""

    inputs: list[Input]
    comparisons: list[Row]
    correlations: list[Row]
    differences: list[Row]
    changes: list[Row]
    change_tags: list[str]
    panels: Panels | None
    missing: dict[str, str]


def panel_rows(read: Read, names: Sequence[str], layers: str, metric: str | None, split: str | None) -> Panels:
    """Points for a figure: those of the tables, else scores and results joined.

    Raises:
        XltError: no points, or nothing that joins.
    """
    rows: list[Row]
    if read.rows.get(POINTS.kind):
        _once(read, POINTS, lambda row: (row["weights"] or row["checkpoint"], *map(row.get, _POINT)))
        rows = chosen(at_layers(read.rows[POINTS.kind], layers), metric, split)
        tags = read.extra[POINTS.kind]
    else:
        tables = as_tables(read, names)
        # Before the join: a model scored at every layer has far more points than the figure shows.
        joined = join(replace(tables, scores=at_layers(tables.scores, layers)), metric=metric, split=split)
        rows, tags = joined.rows, joined.tags
    # After training the scored model is the evaluated one; before, the start or what was made of it.
    starts = {row["scored"] for row in rows if row["stage"] == "before"}
    keys = [name for name in (*_PANEL[:2], *tags, *_PANEL[2:]) if name != "scored" or len(starts) > 1]
    return Panels(keys, grouped(rows, keys))


def change_rows(read: Read, layers: str, ddof: int) -> tuple[list[Row], list[str]]:
    """Changes for a figure, and their tags: those of the tables, else made from scores or points.

    Raises:
        XltError: no changes, or nothing was scored before and after.
    """
    if read.rows.get(CHANGES.kind):
        _once(read, CHANGES, lambda row: tuple(map(row.get, ABOUT)))
        return at_layers(read.rows[CHANGES.kind], layers), read.extra[CHANGES.kind]
    done = changes(read, layers, ddof)
    return done.rows, done.tags


def comparison_rows(read: Read, options: CompareOptions) -> list[Row]:
    """Comparisons for a figure: those of the tables, else made from results.

    Raises:
        XltError: no comparisons, and no results that can be compared.
    """
    found = read.rows.get(COMPARISONS.kind)
    if not found:
        return comparisons(read, options).rows
    _once(read, COMPARISONS, lambda row: tuple(map(row.get, _COMPARED)))
    if read.rows.get(RESULTS.kind):
        logger.warning("results beside tables of comparisons are not compared once more; give one or the other")
    return found


def _once(read: Read, kind: Schema, key: Callable[[Row], Any]) -> None:
    tags = read.extra[kind.kind]
    found: dict[Any, Row] = {}
    for row in read.rows[kind.kind]:
        first = found.setdefault((key(row), *map(row.get, tags)), row)
        if first is not row:
            raise XltError(f"{kind.kind} of one setting stand {both_places(first, row)}: give one of them")


def gather(names: Sequence[str], options: CompareOptions, layers: str = "-1") -> Gathered:
    """Make all that the tables allow.

    Args:
        names: tables of any kind that eval, align-score, correlate and report write; paths, or ``-``.
        options: of the comparison.
        layers: of the points and the table of changes; the figure over layers has all.

    Raises:
        XltError: bad input, or nothing can be made.
    """
    read = read_rows(names, KINDS)
    missing: dict[str, str] = {}

    def attempt(what: str, kinds: Sequence[Schema], make: Callable[[], T]) -> T | None:
        if not any(read.rows[kind.kind] for kind in kinds):
            return None
        try:
            return make()
        except XltError as error:
            missing[what] = str(error)
            logger.warning("no %s: %s", what, error)
            return None

    compared = attempt("comparison of methods", (RESULTS, COMPARISONS), lambda: comparison_rows(read, options))
    both = read.rows[SCORES.kind] and read.rows[RESULTS.kind]
    panels = attempt(
        "figure of points",
        (SCORES, POINTS) if both else (POINTS,),
        lambda: panel_rows(read, names, layers, options.metric, options.split),
    )
    changed = attempt("change of alignment", (SCORES, POINTS, CHANGES), lambda: change_rows(read, "all", options.ddof))
    found = Gathered(
        inputs=read.inputs,
        comparisons=compared or [],
        correlations=_of_kind(read, CORRELATIONS),
        differences=_of_kind(read, DIFFERENCES),
        changes=changed[0] if changed else [],
        change_tags=changed[1] if changed else [],
        panels=panels,
        missing=missing,
    )
    if not (found.comparisons or found.correlations or found.differences or found.changes or found.panels):
        reasons = "; ".join(f"no {what}: {why}" for what, why in missing.items()) or "all tables are empty"
        raise XltError(f"nothing can be reported: {reasons}")
    return found


def _of_kind(read: Read, kind: Schema) -> list[Row]:
    # Correlations and differences may stand on one page, though not in one table.
    rows = read.rows[kind.kind]
    return collected(Read({kind.kind: rows}, {kind.kind: read.extra[kind.kind]}, {}, [])).rows if rows else []
