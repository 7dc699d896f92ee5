"""Step ``embed``: the vectors of word pairs at every layer, in a folder."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from xlt.alignment.from_model import Prepared, encode, prepare, prepare_sample
from xlt.alignment.from_sentences import check_some, encode_sentences
from xlt.alignment.options import EmbedOptions
from xlt.alignment.sample import Shard, draw, with_grades, word_pairs
from xlt.alignment.sentence_pairs import prepare_sentences
from xlt.arrays import AnyFloats, Ints, members, offsets
from xlt.corpora.choose import parse_shard
from xlt.encoders.load import Encoder, Load, load_for, model_input
from xlt.encoders.model_place import check_encoder
from xlt.encoders.options import parse_layers
from xlt.errors import OptionError, XltError, check_all
from xlt.files.atomic import check_output, output_folder
from xlt.files.inputs import check_inputs
from xlt.files.pairs import GRADE, open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Record, make_record, write_folder_record
from xlt.files.schemas import WORDS
from xlt.files.shown import Shown
from xlt.files.stamps import file_stamps
from xlt.files.tables import Source, table_writer
from xlt.files.vectors import create_array
from xlt.options import Seam
from xlt.work import Progress

logger = logging.getLogger(__name__)

# Distinct sentences in hand at once: some hundred megabytes of words.
_SENTENCES_AT_ONCE = 200_000
_SIDES = ("src", "tgt")


@dataclass(frozen=True)
class Embedding(Shown):
    """What was written and the counts that belong to it."""

    output: Path
    summary: dict[str, Any]


def embed(
    model: str,
    pairs: Sequence[str],
    options: EmbedOptions = EmbedOptions(),
    *,
    output: Path = Path("embeddings"),
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    sentences_at_once: Annotated[int, Seam] = _SENTENCES_AT_ONCE,
    load: Annotated[Load, Seam] = load_for,
) -> Embedding:
    """Embed the word pairs, or the sentence pairs, of pairs tables into a folder.

    It holds ``src.npy``, ``tgt.npy``, ``words.parquet`` and ``xlt.json``.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths, patterns or ``-``.
        options: layers, pooling, device; which word pairs.
        output: the folder to make.
        force: replace an existing folder.
        tags: kept in the record.
        progress: called with subwords done and in all.
        sentences_at_once: distinct sentences in hand.
        load: makes an encoder of the model's name; whoever has one already gives it here.

    Memory: O(sentences_at_once), whatever the number of pairs, of sentence pairs O(text); vectors go straight to disk.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    if str(output) == "-":
        raise XltError("-o -: vectors are always files; name a folder")
    check_output(output, force)
    shard = parse_shard(options.shard) if options.shard else None
    files = matching_files(pairs)
    there = [partial(check_encoder, model, options.encode.device)] if load is load_for else []
    check_all(partial(check_inputs, files), *there)
    sources = [open_pairs(p) for p in files]
    encoder = load(model, options.encode)
    layers = parse_layers(options.encode.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    record = make_record(
        "embed",
        params={**options.params(), "layers": layers},
        inputs=[model_input(encoder), *pair_inputs(sources)],
        seed=options.seed if options.n_pairs is not None else None,
        tags=tags,
        packages=("numpy", "pyarrow", "torch", "transformers"),
    )
    record |= {"layers": layers, "num_layers": encoder.num_layers}
    if options.unit == "sentence":
        return _embed_sentences(encoder, sources, options, shard, layers, record, output, force, progress)
    with output_folder(output, force) as folder:
        upper, parts = _planned(encoder, sources, options, shard, sentences_at_once)
        shape = (len(layers), upper, encoder.dim)
        src, tgt = (create_array(folder / f"{side}.npy", shape, np.float32) for side in _SIDES)
        summary = {"word pairs": 0, "sentences": 0, "overlong sentences": 0, "word pairs left out": 0}
        schema = WORDS.arrow(unusual=[GRADE] if with_grades(sources) else [])
        with table_writer(str(folder / "words.parquet"), schema, record) as words:
            for part in parts:
                encode(encoder, part, layers, options.encode, src, tgt, summary["word pairs"], progress)
                words.write(part.pairs.words())
                _count(summary, part)
            record["summary"] = words.record["summary"] = summary
        _check_losses(summary, options)
        _finish(folder, (src, tgt), summary["word pairs"], record)
    if not summary["word pairs"]:
        logger.warning("shard %s holds no word pair", options.shard)
    return Embedding(output, summary | {"layers": len(layers), "dimensions": encoder.dim})


def _embed_sentences(
    encoder: Encoder,
    sources: Sequence[Source],
    options: EmbedOptions,
    shard: Shard | None,
    layers: Sequence[int],
    record: Record,
    output: Path,
    force: bool,
    progress: Progress | None,
) -> Embedding:
    prepared = prepare_sentences(encoder, sources, options.n_pairs, options.seed, options.encode.overlong, shard=shard)
    check_some(prepared)
    pairs, n = prepared.pairs, len(prepared.pairs)
    with output_folder(output, force) as folder:
        arrays = [create_array(folder / f"{side}.npy", (len(layers), n, encoder.dim), np.float32) for side in _SIDES]
        rows_of = [_by_number(np.searchsorted(prepared.used, of), len(prepared.used)) for of in (pairs.src, pairs.tgt)]

        def write(at: Ints, vectors: npt.NDArray[np.float32]) -> None:
            for array, (rows, starts) in zip(arrays, rows_of, strict=True):
                places, counts = members(starts, at)
                array[:, rows[places]] = np.repeat(vectors, counts, axis=1)

        encode_sentences(
            encoder, prepared, layers, options.encode, options.sentence_pool, write=write, progress=progress
        )
        lost = sum((of for of in prepared.lost.values()), Counter[str]())
        record["summary"] = summary = {
            "sentence pairs": n,
            "sentences": len(prepared.used),
            "overlong sentences": int(np.isin(prepared.used, prepared.inputs.overlong).sum()),
            "sentence pairs left out": lost.total(),
        }
        rows = pairs.words()
        with table_writer(str(folder / "words.parquet"), rows.schema, record) as words:
            words.write(rows)
        _finish(folder, arrays, n, record)
    if not n:
        logger.warning("shard %s holds no sentence pair", options.shard)
    return Embedding(output, summary | {"layers": len(layers), "dimensions": encoder.dim})


def _by_number(numbers: Ints, count: int) -> tuple[Ints, Ints]:
    # The rows of each number, one number after the other, and where those of each start.
    return np.argsort(numbers, kind="stable"), offsets(np.bincount(numbers, minlength=count))


def _finish(folder: Path, arrays: Sequence[AnyFloats], rows: int, record: Record) -> None:
    paths = [folder / f"{side}.npy" for side in _SIDES]
    for path, array in zip(paths, arrays, strict=True):
        _close(path, array, rows)
    record["files"] = file_stamps(paths)
    write_folder_record(folder, record)


def _planned(
    encoder: Encoder, sources: Sequence[Source], options: EmbedOptions, shard: Shard | None, sentences_at_once: int
) -> tuple[int, Iterator[Prepared]]:
    # How many rows there will be at the most, and what fills them.
    n_pairs, seed, overlong = options.n_pairs, options.seed, options.encode.overlong
    if n_pairs is not None and shard is None:
        sampled = prepare_sample(encoder, sources, n_pairs, seed, overlong)
        return len(sampled.src), iter([sampled])
    sample = draw(sources, n_pairs, seed, shard=shard)
    upper = sum(n if n_pairs is None else min(n, n_pairs) for n in sample.available.values())
    parts = word_pairs(sources, sample, sentences_at_once=sentences_at_once, may_be_empty=shard is not None)
    return upper, (prepare(encoder, part, overlong) for part in parts)


def _check_losses(summary: Mapping[str, int], options: EmbedOptions) -> None:
    lost, overlong = summary["word pairs left out"], options.encode.overlong
    if lost and options.shard is not None and options.n_pairs is not None:
        raise OptionError(
            "shard",
            f"and {{option}} exclude each other here: {lost} word pairs of the sample have no vector, and a shard "
            f"cannot draw others in their place ({{overlong}} {overlong})",
            "n_pairs",
        )
    if lost and not summary["word pairs"]:
        raise OptionError("overlong", f"{overlong}: no word pair has a vector, {lost} are left out")


def _count(summary: dict[str, int], part: Prepared) -> None:
    summary["word pairs"] += len(part.src)
    summary["sentences"] += len(part.pairs.sentences)
    summary["overlong sentences"] += len(part.pieces.overlong)
    summary["word pairs left out"] += part.lost.total()


def _close(path: Path, array: AnyFloats, rows: int) -> None:
    if isinstance(array, np.memmap):
        array.flush()
    if rows == array.shape[1]:
        return
    # Fewer word pairs than planned had a vector: the array is written anew, layer by layer.
    short = path.with_name("short-" + path.name)
    copy = create_array(short, (array.shape[0], rows, array.shape[2]), array.dtype)
    for layer in range(len(array)):
        copy[layer] = array[layer, :rows]
    if isinstance(copy, np.memmap):
        copy.flush()
    short.replace(path)
