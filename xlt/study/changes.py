"""Step ``report change``: what training did to alignment, as a share of what was there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Floats
from xlt.errors import XltError
from xlt.files.provenance import make_record
from xlt.files.rows import Key, Row, grouped, key_of, ordered
from xlt.files.schemas import CHANGES, POINTS, SCORES
from xlt.files.shown import Shown
from xlt.files.tables import check_table_outputs, write_table
from xlt.options import params
from xlt.stats.paired import deviation
from xlt.stats.transfer import relative_change
from xlt.study.ancestry import Who, base_of, bases_of, model_names, related
from xlt.study.groups import check_signatures
from xlt.study.language_groups import GROUP, LanguageGroups
from xlt.study.options import ChangeOptions
from xlt.study.points import PLACED, at_layers, number, score_key, unique
from xlt.study.tables import Read, read_rows

# Of a signature: what may differ between a score before and its partner after.
_FREE = {"xlt"}
# What a row has with --absolute.
DIFFERENCE = ("difference", "difference_sd")
# What a row is about, besides its tags.
ABOUT = ("model", "recipe", "since", "task", "src_lang", "tgt_lang", *PLACED)


@dataclass(frozen=True)
class Changes(Shown):
    """Rows of the table, its schema, its tags, and counts."""

    rows: list[Row]
    schema: pa.Schema
    tags: list[str]
    summary: dict[str, Any]


def measure_changes(
    names: Sequence[str], options: ChangeOptions = ChangeOptions(), *, output: str | None = None, force: bool = False
) -> Changes:
    """Relative change of alignment, (after - before) / before, over seeds (gaschi2023, section 5, tables 3 and 10).

    A score is compared with those of every model that the scored one was made from.

    Args:
        names: tables of scores or points; paths, or ``-``.
        options: layers, and how deviations are taken.
        output: table to write (path or ``-``), or None.
        force: replace an existing output.

    Raises:
        XltError: bad input, or no score before and after.
    """
    check_table_outputs((output,), names, force)
    read = read_rows(names, (SCORES, POINTS))
    groups = None if options.groups is None else LanguageGroups(options.groups)
    changes = changes_of(read, options, groups)
    if output is not None:
        grouping = [] if groups is None else [groups.input]
        record = make_record("report change", params=params(options), inputs=[*read.inputs, *grouping])
        write_table(output, changes.rows, changes.schema, record | {"summary": changes.summary}, force)
    return changes


def changes_of(read: Read, options: ChangeOptions = ChangeOptions(), groups: LanguageGroups | None = None) -> Changes:
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
            "Parquet or Arrow they know what models were made from (scores of one model: xlt show, align-score --plot)"
        )
    pairs = at_layers(pairs, options.layers)
    for signatures in {(pair["before_signature"], pair["after_signature"]) for pair in pairs}:
        check_signatures(signatures, "score before and after", _FREE, "score the model the same way before and after")
    if groups is not None:
        groups.add_to(pairs, "src_lang", "tgt_lang", tags)
        tags.append(GROUP)
    columns = (*ABOUT, *tags)
    rows = [
        dict(zip(columns, key, strict=True)) | _cells(group, options)
        for key, group in ordered(grouped(pairs, columns)).items()
    ]
    summary = {
        "scores before and after": len(pairs),
        "settings": len(rows),
        "without a number": sum(row["difference" if options.absolute else "change"] is None for row in rows),
    }
    summary |= {} if groups is None else groups.summary
    without = [] if options.absolute else DIFFERENCE
    schema = CHANGES.arrow(extra=tags, unusual=CHANGES.unusual(rows), without=without)
    return Changes(rows=rows, schema=schema, tags=tags, summary=summary)


def _pairs_of_scores(read: Read, tags: Sequence[str]) -> Iterator[Row]:
    scores = read.rows[SCORES.kind]
    unique(scores, score_key, tags, "score")
    bases, names = bases_of(scores), model_names(scores, read.lineage)
    by_key: dict[Key, list[Row]] = {}
    keys = [score_key(row, ()) for row in scores]
    for key, row in zip(keys, scores, strict=True):
        by_key.setdefault(key, []).append(row)
    ancestors: dict[Who, list[Who]] = {}
    for (who, *way), row in zip(keys, scores, strict=True):
        if who not in ancestors:
            ancestors[who] = [start for stage, start in related(row, read.lineage, bases) if stage == "before"]
        for start in ancestors[who]:
            for before in _alike(by_key.get((start, *way), []), row, tags):
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
    names = ("recipe", "task", "seed", "src_lang", "tgt_lang", *PLACED)
    return {name: row[name] for name in names} | {t: str(row.get(t) or "") for t in tags} | {
        "since": before["recipe"] or "", "before": number(before["value"]), "after": number(row["value"]),
        "before_signature": before["signature"], "after_signature": row["signature"], "named": row["model"],
    }  # fmt: skip


def _pairs_of_points(points: Sequence[Row], tags: Sequence[str]) -> Iterator[Row]:
    # Points repeat a score for every split and metric.
    about = ("model", "recipe", "task", "seed", "train_lang", "lang", *PLACED, *tags)
    ends: dict[Key, Row] = {}
    starts: dict[Key, dict[str, Row]] = {}
    for row in points:
        key = (row["weights"] or row["checkpoint"], *key_of(row, about))
        if row["stage"] == "after":
            ends[key] = row
        else:
            starts.setdefault(key, {})[row["scored"] or ""] = row
    for key, row in ends.items():
        for since, before in starts.get(key, {}).items():
            yield {name: row.get(name) for name in about} | {
                "src_lang": row["train_lang"], "tgt_lang": row["lang"], "since": since, "named": row["checkpoint"],
                "before": number(before["alignment"]), "after": number(row["alignment"]),
                "before_signature": before["score_signature"], "after_signature": row["score_signature"],
            } | {t: str(row.get(t) or "") for t in tags}  # fmt: skip


def _cells(pairs: Sequence[Row], options: ChangeOptions) -> Row:
    ddof = options.ddof
    times = Counter(pair["seed"] for pair in pairs)
    seed, most = times.most_common(1)[0]
    if most > 1:
        which = ", ".join(sorted({pair["named"] for pair in pairs if pair["seed"] == seed}))
        what = "no seed" if seed is None else f"seed {seed}"
        raise XltError(f"{most} scores of one setting are of {what} ({which}): tell them apart by a --tag")
    whole = [pair for pair in pairs if pair["before"] is not None and pair["after"] is not None]
    before, after = (np.array([pair[name] for pair in whole], np.float64) for name in ("before", "after"))
    ratios = relative_change(after, before)
    changes = ratios[np.isfinite(ratios)]
    notes = []
    if len(whole) < len(pairs):
        notes.append(f"no number in {len(pairs) - len(whole)} of {len(pairs)} seeds")
    if len(changes) < len(whole):
        zeros = len(whole) - len(changes)
        notes.append("before is 0" if zeros == len(whole) else f"before is 0 in {zeros} of {len(whole)} seeds")
    if len(changes) == 1:
        notes.append("one seed: no deviation")
    absolute = {}
    if options.absolute:
        differences = after - before
        spread = number(deviation(differences, ddof)) if len(whole) > 1 else None
        absolute = dict(zip(DIFFERENCE, (_mean(differences), spread), strict=True))
        notes += ["one seed: no deviation"] if len(whole) == 1 and len(changes) != 1 else []
    return absolute | {
        "seeds": len(whole),
        "before": _mean(before),
        "after": _mean(after),
        "after_sd": number(deviation(after, ddof)) if len(whole) > 1 else None,
        "change": _mean(changes),
        "change_sd": number(deviation(changes, ddof)) if len(changes) > 1 else None,
        "note": "; ".join(notes),
    }


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None
