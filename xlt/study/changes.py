"""Step ``report change``: what training did to alignment, as a share of what was there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.errors import XltError
from xlt.files.provenance import make_record
from xlt.files.schemas import CHANGES, POINTS, SCORES
from xlt.files.tables import check_table_outputs, write_table
from xlt.stats.paired import deviation
from xlt.stats.transfer import relative_change
from xlt.study.ancestry import base_of, bases_of, model_names, related
from xlt.study.groups import check_signatures, order
from xlt.study.points import MEASURED, number, score_key, unique
from xlt.study.tables import Read, Row, read_rows

# Of a signature: what may differ between a score before and its partner after.
_FREE = {"xlt"}
# What a row is about, besides its tags.
ABOUT = ("model", "recipe", "since", "task", "src_lang", "tgt_lang", *MEASURED)


@dataclass(frozen=True)
class Changes:
    """Rows of the table, its schema, its tags, and counts."""

    rows: list[Row]
    schema: pa.Schema
    tags: list[str]
    summary: dict[str, Any]


def change(
    names: Sequence[str], *, layers: str = "all", ddof: int = 1, output: str | None = None, force: bool = False
) -> Changes:
    """Relative change of alignment, (after - before) / before, over seeds (gaschi2023, section 5, tables 3 and 10).

    A score is compared with those of every model that the scored one was made from.

    Args:
        names: tables of scores or points; paths, or ``-``.
        layers: ``all``, or numbers joined by commas; negative ones count from the end.
        ddof: of the standard deviation; the papers' code has 0.
        output: table to write (path or ``-``), or None.
        force: replace an existing output.

    Raises:
        XltError: bad input, or no score before and after.
    """
    check_table_outputs((output,), names, force)
    read = read_rows(names, (SCORES, POINTS))
    done = changes(read, layers, ddof)
    if output is not None:
        record = make_record("report change", params={"layers": layers, "ddof": ddof}, inputs=read.inputs)
        write_table(output, done.rows, done.schema, record | {"summary": done.summary}, force)
    return done


def changes(read: Read, layers: str = "all", ddof: int = 1) -> Changes:
    """The changes between the scores, or where there are none the points, of what was read.

    Raises:
        XltError: nothing was scored before and after, or not at these layers; two scores of one seed; before and
            after were not measured alike.
    """
    kind = SCORES if read.rows[SCORES.kind] else POINTS
    if not read.rows[kind.kind]:
        raise XltError("no row in the tables: there is no alignment to compare")
    tags = [t for t in read.extra[kind.kind] if t not in {c.name for c in CHANGES.columns}]
    pairs = list(_pairs_of_scores(read, tags) if kind is SCORES else _pairs_of_points(read.rows[kind.kind], tags))
    if not pairs:
        raise XltError(
            "no score is of a model made from another scored one: give the scores before and after training; as "
            "Parquet or Arrow they know what models were made from"
        )
    pairs = at_layers(pairs, layers)
    check = {(pair["before_signature"], pair["after_signature"]) for pair in pairs}
    for signatures in check:
        check_signatures(signatures, "score before and after", _FREE, "score the model the same way before and after")
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for pair in pairs:
        groups.setdefault(tuple(pair[name] for name in (*ABOUT, *tags)), []).append(pair)
    rows = [
        dict(zip((*ABOUT, *tags), key, strict=True)) | _cells(group, ddof)
        for key, group in sorted(groups.items(), key=lambda item: order(item[0]))
    ]
    summary = {
        "scores before and after": len(pairs),
        "settings": len(rows),
        "without a number": sum(row["change"] is None for row in rows),
    }
    return Changes(rows, CHANGES.arrow(extra=tags), tags, summary)


def at_layers(rows: list[Row], layers: str) -> list[Row]:
    """The rows of some layers, told as ``all`` or as numbers, negative ones from the end.

    Raises:
        XltError: no numbers, or no row.
    """
    if layers == "all":
        return rows
    try:
        wanted = {int(part) for part in layers.split(",")}
    except ValueError:
        raise XltError(f"--layers {layers}: write 'all', or numbers with commas between, such as 0,4,-1") from None
    found = [row for row in rows if row["layer"] in wanted or row["depth"] in wanted]
    if not found:
        there = sorted({row["depth"] if row["layer"] is None else row["layer"] for row in rows})
        raise XltError(f"--layers {layers}: there is nothing of these; the tables hold {', '.join(map(str, there))}")
    return found


def _pairs_of_scores(read: Read, tags: Sequence[str]) -> Iterator[Row]:
    scores = read.rows[SCORES.kind]
    unique(scores, score_key, tags, "score")
    bases, names = bases_of(scores), model_names(scores, read.lineage)
    found: dict[tuple[Any, ...], list[Row]] = {}
    keys = [score_key(row, ()) for row in scores]
    for key, row in zip(keys, scores, strict=True):
        found.setdefault(key, []).append(row)
    known: dict[Any, list[Any]] = {}
    for (who, *how), row in zip(keys, scores, strict=True):
        if who not in known:
            known[who] = [each for stage, each in related(row, read.lineage, bases) if stage == "before"]
        for each in known[who]:
            for before in _alike(found.get((each, *how), []), row, tags):
                yield _pair(row, before, tags) | {"model": names[base_of(row, read.lineage)]}


def _alike(candidates: Sequence[Row], row: Row, tags: Sequence[str]) -> list[Row]:
    # A tag of the trained model alone, such as its method, is not known before training.
    same = [c for c in candidates if all((c.get(t) or "") == (row.get(t) or "") for t in tags)]
    fitting = same or [c for c in candidates if all((c.get(t) or "") in ("", row.get(t) or "") for t in tags)]
    if len(fitting) > 1:
        raise XltError(
            f"{row['where']}: {row['model']}, {row['src_lang']}-{row['tgt_lang']}, has {len(fitting)} scores before; "
            "give one, or tell scores before and after apart by the same --tag"
        )
    return fitting


def _pair(row: Row, before: Row, tags: Sequence[str]) -> Row:
    names = ("recipe", "task", "seed", "src_lang", "tgt_lang", *MEASURED)
    return {name: row[name] for name in names} | {t: str(row.get(t) or "") for t in tags} | {
        "since": before["recipe"] or "", "before": number(before["value"]), "after": number(row["value"]),
        "before_signature": before["signature"], "after_signature": row["signature"], "named": row["model"],
    }  # fmt: skip


def _pairs_of_points(points: Sequence[Row], tags: Sequence[str]) -> Iterator[Row]:
    # Points repeat a score for every split and metric.
    about = ("model", "recipe", "task", "seed", "train_lang", "lang", *MEASURED, *tags)
    ends: dict[tuple[Any, ...], dict[str, Row]] = {}
    starts: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in points:
        key = (row["weights"] or row["checkpoint"], *(row.get(name) for name in about))
        if row["stage"] == "after":
            ends.setdefault(key, {})[""] = row
        else:
            starts.setdefault(key, {})[row["scored"] or ""] = row
    for key, found in ends.items():
        row = found[""]
        for since, before in starts.get(key, {}).items():
            yield {name: row.get(name) for name in about} | {
                "src_lang": row["train_lang"], "tgt_lang": row["lang"], "since": since, "named": row["checkpoint"],
                "before": number(before["alignment"]), "after": number(row["alignment"]),
                "before_signature": before["score_signature"], "after_signature": row["score_signature"],
            } | {t: str(row.get(t) or "") for t in tags}  # fmt: skip


def _cells(pairs: Sequence[Mapping[str, Any]], ddof: int) -> Row:
    times = Counter(pair["seed"] for pair in pairs)
    seed, most = times.most_common(1)[0]
    if most > 1:
        which = ", ".join(sorted({pair["named"] for pair in pairs if pair["seed"] == seed}))
        what = "no seed" if seed is None else f"seed {seed}"
        raise XltError(f"{most} scores of one setting are of {what} ({which}): tell them apart by a --tag")
    whole = [pair for pair in pairs if pair["before"] is not None and pair["after"] is not None]
    before, after = (np.array([pair[name] for pair in whole], np.float64) for name in ("before", "after"))
    found = relative_change(after, before)
    known = found[np.isfinite(found)]
    notes = []
    if len(whole) < len(pairs):
        notes.append(f"no number in {len(pairs) - len(whole)} of {len(pairs)} seeds")
    if len(known) < len(whole):
        zeros = len(whole) - len(known)
        notes.append("before is 0" if zeros == len(whole) else f"before is 0 in {zeros} of {len(whole)} seeds")
    if len(known) == 1:
        notes.append("one seed: no deviation")
    return {
        "seeds": len(whole),
        "before": _mean(before),
        "after": _mean(after),
        "after_sd": number(deviation(after, ddof)) if len(whole) > 1 else None,
        "change": _mean(known),
        "change_sd": number(deviation(known, ddof)) if len(known) > 1 else None,
        "note": "; ".join(notes),
    }


def _mean(values: Any) -> float | None:
    return float(values.mean()) if len(values) else None
