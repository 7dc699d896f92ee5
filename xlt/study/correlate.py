"""Step ``correlate``: does alignment go with transfer, and how sure are we."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from xlt.errors import OptionError
from xlt.files.atomic import outputs_together
from xlt.files.provenance import Input, make_record
from xlt.files.rows import Key, Row, grouped, ordered
from xlt.files.schemas import CORRELATIONS, DIFFERENCES, POINTS
from xlt.files.shown import Shown
from xlt.files.tables import check_table_outputs, write_table
from xlt.stats.adjust import adjusted
from xlt.study.estimates import Data, contrast_of, correlation_row, difference_rows, key_names
from xlt.study.groups import check_columns, check_settings, check_ways, settings
from xlt.study.language_groups import GROUP, LanguageGroups
from xlt.study.options import CorrelateOptions
from xlt.study.points import join
from xlt.study.tables import read_plain, read_scores_and_results


@dataclass(frozen=True)
class Correlations(Shown):
    """Correlations, or differences of them.

    Attributes:
        rows: of the table.
        schema: of the table.
        keys: its grouping columns.
        groups: the points by the cells of ``options.keys``.
        x, y: the columns of the points that were correlated.
        summary: counts.
    """

    rows: list[Row]
    schema: pa.Schema
    keys: Sequence[str]
    groups: dict[Key, list[Row]]
    x: str
    y: str
    summary: dict[str, Any]


def correlate(
    names: Sequence[str],
    options: CorrelateOptions = CorrelateOptions(),
    *,
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
        output: table to write (path or ``-``), or None.
        points: table of the joined points to write, or None.
        force: replace existing outputs.
        tags: columns of the table.

    Raises:
        XltError: bad input; nothing to join; a column that varies inside a group.
    """
    tags = dict(tags or {})
    check_table_outputs((output, points), names, force, "the correlations and --points")
    if options.columns and points is not None:
        raise OptionError("points", "has no effect with {option} and {y}: the table is there already", "x")
    data, inputs, summary = _data(names, options)
    across = [name for name in options.across if name != "signature"]
    for option, named in (("by", options.keys), ("across", across), ("interval", options.levels or ())):
        check_columns(option, named, data.schema.names)
    kind = DIFFERENCES if options.differences else CORRELATIONS
    contrasts = [contrast_of(text, data, options) for text in options.differences]
    contrasted = {contrast.column for contrast in contrasts}
    if len(contrasted) > 1:
        raise OptionError(
            "differences", f"{', '.join(options.differences)}: make a call for each column that is compared"
        )
    keys = tuple(key for key in options.keys if key not in contrasted)
    columns = key_names(keys, kind)
    kind.check_tags(tags, columns)
    groups = ordered(grouped(data.rows, options.keys))
    if options.columns:
        check_ways(groups, {*options.columns, *(options.levels or ())})
    else:
        check_settings(groups, data.fixed, options.across)
    if contrasts:
        rows = [row for contrast in contrasts for row in difference_rows(data, options, contrast, keys, columns)]
    else:
        rows = [
            correlation_row(data, options, dict(zip(columns, key, strict=True)), group) for key, group in groups.items()
        ]
    if options.adjust:
        ps = adjusted([math.nan if row["p"] is None else row["p"] for row in rows], options.adjust)
        rows = [row | {"p_adjusted": None if math.isnan(p) else float(p)} for row, p in zip(rows, ps, strict=True)]
    rows = [row | tags for row in rows]
    schema = pa.schema(
        [
            *(data.schema.field(key).with_name(column) for key, column in zip(keys, columns, strict=True)),
            *kind.arrow(extra=tags, without=[] if options.adjust else ["p_adjusted"]),
        ]
    )
    summary["groups"] = len(rows)
    summary["without a number"] = sum(row["rho" if kind is CORRELATIONS else "difference"] is None for row in rows)
    record = make_record(
        "correlate", params=options.params(), inputs=inputs, seed=options.seed, tags=tags,
        packages=("numpy", "pyarrow", "scipy"),
    )  # fmt: skip
    record["summary"] = summary
    with outputs_together():
        if points is not None:
            write_table(points, list(data.rows), data.schema, record, force)
        if output is not None:
            write_table(output, rows, schema, record, force)
    return Correlations(rows=rows, schema=schema, keys=columns, groups=groups, x=data.x, y=data.y, summary=summary)


def _data(names: Sequence[str], options: CorrelateOptions) -> tuple[Data, list[Input], dict[str, Any]]:
    if options.columns:
        x, y = options.columns
        plain = read_plain(names, x, y)
        return Data(rows=plain.rows, x=x, y=y, fixed=[], schema=plain.schema), plain.inputs, plain.summary
    tables = read_scores_and_results(names)
    groups = None if options.groups is None else LanguageGroups(options.groups)
    if groups is not None:
        groups.add_to(tables.scores, "src_lang", "tgt_lang", (*tables.score_tags, *tables.result_tags))
        tables.score_tags[GROUP] = GROUP
    all_metrics = "metric" in (*options.keys, *options.across)
    points = join(tables, metric=options.metric, split=options.split, all_metrics=all_metrics)
    unusual = {*POINTS.unusual(points.rows), *options.keys, *options.across}
    schema = POINTS.arrow(extra=points.tags, unusual=unusual)
    fixed = settings(schema.names, options.keys, options.across)
    data = Data(rows=points.rows, x="alignment", y="ctl", fixed=fixed, schema=schema)
    if groups is None:
        return data, tables.inputs, points.summary
    return data, [*tables.inputs, groups.input], points.summary | groups.summary
