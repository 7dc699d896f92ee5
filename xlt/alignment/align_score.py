"""Step ``align-score``: how well two languages are aligned, at every layer."""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch

from xlt.alignment.from_corpus import corpus_groups
from xlt.alignment.from_folders import folder_groups
from xlt.alignment.from_model import model_groups
from xlt.alignment.from_sentences import sentence_groups
from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.vectors import Group, Groups, PairVectors
from xlt.arrays import Floats, Ints
from xlt.encoders.device import full_precision, resolve_device
from xlt.encoders.load import Load, load_for
from xlt.errors import OptionError, XltError
from xlt.files.atomic import outputs_together
from xlt.files.patterns import matching_files
from xlt.files.provenance import make_record
from xlt.files.rows import Row
from xlt.files.schemas import FOUND, ITEMS, SCORES
from xlt.files.shown import Shown
from xlt.files.tables import check_table_outputs, table_writer, write_table
from xlt.measures.measure import Items, Pairs, Scalar, function_of
from xlt.measures.options import MEASURES, Case, Measure, ScoreOptions
from xlt.measures.unit import unit_rows
from xlt.options import Seam
from xlt.stats.bootstrap import cluster_standard_errors
from xlt.work import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores(Shown):
    """Rows of the scores table and, by language pair, what they were made from."""

    rows: list[Row]
    schema: pa.Schema
    summary: dict[str, dict[str, Any]]


