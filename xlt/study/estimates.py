"""The numbers of a group of points as cells of a table: a correlation, or the difference of two."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Floats, Ints
from xlt.errors import OptionError
from xlt.files.rows import Key, Row, ascending, grouped, key_of, ordered
from xlt.files.schema import Schema
from xlt.files.signature import Signature
from xlt.stats.draws import crossed_clusters, single_points
from xlt.stats.estimate import Estimate, Resampling, estimate, estimate_difference
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


def correlation_row(data: Data, options: CorrelateOptions, cells: Row, rows: Sequence[Row]) -> Row:
    """Correlate the points of a group, whose grouping columns are ``cells``; resampling starts anew from the seed."""
    x, y = _columns(rows, data)
    resampling, notes = _resampling(rows, options)
    result = estimate(options.method, x, y, resampling, (data.x, data.y))
    if options.levels is not None and resampling is None:
        # Of one cluster the p-value of independent points would stand in for one that there is not.
        result = replace(result, p=math.nan)
    return cells | {"rho": number(result.value), "n": len(rows)} | _cells(result, notes, data, options, rows)


def _columns(rows: Sequence[Row], data: Data) -> tuple[Floats, Floats]:
    x, y = (np.array([row[name] for row in rows], np.float64) for name in (data.x, data.y))
    return x, y


def _cells(result: Estimate, notes: Sequence[str], data: Data, options: CorrelateOptions, rows: Sequence[Row]) -> Row:
    # What is said of an interval is idle where the numbers behind it are missing.
    sentences = [*result.notes, *(notes if not math.isnan(result.value) else [])]
    return {
        "method": options.method,
        "p": number(result.p),
        "ci_low": number(result.low),
        "ci_high": number(result.high),
        "note": "; ".join(sentences),
        "signature": str(Signature().with_parts(_about(data, rows)).with_parts(options.signed()).with_version()),
    }


def _about(data: Data, rows: Sequence[Row]) -> dict[str, object]:
    # What the numbers are of. In a difference the two sides may have several values of a setting.
    if not data.fixed:
        return {"x": data.x, "y": data.y}
    values = {name: {row[name] for row in rows} for name in data.fixed}
    return {name: of_it.pop() for name, of_it in values.items() if len(of_it) == 1 and of_it - {None, ""}}


def _resampling(rows: Sequence[Row], options: CorrelateOptions) -> tuple[Resampling | None, list[str]]:
    # And what to know about it.
    if options.interval == "none":
        return None, []
    rng = np.random.default_rng(options.seed)
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
    levels = {value: i for i, value in enumerate(sorted(set(values), key=lambda v: ascending([v])))}
    return np.array([levels[value] for value in values], np.int64)


def contrast_of(text: str, data: Data, options: CorrelateOptions) -> Contrast:
    """A contrast from COLUMN=FIRST,SECOND.

    Raises:
        OptionError: it is not written so, the column is none of a group's, or no point has a value.
    """
    column, equals, values = text.partition("=")
    commas = [i for i, character in enumerate(values) if character == ","]
    if not equals or not commas:
        raise OptionError("differences", f"{text}: write COLUMN=FIRST,SECOND, such as strength=strong,weak")
    if column not in options.keys:
        keys = ",".join(options.keys)
        raise OptionError(
            "differences",
            f"{{value}}: {{option}} ({keys}) does not name its column: no group has one value",
            "by",
            text,
        )
    there = {str(row[column]) for row in data.rows}
    # A recipe has commas of its own.
    pairs = [(values[:i], values[i + 1 :]) for i in commas]
    contrasts = [Contrast(column, *pair) for pair in pairs if pair[0] != pair[1] and set(pair) <= there]
    if len(contrasts) != 1:
        raise OptionError(
            "differences", f"{text}: give two different values of {column}; there are {', '.join(sorted(there))}"
        )
    return contrasts[0]


def difference_rows(
    data: Data, options: CorrelateOptions, contrast: Contrast, keys: Sequence[str], columns: Sequence[str]
) -> list[Row]:
    """Compare the correlations of two values of a column in each group of the columns ``keys``, called ``columns``.

    Points are paired by model, language and seed; those without a partner are left out, with a warning.

    Raises:
        OptionError: several points of one group are of the same model, language and seed.
    """
    values = (contrast.first, contrast.second)
    rows_of_both = [row for row in data.rows if str(row[contrast.column]) in values]
    differences = []
    left_out = 0
    for key, rows in ordered(grouped(rows_of_both, keys)).items():
        sides = [_by_unit([r for r in rows if str(r[contrast.column]) == value], contrast, options) for value in values]
        units = [unit for unit in sides[0] if unit in sides[1]]
        left_out += len(sides[0]) + len(sides[1]) - 2 * len(units)
        first, second = ([side[unit] for unit in units] for side in sides)
        resampling, notes = _resampling(first, options) if units else (None, [])
        names = [f"{name} of {value}" for value in values for name in (data.x, data.y)]
        result = estimate_difference(options.method, _columns(first, data), _columns(second, data), resampling, names)
        parts = result.parts or (math.nan, math.nan)
        differences.append(
            dict(zip(columns, key, strict=True))
            | {"contrast": f"{contrast.column}: {contrast.first} minus {contrast.second}", "n": len(units)}
            | {"rho_first": number(parts[0]), "rho_second": number(parts[1]), "difference": number(result.value)}
            | _cells(result, notes, data, options, rows)
        )
    if left_out:
        logger.warning(
            "%s: %s points are left out, which have no partner of the same model, language and seed",
            contrast.column, f"{left_out:,}",
        )  # fmt: skip
    return differences


def _by_unit(rows: Sequence[Row], contrast: Contrast, options: CorrelateOptions) -> dict[Key, Row]:
    # What is drawn for both correlations at once.
    columns = list(dict.fromkeys(("model", "lang", "seed", *(c for c in options.across if c != "signature"))))
    by_unit: dict[Key, Row] = {}
    for row in rows:
        unit = key_of(row, columns)
        if unit in by_unit:
            which = ", ".join(f"{name} {value}" for name, value in zip(columns, unit, strict=True))
            text = f"{contrast.column}: several points of one group are of {which}; they cannot be paired"
            raise OptionError("differences", text)
        by_unit[unit] = row
    return by_unit
