"""Answers to numbers: what ``eval`` computes, from a model that has just answered or from predictions tables."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from xlt import __version__
from xlt.errors import XltError
from xlt.files.provenance import make_record
from xlt.files.schemas import RESULTS
from xlt.files.tables import check_table_outputs, write_table
from xlt.tasks.kinds import Task
from xlt.tasks.labels import LabelPairs, pair_labels
from xlt.tasks.metrics import score
from xlt.tasks.predictions import Predicted, read_predictions
from xlt.tasks.spans import Reading, check_bio, repair_bio

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoreOptions:
    """How answers are scored; see ``xlt eval --help`` for each. ``reading`` None is ``conlleval``."""

    reading: Reading | None = None
    repair_bio: bool = False
    resamples: int = 1000
    seed: int = 42

    def check(self, task: Task) -> None:
        """Refuse what has no meaning for a task.

        Raises:
            XltError: the reading or the repair of tags where the labels are none.
        """
        if task.has_spans:
            return
        for option, given in (("--reading", self.reading), ("--repair-bio", self.repair_bio)):
            if given:
                raise XltError(f"{option}: the labels of the task {task.name} are no BIO tags")

    def params(self) -> dict[str, Any]:
        """What of this defines numbers, for a record; the seed stands there by itself."""
        return {"reading": self.reading, "repair_bio": self.repair_bio, "resamples": self.resamples}

    def signature(self, task: Task) -> list[str]:
        """What of this defines a number, in the words of a signature."""
        spans = [f"reading:{self.reading or 'conlleval'}"] if task.has_spans else []
        repaired = ["repair-bio"] if self.repair_bio else []
        return [*spans, *repaired, f"resamples:{self.resamples}", f"seed:{self.seed}", f"xlt:{__version__}"]


@dataclass(frozen=True)
class Labels:
    """The labels behind some rows, for breakdowns."""

    title: str
    task: Task
    reading: Reading
    pairs: LabelPairs


@dataclass(frozen=True)
class Results:
    """Rows of the results table, the labels behind them and, by language and split, what they were made from."""

    rows: list[dict[str, Any]]
    schema: pa.Schema
    labels: list[Labels]
    summary: dict[str, dict[str, Any]]


def score_predictions(
    predicted: Sequence[Predicted], options: ScoreOptions, tags: Mapping[str, str] | None = None
) -> Results:
    """Score answers. The bootstrap starts anew for each language and split, so that no number depends on the others.

    Args:
        predicted: answers by model, language and split.
        options: what is measured.
        tags: columns of the results table.

    Raises:
        XltError: gold labels that are no BIO tags where spans are scored.
    """
    rows: list[dict[str, Any]] = []
    labels: list[Labels] = []
    summary: dict[str, dict[str, Any]] = {}
    several = len({p.identity["model"] for p in predicted}) > 1
    for each in predicted:
        name = f"{each.lang} {each.split}"
        title = f"{each.identity['model']}: {name}" if several else name
        options.check(each.task)
        if each.task.has_spans:
            check_bio(chain.from_iterable(each.gold), each.where)
        pairs = pair_labels(each.gold, each.predicted)
        if options.repair_bio:
            pairs = repair_bio(pairs)
        reading = options.reading or "conlleval"
        rng = np.random.default_rng(options.seed)
        truncated = int((each.unseen > 0).sum())
        common = {
            **each.identity,
            "lang": each.lang,
            "split": each.split,
            "n_truncated": truncated,
            "signature": "|".join([*each.signature, *options.signature(each.task)]),
            **(tags or {}),
        }
        for s in score(pairs, each.task.metrics, reading, rng=rng, resamples=options.resamples):
            values = {"metric": s.metric, "value": s.value, "n": s.n, "ci_low": s.low, "ci_high": s.high}
            rows.append(common | {k: None if v != v else v for k, v in values.items()})
        labels.append(Labels(title, each.task, reading, pairs))
        summary[title] = _counts(each, pairs, truncated)
    return Results(rows, RESULTS.arrow(extra=tags or ()), labels, summary)


def _counts(each: Predicted, pairs: LabelPairs, truncated: int) -> dict[str, Any]:
    items = "words" if each.task.shape == "words" else "texts"
    found: dict[str, Any] = {"sentences": len(each.gold)} if items == "words" else {}
    found |= {
        items: len(pairs.gold),
        "not seen whole": truncated,
        f"{items} without prediction": int((pairs.predicted < 0).sum()),
    }
    strange = {label for labels in each.gold for label in labels} - (each.known or set()) if each.known else set()
    if strange:
        count = sum(label in strange for labels in each.gold for label in labels)
        found[f"{items} with a label that the model does not know"] = count
        names = ", ".join(sorted(strange)[:10]) + (", …" if len(strange) > 10 else "")
        logger.warning(
            "%s %s: the model knows no label %s: %s %s count as errors",
            each.lang, each.split, names, f"{count:,}", items,
        )  # fmt: skip
    return found


def rescore(
    names: Sequence[str],
    options: ScoreOptions,
    *,
    task: str | None = None,
    output: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Results:
    """Score predictions tables, without the model; shards of one run are scored as the whole.

    Args:
        names: paths, or ``-``.
        options: what is measured.
        task: for a table that xlt did not write.
        output: results table to write (path or ``-``), or None.
        force: replace an existing output.
        tags: columns of the results table.

    Raises:
        XltError: bad input; see :func:`xlt.tasks.predictions.read_predictions`.
    """
    tags = dict(tags or {})
    RESULTS.check_tags(tags)
    check_table_outputs((output,), names, force)
    predicted, inputs = read_predictions(names, task)
    params = {"task": task, **options.params()}
    record = make_record("eval", params=params, inputs=inputs, seed=options.seed, tags=tags)
    found = score_predictions(predicted, options, tags)
    record["summary"] = found.summary
    if output is not None:
        write_table(output, found.rows, found.schema, record, force)
    return found
