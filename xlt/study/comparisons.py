"""Step ``report transfer``: methods against a baseline, over the seeds."""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from xlt.errors import OptionError, XltError
from xlt.files.provenance import make_record
from xlt.files.rows import Key, Row, grouped, some
from xlt.files.schemas import AVERAGE, COMPARISONS, RESULTS
from xlt.files.schemas import COMPARISON_GROUP as GROUP
from xlt.files.shown import Shown
from xlt.files.tables import check_table_outputs, write_table
from xlt.options import params
from xlt.stats.paired import deviation, paired_difference
from xlt.study.ancestry import base_of, model_names
from xlt.study.groups import FREE, check_columns, check_signatures
from xlt.study.language_groups import LanguageGroups
from xlt.study.options import CompareOptions, TransferOptions
from xlt.study.points import chosen, number
from xlt.study.tables import Read, read_rows

logger = logging.getLogger(__name__)

_REALIGNED = re.compile(r"(^|\+)(realign|joint)\(")
# By language the metric of each seed.
_Seeds = dict[str, dict[int, float]]


@dataclass(frozen=True)
class Comparisons(Shown):
    """Rows of the table, its schema, and counts."""

    rows: list[Row]
    schema: pa.Schema
    summary: dict[str, Any]


def compare_methods(
    names: Sequence[str],
    options: TransferOptions = TransferOptions(),
    *,
    output: str | None = None,
    force: bool = False,
) -> Comparisons:
    """Compare methods with a baseline in each language (gaschi2023, section 6, tables 4 to 6 and 13 to 17).

    A single method has means and deviations, and nothing to differ from.

    Differences are paired over the seeds that both have; their interval is that of the paired t-test, see
    :func:`xlt.stats.paired.paired_difference`. The average of a seed is that over the languages not trained on.

    Args:
        names: tables of results; paths, or ``-``.
        options: methods, baseline, metric, deviation, groups of language pairs.
        output: table to write (path or ``-``), or None.
        force: replace an existing output.

    Raises:
        XltError: bad input, or no baseline where there are several methods.
    """
    check_table_outputs((output,), names, force)
    read = read_rows(names, (RESULTS,))
    groups = None if options.groups is None else LanguageGroups(options.groups)
    comparisons = comparisons_of(read, options.compare, groups=groups)
    if output is not None:
        grouping = [] if groups is None else [groups.input]
        record = make_record("report transfer", params=params(options.compare), inputs=[*read.inputs, *grouping])
        write_table(output, comparisons.rows, comparisons.schema, record | {"summary": comparisons.summary}, force)
    return comparisons


def comparisons_of(
    read: Read, options: CompareOptions, differences: bool = True, groups: LanguageGroups | None = None
) -> Comparisons:
    """The comparisons of the results of what was read; without ``differences`` means alone, of methods side by side.

    With ``groups`` of language pairs there is an average for the languages of each group, too.

    Raises:
        XltError: no result, no seed, no baseline among several methods; two results of one seed; a mixture of
            measurements.
    """
    results, tags = read.rows[RESULTS.kind], read.extra[RESULTS.kind]
    if not results:
        raise XltError("no row in the tables: there are no results to compare")
    if any(row["lang"].partition(" ")[0] == AVERAGE for row in results):
        raise XltError(f"a language of the results is called '{AVERAGE}', which averages are; leave these rows out")
    check_columns("method", options.method, ["recipe", "base_model", "model", *tags])
    tables: dict[Key, list[Row]] = {}
    for row in chosen(results, options.metric, options.split):
        tables.setdefault(tuple(row[name] or "" for name in GROUP), []).append(row)
    names = model_names(results, read.lineage)
    rows: list[Row] = []
    seeds: set[int] = set()
    empty = 0
    all_methods: set[str] = set()
    for key, group in sorted(tables.items()):
        table: dict[str, dict[str, list[Row]]] = {}
        for row in group:
            model = names[base_of(row, read.lineage)]
            table.setdefault(model, {}).setdefault(_method(row, options.method), []).append(row)
        all_methods |= {method for methods in table.values() for method in methods}
        baseline = _baseline(table, key[0], options.baseline) if differences else None
        values = {
            model: {method: _by_seed(of_method, tags, options) for method, of_method in methods.items()}
            for model, methods in table.items()
        }
        _check_signatures(group)
        empty += sum(number(row["value"]) is None for row in group)
        seeds |= {row["seed"] for row in group}
        for model, methods in sorted(values.items()):
            rows += [
                dict(zip(GROUP, key, strict=True)) | row
                for row in _rows(model, methods, baseline, key[1], options.ddof, groups)
            ]
    if empty:
        logger.warning("%s results are left out: the metric is empty or NaN", f"{empty:,}")
    if differences and options.baseline is not None and all(row["baseline"] is None for row in rows):
        there = some(all_methods, 20)
        raise OptionError("baseline", f"{options.baseline}: there is no such method; there are {there}")
    summary = {
        "results": len(results),
        "of the metric and split": sum(map(len, tables.values())),
        "of these, without a number": empty,
        "models": len({row["model"] for row in rows}),
        "methods": len(all_methods),
        "seeds": len(seeds),
        **({} if groups is None else groups.summary),
    }
    return Comparisons(rows, COMPARISONS.arrow(), summary)


