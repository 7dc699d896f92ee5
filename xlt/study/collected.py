"""Step ``report correlations``: tables of correlations put together."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from xlt.errors import XltError
from xlt.files.provenance import make_record
from xlt.files.schemas import CORRELATIONS, DIFFERENCES, RESULTS, SCORES
from xlt.files.tables import check_table_outputs, write_table
from xlt.study.tables import Read, Row, read_rows


@dataclass(frozen=True)
class Collected:
    """Rows of all tables, and the schema of them together."""

    rows: list[Row]
    schema: pa.Schema


def collect(names: Sequence[str], *, output: str | None = None, force: bool = False) -> Collected:
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
    done = collected(read)
    if output is not None:
        rows = [{name: value for name, value in row.items() if name != "where"} for row in done.rows]
        record = make_record("report correlations", params={}, inputs=read.inputs)
        write_table(output, rows, done.schema, record, force)
    return done


def collected(read: Read) -> Collected:
    """The correlations, or the differences, of what was read.

    Raises:
        XltError: none, or both.
    """
    kinds = [kind for kind in (CORRELATIONS, DIFFERENCES) if read.rows.get(kind.kind)]
    if not kinds:
        raise XltError("no row in the tables: there are no correlations")
    if len(kinds) > 1:
        raise XltError("correlations and differences are two tables: give them one after the other")
    rows, extra = read.rows[kinds[0].kind], read.extra[kinds[0].kind]
    whole = {name for name in extra if all(isinstance(row.get(name), int | None) for row in rows)}
    keys = [pa.field(name, pa.int64() if name in whole else pa.string()) for name in extra]
    without = [] if any(row.get("p_adjusted") is not None for row in rows) else ["p_adjusted"]
    rows = [
        row | {name: str(row[name]) for name in extra if name not in whole and row.get(name) is not None}
        for row in rows
    ]
    return Collected(rows, pa.schema([*keys, *kinds[0].arrow(without=without)]))
