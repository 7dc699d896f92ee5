"""Step ``correlate``: does alignment go with transfer, and how sure are we."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt import __version__
from xlt.errors import XltError
from xlt.files.provenance import Input, make_record
from xlt.files.schemas import CORRELATIONS, DIFFERENCES, POINTS, Schema
from xlt.files.tables import check_table_output, write_table
from xlt.stats.adjust import Adjust, adjusted
from xlt.stats.correlation import Method
from xlt.stats.draws import crossed_clusters, single_points
from xlt.stats.estimate import Estimate, Resampling, estimate, estimate_difference
from xlt.steps.plain_points import read_plain
from xlt.steps.point_groups import Key, Row, check_columns, check_settings, grouped, order, settings
from xlt.steps.points import join, read_tables

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]

BY = ("task", "recipe", "stage", "direction", "depth", "strength")
# Below so many levels of a factor the cluster bootstrap covers clearly less than it says: benchmarks/coverage.py.
_FEW = 10


@dataclass(frozen=True)
class CorrelateOptions:
    """What is correlated, and how; see ``xlt correlate --help`` for each.

    ``by`` None is :data:`BY`, or with ``x`` and ``y`` nothing. ``differences`` are written COLUMN=FIRST,SECOND.
    """

    by: tuple[str, ...] | None = None
    across: tuple[str, ...] = ()
    metric: str | None = None
    split: str | None = None
    method: Method = "spearman"
    interval: str = "bca"
    resamples: int = 2000
    adjust: Adjust | None = None
    differences: tuple[str, ...] = ()
    x: str | None = None
    y: str | None = None

    @property
    def plain(self) -> bool:
        """Whether any table's two columns are correlated, rather than scores and results."""
        return self.x is not None or self.y is not None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that groups are made by."""
        return self.by if self.by is not None else () if self.plain else BY

    @property
    def levels(self) -> tuple[str, ...] | None:
        """The columns of a cluster bootstrap; None for another interval."""
        kind, _, columns = self.interval.partition(":")
        return tuple(columns.split(",")) if kind == "cluster" else None

    def check(self) -> None:
        """Refuse options that contradict each other.

        Raises:
            XltError: such options, or an interval that there is not.
        """
        if self.interval not in ("bca", "none") and not (self.levels and all(self.levels)):
            raise XltError(
                f"--interval {self.interval}: write bca, none, or cluster: and columns: cluster:model,lang,seed"
            )
        if self.levels and set(self.levels) <= {"seed"}:
            raise XltError("--interval cluster: seeds are drawn inside of clusters; name these, too: model,lang,seed")
        if not self.plain:
            return
        if self.x is None or self.y is None:
            raise XltError("--x and --y go together: two columns of a table")
        idle = {"--metric": self.metric, "--split": self.split, "--across": self.across}
        idle |= {"--difference": self.differences}
        for option, given in idle.items():
            if given:
                raise XltError(f"{option}: is about scores and results; with --x and --y it does nothing")

    def params(self) -> dict[str, Any]:
        """What of this defines numbers, for a record."""
        return {
            "by": list(self.keys), "across": list(self.across), "metric": self.metric, "split": self.split,
            "method": self.method, "interval": self.interval, "resamples": self.resamples, "adjust": self.adjust,
            "differences": list(self.differences), "x": self.x, "y": self.y,
        }  # fmt: skip

    def signature(self, seed: int) -> list[str]:
        """What of this defines a number, in the words of a signature."""
        parts = [f"interval:{self.interval}"]
        if self.interval != "none":
            parts += [f"resamples:{self.resamples}", f"seed:{seed}"]
        return [*parts, f"xlt:{__version__}"]


@dataclass(frozen=True)
class Correlations:
    """Rows of the table, its kind and grouping columns, and counts."""

    rows: list[dict[str, Any]]
    schema: pa.Schema
    kind: Schema
    keys: tuple[str, ...]
    summary: dict[str, Any]


@dataclass(frozen=True)
class _Data:
    """What is correlated: rows, the two columns, what has to be constant in a group, and the type of each column."""

    rows: Sequence[Row]
    x: str
    y: str
    fixed: list[str]
    types: dict[str, pa.DataType]


def correlate(
    names: Sequence[str],
    options: CorrelateOptions,
    *,
    seed: int = 42,
    output: str | None = None,
    points: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Correlations:
    """Correlate alignment with cross-lingual transfer in each group (gaschi2023, section 4 and appendix C).

    The resampling starts anew in each group, so that no number depends on other groups or on the order of the files.

    Args:
        names: tables of scores and results, or with ``options.x`` and ``options.y`` any tables; paths, or ``-``.
        options: groups, coefficient, interval.
        seed: of the resampling.
        output: table to write (path or ``-``), or None.
        points: table of the joined points to write, or None.
        force: replace existing outputs.
        tags: columns of the table.

    Raises:
        XltError: bad input; nothing to join; a column that varies inside a group.
    """
    tags = dict(tags or {})
    options.check()
    _check_outputs(names, output, points, force)
    if options.plain and points is not None:
        raise XltError("--points: with --x and --y nothing is joined; the table is there already")
    data, inputs, summary, write_points = _data(names, options)
    check_columns("--by", options.keys, data.types)
    check_columns("--across", [c for c in options.across if c != "signature"], data.types)
    check_columns("--interval cluster", options.levels or (), data.types)
    kind = DIFFERENCES if options.differences else CORRELATIONS
    contrasts = [_contrast(text, options.keys, data) for text in options.differences]
    if len({column for column, _ in contrasts}) > 1:
        raise XltError("--difference: all of one call compare one column; make a call for each column")
    keys = tuple(k for k in options.keys if k not in {column for column, _ in contrasts})
    _check_tags(tags, kind, keys)
    groups = grouped(data.rows, options.keys)
    check_settings(groups, data.fixed, options.across)
    if contrasts:
        found = [row for contrast in contrasts for row in _differences(data, options, keys, contrast, seed)]
    else:
        found = [_correlation(data, options, key, rows, seed) for key, rows in groups.items()]
    without = [] if options.adjust else ["p_adjusted"]
    if options.adjust:
        ps = adjusted([math.nan if row["p"] is None else row["p"] for row in found], options.adjust)
        found = [row | {"p_adjusted": _null(p)} for row, p in zip(found, ps, strict=True)]
    schema = pa.schema([*(pa.field(k, data.types[k]) for k in keys), *kind.arrow(extra=tags, without=without)])
    found = [row | tags for row in found]
    summary["groups"] = len(found)
    summary["without a number"] = sum(row["rho" if kind is CORRELATIONS else "difference"] is None for row in found)
    packages = ("numpy", "pyarrow", "scipy")
    record = make_record("correlate", params=options.params(), inputs=inputs, seed=seed, tags=tags, packages=packages)
    record["summary"] = summary
    if points is not None:
        write_table(points, list(map(dict, data.rows)), pa.schema(list(write_points)), record, force)
    if output is not None:
        write_table(output, found, schema, record, force)
    return Correlations(found, schema, kind, keys, summary)


def _check_outputs(names: Sequence[str], output: str | None, points: str | None, force: bool) -> None:
    named = [p if p == "-" else str(Path(p).resolve()) for p in (output, points) if p is not None]
    if len(set(named)) < len(named):
        raise XltError(f"{output}: the correlations and --points need two names")
    read = {str(Path(name).resolve()) for name in names if name != "-"}
    if read & set(named):
        raise XltError(f"{sorted(read & set(named))[0]} is an input; it cannot be the output as well")
    for path in filter(None, (output, points)):
        check_table_output(path, force)


def _check_tags(tags: Mapping[str, str], kind: Schema, keys: Sequence[str]) -> None:
    taken = set(tags) & {*keys, *(c.name for c in kind.columns)}
    if taken:
        raise XltError(f"--tag {sorted(taken)[0]}: a column of that name is there already; choose another key")


def _data(names: Sequence[str], options: CorrelateOptions) -> tuple[_Data, list[Input], dict[str, Any], pa.Schema]:
    if options.x is not None and options.y is not None:
        plain = read_plain(names, options.x, options.y)
        return _Data(plain.rows, options.x, options.y, [], plain.types), plain.inputs, plain.summary, pa.schema([])
    tables = read_tables(names)
    all_metrics = "metric" in (*options.keys, *options.across)
    points = join(tables, metric=options.metric, split=options.split, all_metrics=all_metrics)
    schema = POINTS.arrow(extra=points.tags)
    fixed = settings(schema.names, options.keys, options.across)
    data = _Data(points.rows, "alignment", "ctl", fixed, {f.name: f.type for f in schema})
    return data, tables.inputs, points.summary, schema


def _correlation(data: _Data, options: CorrelateOptions, key: Key, rows: Sequence[Row], seed: int) -> dict[str, Any]:
    x, y = _columns(rows, data)
    resampling, notes = _resampling(rows, options, seed)
    found = estimate(options.method, x, y, resampling, (data.x, data.y))
    return (
        dict(zip(options.keys, key, strict=True))
        | {"rho": _null(found.value), "n": len(rows)}
        | _cells(found, notes, data, options, rows, seed)
    )


def _columns(rows: Sequence[Row], data: _Data) -> tuple[Floats, Floats]:
    x, y = (np.array([row[name] for row in rows], np.float64) for name in (data.x, data.y))
    return x, y


def _cells(
    found: Estimate, notes: Sequence[str], data: _Data, options: CorrelateOptions, rows: Sequence[Row], seed: int
) -> dict[str, Any]:
    told = [f"{name}:{rows[0][name]}" for name in data.fixed if rows[0][name] not in (None, "")]
    about = told if data.fixed else [f"x:{data.x}", f"y:{data.y}"]
    has_interval = not math.isnan(found.low)
    return {
        "method": options.method,
        "p": _null(found.p),
        "ci_low": _null(found.low),
        "ci_high": _null(found.high),
        "note": "; ".join([*found.notes, *(notes if has_interval else [])]),
        "signature": "|".join([*about, *options.signature(seed)]),
    }


def _null(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


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
    few = [f"{name} {count}" for name, count in counts.items() if count < _FEW]
    notes = [f"few clusters ({', '.join(few)}): the interval is likely too narrow"] if few else []
    draw = crossed_clusters(list(codes.values()), within, rng)
    return Resampling(draw, options.resamples, accelerated=False), notes


def _codes(values: Sequence[Any]) -> npt.NDArray[np.int64]:
    levels = {value: i for i, value in enumerate(sorted(set(values), key=lambda v: order([v])))}
    return np.array([levels[value] for value in values], np.int64)


def _contrast(text: str, keys: Sequence[str], data: _Data) -> tuple[str, tuple[str, str]]:
    column, equals, values = text.partition("=")
    first, comma, second = values.partition(",")
    if not (equals and comma and first and second) or "," in second or first == second:
        raise XltError(f"--difference {text}: write COLUMN=FIRST,SECOND, such as strength=strong,weak")
    if column not in keys:
        raise XltError(
            f"--difference {text}: {column} is not in --by ({','.join(keys)}), so that no group has one value"
        )
    there = {str(row[column]) for row in data.rows}
    for value in (first, second):
        if value not in there:
            raise XltError(f"--difference {text}: no point has {column} {value}; there are {', '.join(sorted(there))}")
    return column, (first, second)


def _differences(
    data: _Data, options: CorrelateOptions, keys: tuple[str, ...], contrast: tuple[str, tuple[str, str]], seed: int
) -> list[dict[str, Any]]:
    column, values = contrast
    found = []
    left_out = 0
    for key, rows in grouped([r for r in data.rows if str(r[column]) in values], keys).items():
        sides = [_by_unit([r for r in rows if str(r[column]) == value], options) for value in values]
        units = [unit for unit in sides[0] if unit in sides[1]]
        left_out += len(sides[0]) + len(sides[1]) - 2 * len(units)
        first, second = ([side[unit] for unit in units] for side in sides)
        named = [f"{name} of {value}" for value in values for name in (data.x, data.y)]
        resampling, notes = _resampling(first, options, seed) if units else (None, [])
        one, other = _columns(first, data), _columns(second, data)
        shown = (named[0], named[1], named[2], named[3])
        done = estimate_difference(options.method, one, other, resampling, shown)
        parts = done.parts or (math.nan, math.nan)
        found.append(
            dict(zip(keys, key, strict=True))
            | {"contrast": f"{column}: {values[0]} minus {values[1]}", "n": len(units), "difference": _null(done.value)}
            | {"rho_first": _null(parts[0]), "rho_second": _null(parts[1])}
            | _cells(done, notes, data, options, rows, seed)
        )
    if left_out:
        logger.warning(
            "--difference %s: %s points are left out, which have no partner of the same model, language and seed",
            column, f"{left_out:,}",
        )  # fmt: skip
    return found


def _by_unit(rows: Sequence[Row], options: CorrelateOptions) -> dict[Key, Row]:
    # What is drawn for both correlations at once.
    columns = ["model", "lang", "seed", *(c for c in options.across if c not in ("signature", "model", "lang", "seed"))]
    found: dict[Key, Row] = {}
    for row in rows:
        unit = tuple(row[name] for name in columns)
        if unit in found:
            said = ", ".join(f"{name} {value}" for name, value in zip(columns, unit, strict=True))
            raise XltError(f"--difference: several points of one group are of {said}; they cannot be paired")
        found[unit] = row
    return found