def score_model(
    model: str,
    pairs: Sequence[str],
    options: AlignScoreOptions = AlignScoreOptions(),
    *,
    output: str | None = None,
    per_item: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    measures: Annotated[Mapping[str, Measure] | None, Seam] = None,
    load: Annotated[Load, Seam] = load_for,
) -> Scores:
    """Score a model on the word pairs of pairs tables (gaschi2023, section 3.2), or on their sentences.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths, patterns or ``-``.
        options: layers, pooling, device; what is drawn; what is measured.
        output: scores table to write (path or ``-``), or None.
        per_item: items table to write, or None.
        force: replace existing outputs.
        tags: columns of the scores table.
        progress: called with what is done and in all: subwords, then layers.
        measures: what is measured, by name, in place of those of the options.
        load: makes an encoder of the model's name; whoever has one already gives it here.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    if not pairs:
        raise XltError("align-score takes a MODEL and one or more PAIRS files (or --embeddings FOLDER...)")
    call = _Call(
        options=options, measures=_measures(measures, options), output=output, per_item=per_item, force=force,
        tags=dict(tags or {}), progress=progress,
    )  # fmt: skip
    pairs = matching_files(pairs)
    _check(call, pairs, [model, *pairs])
    if options.unit == "sentence":
        groups_of = sentence_groups
    else:
        groups_of = model_groups if options.score.candidates == "pairs" else corpus_groups
    with groups_of(model, pairs, options, progress, load=load) as groups:
        return _scored(call, groups)


def score_embeddings(
    folders: Sequence[str],
    options: AlignScoreOptions = AlignScoreOptions(),
    *,
    output: str | None = None,
    per_item: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    measures: Annotated[Mapping[str, Measure] | None, Seam] = None,
) -> Scores:
    """Score vectors in folders, made by ``embed`` or anybody; see :func:`score_model`.

    Args:
        folders: or patterns of them; each with ``src.npy`` and ``tgt.npy``.
        options: of the encoding only layers and device count.
        output: scores table to write (path or ``-``), or None.
        per_item: items table to write, or None.
        force: replace existing outputs.
        tags: columns of the scores table.
        progress: called with layers done and in all.
        measures: what is measured, by name, in place of those of the options.

    Raises:
        XltError: bad input; see the readers.
    """
    call = _Call(
        options=options, measures=_measures(measures, options), output=output, per_item=per_item, force=force,
        tags=dict(tags or {}), progress=progress,
    )  # fmt: skip
    folders = matching_files(folders)
    if (searched := options.score.candidates) != "pairs":
        text = f"{searched} needs the model and the pairs: the folders hold no vectors of the other words"
        raise OptionError("candidates", text)
    _check(call, folders, folders)
    return _scored(call, folder_groups(folders, options))


def _measures(measures: Mapping[str, Measure] | None, options: AlignScoreOptions) -> Mapping[str, Measure]:
    return {name: MEASURES[name] for name in options.score.measure} if measures is None else measures


@dataclass(frozen=True, kw_only=True)
class _Call:
    # What is asked for, whatever the vectors come from.
    options: AlignScoreOptions
    measures: Mapping[str, Measure]
    output: str | None
    per_item: str | None
    force: bool
    tags: dict[str, str]
    progress: Progress | None


def _check(call: _Call, sources: Sequence[str], inputs: Sequence[str]) -> None:
    # Before the work, what could not be scored or written.
    twice = [name for name, times in Counter(sources).items() if times > 1]
    if twice:
        raise XltError(f"{twice[0]} is given twice; every word would compete with its own copy")
    SCORES.check_tags(call.tags)
    check_table_outputs((call.output, call.per_item), inputs, call.force, "the scores and --per-item")
    _device(call.options)


def _scored(call: _Call, groups: Groups) -> Scores:
    for warning in groups.warnings:
        logger.warning("%s", warning)
    # Folders say what they are of.
    call = replace(call, options=replace(call.options, unit=groups.unit))
    options = call.options
    record = make_record(
        "align-score",
        params={**groups.params, "layers": [number for _, number in groups.layers], **options.params()},
        inputs=groups.inputs,
        seed=options.seed,
        tags=call.tags,
        packages=("numpy", "pyarrow", "torch", *groups.packages),
    )
    items_schema, rows, layers = _items_schema(call), list[Row](), count(1)

    def layer_done() -> None:
        if call.progress:
            call.progress(next(layers), len(groups.groups) * len(groups.layers))

    with outputs_together(), ExitStack() as stack:
        items = None
        if call.per_item is not None:
            items = stack.enter_context(table_writer(call.per_item, items_schema, record, call.force))
        for group in groups.groups:
            grades = group.grades()
            if grades is None and any("grade_reading" in of.uses for of in call.measures.values()):
                logger.warning("%s: no column grade: translations have the grade 1, other pairs 0", group.data.where)
            measurements = measure_layers(
                group.data,
                groups.layers,
                options.scoring,
                device=_device(options),
                seed=options.seed,
                measures=call.measures,
                forms=group.forms(),
                grades=grades,
                facts=items is not None,
                layer_done=layer_done,
            )
            rows += [_row(one, group, groups.num_layers, call) for one in measurements]
            if items is not None:
                for one in measurements:
                    if one.outcomes is not None:
                        items.write(_item_batch(one, group, items_schema))
        record["summary"] = summary = {
            name: {f"{options.unit} pairs": len(group.data), **group.facts}
            for name, group in zip(_names(groups.groups), groups.groups, strict=True)
        }
        schema = SCORES.arrow(extra=call.tags, unusual=SCORES.unusual(rows))
        rows = [{name: row[name] for name in schema.names} for row in rows]
        stack.close()
        if call.output is not None:
            write_table(call.output, rows, schema, record, call.force)
    return Scores(rows, schema, summary)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One score.

    Attributes:
        layer: its number; None over all layers.
        measure: the name of the measure.
        case: which side searches, and where.
        similarity: empty where the measure compares by none.
        value: the score; NaN where the measure is not defined.
        se: its standard error; None where pairs have no outcome, or all are of one sentence.
        outcomes: (n,) that of each pair; None where pairs have none.
        facts: (n,) each, what else is known of each pair.
        resampled: where pairs have no outcome: as of :class:`xlt.measures.measure.Scalar`.
    """

    layer: int | None
    measure: str
    case: Case
    similarity: str
    value: float
    se: float | None = None
    outcomes: npt.NDArray[Any] | None = None
    facts: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    resampled: Callable[[Floats], Floats] | None = None

    def of_resamples(self) -> Callable[[Floats], Floats] | None:
        """From how often each pair is taken, (resamples, n), to the scores of the resamples; None where unknown."""
        if self.outcomes is None:
            return self.resampled
        outcomes = self.outcomes.astype(np.float64)
        return lambda weights: (weights @ outcomes) / weights.sum(axis=1)


