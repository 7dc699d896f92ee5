"""Pairs of vectors from a model and pairs tables: drawn, tokenised, embedded."""

import logging
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.sample import (
    WordPairs,
    by_language_pair,
    draw,
    lowest,
    one_of_each_type,
    priorities,
    too_few,
    word_pairs,
)
from xlt.alignment.vectors import Group, Groups, Part, data_id, drawn_signature, group_of, making
from xlt.arrays import AnyFloats, Ints, LangPair
from xlt.encoders.fertility import fertility_facts
from xlt.encoders.load import Encoder, Load, load_for, model_input
from xlt.encoders.model_place import check_encoder
from xlt.encoders.options import EncodeOptions, Overlong, batch_tokens_on, parse_layers
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.vectors import embed_words
from xlt.errors import OptionError, check_all
from xlt.files.identity import model_identity, trained_on
from xlt.files.inputs import check_inputs
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input
from xlt.files.tables import Source
from xlt.files.vectors import create_array
from xlt.work import Progress

logger = logging.getLogger(__name__)

# Vectors above this size are kept in a temporary file instead of in memory.
IN_MEMORY = 1 << 30


def open_all(
    model: str, pairs: Sequence[str], options: AlignScoreOptions, load: Load
) -> tuple[list[Source], Encoder, list[int]]:
    """The pairs tables, the encoder and the numbers of the layers asked for; what can be looked at is, before it loads.

    Raises:
        XltError: what is missing or broken, all of it at once where that is known before loading.
    """
    there = [partial(check_encoder, model, options.encode.device)] if load is load_for else []
    check_all(partial(check_inputs, [*pairs, *matching_files(options.unseen)]), *there)
    sources = [open_pairs(name) for name in pairs]
    encoder = load(model, options.encode)
    layers = parse_layers(options.encode.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    return sources, encoder, layers


def trained_on_these(model: Input, inputs: Sequence[Input]) -> list[str]:
    """A warning for each table of pairs that the model was trained on."""
    item = model.as_json()
    return [f"{i.name}: {text}" for i in inputs if (text := trained_on(item, i.record, i.sha256))]


@contextmanager
def model_groups(
    model: str,
    pairs: Sequence[str],
    options: AlignScoreOptions,
    progress: Progress | None = None,
    *,
    load: Load = load_for,
    in_memory: int = IN_MEMORY,
) -> Iterator[Groups]:
    """Draw word pairs, embed them and group them by language pair; temporary files go when the block ends.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths or ``-``.
        options: what is drawn and how it is embedded.
        progress: called with subwords done and in all.
        load: makes an encoder of the model's name.
        in_memory: bytes of vectors above which they lie in a temporary file.

    Memory: O(layers x word pairs x dim), or ``in_memory`` if that is less.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    sources, encoder, layers = open_all(model, pairs, options, load)
    overlong = options.encode.overlong
    prepared = prepare_sample(encoder, sources, options.most, options.seed, overlong, unique_types=options.unique_types)
    if not len(prepared.pairs):
        raise OptionError("overlong", f"{overlong}: no word pair has a vector, {prepared.lost.total()} are left out")
    shape = (len(layers), len(prepared.pairs), encoder.dim)
    with room(shape, 2, in_memory) as (src, tgt):
        encode(encoder, prepared, layers, options.encode, src, tgt, progress=progress)
        source, inputs = model_input(encoder), pair_inputs(sources)
        words = prepared.pairs.words()
        groups = [
            _group(prepared, words, langs, Part(src, tgt, rows), source, inputs, options, encoder.tokenizer.unk_id)
            for langs, rows in by_language_pair(prepared.pairs.langs, np.arange(len(prepared.pairs))).items()
        ]
        yield Groups(
            groups=groups,
            layers=list(enumerate(layers)),
            num_layers=encoder.num_layers,
            inputs=[source, *inputs],
            warnings=trained_on_these(source, inputs),
            params=options.encode.params(),
            packages=("transformers",),
        )


def _group(
    prepared: "Prepared",
    words: pa.RecordBatch,
    langs: LangPair,
    part: Part,
    model: Input,
    inputs: Sequence[Input],
    options: AlignScoreOptions,
    unk_id: int | None,
) -> Group:
    how = {"data": data_id(inputs, langs), **making(options.encode.params())}
    return group_of(
        langs,
        [part],
        words.take(pa.array(part.rows)),
        where="-".join(langs),
        identity=model_identity(model.as_json()),
        signature=drawn_signature(part.rows, options, how),
        facts=_facts(prepared, langs, part.rows, unk_id),
    )


def _facts(prepared: "Prepared", langs: LangPair, rows: Ints, unk_id: int | None) -> dict[str, Any]:
    used = np.union1d(prepared.pairs.src_sentence[rows], prepared.pairs.tgt_sentence[rows])
    overlong = int(np.isin(used, prepared.pieces.overlong).sum())
    return {
        "overlong sentences": overlong,
        "word pairs without vector, others drawn": prepared.lost[langs],
        **fertility_facts(prepared.pieces, prepared.src[rows], prepared.tgt[rows], unk_id),
    }


@contextmanager
def room(shape: tuple[int, int, int], arrays: int, in_memory: int) -> Iterator[list[AnyFloats]]:
    """Room for so many float32 arrays of one shape: in memory or, above ``in_memory`` bytes, in a temporary folder."""
    if 4 * arrays * int(np.prod(shape)) <= in_memory:
        yield [np.empty(shape, np.float32) for _ in range(arrays)]
        return
    with tempfile.TemporaryDirectory(prefix="xlt-") as folder:
        yield [create_array(Path(folder) / f"{i}.npy", shape, np.float32) for i in range(arrays)]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Tokenised word pairs, ready for the encoder.

    Attributes:
        pairs: the word pairs that have vectors.
        pieces: the model's inputs.
        src, tgt: (n,) numbers of the words over all sentences.
        lost: word pairs without a vector, by language pair.
    """

    pairs: WordPairs
    pieces: Pieces
    src: Ints
    tgt: Ints
    lost: Counter[LangPair]


def prepare(encoder: Encoder, pairs: WordPairs, overlong: Overlong) -> Prepared:
    """Tokenise, and leave out the word pairs of which a side has no vector (overlong and skipped, cut or unknown)."""
    pieces = make_pieces(encoder.tokenizer, pairs.sentences, encoder.max_length, overlong)
    src = pieces.word_offsets[pairs.src_sentence] + pairs.src
    tgt = pieces.word_offsets[pairs.tgt_sentence] + pairs.tgt
    has_vector = (pieces.piece[src] >= 0) & (pieces.piece[tgt] >= 0)
    held = np.flatnonzero(has_vector)
    lost = Counter(pairs.langs[i] for i in np.flatnonzero(~has_vector).tolist())
    return Prepared(pairs=pairs.take(held) if lost else pairs, pieces=pieces, src=src[held], tgt=tgt[held], lost=lost)


def prepare_sample(
    encoder: Encoder,
    sources: Sequence[Source],
    n_pairs: int | None,
    seed: int,
    overlong: Overlong,
    *,
    unique_types: bool = False,
) -> Prepared:
    """Draw and tokenise; where word pairs have no vector, others are drawn in their place.

    The result is as if these never were, except that with ``unique_types`` their words stay taken.
    """
    extra = 0
    while True:
        most = None if n_pairs is None else n_pairs + extra
        sample = draw(sources, most, seed, unique_types=unique_types)
        (pairs,) = word_pairs(sources, sample)
        prepared = prepare(encoder, pairs, overlong)
        exhausted = most is None or all(n <= most for n in sample.available.values())
        lost = prepared.lost.total()
        if lost <= extra or exhausted:
            break
        extra = 2 * lost
    if len(prepared.pairs) and (n_pairs is not None or unique_types):
        prepared = _first_of_draw(prepared, n_pairs, seed, unique_types)
    if n_pairs is not None:
        taken = Counter(prepared.pairs.langs)
        for pair in sample.available:
            if taken[pair] < n_pairs:
                logger.warning("%s-%s: %s", *pair, too_few(n_pairs, taken[pair]))
    return prepared


def _first_of_draw(prepared: Prepared, n_pairs: int | None, seed: int, unique_types: bool) -> Prepared:
    # More were drawn than asked for, in case that some have no vector; and files may hold a word pair of one identity
    # each.
    pairs = prepared.pairs
    priority = priorities(seed, pairs.sent_id, pairs.src, pairs.tgt)
    words = pairs.words() if unique_types else None
    parts = []
    for rows in by_language_pair(pairs.langs, np.arange(len(pairs))).values():
        if words is not None:
            src, tgt = (words.column(f"{side}_word").take(pa.array(rows)).to_pylist() for side in ("src", "tgt"))
            parts.append(rows[one_of_each_type(priority[rows], src, tgt, n_pairs)])
        else:
            parts.append(rows[lowest(priority[rows], len(rows) if n_pairs is None else n_pairs)])
    rows = np.sort(np.concatenate(parts))
    if len(rows) == len(pairs):
        return prepared
    return replace(prepared, pairs=pairs.take(rows), src=prepared.src[rows], tgt=prepared.tgt[rows])


def encode(
    encoder: Encoder,
    prepared: Prepared,
    layers: Sequence[int],
    options: EncodeOptions,
    src: AnyFloats,
    tgt: AnyFloats,
    first: int = 0,
    progress: Progress | None = None,
) -> None:
    """Write the vectors of all word pairs into rows ``first`` and following of two (layers, N, dim) arrays.

    Raises:
        XltError: a vector with NaN or infinity; side, layer and row are named.
    """
    n = len(prepared.src)

    def write(words: Ints, vectors: npt.NDArray[np.float32]) -> None:
        is_src = words < n
        src[:, first + words[is_src]] = vectors[:, is_src]
        tgt[:, first + words[~is_src] - n] = vectors[:, ~is_src]

    embed_words(
        encoder,
        prepared.pieces,
        np.concatenate((prepared.src, prepared.tgt)),
        layers=layers,
        pool=options.pool,
        batch_tokens=batch_tokens_on(encoder.device.type, options.batch_tokens),
        write=write,
        progress=progress,
        row=lambda i: f"{'source' if i < n else 'target'} side, row {first + i % n}",
    )
