"""What pages and figures are made of: rows that a table holds already, else those made from scores and results."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from xlt.errors import XltError
from xlt.files.provenance import make_record
from xlt.files.rows import Key, Row, grouped, key_of, ordered
from xlt.files.schema import Schema
from xlt.files.schemas import (
    BREAKDOWNS,
    CHANGES,
    COMPARISON_GROUP,
    COMPARISONS,
    CORRELATIONS,
    DIFFERENCES,
    POINTS,
    RESULTS,
    SCORES,
)
from xlt.files.tables import check_table_outputs, write_table
from xlt.study.changes import ABOUT, Changes, changes_of
from xlt.study.comparisons import comparisons_of
from xlt.study.options import CHANGE_LAYERS, POINT_LAYERS, ChangeOptions, CompareOptions
from xlt.study.points import PLACED, at_layers, both_places, chosen, join
from xlt.study.tables import Read, read_rows, scores_and_results

logger = logging.getLogger(__name__)

# Breakdowns before scores: they have all columns of these, and more.
KINDS = (BREAKDOWNS, SCORES, RESULTS, POINTS, CORRELATIONS, DIFFERENCES, CHANGES, COMPARISONS)
# What the points of one panel have in common.
_PANEL = ("task", "recipe", "train_lang", "split", "metric", "stage", "scored", *(m for m in PLACED if m != "layer"))
# What only one row of a kind is about.
_POINT = ("recipe", "task", "seed", "train_lang", "lang", "split", "metric", "stage", "scored", *PLACED)
# What a point says of the results that it was made of.
_OF_RESULT = ("recipe", "task", "seed", "weights", "train_lang", "split", "metric", "where")
_COMPARED = (*COMPARISON_GROUP, "model", "method", "lang")


@dataclass(frozen=True)
class Panels:
    """Points by the cells of the columns ``keys``."""

    keys: Sequence[str]
    groups: dict[Key, list[Row]]


@dataclass(frozen=True)
class Collection:
    """Correlations, or differences, of several tables, and the schema of all together."""

    rows: list[Row]
    schema: pa.Schema


def collect_correlations(names: Sequence[str], *, output: str | None = None, force: bool = False) -> Collection:
    """Put tables of correlations, or of differences, together.

    Args:
        names: what ``xlt correlate`` wrote; paths, or ``-``.
        output: table to write (path or ``-``), or None.
        force: replace an existing output.

    Raises:
        XltError: bad input, scores or results among it, or correlations beside differences.
    """
    check_table_outputs((output,), names, force)
    read = read_rows(names, (CORRELATIONS, DIFFERENCES, SCORES, RESULTS))
    for item in read.inputs:
        if item.role in (SCORES.kind, RESULTS.kind):
            raise XltError(
                f"{item.name} holds {item.role}: correlate them first, 'xlt correlate -o correlations.parquet "
                f"{item.name} …', and give what it writes"
            )
    kinds = [kind for kind in (CORRELATIONS, DIFFERENCES) if read.rows[kind.kind]]
    if not kinds:
        raise XltError("no row in the tables: there are no correlations")
    if len(kinds) > 1:
        raise XltError("correlations and differences are two tables: give them one after the other")
    collection = _collection(read, kinds[0])
    if output is not None:
        rows = [{name: value for name, value in row.items() if name != "where"} for row in collection.rows]
        record = make_record("report correlations", params={}, inputs=read.inputs)
        write_table(output, rows, collection.schema, record, force)
    return collection


def _collection(read: Read, kind: Schema) -> Collection:
    # Grouping columns are whole numbers where they are so in all tables, else text.
    rows, extra = read.rows[kind.kind], read.extra[kind.kind]
    whole = {name for name in extra if all(isinstance(row.get(name), int | None) for row in rows)}
    keys = [pa.field(name, pa.int64() if name in whole else pa.string()) for name in extra]
    without = [] if any(row.get("p_adjusted") is not None for row in rows) else ["p_adjusted"]
    rows = [
        row | {name: str(row[name]) for name in extra if name not in whole and row.get(name) is not None}
        for row in rows
    ]
    return Collection(rows, pa.schema([*keys, *kind.arrow(without=without)]))


def _comparisons(read: Read, compare: CompareOptions, layers: str) -> list[Row]:
    rows = read.rows.get(COMPARISONS.kind)
    if not rows:
        return comparisons_of(read, compare).rows
    _check_once(read, COMPARISONS, lambda row: key_of(row, _COMPARED))
    if read.rows.get(RESULTS.kind):
        logger.warning("results beside tables of comparisons are not compared once more; give one or the other")
    return rows


def _panels(read: Read, compare: CompareOptions, layers: str) -> Panels:
    if read.rows.get(POINTS.kind):
        _check_once(read, POINTS, lambda row: (row["weights"] or row["checkpoint"], *key_of(row, _POINT)))
        rows = chosen(at_layers(read.rows[POINTS.kind], layers), compare.metric, compare.split)
        tags = read.extra[POINTS.kind]
    else:
        tables = scores_and_results(read)
        # Before the join: a model scored at every layer has far more points than the figure shows.
        tables = replace(tables, scores=at_layers(tables.scores, layers))
        joined = join(tables, metric=compare.metric, split=compare.split)
        rows, tags = joined.rows, joined.tags
    # After training the scored model is the evaluated one; before, the start or what was made of it.
    starts = {row["scored"] for row in rows if row["stage"] == "before"}
    keys = [name for name in (*_PANEL[:2], *tags, *_PANEL[2:]) if name != "scored" or len(starts) > 1]
    return Panels(keys, ordered(grouped(rows, keys)))


def _changes(read: Read, compare: CompareOptions, layers: str) -> Changes:
    if not read.rows.get(CHANGES.kind):
        return changes_of(read, ChangeOptions(layers=layers, ddof=compare.ddof))
    _check_once(read, CHANGES, lambda row: key_of(row, ABOUT))
    tags = read.extra[CHANGES.kind]
    rows = at_layers(read.rows[CHANGES.kind], layers)
    return Changes(rows=rows, schema=CHANGES.arrow(extra=tags, unusual=CHANGES.unusual(rows)), tags=tags, summary={})


def _check_once(read: Read, kind: Schema, key: Callable[[Row], Key]) -> None:
    tags = read.extra[kind.kind]
    by_key: dict[Key, Row] = {}
    for row in read.rows[kind.kind]:
        first = by_key.setdefault((key(row), *key_of(row, tags)), row)
        if first is not row:
            raise XltError(f"{kind.kind} of one setting stand {both_places(first, row)}: give one of them")


def with_results(read: Read) -> Read:
    """What was read, and where there are no results, but points, the results that these were made of.

    They are of the languages that have a score. Of the language of training the signature is not known.
    """
    points, kind = read.rows.get(POINTS.kind), RESULTS.kind
    if not points or read.rows.get(kind):
        return read
    tags = read.extra[POINTS.kind]
    results: dict[Key, Row] = {}
    for point in points:
        ends = (point["lang"], "target", point["result_signature"]), (point["train_lang"], "source", "")
        for lang, end, signature in ends:
            row = {name: point.get(name) for name in (*_OF_RESULT, *tags)} | {
                "model": point["checkpoint"], "base_model": point["model"], "lang": lang, "value": point[end],
                "n": None, "ci_low": None, "ci_high": None, "signature": signature,
            }  # fmt: skip
            results.setdefault(key_of(row, ("weights", "model", "lang", *_OF_RESULT, *tags)), row)
    return replace(read, rows=read.rows | {kind: list(results.values())}, extra=read.extra | {kind: tags})


def _breakdowns(read: Read, compare: CompareOptions, layers: str) -> list[Row]:
    return at_layers(read.rows[BREAKDOWNS.kind], layers)


Part = Literal["comparisons", "panels", "correlations", "differences", "changes", "breakdowns"]


@dataclass(frozen=True)
class PartSource:
    """How a part of a page, or what a figure is drawn from, comes out of tables.

    Attributes:
        what: words for it, where it cannot be made.
        tables: kinds of tables that are enough for it, in alternatives.
        make: makes it, given what was read, what is compared, and layers.
        layers: those that it has unless told otherwise.
    """

    what: str
    tables: tuple[tuple[Schema, ...], ...]
    make: Callable[[Read, CompareOptions, str], Any]
    layers: str = CHANGE_LAYERS

    @property
    def kinds(self) -> tuple[Schema, ...]:
        """All kinds of tables that it may be made from."""
        return tuple({kind.kind: kind for alternative in self.tables for kind in alternative}.values())

    def is_in(self, read: Read) -> bool:
        """Whether tables that are enough for it were read."""
        return any(all(read.rows.get(kind.kind) for kind in alternative) for alternative in self.tables)


SOURCES: dict[Part, PartSource] = {
    "comparisons": PartSource("comparison of methods", ((RESULTS,), (COMPARISONS,)), _comparisons),
    "panels": PartSource("figure of points", ((SCORES, RESULTS), (POINTS,)), _panels, layers=POINT_LAYERS),
    "correlations": PartSource(
        "table of correlations", ((CORRELATIONS,),), lambda read, compare, layers: _collection(read, CORRELATIONS).rows
    ),
    "differences": PartSource(
        "table of differences", ((DIFFERENCES,),), lambda read, compare, layers: _collection(read, DIFFERENCES).rows
    ),
    "changes": PartSource("change of alignment", ((SCORES,), (POINTS,), (CHANGES,)), _changes),
    "breakdowns": PartSource("figure of groups of words", ((BREAKDOWNS,),), _breakdowns, layers=POINT_LAYERS),
}
