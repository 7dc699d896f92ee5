"""Step ``align-score``: how well two languages are aligned, at every layer."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.vectors import Group, Groups, PairVectors
from xlt.arrays import Ints
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
    """Score a model on the word pairs of pairs tables (gaschi2023, section 3.2).

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
            measurements = measure_layers(
                group.data,
                groups.layers,
                options.score,
                device=_device(options),
                seed=options.seed,
                measures=call.measures,
                facts=items is not None,
                layer_done=layer_done,
            )
            rows += [_row(one, group, groups.num_layers, call) for one in measurements]
            if items is not None:
                for one in measurements:
                    if one.outcomes is not None:
                        items.write(_item_batch(one, group, items_schema))
        record["summary"] = summary = {
            name: {"word pairs": len(group.data), **group.facts}
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
        layer: its number.
        measure: the name of the measure.
        case: which side searches, and where.
        similarity: empty where the measure compares by none.
        value: the score.
        se: its standard error; None where pairs have no outcome, or all are of one sentence.
        outcomes: (n,) that of each pair; None where pairs have none.
        facts: (n,) each, what else is known of each pair.
    """

    layer: int
    measure: str
    case: Case
    similarity: str
    value: float
    se: float | None = None
    outcomes: npt.NDArray[Any] | None = None
    facts: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def measure_layers(
    pair: PairVectors,
    layers: Sequence[tuple[int, int]],
    settings: ScoreOptions,
    *,
    device: torch.device,
    seed: int,
    measures: Mapping[str, Measure] = MEASURES,
    facts: bool = False,
    layer_done: Callable[[], None] | None = None,
) -> list[Measurement]:
    """Score one language pair at every layer.

    Args:
        pair: the vectors.
        layers: (index into the arrays, layer number).
        settings: of the measures.
        device: where to compute.
        seed: of the resampling behind the standard errors.
        measures: what is measured, by name.
        facts: keep what is known of each pair beside its outcome.
        layer_done: called after every layer.

    Memory: O(n x dim) for one layer at a time, O(block^2), and O(n) for every score.

    Raises:
        XltError: NaN, infinite or all-zero vectors; the rows are named.
    """
    measurements: list[Measurement] = []
    for index, layer in layers:
        x, y = (unit_rows(side, device, center=settings.center) for side in pair.vectors(index, layer))
        pairs = Pairs(x, y, gold=pair.gold(device))
        with full_precision():
            for name, measure in measures.items():
                result = function_of(measure, facts=facts)(pairs, settings)
                similarity = settings.nearness if measure.similarity else ""
                measurements += [
                    Measurement(layer=layer, measure=name, case=case, similarity=similarity, **_outcome(result, case))
                    for case in measure.cases(settings)
                ]
        if layer_done:
            layer_done()
    return _with_errors(measurements, pair.clusters, seed)


def _outcome(result: Items | Scalar, case: Case) -> dict[str, Any]:
    if isinstance(result, Scalar):
        return {"value": result.values[case]}
    outcomes = result.outcomes[case].cpu().numpy()
    facts = {name: values.cpu().numpy() for name, values in result.facts.get(case, {}).items()}
    return {"value": float(outcomes.mean(dtype=np.float64)), "outcomes": outcomes, "facts": facts}


def _with_errors(measurements: Sequence[Measurement], clusters: Ints, seed: int) -> list[Measurement]:
    # All are resampled alike, whatever else is measured; those of one measure at once, in its own type.
    rows: dict[str, list[npt.NDArray[Any]]] = {}
    for one in measurements:
        if one.outcomes is not None:
            rows.setdefault(one.measure, []).append(one.outcomes)
    errors = {
        name: iter(cluster_standard_errors(np.stack(outcomes), clusters, np.random.default_rng(seed)))
        for name, outcomes in rows.items()
    }
    return [
        one if one.outcomes is None or np.isnan(se := next(errors[one.measure])) else replace(one, se=float(se))
        for one in measurements
    ]


def _row(one: Measurement, group: Group, num_layers: int, call: _Call) -> Row:
    settings = call.options.score.signature(similarity=call.measures[one.measure].similarity)
    return {
        **group.identity,
        "src_lang": group.langs[0],
        "tgt_lang": group.langs[1],
        **call.tags,
        "layer": one.layer,
        "depth": one.layer - num_layers - 1,
        "direction": one.case.direction,
        "measure": one.measure,
        "strength": one.case.strength,
        "similarity": one.similarity,
        "candidates": call.options.score.candidates if one.case.strength else "pairs",
        "set": group.subset,
        "n": len(group.data),
        "value": one.value,
        "se": one.se,
        "signature": str(group.signature.with_parts(settings).with_version()),
    }


def _items_schema(call: _Call) -> pa.Schema:
    # Of accuracy alone the rank says all; who is found is told where all words are candidates.
    without = [] if call.options.score.candidates != "pairs" else list(FOUND)
    if all(name == ITEMS.usual("measure") for name in call.measures):
        return ITEMS.arrow(without=["outcome", *without])
    return ITEMS.arrow(unusual=["measure"], without=without)


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
    }
    facts = {name: pa.array(values, mask=~np.isfinite(values)) for name, values in one.facts.items()}
    if "found" in one.facts and one.case.direction != "both":
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