def _method(row: Row, columns: Sequence[str]) -> str:
    values = (_without_task(row) if name == "recipe" else row.get(name) for name in columns)
    # A tag may have come as a number.
    return ", ".join(str(value) for value in values if value not in (None, ""))


def _without_task(row: Row) -> str:
    # One method has one name in all tasks.
    return without_task(row["recipe"] or "", row["task"] or "")


@lru_cache
def without_task(recipe: str, task: str) -> str:
    """``finetune(pos)`` to ``finetune``, ``joint(pos,strong)`` to ``joint(strong)``."""
    parts = re.sub(rf"\b(finetune|joint)\({re.escape(task)}(?=[,)]),?", r"\1(", recipe) if task else recipe
    return parts.replace("()", "")


def _baseline(table: Mapping[str, Mapping[str, Sequence[Row]]], task: str, name: str | None) -> str | None:
    recipes: dict[str, set[str]] = {}
    for methods in table.values():
        for method, rows in methods.items():
            recipes.setdefault(method, set()).update(row["recipe"] or "" for row in rows)
    if name is not None:
        return next((method for method in (name, without_task(name, task)) if method in recipes), None)
    if len(recipes) == 1:
        return None
    plain = [method for method, of_it in recipes.items() if not any(map(_REALIGNED.search, of_it))]
    if len(plain) != 1:
        raise OptionError(
            "baseline",
            "is needed to say which method others are compared with: "
            f"{'none is' if not plain else f'{len(plain)} are'} without realignment; there are {some(recipes, 20)}",
        )
    return plain[0]


def _by_seed(rows: Sequence[Row], tags: Sequence[str], options: CompareOptions) -> _Seeds:
    _check_alike(rows, tags, options)
    by_lang: _Seeds = {}
    for row in rows:
        seed = row["seed"]
        if seed is None:
            raise XltError(
                f"{row['where']}: the result of {row['model']}, {row['lang']}, has no seed; means and deviations are "
                "taken over the seeds of fine-tuning"
            )
        value = number(row["value"])
        if value is None:
            continue
        of_lang = by_lang.setdefault(row["lang"], {})
        if seed in of_lang:
            which = some({r["model"] for r in rows if (r["seed"], r["lang"]) == (seed, row["lang"])})
            raise XltError(
                f"{row['where']}: a second result of one method, language ({row['lang']}) and seed ({seed}): {which}; "
                "a --tag of results and --method with its name tell methods apart"
            )
        of_lang[seed] = value
    return by_lang


def _check_alike(rows: Sequence[Row], tags: Sequence[str], options: CompareOptions) -> None:
    for name in ("recipe", *tags):
        values = {row.get(name) or "" for row in rows}
        if name not in options.method and len(values) > 1:
            columns = ",".join(options.method)
            raise OptionError(
                "method", f"{columns}: {name} varies inside a method ({some(values)}): name it, too: {columns},{name}"
            )


def _check_signatures(rows: Sequence[Row]) -> None:
    # Of one language the data have to be the same as well.
    for (lang,), of_lang in grouped(rows, ["lang"]).items():
        signatures = (row["signature"] for row in of_lang)
        advice = "evaluate all alike, or give the tables apart"
        check_signatures(signatures, f"results of {lang}", FREE["result_signature"], advice)


