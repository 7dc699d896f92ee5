"""A row of the correlations, or of the differences, for a group of points."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Floats, Ints
from xlt.errors import XltError
from xlt.files.schemas import Schema
from xlt.stats.draws import crossed_clusters, single_points
from xlt.stats.estimate import Estimate, Resampling, estimate, estimate_difference
from xlt.study.groups import Key, Row, grouped, order
from xlt.study.options import CorrelateOptions
from xlt.study.points import number

logger = logging.getLogger(__name__)


# Fewer levels of a factor than this are told: so few say little about models, or languages, at large.
_FEW = 10


@dataclass(frozen=True)
class Data:
    """What is correlated.

    Attributes:
        rows: the points.
        x, y: the columns that are correlated.
        fixed: the columns that have to be constant in a group.
        schema: of the points.
    """

    rows: Sequence[Row]
    x: str
    y: str
    fixed: list[str]
    schema: pa.Schema


@dataclass(frozen=True)
class Contrast:
    """Two values of a column, whose correlations are compared."""

    column: str
    first: str
    second: str


def key_names(keys: Sequence[str], kind: Schema) -> list[str]:
    """What grouping columns are called in a table: a tag ``method`` becomes ``by_method``, for ``method`` is taken."""
    taken = {column.name for column in kind.columns}
    return [f"by_{key}" if key in taken else key for key in keys]


def correlation_row(
    data: Data, options: CorrelateOptions, cells: dict[str, Any], rows: Sequence[Row], seed: int
) -> dict[str, Any]:
    """Correlate the points of a group, whose grouping columns are ``cells``; resampling starts anew from ``seed``."""
    x, y = _columns(rows, data)
    resampling, notes = _resampling(rows, options, seed)
    found = estimate(options.method, x, y, resampling, (data.x, data.y))
    if options.levels is not None and resampling is None:
        # Of one cluster the p-value of independent points would stand in for one that there is not.
        found = replace(found, p=math.nan)
    return cells | {"rho": number(found.value), "n": len(rows)} | _cells(found, notes, data, options, rows, seed)


def _columns(rows: Sequence[Row], data: Data) -> tuple[Floats, Floats]:
    x, y = (np.array([row[name] for row in rows], np.float64) for name in (data.x, data.y))
    return x, y


def _cells(
    done: Estimate, notes: Sequence[str], data: Data, options: CorrelateOptions, rows: Sequence[Row], seed: int
) -> dict[str, Any]:
    if data.fixed:
        # In a difference the two sides may have several values of a setting.
        values = {name: {row[name] for row in rows} for name in data.fixed}
        about = [f"{name}:{found.pop()}" for name, found in values.items() if len(found) == 1 and found - {None, ""}]
    else:
        about = [f"x:{data.x}", f"y:{data.y}"]
    # What is told of an interval is idle where the numbers behind it are missing.
    told = [*done.notes, *(notes if not math.isnan(done.value) else [])]
    return {
        "method": options.method,
        "p": number(done.p),
        "ci_low": number(done.low),
        "ci_high": number(done.high),
        "note": "; ".join(told),
        "signature": "|".join([*about, *options.signature(seed)]),
    }


def _resampling(rows: Sequence[Row], options: CorrelateOptions, seed: int) -> tuple[Resampling | None, list[str]]:
    # And what to know about it.
    if options.interval == "none":
        return None, []
    rng = np.random.default_rng(seed)
    if options.levels is None:
        return Resampling(single_points(len(rows), rng), options.resamples, accelerated=True), []
    codes = {name: _codes([row[name] for row in rows]) for name in options.levels}
    within = codes.pop("seed", None)
    counts = {name: int(code.max()) + 1 for name, code in codes.items()}
    if within is None and set(counts.values()) == {1}:
        return None, ["one cluster alone has no interval"]
    few = [f"{name} {count}" for name, count in counts.items() if count < _FEW]
    notes = [f"few clusters ({', '.join(few)})"] if few else []
    draw = crossed_clusters(list(codes.values()), within, rng)
    return Resampling(draw, options.resamples, accelerated=False), notes


def _codes(values: Sequence[Any]) -> Ints:
    levels = {value: i for i, value in enumerate(sorted(set(values), key=lambda v: order([v])))}
    return np.array([levels[value] for value in values], np.int64)


def contrast_of(text: str, data: Data, options: CorrelateOptions) -> Contrast:
    """A contrast from COLUMN=FIRST,SECOND.

    Raises:
        XltError: it is not written so, the column is none of a group's, or no point has a value.
    """
    column, equals, values = text.partition("=")
    commas = [i for i, character in enumerate(values) if character == ","]
    if not equals or not commas:
        raise XltError(f"--difference {text}: write COLUMN=FIRST,SECOND, such as strength=strong,weak")
    if column not in options.keys:
        raise XltError(
            f"--difference {text}: {column} is not in --by ({','.join(options.keys)}), so that no group has one value"
        )
    there = {str(row[column]) for row in data.rows}
    # A recipe has commas of its own.
    pairs = [(values[:i], values[i + 1 :]) for i in commas]
    found = [Contrast(column, *pair) for pair in pairs if pair[0] != pair[1] and set(pair) <= there]
    if len(found) != 1:
        raise XltError(
            f"--difference {text}: give two different values of {column}; there are {', '.join(sorted(there))}"
        )
    return found[0]


def difference_rows(
    data: Data, options: CorrelateOptions, contrast: Contrast, keys: Sequence[str], named: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Compare the correlations of two values of a column in each group of the columns ``keys``, called ``named``.

    Points are paired by model, language and seed; those without a partner are left out, with a warning.

    Raises:
        XltError: several points of one group are of the same model, language and seed.
    """
    values = (contrast.first, contrast.second)
    rows_of_both = [row for row in data.rows if str(row[contrast.column]) in values]
    found = []
    left_out = 0
    for key, rows in grouped(rows_of_both, keys).items():
        sides = [_by_unit([r for r in rows if str(r[contrast.column]) == value], options) for value in values]
        units = [unit for unit in sides[0] if unit in sides[1]]
        left_out += len(sides[0]) + len(sides[1]) - 2 * len(units)
        first, second = ([side[unit] for unit in units] for side in sides)
        resampling, notes = _resampling(first, options, seed) if units else (None, [])
        names = [f"{name} of {value}" for value in values for name in (data.x, data.y)]
        done = estimate_difference(options.method, _columns(first, data), _columns(second, data), resampling, names)
        parts = done.parts or (math.nan, math.nan)
        found.append(
            dict(zip(named, key, strict=True))
            | {"contrast": f"{contrast.column}: {contrast.first} minus {contrast.second}", "n": len(units)}
            | {"rho_first": number(parts[0]), "rho_second": number(parts[1]), "difference": number(done.value)}
            | _cells(done, notes, data, options, rows, seed)
        )
    if left_out:
        logger.warning(
            "%s: %s points are left out, which have no partner of the same model, language and seed",
            contrast.column, f"{left_out:,}",
        )  # fmt: skip
    return found


def _by_unit(rows: Sequence[Row], options: CorrelateOptions) -> dict[Key, Row]:
    # What is drawn for both correlations at once.
    columns = list(dict.fromkeys(("model", "lang", "seed", *(c for c in options.across if c != "signature"))))
    found: dict[Key, Row] = {}
    for row in rows:
        unit = tuple(row[name] for name in columns)
        if unit in found:
            said = ", ".join(f"{name} {value}" for name, value in zip(columns, unit, strict=True))
            raise XltError(f"--difference: several points of one group are of {said}; they cannot be paired")
        found[unit] = row
    return found
