"""Scores and results joined: a point is a score and the transfer of the model that it belongs to."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from xlt.errors import OptionError, XltError
from xlt.files.rows import Key, Row, ascending, some
from xlt.files.schemas import MEASURED, POINTS
from xlt.files.signature import Signature
from xlt.stats.transfer import transfer
from xlt.study.ancestry import Who, base_of, bases_of, model_names, related, who_of
from xlt.study.tables import ScoresAndResults
from xlt.tasks.kinds import TASKS

logger = logging.getLogger(__name__)

# Where and how a score was measured.
PLACED = ("layer", "depth", *MEASURED)
_NAMES = [c.name for c in POINTS.columns]
_LANGUAGES_AND_WAY = itemgetter("src_lang", "tgt_lang", *PLACED)


@dataclass(frozen=True)
class Points:
    """Rows of a points table in an order that the order of the files does not change, its tags, and counts."""

    rows: list[Row]
    tags: list[str]
    summary: dict[str, Any]


def join(tables: ScoresAndResults, *, metric: str | None, split: str | None, all_metrics: bool = False) -> Points:
    """A point for each result of a language that the model was not trained on, and each score that belongs to it.

    A score belongs to a result if the scored weights are the evaluated ones (``stage`` after) or those of an ancestor
    (before), the source language is the one of training and the target language the one evaluated. Results without
    provenance know no ancestors; then the scored model of the name of their base model counts as one.

    Args:
        tables: what was read.
        metric: the metric to take; None takes each task's own, and all if it has none.
        split: the split to take; None takes all.
        all_metrics: take all where ``metric`` is None.

    Raises:
        XltError: what was asked for is not there; a measurement that stands there twice; no result for the language of
            training; nothing that meets. The message says what.
    """
    results = chosen(tables.results, metric, split, all_metrics)
    by_result = unique(results, _result_key, list(tables.result_tags), "result")
    unique(tables.scores, score_key, list(tables.score_tags), "score")
    of_pair: dict[tuple[Who, str, str], list[Row]] = {}
    for row in tables.scores:
        of_pair.setdefault((who_of(row), row["src_lang"], row["tgt_lang"]), []).append(row)
    bases, models = bases_of(tables.scores), model_names(tables.results, tables.lineage)
    rows: list[Row] = []
    counts: Counter[str] = Counter()
    unmet: list[Row] = []
    used: set[int] = set()
    for row in results:
        if row["lang"] == row["train_lang"]:
            continue
        if not row["train_lang"] or "+" in row["train_lang"]:
            counts["of no single training language"] += 1
            continue
        source = by_result.get(_result_key(row | {"lang": row["train_lang"]}, list(tables.result_tags)))
        if source is None:
            raise XltError(
                f"{row['where']}: {row['model']} has no {row['metric']} for {row['train_lang']} {row['split']}, the "
                f"language it was trained on, which transfer is measured against; 'xlt eval' it on "
                f"{row['train_lang']}, too"
            )
        scores = [
            (stage, score)
            for stage, who in related(row, tables.lineage, bases)
            for score in of_pair.get((who, row["train_lang"], row["lang"]), [])
        ]
        if not scores:
            unmet.append(row)
        for stage, score in scores:
            used.add(id(score))
            point = _point(row, source, score, stage, tables) | {"model": models[base_of(row, tables.lineage)]}
            if point["alignment"] is None or point["ctl"] is None:
                counts["no number"] += 1
            else:
                rows.append(point)
    if not rows and not counts["no number"]:
        raise XltError(_why_nothing_meets(tables, results, unmet))
    if not rows:
        raise XltError(f"all {counts['no number']:,} points lack a number: a score or a metric is empty or NaN")
    _warn(unmet, counts)
    summary = {
        "points": len(rows),
        "results of other languages": sum(r["lang"] != r["train_lang"] for r in results),
        "of these, without a score": len(unmet),
        "of no single training language": counts["of no single training language"],
        "scores": len(tables.scores),
        "of these, without a result": len(tables.scores) - len(used),
        "points without a number": counts["no number"],
    }
    tags = [*tables.result_tags.values(), *tables.score_tags.values()]
    return Points(sorted(rows, key=lambda r: _order(r, tags)), tags, summary)


def chosen(results: Sequence[Row], metric: str | None, split: str | None, all_metrics: bool = False) -> list[Row]:
    """The results of a metric and split; without a metric each task's own, where there is one.

    Raises:
        XltError: there are none; the message says what there is.
    """
    rows = list(results)
    for name, value in (("split", split), ("metric", metric)):
        if value is not None:
            there = sorted({row[name] for row in rows})
            rows = [row for row in rows if row[name] == value]
            if not rows:
                raise OptionError(name, f"{value}: the results hold {', '.join(there)}")
    if metric is not None or all_metrics:
        return rows
    metrics: dict[str, set[str]] = {}
    for row in rows:
        metrics.setdefault(row["task"], set()).add(row["metric"])
    own = {task: TASKS[task].select for task in metrics if task in TASKS and TASKS[task].select in metrics[task]}
    return [row for row in rows if row["metric"] == own.get(row["task"], row["metric"])]


def at_layers(rows: list[Row], layers: str) -> list[Row]:
    """The rows of some layers, told as ``all`` or as numbers, negative ones from the end.

    Raises:
        OptionError: no numbers, or no row.
    """
    if layers == "all":
        return rows
    try:
        numbers = {int(part) for part in layers.split(",")}
    except ValueError:
        text = f"{layers}: write 'all', or numbers with commas between, such as 0,4,-1"
        raise OptionError("layers", text) from None
    rows_there = [row for row in rows if row["layer"] in numbers or row["depth"] in numbers]
    if not rows_there:
        layers_there = (row["depth"] if row["layer"] is None else row["layer"] for row in rows)
        there = sorted({layer for layer in layers_there if layer is not None})
        text = f"{layers}: there is nothing of these; the tables hold {', '.join(map(str, there))}"
        raise OptionError("layers", text)
    return rows_there


def _result_key(row: Row, tags: Sequence[str]) -> Key:
    return (who_of(row), row["train_lang"], row["lang"], row["split"], row["metric"], *(row.get(t) or "" for t in tags))


def score_key(row: Row, tags: Sequence[str]) -> Key:
    """What a score is of, and how it was measured."""
    return (who_of(row), *_LANGUAGES_AND_WAY(row), *(row.get(t) or "" for t in tags))


def unique(
    rows: Sequence[Row], key: Callable[[Row, Sequence[str]], Key], tags: Sequence[str], what: str
) -> dict[Key, Row]:
    """Rows by their key.

    Raises:
        XltError: two of one key; the message says where, and in what they differ.
    """
    by_key: dict[Key, Row] = {}
    for row in rows:
        first = by_key.setdefault(key(row, tags), row)
        if first is not row:
            langs = f"{row['src_lang']}-{row['tgt_lang']}" if what == "score" else f"{row['lang']} {row['split']}"
            apart = sorted(set(Signature.parse(first["signature"])) ^ set(Signature.parse(row["signature"])))
            differ = f"; they differ in {', '.join(apart)}: a --tag tells them apart" if apart else ""
            raise XltError(f"the {what} of {row['model']}, {langs}, stands {both_places(first, row)}{differ}")
    return by_key


def both_places(first: Row, second: Row) -> str:
    """In which files two rows stand that should be one."""
    one, other = first["where"], second["where"]
    return f"twice in {one}" if one == other else f"in {one} and in {other}"


def _point(result: Row, source: Row, score: Row, stage: str, tables: ScoresAndResults) -> Row:
    numbers = [number(row["value"]) for row in (score, source, result)]
    ctl = number(float(transfer(numbers[2] or 0.0, numbers[1] or math.nan))) if None not in numbers[1:] else None
    point = {
        "checkpoint": result["model"],
        "stage": stage,
        "scored": score["recipe"],
        "pairs": score["n"],
        "alignment": numbers[0],
        "source": numbers[1],
        "target": numbers[2],
        "ctl": ctl,
        "score_signature": score["signature"],
        "result_signature": result["signature"],
    }
    for name in ("recipe", "task", "seed", "train_lang", "lang", "split", "metric"):
        point[name] = result[name]
    point["weights"] = result["weights"] or None
    for name in PLACED:
        point[name] = score[name]
    for row, tags in ((result, tables.result_tags), (score, tables.score_tags)):
        for tag, name in tags.items():
            point[name] = _text(row.get(tag))
    return point


def number(value: float | None) -> float | None:
    """A finite number, or None."""
    return None if value is None or not math.isfinite(value) else float(value)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _order(row: Row, tags: Sequence[str]) -> list[tuple[bool, Any]]:
    return ascending(row[name] for name in [*_NAMES, *tags])


def _why_nothing_meets(tables: ScoresAndResults, results: Sequence[Row], unmet: Sequence[Row]) -> str:
    trained = sorted({row["train_lang"] for row in results})
    if not any(trained):
        return "the results do not say which language a model was trained on (train_lang is empty): nothing meets"
    if not unmet:
        if any("+" in lang for lang in trained):
            return f"the models were trained on several languages ({', '.join(trained)}): transfer has no one source"
        return f"the results are all of the training language ({', '.join(trained)}): there is no transfer to correlate"
    who = {who_of(row) for row in tables.scores}
    bases = bases_of(tables.scores)
    met = [row for row in unmet if any(w in who for _, w in related(row, tables.lineage, bases))]
    scored = some(f"{row['src_lang']}-{row['tgt_lang']}" for row in tables.scores)
    if not met:
        return (
            f"no score is of an evaluated model or of one it was made from: the scores are of "
            f"{some(row['model'] for row in tables.scores)}, the results of {some(row['model'] for row in unmet)}"
        )
    needed = some(f"{row['train_lang']}-{row['lang']}" for row in met)
    swapped = {(row["tgt_lang"], row["src_lang"]) for row in tables.scores}
    advice = ""
    if any((row["train_lang"], row["lang"]) in swapped for row in met):
        advice = "; extract pairs with the training language first"
    return f"the languages do not meet: the scores are of {scored}, the results would need {needed}{advice}"


def _warn(unmet: Sequence[Row], counts: Mapping[str, int]) -> None:
    if unmet:
        which = some(f"{row['model']} {row['lang']}" for row in unmet)
        logger.warning("%s results have no score and are left out: %s", f"{len(unmet):,}", which)
    for what, why in (
        ("no number", "points are left out: a score or a metric is empty or NaN, or the metric of the source is 0"),
        ("of no single training language", "results are left out: their models were trained on no single language"),
    ):
        if counts[what]:
            logger.warning("%s %s", f"{counts[what]:,}", why)
