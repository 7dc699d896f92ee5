"""What is scored: the word pairs of one language pair, from a model or from folders of embeddings."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from xlt.alignment.sample import by_language_pair, lowest, one_of_each_type, priorities, too_few
from xlt.alignment.scoring import LanguagePair
from xlt.arrays import AnyFloats, Ints, LangPair
from xlt.encoders.options import EncodeOptions, parse_layers
from xlt.errors import XltError
from xlt.files.identity import model_identity, trained_on
from xlt.files.provenance import Input, content_id, stamped_sha256
from xlt.files.schemas import WORDS
from xlt.files.vectors import Embeddings, create_array, open_embeddings
from xlt.work import Progress

if TYPE_CHECKING:
    from xlt.alignment.from_model import Prepared


# Vectors above this size are kept in a temporary file instead of in memory.
_IN_MEMORY = 1 << 30


@dataclass(frozen=True)
class Group:
    """The word pairs of one language pair.

    Attributes:
        langs: source and target language; empty where unknown.
        data: their vectors.
        words: the columns of a words table for them, and ``row``, their place among the pairs given.
        identity: columns that say which model it was.
        signature: what defines the numbers, but for what is measured.
        facts: counts for the summary.
    """

    langs: LangPair
    data: LanguagePair
    words: Mapping[str, pa.Array]
    identity: dict[str, Any]
    signature: list[str]
    facts: dict[str, Any]


@dataclass(frozen=True)
class Groups:
    """All that is scored in one call.

    Attributes:
        groups: one a language pair (and model, where folders differ).
        layers: (index into the arrays, layer number).
        num_layers: number of the last layer of the model.
        inputs: for the record.
        warnings: sentences for the user.
    """

    groups: list[Group]
    layers: list[tuple[int, int]]
    num_layers: int
    inputs: list[Input]
    warnings: list[str]


@contextmanager
def model_groups(
    model: str,
    pairs: Sequence[str],
    options: EncodeOptions,
    n_pairs: int | None,
    seed: int,
    unique_types: bool,
    progress: Progress | None = None,
) -> Iterator[Groups]:
    """Draw word pairs, embed them and group them by language pair; temporary files go when the block ends."""
    from xlt.alignment.embed import load_for
    from xlt.alignment.from_model import encode, prepare_sample
    from xlt.encoders.load import model_input
    from xlt.files.pairs import open_pairs, pair_inputs

    sources = [open_pairs(p) for p in pairs]
    encoder = load_for(model, options)
    layers = parse_layers(options.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    prepared = prepare_sample(encoder, sources, n_pairs, seed, options.overlong, unique_types=unique_types)
    if not len(prepared.pairs):
        raise XltError(f"no word pair has a vector: {prepared.lost.total()} left out by --overlong {options.overlong}")
    with _room((len(layers), len(prepared.pairs), encoder.dim)) as (src, tgt):
        encode(encoder, prepared, layers, options, src, tgt, progress=progress)
        found, inputs = model_input(encoder), pair_inputs(sources)
        item = found.as_json()
        words = prepared.pairs.words()
        every = by_language_pair(prepared.pairs.langs, np.arange(len(prepared.pairs)))
        groups = [
            _group(
                langs,
                [(src, tgt, rows)],
                [words.take(pa.array(rows))],
                "-".join(langs),
                model_identity(item),
                [
                    _taken(rows, n_pairs),
                    f"seed:{seed}",
                    f"data:{_data_id(inputs, langs)}",
                    *_making(options.params()),
                    *_unique(unique_types),
                ],
                _facts(prepared, langs, rows),
            )
            for langs, rows in every.items()
        ]
        warnings = [f"{i.name}: {said}" for i in inputs if (said := trained_on(item, i.record, i.sha256))]
        yield Groups(groups, list(enumerate(layers)), encoder.num_layers, [found, *inputs], warnings)


def _facts(prepared: "Prepared", langs: LangPair, rows: Ints) -> dict[str, Any]:
    used = np.union1d(prepared.pairs.src_sentence[rows], prepared.pairs.tgt_sentence[rows])
    overlong = int(np.isin(used, prepared.pieces.overlong).sum())
    return {"overlong sentences": overlong, "word pairs without vector, others drawn": prepared.lost[langs]}


@contextmanager
def _room(shape: tuple[int, int, int]) -> Iterator[tuple[AnyFloats, AnyFloats]]:
    if 8 * int(np.prod(shape)) <= _IN_MEMORY:
        yield np.empty(shape, np.float32), np.empty(shape, np.float32)
        return
    with tempfile.TemporaryDirectory(prefix="xlt-") as folder:
        yield (
            create_array(Path(folder) / "src.npy", shape, np.float32),
            create_array(Path(folder) / "tgt.npy", shape, np.float32),
        )


def folder_groups(folders: Sequence[str], layers: str, n_pairs: int | None, seed: int, unique_types: bool) -> Groups:
    """Draw word pairs out of folders of embeddings; parts of one model and language pair are pooled.

    Raises:
        XltError: a broken folder, or folders whose layers differ.
    """
    opened = [open_embeddings(Path(f)) for f in folders]
    numbers, last = opened[0].layers, opened[0].num_layers
    for other in opened[1:]:
        if (other.layers, other.num_layers) != (numbers, last):
            raise XltError(f"{other.folder} has other layers than {opened[0].folder}; score them in two calls")
    pools: dict[tuple[str, str, LangPair], list[tuple[Embeddings, pa.RecordBatch]]] = {}
    warnings: list[str] = []
    for each in opened:
        words = _words(each)
        of_row = list(zip(words.column("src_lang").to_pylist(), words.column("tgt_lang").to_pylist(), strict=True))
        for pair, rows in by_language_pair(of_row, np.arange(len(of_row))).items():
            known = (pair[0] or "", pair[1] or "")
            model = _model_item(each)
            # Of vectors made elsewhere nobody knows whether they come from one model.
            one_model = model is not None and all(known)
            key = (str((model or {}).get("sha256")), "" if one_model else str(each.folder), known)
            pools.setdefault(key, []).append((each, words.take(pa.array(rows))))
    if not pools:
        raise XltError(f"{', '.join(folders)}: no word pair; nothing to score")
    groups = []
    for (_, _, langs), parts in pools.items():
        group, warning = _pooled(langs, parts, n_pairs, seed, unique_types)
        groups.append(group)
        warnings += warning
    wanted = parse_layers(layers, numbers, last)
    inputs = [Input("embeddings", str(e.folder), _folder_sha256(e), e.record) for e in opened]
    return Groups(groups, [(numbers.index(i), i) for i in wanted], last, inputs, list(dict.fromkeys(warnings)))


def _words(opened: Embeddings) -> pa.RecordBatch:
    # The words table with all its columns, nulls for what is unknown, and the row of each pair.
    n = opened.src.shape[1]
    schema = WORDS.arrow()
    found = {}
    if opened.words is not None:
        table = pa.Table.from_batches(opened.words.batches(None), opened.words.schema)
        found = {
            f.name: table.column(f.name).cast(f.type).combine_chunks() for f in schema if f.name in table.column_names
        }
    columns = [found.get(f.name, pa.nulls(n, f.type)) for f in schema]
    return pa.RecordBatch.from_arrays([*columns, pa.array(np.arange(n))], names=[*schema.names, "row"])


def _pooled(
    langs: LangPair,
    parts: list[tuple[Embeddings, pa.RecordBatch]],
    n_pairs: int | None,
    seed: int,
    unique_types: bool,
) -> tuple[Group, list[str]]:
    words = pa.Table.from_batches([w for _, w in parts]).combine_chunks().to_batches()[0]
    rows = words.column("row").to_numpy()
    priority = priorities(seed, *(_numbers(words, name, rows) for name in ("sent_id", "src_idx", "tgt_idx")))
    where = ", ".join(str(e.folder) for e, _ in parts)
    warnings = []
    if unique_types:
        if words.column("src_word").null_count or words.column("tgt_word").null_count:
            raise XltError(f"{where}: --unique-types needs the words; there is no words.parquet that names them")
        kept = np.sort(
            one_of_each_type(
                priority, words.column("src_word").to_pylist(), words.column("tgt_word").to_pylist(), n_pairs
            )
        )
    else:
        kept = np.arange(len(rows)) if n_pairs is None else lowest(priority, n_pairs)
    if n_pairs is not None and len(kept) < n_pairs:
        warnings.append(f"{where}: {too_few(n_pairs, len(kept))}")
    bounds = np.cumsum([0, *(len(w) for _, w in parts)])
    of_part = [kept[(kept >= a) & (kept < b)] for a, b in pairwise(bounds)]
    data = [(e.src, e.tgt, rows[k]) for (e, _), k in zip(parts, of_part, strict=True)]
    first = parts[0][0]
    item = _model_item(first)
    identity = model_identity(item) if item else model_identity(None) | {"model": str(first.folder)}
    inputs = [
        Input("pairs", i["name"], i.get("sha256"), i.get("record"))
        for each, _ in parts
        for i in (each.record or {}).get("inputs", [])
        if i.get("role") == "pairs"
    ]
    how = [f"data:{_data_id(inputs, langs)}", *_same_making(parts)] if item else [f"data:{_folder_sha256(first)[:8]}"]
    warnings += [f"{i.name}: {said}" for i in inputs if (said := trained_on(item, i.record, i.sha256))]
    signature = [_taken(kept, n_pairs), f"seed:{seed}", *how, *_unique(unique_types)]
    names = [str(e.folder) for e, _ in parts]
    return _group(langs, data, [words.take(pa.array(kept))], where, identity, signature, {}, names), warnings


def _same_making(parts: list[tuple[Embeddings, pa.RecordBatch]]) -> list[str]:
    # Parts are pooled into one number, so that they must have been embedded in one way.
    first, how = parts[0][0], None
    for each, _ in parts:
        params = (each.record or {})["params"]
        own = _making(params)
        if params.get("n_pairs") is not None:
            own.append(f"embedded:{params['n_pairs']}@{(each.record or {}).get('seed')}")
        if how is not None and own != how:
            raise XltError(
                f"{each.folder} was embedded otherwise ({', '.join(own)}) than {first.folder} ({', '.join(how)}); "
                "score them in two calls"
            )
        how = own
    return how or []


def _numbers(words: pa.RecordBatch, name: str, rows: Ints) -> Ints:
    # Folders made elsewhere name no sentences: the row number stands for them.
    column = words.column(name)
    if column.null_count:
        return rows if name == "sent_id" else np.zeros(len(rows), np.int64)
    numbers: Ints = column.cast(pa.int64()).to_numpy()
    return numbers


def _group(
    langs: LangPair,
    parts: list[tuple[AnyFloats, AnyFloats, Ints]],
    words: list[pa.RecordBatch],
    where: str,
    identity: dict[str, Any],
    signature: list[str],
    facts: dict[str, Any],
    names: Sequence[str] = (),
) -> Group:
    table = pa.Table.from_batches(words).combine_chunks()
    rows = np.concatenate([rows for _, _, rows in parts])
    if "row" not in table.column_names:
        table = table.append_column("row", pa.array(rows))
    order = None
    if len(parts) > 1:
        # Shards scored together are what the whole would be, ties included, when they stand in corpus order.
        keys = [_numbers(table.to_batches()[0], name, rows) for name in ("tgt_idx", "src_idx", "sent_id")]
        order = np.lexsort(keys)
        table = table.take(pa.array(order)).combine_chunks()
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    clusters = _numbers(table.to_batches()[0], "sent_id", rows)
    for side in ("src", "tgt"):
        column = columns[f"{side}_word"]
        if not column.null_count:
            name = "source" if side == "src" else "target"
            facts = facts | {f"repeated {name} words": len(column) - len(column.unique())}
    return Group(langs, LanguagePair(parts, clusters, where, order, names), columns, identity, signature, facts)


def _making(params: Mapping[str, Any]) -> list[str]:
    # How vectors were made, in the words of a signature; only what differs from the default is spelt out.
    parts = [f"pool:{params['pool']}", f"overlong:{params['overlong']}"]
    if params.get("max_length") is not None:
        parts.append(f"max-length:{params['max_length']}")
    if params.get("drop_blank_subwords"):
        parts.append("drop-blank-subwords")
    if params.get("dtype") != "float32":
        parts.append(f"dtype:{params['dtype']}")
    return parts


def _data_id(inputs: Sequence[Input], langs: LangPair) -> str:
    ids = []
    for item in inputs:
        params = (item.record or {}).get("params") or {}
        if (params.get("src_lang", langs[0]), params.get("tgt_lang", langs[1])) == langs:
            ids.append(content_id(item.record, item.sha256))
    return "+".join(sorted(set(ids)))


def _taken(rows: Ints, n_pairs: int | None) -> str:
    return f"pairs:{len(rows)}" if n_pairs is not None else f"pairs:all({len(rows)})"


def _unique(unique_types: bool) -> list[str]:
    return ["unique-types"] if unique_types else []


def _model_item(opened: Embeddings) -> dict[str, Any] | None:
    record = opened.record or {}
    if record.get("step") != "embed":
        return None
    return next((i for i in record.get("inputs", []) if i.get("role") == "model"), None)


def _folder_sha256(opened: Embeddings) -> str:
    both = "".join(stamped_sha256(opened.folder / f"{side}.npy") for side in ("src", "tgt"))
    return hashlib.sha256(both.encode()).hexdigest()
