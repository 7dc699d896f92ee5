"""Scores and results as they come from files, told apart by their columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.files.schemas import POINTS, RESULTS, SCORES
from xlt.study.tables import Read, Row, read_rows

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
    return as_tables(read_rows(names, (SCORES, RESULTS)), names)


def as_tables(read: Read, names: Sequence[str]) -> Tables:
    """Scores and results of what was read from ``names``.

    Raises:
        XltError: no scores, or no results.
    """
    for kind, step in ((SCORES, "align-score"), (RESULTS, "eval")):
        if not read.rows[kind.kind]:
            given = ", ".join(names) or "nothing"
            raise XltError(f"no {kind.kind} in {given}; 'xlt {step}' writes them")
    score_tags, result_tags = read.extra[SCORES.kind], read.extra[RESULTS.kind]
    return Tables(
        read.rows[SCORES.kind],
        read.rows[RESULTS.kind],
        # The recipe, task and seed of a point are the result's, and so is a tag that both have.
        {t: f"score_{t}" if t in result_tags or t in _TAKEN else t for t in score_tags},
        {t: f"result_{t}" if t in _TAKEN else t for t in result_tags},
        read.lineage,
        read.inputs,
    )
