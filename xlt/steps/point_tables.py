"""Scores and results as they come from files, told apart by their columns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xlt.errors import XltError
from xlt.files.identity import lineages
from xlt.files.provenance import Input
from xlt.files.schemas import POINTS, RESULTS, SCORES, Schema
from xlt.files.tables import open_table

Row = dict[str, Any]

_TAKEN = {c.name for c in POINTS.columns}


@dataclass(frozen=True)
class Tables:
    """Scores and results as rows; each also holds ``where``, the name of its file.

    Attributes:
        scores, results: the rows.
        score_tags, result_tags: their further columns, and as what these stand in the points.
        lineage: by the hash of a model's weights those of itself and its ancestors, as far as records tell.
        inputs: for the record.
    """

    scores: list[Row]
    results: list[Row]
    score_tags: dict[str, str]
    result_tags: dict[str, str]
    lineage: dict[str, list[str]]
    inputs: list[Input]


def read_tables(names: Sequence[str]) -> Tables:
    """Read scores and results in any order; the columns say which is which.

    Raises:
        XltError: a table of another kind, one that is given twice, no scores, or no results.
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise XltError(f"{twice[0]} is given twice")
    rows: dict[str, list[Row]] = {SCORES.kind: [], RESULTS.kind: []}
    tags: dict[str, dict[str, None]] = {SCORES.kind: {}, RESULTS.kind: {}}
    lineage: dict[str, list[str]] = {}
    inputs = []
    for name in names:
        source = open_table(name, (SCORES, RESULTS))
        kind = source.kind or SCORES
        inputs.append(Input(kind.kind, source.where, source.sha256, source.record))
        for weights, line in lineages(source.record).items():
            known = lineage.setdefault(weights, [])
            known += [w for w in line if w not in known]
        tags[kind.kind] |= dict.fromkeys(_tags(source.schema.names, kind))
        for batch in source.batches(None):
            rows[kind.kind] += [row | {"where": source.where} for row in batch.to_pylist()]
    for kind, step in ((SCORES, "align-score"), (RESULTS, "eval")):
        if not rows[kind.kind]:
            given = ", ".join(names) or "nothing"
            raise XltError(f"no {kind.kind} in {given}; 'xlt {step}' writes them")
    score_tags, result_tags = tags[SCORES.kind], tags[RESULTS.kind]
    return Tables(
        rows[SCORES.kind],
        rows[RESULTS.kind],
        # The recipe, task and seed of a point are the result's, and so is a tag that both have.
        {t: f"score_{t}" if t in result_tags or t in _TAKEN else t for t in score_tags},
        {t: f"result_{t}" if t in _TAKEN else t for t in result_tags},
        lineage,
        inputs,
    )


def _tags(names: Iterable[str], kind: Schema) -> list[str]:
    known = {c.name for c in kind.columns}
    return [name for name in names if name not in known]
