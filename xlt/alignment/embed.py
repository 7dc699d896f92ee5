"""Step ``embed``: the vectors of word pairs at every layer, in a folder."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.alignment.from_model import Prepared, encode, prepare, prepare_sample
from xlt.alignment.sample import Shard, draw
from xlt.alignment.word_pairs import word_pairs
from xlt.arrays import AnyFloats
from xlt.corpora.choose import parse_shard
from xlt.encoders.load import Encoder, load_encoder, model_input
from xlt.encoders.options import EncodeOptions, parse_layers
from xlt.errors import XltError
from xlt.files.atomic import check_output, output_folder
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.provenance import file_stamps, make_record, write_folder_record
from xlt.files.schemas import WORDS
from xlt.files.tables import Source, table_writer
from xlt.files.vectors import create_array
from xlt.work import Progress

logger = logging.getLogger(__name__)

# Distinct sentences in hand at once: some hundred megabytes of words.
_SENTENCES_AT_ONCE = 200_000
_SIDES = ("src", "tgt")


@dataclass(frozen=True)
class Embedding:
    """What was written and the counts that belong to it."""

    output: Path
    summary: dict[str, Any]


def load_for(model: str, options: EncodeOptions) -> Encoder:
    """The encoder as the options want it."""
    return load_encoder(
        model,
        device=options.device,
        dtype=options.dtype,
        max_length=options.max_length,
        drop_blank_subwords=options.drop_blank_subwords,
    )


def embed(
    model: str,
    pairs: Sequence[str],
    output: Path,
    options: EncodeOptions,
    *,
    n_pairs: int | None = None,
    seed: int = 42,
    shard: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Embedding:
    """Embed the word pairs of pairs tables and write ``src.npy``, ``tgt.npy``, ``words.parquet`` and ``xlt.json``.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths or ``-``.
        output: the folder to make.
        options: layers, pooling, device and the like.
        n_pairs: word pairs per language pair, drawn with ``seed``; None takes all.
        seed: of the draw.
        shard: ``I/N`` embeds the sentence pairs of one shard.
        force: replace an existing folder.
        tags: kept in the record.
        progress: called with subwords done and in all.

    Memory: O(one part of the sentences), whatever the number of pairs; vectors go straight to disk.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    if str(output) == "-":
        raise XltError("-o -: vectors are always files; name a folder")
    check_output(output, force)
    part = parse_shard(shard) if shard else None
    sources = [open_pairs(p) for p in pairs]
    encoder = load_for(model, options)
    layers = parse_layers(options.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    params = {**options.params(), "layers": layers, "n_pairs": n_pairs, "shard": shard}
    record = make_record(
        "embed",
        params=params,
        inputs=[model_input(encoder), *pair_inputs(sources)],
        seed=seed if n_pairs is not None else None,
        tags=tags,
        packages=("numpy", "pyarrow", "torch", "transformers"),
    )
    record |= {"layers": layers, "num_layers": encoder.num_layers}
    with output_folder(output, force) as folder:
        upper, prepared = _planned(encoder, sources, n_pairs, seed, part, options)
        arrays = [create_array(folder / f"{s}.npy", (len(layers), upper, encoder.dim), np.float32) for s in _SIDES]
        summary = {"word pairs": 0, "sentences": 0, "overlong sentences": 0, "word pairs left out": 0}
        with table_writer(str(folder / "words.parquet"), WORDS.arrow(), record) as words:
            for each in prepared:
                encode(encoder, each, layers, options, arrays[0], arrays[1], summary["word pairs"], progress)
                words.write(each.pairs.words())
                _count(summary, each)
            record["summary"] = words.record["summary"] = summary
        _check_losses(summary, options, part is not None, n_pairs is not None)
        for side, array in zip(_SIDES, arrays, strict=True):
            _close(folder / f"{side}.npy", array, summary["word pairs"])
        record["files"] = file_stamps([folder / f"{side}.npy" for side in _SIDES])
        write_folder_record(folder, record)
    if not summary["word pairs"]:
        logger.warning("shard %s holds no word pair", shard)
    return Embedding(output, summary | {"layers": len(layers), "dimensions": encoder.dim})


def _planned(
    encoder: Encoder,
    sources: Sequence[Source],
    n_pairs: int | None,
    seed: int,
    part: Shard | None,
    options: EncodeOptions,
) -> tuple[int, Iterator[Prepared]]:
    # How many rows there will be at the most, and what fills them.
    if n_pairs is not None and part is None:
        sampled = prepare_sample(encoder, sources, n_pairs, seed, options.overlong)
        return len(sampled.src), iter([sampled])
    sample = draw(sources, n_pairs, seed, shard=part)
    upper = sum(n if n_pairs is None else min(n, n_pairs) for n in sample.available.values())
    parts = word_pairs(sources, sample, sentences_at_once=_SENTENCES_AT_ONCE, may_be_empty=part is not None)
    return upper, (prepare(encoder, each, options.overlong) for each in parts)


def _check_losses(summary: Mapping[str, int], options: EncodeOptions, shard: bool, sampled: bool) -> None:
    lost = summary["word pairs left out"]
    if lost and shard and sampled:
        raise XltError(
            f"{lost} word pairs of the sample have no vector (--overlong {options.overlong}), and a shard cannot draw "
            "others in their place; leave --shard or --n-pairs out"
        )
    if lost and not summary["word pairs"]:
        raise XltError(f"no word pair has a vector: {lost} left out by --overlong {options.overlong}")


def _count(summary: dict[str, int], each: Prepared) -> None:
    summary["word pairs"] += len(each.src)
    summary["sentences"] += len(each.pairs.sentences)
    summary["overlong sentences"] += len(each.pieces.overlong)
    summary["word pairs left out"] += each.lost.total()


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
