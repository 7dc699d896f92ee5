"""Answers to numbers: what ``eval`` computes, from a model that has just answered or from predictions tables."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.files.provenance import make_record
from xlt.files.schemas import RESULTS
from xlt.files.shown import Shown
from xlt.files.tables import check_table_outputs, write_table
from xlt.tasks.kinds import Task
from xlt.tasks.labels import LabelPairs, pair_labels
from xlt.tasks.metrics import score
from xlt.tasks.options import Reading, RescoreOptions, ScoringOptions
from xlt.tasks.predictions import Predicted, read_predictions
from xlt.tasks.spans import check_bio, inside_starts, repair_bio

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Labels:
    """The labels behind some rows, for breakdowns."""

    title: str
    task: Task
    reading: Reading
    pairs: LabelPairs


@dataclass(frozen=True)
class Results(Shown):
    """Rows of the results table, the labels behind them and, by language and split, what they were made from."""

    rows: list[dict[str, Any]]
    schema: pa.Schema
    labels: list[Labels]
    summary: dict[str, dict[str, Any]]


def score_predictions(
    predicted: Sequence[Predicted], options: ScoringOptions, tags: Mapping[str, str] | None = None
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
    for of_set in predicted:
        name = f"{of_set.lang} {of_set.split}"
        title = f"{of_set.identity['model']}: {name}" if several else name
        pairs = _label_pairs(of_set, options)
        reading = options.reading or "conlleval"
        truncated = int((of_set.answers.unseen > 0).sum())
        common = {
            **of_set.identity,
            "lang": of_set.lang,
            "split": of_set.split,
            "n_truncated": truncated,
            "signature": str(of_set.signature.with_parts(options.signature(of_set.task)).with_version()),
            **(tags or {}),
        }
        rng = np.random.default_rng(options.seed)
        for s in score(pairs, of_set.task.metrics, reading, rng=rng, resamples=options.resamples):
            values = {"metric": s.metric, "value": s.value, "n": s.n, "ci_low": s.low, "ci_high": s.high}
            rows.append(common | {k: None if v != v else v for k, v in values.items()})
        labels.append(Labels(title=title, task=of_set.task, reading=reading, pairs=pairs))
        summary[title] = _counts(of_set, pairs, truncated)
        if of_set.task.has_spans:
            summary[title] |= _scheme(name, pairs, reading)
    return Results(rows=rows, schema=RESULTS.arrow(extra=tags or ()), labels=labels, summary=summary)


def _scheme(name: str, pairs: LabelPairs, reading: Reading) -> dict[str, int]:
    # Gold that is not IOB2 is told, and counts in full; answers in the same scheme are no spans of iob2:strict.
    inside, spans = inside_starts(pairs)
    if not inside:
        return {}
    if reading == "iob2:strict":
        logger.warning(
            "%s: %s of %s gold spans begin with I-: the gold is IOB1, or not all IOB2. All of them count, but of the "
            "answers only spans that begin with B-; --reading conlleval reads both alike",
            name, f"{inside:,}", f"{spans:,}",
        )  # fmt: skip
    return {"gold spans": spans, "of these, beginning with I- (IOB1)": inside}


def _label_pairs(predicted: Predicted, options: ScoringOptions) -> LabelPairs:
    options.check(predicted.task)
    if predicted.task.has_spans:
        check_bio(chain.from_iterable(predicted.answers.gold), predicted.where)
    pairs = pair_labels(predicted.answers.gold, predicted.answers.predicted)
    return repair_bio(pairs) if options.repair_bio else pairs


def _counts(predicted: Predicted, pairs: LabelPairs, truncated: int) -> dict[str, Any]:
    gold = predicted.answers.gold
    items = "words" if predicted.task.shape == "words" else "texts"
    counts: dict[str, Any] = {"sentences": len(gold)} if items == "words" else {}
    counts |= {
        items: len(pairs.gold),
        "not seen whole": truncated,
        f"{items} without prediction": int((pairs.predicted < 0).sum()),
    }
    strange = set(chain.from_iterable(gold)) - predicted.known if predicted.known else set()
    if strange:
        errors = sum(label in strange for label in chain.from_iterable(gold))
        counts[f"{items} with a label that the model does not know"] = errors
        names = ", ".join(sorted(strange)[:10]) + (", …" if len(strange) > 10 else "")
        logger.warning(
            "%s %s: the model knows no label %s: %s %s count as errors",
            predicted.lang, predicted.split, names, f"{errors:,}", items,
        )  # fmt: skip
    return counts


def rescore(
    names: Sequence[str],
    options: RescoreOptions = RescoreOptions(),
    *,
    output: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Results:
    """Score predictions tables, without the model; shards of one run are scored as the whole.

    Args:
        names: paths, or ``-``.
        options: what is measured.
        output: results table to write (path or ``-``), or None.
        force: replace an existing output.
        tags: columns of the results table.

    Raises:
        XltError: bad input; see :func:`xlt.tasks.predictions.read_predictions`.
    """
    tags = dict(tags or {})
    RESULTS.check_tags(tags)
    check_table_outputs((output,), names, force)
    predicted, inputs = read_predictions(names, options.task)
    record = make_record("eval", params=options.params(), inputs=inputs, seed=options.scoring.seed, tags=tags)
    results = score_predictions(predicted, options.scoring, tags)
    record["summary"] = results.summary
    if output is not None:
        write_table(output, results.rows, results.schema, record, force)
    return results
