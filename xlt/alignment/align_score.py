"""Step ``align-score``: how well two languages are aligned, at every layer."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from xlt import __version__
from xlt.alignment.from_folders import Group, Groups, folder_groups, model_groups
from xlt.alignment.options import ScoreOptions
from xlt.alignment.scoring import Measurement, layer_rows, measure
from xlt.encoders.device import resolve_device
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.provenance import Record, make_record
from xlt.files.schemas import ITEMS, SCORES
from xlt.files.tables import check_table_outputs, table_writer, write_table
from xlt.work import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores:
    """Rows of the scores table and, by language pair, what they were made from."""

    rows: list[dict[str, Any]]
    schema: pa.Schema
    summary: dict[str, dict[str, Any]]


def align_score(
    inputs: Sequence[str],
    *,
    embeddings: bool,
    encode: EncodeOptions,
    score: ScoreOptions,
    n_pairs: int | None = 1000,
    seed: int = 42,
    unique_types: bool = False,
    output: str | None = None,
    per_item: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Scores:
    """Score a model on pairs tables, or vectors in folders (gaschi2023, section 3.2).

    Args:
        inputs: MODEL PAIRS..., or with ``embeddings`` folders.
        embeddings: the inputs are folders of embeddings.
        encode: layers, pooling, device; with ``embeddings`` only layers and device count.
        score: what is measured.
        n_pairs: word pairs per language pair, drawn without replacement; None takes all.
        seed: of the draw and of the resampling behind the standard errors.
        unique_types: draw no source or target word twice.
        output: scores table to write (path or ``-``), or None.
        per_item: items table to write, or None.
        force: replace existing outputs.
        tags: columns of the scores table.
        progress: called with what is done and in all: subwords, then layers.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    tags = dict(tags or {})
    _check_arguments(inputs, embeddings, tags)
    check_table_outputs((output, per_item), inputs, force, "the scores and --per-item")
    device = resolve_device(encode.device)
    if device.type == "mps":
        device = torch.device("cpu")  # scores are decided in float64, which Apple's GPUs do not have
    with ExitStack() as stack:
        if embeddings:
            found = folder_groups(inputs, encode.layers, n_pairs, seed, unique_types)
        else:
            found = stack.enter_context(
                model_groups(inputs[0], inputs[1:], encode, n_pairs, seed, unique_types, progress)
            )
        for warning in found.warnings:
            logger.warning("%s", warning)
        record = _record(found, encode, score, n_pairs, seed, unique_types, tags, embeddings)
        items = stack.enter_context(table_writer(per_item, ITEMS.arrow(), record, force)) if per_item else None
        done, rows = 0, []

        def layer_done() -> None:
            nonlocal done
            done += 1
            if progress:
                progress(done, len(found.groups) * len(found.layers))

        for group in found.groups:
            measured = measure(
                group.data, found.layers, score, device, seed, per_item=items is not None, progress=layer_done
            )
            signature = "|".join([*group.signature, *score.signature(), f"xlt:{__version__}"])
            common = {**group.identity, "src_lang": group.langs[0], "tgt_lang": group.langs[1], **tags}
            rows += layer_rows(measured, found.num_layers, score, common | {"signature": signature})
            if items is not None:
                for each in measured:
                    items.write(_items(group, each, score))
        names = _names(found.groups)
        record["summary"] = summary = {
            name: {"word pairs": len(g.data), **g.facts} for name, g in zip(names, found.groups, strict=True)
        }
        schema = SCORES.arrow(extra=tags)
        if output is not None:
            write_table(output, rows, schema, record, force)
    return Scores(rows, schema, summary)


def _check_arguments(inputs: Sequence[str], embeddings: bool, tags: Mapping[str, str]) -> None:
    if not embeddings and len(inputs) < 2:
        raise XltError("align-score takes a MODEL and one or more PAIRS files (or --embeddings FOLDER...)")
    twice = [name for name, times in Counter(inputs if embeddings else inputs[1:]).items() if times > 1]
    if twice:
        raise XltError(f"{twice[0]} is given twice; every word would compete with its own copy")
    SCORES.check_tags(tags)


def _names(groups: Sequence[Group]) -> list[str]:
    # The languages, and where these do not tell the groups apart, where the vectors come from.
    names = ["-".join(filter(None, g.langs)) for g in groups]
    return [
        name if name and names.count(name) == 1 else f"{name} {group.data.where}".strip()
        for name, group in zip(names, groups, strict=True)
    ]


def _record(
    found: Groups,
    encode: EncodeOptions,
    score: ScoreOptions,
    n_pairs: int | None,
    seed: int,
    unique_types: bool,
    tags: Mapping[str, str],
    embeddings: bool,
) -> Record:
    params = {
        **({} if embeddings else encode.params()),
        "layers": [number for _, number in found.layers],
        "strength": score.strength,
        "direction": score.direction,
        "similarity": score.similarity,
        "csls_k": score.csls_k if score.similarity == "csls" else None,
        "center": score.center,
        "n_pairs": n_pairs,
        "unique_types": unique_types,
    }
    packages = ("numpy", "pyarrow", "torch") if embeddings else ("numpy", "pyarrow", "torch", "transformers")
    return make_record("align-score", params=params, inputs=found.inputs, seed=seed, tags=tags, packages=packages)


def _items(group: Group, measured: Measurement, score: ScoreOptions) -> pa.RecordBatch:
    assert measured.ranks is not None
    wrong = measured.ranks.best_wrong.cpu().numpy()
    same = {
        "src_lang": group.langs[0],
        "tgt_lang": group.langs[1],
        "layer": measured.layer,
        "direction": measured.direction,
        "strength": measured.strength,
        "similarity": score.similarity,
    }
    values = {
        **group.words,
        "rank": pa.array(measured.ranks.rank.cpu().numpy()),
        "right": pa.array(measured.ranks.right.cpu().numpy()),
        "best_wrong": pa.array(wrong, mask=~np.isfinite(wrong)),
    }
    schema = ITEMS.arrow()
    n = len(group.data)
    columns = [pa.array([same[f.name]] * n, f.type) if f.name in same else values[f.name] for f in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