def measure_layers(
    pair: PairVectors,
    layers: Sequence[tuple[int, int]],
    settings: ScoreOptions,
    *,
    device: torch.device,
    seed: int,
    measures: Mapping[str, Measure],
    forms: Sequence[Ints] = (),
    grades: Floats | None = None,
    facts: bool = False,
    layer_done: Callable[[], None] | None = None,
) -> list[Measurement]:
    """Score one language pair at every layer.

    Args:
        pair: the vectors.
        layers: (index into the arrays, layer number).
        settings: of the measures.
        device: where to compute.
        seed: of the resampling behind the standard errors, and of what a measure draws.
        measures: what is measured, by name.
        forms, grades: as of :class:`xlt.measures.measure.Pairs`.
        facts: keep what is known of each pair beside its outcome.
        layer_done: called after every layer.

    Memory: O(n x dim) for one layer at a time, O(block^2), and O(n) for every score.

    Raises:
        XltError: NaN, infinite or all-zero vectors, the rows are named; pairs of which a measure cannot be.
    """
    measurements: list[Measurement] = []
    # What several take is worked out once.
    ranks = sum(measure.ranks for measure in measures.values()) > 1
    for index, layer in layers:
        x, y = (unit_rows(side, device, center=settings.center) for side in pair.vectors(index, layer))
        pairs = Pairs(
            x,
            y,
            gold=pair.gold(device),
            forms=tuple(torch.tensor(form, device=device) for form in forms),
            grades=None if grades is None else torch.tensor(grades, device=device),
            seed=seed,
        )
        with full_precision():
            for name, measure in measures.items():
                try:
                    result = function_of(measure, facts=facts, ranks=ranks)(pairs, settings)
                except XltError as error:
                    raise XltError(f"{pair.where}, {name}: {error}") from None
                similarity = settings.nearness if measure.similarity else ""
                both = [
                    Measurement(layer=layer, measure=name, case=case, similarity=similarity, **_outcome(result, case))
                    for case in measure.cases(settings)
                ]
                measurements += [*both, *(_means(both) if settings.direction == "mean" else ())]
        if layer_done:
            layer_done()
    measurements += _over_layers(measurements, measures)
    return _with_errors(measurements, pair.clusters, seed)


def _outcome(result: Items | Scalar, case: Case) -> dict[str, Any]:
    if isinstance(result, Scalar):
        return {"value": result.values[case], "resampled": result.resampled.get(case)}
    outcomes = result.outcomes[case].cpu().numpy()
    facts = {name: values.cpu().numpy() for name, values in result.facts.get(case, {}).items()}
    return {"value": float(outcomes.mean(dtype=np.float64)), "outcomes": outcomes, "facts": facts}


def _means(both: Sequence[Measurement]) -> Iterator[Measurement]:
    # The mean of the two directions: of the same resamples, too.
    other = {one.case: one for one in both}
    for one in both:
        if one.case.direction == "src-tgt":
            two = [one, other[one.case._replace(direction="tgt-src")]]
            yield _combined(two, one.case._replace(direction="mean"), np.mean)


def _over_layers(measurements: Sequence[Measurement], measures: Mapping[str, Measure]) -> Iterator[Measurement]:
    by_case: dict[tuple[str, Case], list[Measurement]] = {}
    for one in measurements:
        if measures[one.measure].over_layers:
            by_case.setdefault((one.measure, one.case), []).append(one)
    for (_, case), layers in by_case.items():
        if len(layers) > 1:
            for name, function in (("mean", np.mean), ("max", np.max)):
                yield replace(_combined(layers, case._replace(set=name), function), layer=None)


