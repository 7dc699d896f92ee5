"""Step ``correlate``: does alignment go with transfer, and how sure are we."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from xlt.errors import XltError
from xlt.files.provenance import Input, make_record
from xlt.files.schemas import CORRELATIONS, DIFFERENCES, POINTS
from xlt.files.tables import check_table_outputs, write_table
from xlt.stats.adjust import adjusted
from xlt.study.correlate_groups import Data, contrast_of, correlation_row, difference_rows, key_names
from xlt.study.groups import Key, Row, check_columns, check_settings, grouped, settings
from xlt.study.options import CorrelateOptions
from xlt.study.plain_points import read_plain
from xlt.study.point_tables import read_tables
from xlt.study.points import join


@dataclass(frozen=True)
class Correlations:
    """What was found.

    Attributes:
        rows: of the table.
        schema: of the table.
        keys: its grouping columns.
        groups: the points by the values of ``--by``.
        x, y: the columns of the points that were correlated.
        summary: counts.
    """

    rows: list[dict[str, Any]]
    schema: pa.Schema
    keys: Sequence[str]
    groups: dict[Key, list[Row]]
    x: str
    y: str
    summary: dict[str, Any]


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
    check_table_outputs((output, points), names, force, "the correlations and --points")
    if options.plain and points is not None:
        raise XltError("--points: with --x and --y nothing is joined; the table is there already")
    data, inputs, summary = _data(names, options)
    check_columns("--by", options.keys, data.schema.names)
    check_columns("--across", [c for c in options.across if c != "signature"], data.schema.names)
    check_columns("--interval cluster", options.levels or (), data.schema.names)
    kind = DIFFERENCES if options.differences else CORRELATIONS
    contrasts = [contrast_of(text, data, options) for text in options.differences]
    if len({contrast.column for contrast in contrasts}) > 1:
        raise XltError("--difference: all of one call compare one column; make a call for each column")
    keys = tuple(k for k in options.keys if k not in {contrast.column for contrast in contrasts})
    named = key_names(keys, kind)
    kind.check_tags(tags, named)
    groups = grouped(data.rows, options.keys)
    if not options.plain:
        check_settings(groups, data.fixed, options.across)
    if contrasts:
        found = [row for each in contrasts for row in difference_rows(data, options, each, keys, named, seed)]
    else:
        found = [
            correlation_row(data, options, dict(zip(named, key, strict=True)), rows, seed)
            for key, rows in groups.items()
        ]
    without = [] if options.adjust else ["p_adjusted"]
    if options.adjust:
        ps = adjusted([math.nan if row["p"] is None else row["p"] for row in found], options.adjust)
        found = [row | {"p_adjusted": None if math.isnan(p) else float(p)} for row, p in zip(found, ps, strict=True)]
    schema = pa.schema(
        [
            *(data.schema.field(key).with_name(name) for key, name in zip(keys, named, strict=True)),
            *kind.arrow(extra=tags, without=without),
        ]
    )
    found = [row | tags for row in found]
    summary["groups"] = len(found)
    summary["without a number"] = sum(row["rho" if kind is CORRELATIONS else "difference"] is None for row in found)
    packages = ("numpy", "pyarrow", "scipy")
    record = make_record("correlate", params=options.params(), inputs=inputs, seed=seed, tags=tags, packages=packages)
    record["summary"] = summary
    if points is not None:
        write_table(points, [dict(row) for row in data.rows], data.schema, record, force)
    if output is not None:
        write_table(output, found, schema, record, force)
    return Correlations(found, schema, named, groups, data.x, data.y, summary)


def _data(names: Sequence[str], options: CorrelateOptions) -> tuple[Data, list[Input], dict[str, Any]]:
    if options.x is not None and options.y is not None:
        plain = read_plain(names, options.x, options.y)
        return Data(plain.rows, options.x, options.y, [], plain.schema), plain.inputs, plain.summary
    tables = read_tables(names)
    all_metrics = "metric" in (*options.keys, *options.across)
    points = join(tables, metric=options.metric, split=options.split, all_metrics=all_metrics)
    schema = POINTS.arrow(extra=points.tags)
    fixed = settings(schema.names, options.keys, options.across)
    return Data(points.rows, "alignment", "ctl", fixed, schema), tables.inputs, points.summary
