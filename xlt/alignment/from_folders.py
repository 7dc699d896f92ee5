"""Pairs of vectors from folders of embeddings, made by ``xlt embed`` or anybody."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.sample import by_language_pair, lowest, one_of_each_type, priorities, too_few
from xlt.alignment.vectors import Group, Groups, Part, data_id, drawn_signature, group_of, making, numbers
from xlt.arrays import Ints, LangPair
from xlt.encoders.load import stated_input
from xlt.encoders.options import Unit, parse_layers
from xlt.errors import OptionError, XltError
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.identity import model_identity, trained_on
from xlt.files.pairs import GRADE, check_grades
from xlt.files.provenance import Input, InputRecord
from xlt.files.schemas import TEXTS, UNIT, WORDS
from xlt.files.signature import Signature
from xlt.files.stamps import checked_sha256
from xlt.files.vectors import Embeddings, open_embeddings

# Bytes of an array that are hashed beside the scoring, seconds' work; what is larger `xlt check` compares.
_HASHED = 1 << 32


def unit_of(folders: Sequence[Embeddings], unit: Unit) -> Unit:
    """What the pairs of some folders are of: what they say, and where they say nothing, what is asked for.

    Args:
        folders: opened.
        unit: what is asked for; words are also what nobody asked for.

    Raises:
        XltError: some are of words and some of sentences.
        OptionError: sentences are asked for, and the folders say that they are of words.
    """
    stated = {of: folder.folder for folder in folders if (of := _stated_unit(folder)) is not None}
    if len(stated) > 1:
        text = f"{stated['word']} holds vectors of words, {stated['sentence']} of sentences; score them in two calls"
        raise XltError(text)
    if unit == "sentence" and "word" in stated:
        raise OptionError("unit", f"sentence: {stated['word']} holds vectors of words")
    return "sentence" if "sentence" in (unit, *stated) else "word"


def _stated_unit(folder: Embeddings) -> Unit | None:
    # Whoever made vectors elsewhere may have named neither; of an empty shard nothing is said.
    if folder.words is None or not folder.words.num_rows:
        return None
    names = folder.words.schema.names
    units: set[Unit | None] = set()
    if UNIT in names:
        units = {unit for batch in folder.words.batches([UNIT]) for unit in batch.column(UNIT).to_pylist()} - {None}
    if not units:
        return "word" if {"src_word", "tgt_word"} & set(names) else None
    if len(units) > 1 or units - set(get_args(Unit)):
        shown = ", ".join(sorted(map(str, units)))
        raise XltError(f"{folder.words.where}: column '{UNIT}' holds {shown}; it is word or sentence, in all rows")
    return units.pop()


def folder_groups(folders: Sequence[str], options: AlignScoreOptions) -> Groups:
    """Draw pairs out of folders of embeddings; parts of one model and language pair are pooled.

    Whether they are of words or of sentences the folders say, see :func:`unit_of`.

    Raises:
        XltError: a broken folder, or folders whose layers or units differ.
    """
    opened = [open_embeddings(Path(f)) for f in folders]
    options = replace(options, unit=unit_of(opened, options.unit))
    layers, last = opened[0].layers, opened[0].num_layers
    for other in opened[1:]:
        if (other.layers, other.num_layers) != (layers, last):
            raise XltError(f"{other.folder} has other layers than {opened[0].folder}; score them in two calls")
    pools: dict[tuple[str, str, LangPair], list[_Pooled]] = {}
    warnings: list[str] = []
    for folder in opened:
        words = _words(folder)
        of_row = list(zip(words.column("src_lang").to_pylist(), words.column("tgt_lang").to_pylist(), strict=True))
        for pair, rows in by_language_pair(of_row, np.arange(len(of_row))).items():
            langs = (pair[0] or "", pair[1] or "")
            model = _model_item(folder)
            # Of vectors made elsewhere nobody knows whether they come from one model.
            one_model = model is not None and all(langs)
            key = (str((model or {}).get("sha256")), "" if one_model else str(folder.folder), langs)
            pools.setdefault(key, []).append((folder, words.take(pa.array(rows))))
    if not pools:
        raise XltError(f"{', '.join(folders)}: no {options.unit} pair; nothing to score")
    groups = []
    stated = {folder.folder: _stated_model(folder) for folder in opened}
    for (_, _, langs), parts in pools.items():
        group, own_warnings = _pooled(langs, parts, stated[parts[0][0].folder], options)
        groups.append(group)
        warnings += own_warnings
    scored = parse_layers(options.encode.layers, layers, last)
    inputs = [Input("embeddings", str(e.folder), _folder_sha256(e), e.record) for e in opened]
    # Of vectors made elsewhere the model stands in no record yet.
    inputs += {item.name: item for item in stated.values() if item is not None}.values()
    indices = [(layers.index(number), number) for number in scored]
    return Groups(
        groups=groups,
        layers=indices,
        num_layers=last,
        inputs=inputs,
        warnings=list(dict.fromkeys(warnings)),
        unit=options.unit,
    )


# A folder, and of its words table the rows of one language pair.
_Pooled = tuple[Embeddings, pa.RecordBatch]


def _words(folder: Embeddings) -> pa.RecordBatch:
    # The words table with all its columns, nulls for what is unknown, and the row of each pair.
    n = folder.src.shape[1]
    schema = WORDS.arrow(unusual=[*TEXTS, GRADE])
    columns = {}
    if folder.words is not None:
        table = pa.Table.from_batches(folder.words.batches(None), folder.words.schema)
        columns = {
            f.name: table.column(f.name).cast(f.type).combine_chunks() for f in schema if f.name in table.column_names
        }
        if GRADE in columns:
            check_grades(columns[GRADE], f"{folder.words.where}:", 0)
    arrays = [columns.get(f.name, pa.nulls(n, f.type)) for f in schema]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(np.arange(n))], names=[*schema.names, "row"])


def _pooled(
    langs: LangPair, parts: Sequence[_Pooled], stated: Input | None, options: AlignScoreOptions
) -> tuple[Group, list[str]]:
    words = pa.Table.from_batches([w for _, w in parts]).combine_chunks().to_batches()[0]
    where = ", ".join(str(e.folder) for e, _ in parts)
    taken = _taken(words, options, where)
    warnings = []
    if options.most is not None and len(taken) < options.most:
        warnings.append(f"{where}: {too_few(options.most, len(taken), options.unit)}")
    rows = words.column("row").to_numpy()
    bounds = np.cumsum([0, *(len(w) for _, w in parts)])
    of_part = [rows[taken[(taken >= a) & (taken < b)]] for a, b in pairwise(bounds)]
    first = parts[0][0]
    item = _model_item(first)
    inputs = [
        Input("pairs", i["name"], i.get("sha256"), i.get("record"))
        for folder, _ in parts
        for i in (folder.record or {}).get("inputs", [])
        if i.get("role") == "pairs"
    ]
    how = {"data": data_id(inputs, langs), **_same_making(parts)} if item else {"data": _data_of(first, stated)}
    item = item or (stated.as_json() if stated else None)
    warnings += [f"{i.name}: {text}" for i in inputs if (text := trained_on(item, i.record, i.sha256))]
    group = group_of(
        langs,
        [Part(src=e.src, tgt=e.tgt, rows=own, name=str(e.folder)) for (e, _), own in zip(parts, of_part, strict=True)],
        words.take(pa.array(taken)),
        where=where,
        identity=_identity(first, item),
        signature=drawn_signature(taken, options, how),
        facts={},
    )
    return group, warnings


def _taken(words: pa.RecordBatch, options: AlignScoreOptions, where: str) -> Ints:
    # The indices of the rows that are drawn, in order.
    columns, rows = {name: words.column(name) for name in words.schema.names}, words.column("row").to_numpy()
    priority = priorities(options.seed, *(numbers(columns, name, rows) for name in ("sent_id", "src_idx", "tgt_idx")))
    if not options.unique_types:
        return np.arange(len(rows)) if options.most is None else lowest(priority, options.most)
    src, tgt = (columns[f"{side}_word"] for side in ("src", "tgt"))
    if src.null_count or tgt.null_count:
        raise OptionError("unique_types", f"needs the words; no words.parquet names those of {where}")
    return np.sort(one_of_each_type(priority, src.to_pylist(), tgt.to_pylist(), options.most))


def _same_making(parts: Sequence[_Pooled]) -> dict[str, str]:
    # Parts are pooled into one number, so that they must have been embedded in one way.
    first = _making(parts[0][0])
    for folder, _ in parts[1:]:
        own = _making(folder)
        if own != first:
            how, other = (", ".join(Signature().with_parts(m)) for m in (own, first))
            raise XltError(
                f"{folder.folder} was embedded otherwise ({how}) than {parts[0][0].folder} ({other}); "
                "score them in two calls"
            )
    return first


def _making(folder: Embeddings) -> dict[str, str]:
    record = folder.record or {}
    params = record["params"]
    drawn = params.get("n_pairs")
    return making(params) | ({} if drawn is None else {"embedded": f"{drawn}@{record.get('seed')}"})


def _model_item(folder: Embeddings) -> InputRecord | None:
    record = folder.record or {}
    if record.get("step") != "embed":
        return None
    return next((i for i in record.get("inputs", []) if i.get("role") == "model"), None)


def _stated_model(folder: Embeddings) -> Input | None:
    # The model that somebody who made the vectors says they are of.
    record: Mapping[str, Any] = folder.record or {}
    if record.get("step") == "embed" or not (record.get("model") or record.get("base_model")):
        return None
    for key in ("model", "base_model"):
        if not isinstance(record.get(key, ""), str) or (key == "model" and not record.get(key)):
            where = folder.folder / FOLDER_RECORD
            raise XltError(f'{where}: "{key}" must be a checkpoint folder, a hub name or another name of a model')
    return stated_input(record["model"])


def _identity(folder: Embeddings, item: InputRecord | None) -> dict[str, Any]:
    if item is None:
        return model_identity(None) | {"model": str(folder.folder)}
    said: Mapping[str, Any] = folder.record or {}
    # A record of the model's own knows better.
    base = None if item.get("record") else said.get("base_model")
    return model_identity(item) | ({"base_model": base} if base else {})


def _data_of(folder: Embeddings, stated: Input | None) -> str:
    # Vectors of several models are of the same data where their words are the same.
    if stated is None or folder.words is None:
        return _folder_sha256(folder)[:8]
    digest = hashlib.sha256()
    words = _words(folder)
    for name in words.schema.names:
        digest.update("\x1f".join(map(str, words.column(name).to_pylist())).encode())
    return digest.hexdigest()[:8]


def _folder_sha256(folder: Embeddings) -> str:
    both = "".join(checked_sha256(folder.folder / f"{side}.npy", _HASHED) for side in ("src", "tgt"))
    return hashlib.sha256(both.encode()).hexdigest()