def _rows(
    model: str,
    methods: Mapping[str, _Seeds],
    baseline: str | None,
    trained: str,
    ddof: int,
    groups: LanguageGroups | None,
) -> list[Row]:
    # The languages of training first, then the others, then averages; the baseline before the methods.
    sources = trained.split("+")
    langs = {lang for by_lang in methods.values() for lang in by_lang}
    targets = sorted(langs - set(sources))
    averages = _of_groups(sources[0], targets, groups)
    if len(targets) > 1:
        averages[AVERAGE] = targets
    ordered = [*(lang for lang in sources if lang in langs), *targets, *averages]
    averaged = {
        method: by_lang | {name: _average(by_lang, of_it) for name, of_it in averages.items()}
        for method, by_lang in methods.items()
    }
    if baseline is not None and baseline not in methods and methods:
        logger.warning("%s: there is no baseline (%s) to compare with", model, baseline)
    return [
        {"model": model, "method": method, "lang": lang, "baseline": baseline}
        | _cells(
            averaged[method].get(lang, {}),
            averaged.get(baseline or "", {}).get(lang),
            compared=baseline is not None and method != baseline,
            ddof=ddof,
        )
        for method in sorted(methods, key=lambda m: (m != baseline, m))
        for lang in ordered
    ]


def _of_groups(source: str, targets: Sequence[str], groups: LanguageGroups | None) -> dict[str, Sequence[str]]:
    # What stands in ``lang`` for the average of a group, and its languages.
    langs: dict[str, list[str]] = {}
    if groups is not None:
        for lang in targets:
            langs.setdefault(f"{AVERAGE} {groups(source, lang)}", []).append(lang)
    return {name: langs[name] for name in sorted(langs)}


def _average(by_lang: _Seeds, targets: Sequence[str]) -> dict[int, float]:
    # Only of seeds that have all languages: an average over fewer is of something else.
    columns = [by_lang.get(lang, {}) for lang in targets]
    seeds = set.intersection(*map(set, columns)) if columns else set()
    return {seed: math.fsum(column[seed] for column in columns) / len(columns) for seed in sorted(seeds)}


def _cells(by_seed: Mapping[int, float], base: Mapping[int, float] | None, *, compared: bool, ddof: int) -> Row:
    values = list(by_seed.values())
    mean = math.fsum(values) / len(values) if values else None
    sd = deviation(values, ddof) if len(values) > 1 else math.nan
    notes = [] if values else ["no result"]
    if len(values) == 1:
        notes.append("one seed: no deviation")
    cells: Row = {"seeds": len(values), "mean": mean, "sd": number(sd)}
    cells |= {"pairs": None, "difference": None, "ci_low": None, "ci_high": None, "p": None, "shade": ""}
    if values and compared:
        if not base:
            notes.append("no baseline")
        else:
            common = [seed for seed in by_seed if seed in base]
            paired = paired_difference([by_seed[s] for s in common], [base[s] for s in common])
            cells |= {"pairs": len(common), "difference": number(paired.mean), "ci_low": number(paired.low)}
            cells |= {"ci_high": number(paired.high), "p": number(paired.p)}
            cells["shade"] = shade(mean or 0.0, list(base.values()), ddof)
            if paired.note and paired.note.partition(":")[0] not in {n.partition(":")[0] for n in notes}:
                notes.append(paired.note)
            if 0 < len(common) < max(len(values), len(base)):
                notes.append(f"seeds in common with the baseline: {len(common)}")
    return cells | {"note": "; ".join(notes)}


def shade(mean: float, base: Sequence[float], ddof: int = 1) -> str:
    """How a mean stands to the baseline (gaschi2023, table 4 and appendix F).

    ``light``: as near to the baseline's mean as its standard deviation, or nearer; ``dark``: below it by more than
    that; empty: above by more, or the baseline has no deviation.
    """
    spread = deviation(base, ddof)
    difference = mean - math.fsum(base) / len(base)
    if math.isnan(spread):
        return ""
    # The mean of equal numbers is not always that number to the last digit.
    return "light" if abs(difference) <= spread + 1e-12 else "dark" if difference < 0 else ""