def _combined(several: Sequence[Measurement], case: Case, function: Callable[..., Any]) -> Measurement:
    resampled = [one.of_resamples() for one in several]
    known = [of for of in resampled if of is not None]
    return replace(
        several[0],
        case=case,
        value=float(function([one.value for one in several])),
        outcomes=None,
        facts={},
        resampled=(lambda weights: function([of(weights) for of in known], axis=0)) if known == resampled else None,
    )


def _with_errors(measurements: Sequence[Measurement], clusters: Ints, seed: int) -> list[Measurement]:
    # All are resampled alike, whatever else is measured.
    items = [one.outcomes for one in measurements if one.outcomes is not None]
    functions = [one.resampled for one in measurements if one.resampled is not None]
    errors = cluster_standard_errors(items, clusters, np.random.default_rng(seed), functions=functions)
    of_items, of_functions = iter(errors[: len(items)].tolist()), iter(errors[len(items) :].tolist())
    whole = []
    for one in measurements:
        se = next(of_items) if one.outcomes is not None else next(of_functions) if one.resampled else math.nan
        whole.append(one if math.isnan(se) else replace(one, se=se))
    return whole


def _row(one: Measurement, group: Group, num_layers: int, call: _Call) -> Row:
    measure = call.measures[one.measure]
    settings = call.options.scoring.signature(measure)
    if "grade_reading" in measure.uses and group.grades() is None:
        settings["grades"] = "translations"
    return {
        **group.identity,
        "src_lang": group.langs[0],
        "tgt_lang": group.langs[1],
        **call.tags,
        "layer": one.layer,
        "depth": None if one.layer is None else one.layer - num_layers - 1,
        "direction": one.case.direction,
        "measure": one.measure,
        "strength": one.case.strength,
        "similarity": one.similarity,
        "unit": call.options.unit,
        "candidates": measure.candidates(call.options.scoring),
        "set": ",".join(filter(None, (group.subset, one.case.set))),
        "n": len(group.data),
        "value": None if math.isnan(one.value) else one.value,
        "se": one.se,
        "signature": str(group.signature.with_parts(settings).with_version()),
    }


def _items_schema(call: _Call) -> pa.Schema:
    # Of accuracy alone the rank says all; who is found is told where all words are candidates.
    settings = call.options.scoring
    without = [] if settings.candidates != "pairs" else list(FOUND)
    if all(name == ITEMS.usual("measure") for name in call.measures):
        return ITEMS.arrow(without=["outcome", *without])
    parts = any(case.set for measure in call.measures.values() for case in measure.cases(settings))
    return ITEMS.arrow(unusual=["measure", *(["set"] if parts else [])], without=without)


def _item_batch(one: Measurement, group: Group, schema: pa.Schema) -> pa.RecordBatch:
    assert one.outcomes is not None
    n = len(one.outcomes)
    same = {
        "src_lang": group.langs[0],
        "tgt_lang": group.langs[1],
        "layer": one.layer,
        "direction": one.case.direction,
        "measure": one.measure,
        "strength": one.case.strength,
        "similarity": one.similarity,
        "set": one.case.set,
    }
    facts = {name: pa.array(values, mask=~np.isfinite(values)) for name, values in one.facts.items()}
    if "found" in one.facts and one.case.direction in ("src-tgt", "tgt-src"):
        facts |= group.data.found(one.case.direction, one.facts["found"])
    columns = {**group.words, **facts, "outcome": pa.array(one.outcomes.astype(np.float64))}
    arrays = [
        pa.array([same[f.name]] * n, f.type) if f.name in same else columns.get(f.name, pa.nulls(n, f.type))
        for f in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _names(groups: Sequence[Group]) -> list[str]:
    # The languages, and where these do not tell the groups apart, where the vectors come from.
    names = ["-".join(filter(None, g.langs)) for g in groups]
    return [
        name if name and names.count(name) == 1 else f"{name} {group.data.where}".strip()
        for name, group in zip(names, groups, strict=True)
    ]


def _device(options: AlignScoreOptions) -> torch.device:
    device = resolve_device(options.encode.device)
    # Scores are decided in float64, which Apple's GPUs do not have.
    return torch.device("cpu") if device.type == "mps" else device
