"""Pairs of sentence vectors from a model and pairs tables; each distinct sentence is encoded once."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch

from xlt.alignment.from_corpus import incomplete
from xlt.alignment.from_model import IN_MEMORY, open_all, room, trained_on_these
from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.sample import by_language_pair, too_few
from xlt.alignment.sentence_pairs import PreparedSentences, prepare_sentences
from xlt.alignment.vectors import Group, Groups, data_id, drawn_signature, making, repeated
from xlt.arrays import AnyFloats, Ints, LangPair
from xlt.encoders.load import Encoder, Load, load_for, model_input
from xlt.encoders.options import EncodeOptions, SentencePool, batch_tokens_on
from xlt.encoders.sentences import embed_sentences
from xlt.encoders.vectors import Write
from xlt.errors import XltError
from xlt.files.identity import model_identity
from xlt.files.pairs import pair_inputs
from xlt.files.provenance import Input
from xlt.measures.options import Direction
from xlt.measures.unit import check_rows
from xlt.work import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SentenceVectors:
    """The vectors of the sentence pairs of one language pair; see :class:`xlt.alignment.vectors.PairVectors`.

    Attributes:
        all: (layers, sentences, dim) those of distinct sentences.
        src, tgt: (n,) rows of ``all``.
        clusters: (n,) the numbers of the sentence pairs.
        where: name for messages.
    """

    all: AnyFloats
    src: Ints
    tgt: Ints
    clusters: Ints
    where: str

    def __len__(self) -> int:
        return len(self.src)

    def vectors(self, index: int, layer: int) -> tuple[AnyFloats, AnyFloats]:
        """The (n, dim) vectors of both sides.

        Raises:
            XltError: NaN, infinite or all-zero vectors; side, layer and rows are named.
        """
        return self._side("source", self.src, index, layer), self._side("target", self.tgt, index, layer)

    def _side(self, name: str, rows: Ints, index: int, layer: int) -> AnyFloats:
        vectors: AnyFloats = self.all[index][rows]
        check_rows(vectors, f"{self.where}, {name} side, layer {layer}")
        return vectors

    def gold(self, device: torch.device) -> None:
        """Row i of one side belongs to row i of the other."""
        return

    def found(self, direction: Direction, rows: Ints) -> dict[str, pa.Array]:
        """Nothing: a search goes over the pairs alone."""
        return {}


@contextmanager
def sentence_groups(
    model: str,
    pairs: Sequence[str],
    options: AlignScoreOptions,
    progress: Progress | None = None,
    *,
    load: Load = load_for,
    in_memory: int = IN_MEMORY,
) -> Iterator[Groups]:
    """Embed the sentences of pairs tables and group the pairs by languages; temporary files go when the block ends.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths or ``-``; those of one language pair are one set of pairs, in the order given.
        options: what is drawn and how it is embedded.
        progress: called with subwords done and in all.
        load: makes an encoder of the model's name.
        in_memory: bytes of vectors above which they lie in a temporary file.

    Memory: O(text), and O(layers x distinct sentences x dim), or ``in_memory`` if that is less.

    Raises:
        XltError: bad input; no sentence pair is left; see the readers and the loader.
    """
    sources, encoder, layers = open_all(model, pairs, options, load)
    prepared = prepare_sentences(encoder, sources, options.most, options.seed, options.encode.overlong)
    check_some(prepared)
    with room((len(layers), len(prepared.used), encoder.dim), 1, in_memory) as (vectors,):

        def write(at: Ints, values: npt.NDArray[np.float32]) -> None:
            vectors[:, at] = values

        encode_sentences(
            encoder, prepared, layers, options.encode, options.sentence_pool, write=write, progress=progress
        )
        source, inputs = model_input(encoder), pair_inputs(sources)
        warnings = trained_on_these(source, inputs)
        by_langs = by_language_pair(prepared.pairs.langs, np.arange(len(prepared.pairs)))
        if options.most is not None:
            warnings += [
                f"{'-'.join(langs)}: {too_few(options.most, len(rows), 'sentence')}"
                for langs, rows in by_langs.items()
                if len(rows) < options.most
            ]
        yield Groups(
            groups=[
                _group(prepared, vectors, langs, rows, source, inputs, options) for langs, rows in by_langs.items()
            ],
            layers=list(enumerate(layers)),
            num_layers=encoder.num_layers,
            inputs=[source, *inputs],
            warnings=[*warnings, *incomplete(inputs)],
            params=options.vector_params(),
            packages=("transformers",),
            unit="sentence",
        )


def check_some(prepared: PreparedSentences) -> None:
    """Refuse to go on without any sentence pair.

    Raises:
        XltError: none is left; why is told.
    """
    if prepared.available.total():
        return
    lost = [f"{number:,} {why}" for of in prepared.lost.values() for why, number in of.items() if number]
    raise XltError(f"no sentence pair has vectors on both sides ({'; '.join(lost) or 'there is none'})")


def encode_sentences(
    encoder: Encoder,
    prepared: PreparedSentences,
    layers: Sequence[int],
    options: EncodeOptions,
    pool: SentencePool,
    *,
    write: Write,
    progress: Progress | None = None,
) -> None:
    """Hand out the vectors of all sentences that are used, each once.

    Args:
        encoder: the model.
        prepared: the sentences.
        layers: numbers of the layers.
        options: size of a batch.
        pool: see :func:`xlt.encoders.sentences.embed_sentences`.
        write: called with indices into ``prepared.used`` and vectors.
        progress: called with subwords done and in all.

    Raises:
        XltError: a vector with NaN or infinity; the sentence is named.
    """

    def row(number: int) -> str:
        sentence = prepared.pairs.sentences[number]
        text = sentence if isinstance(sentence, str) else " ".join(sentence)
        return f"sentence '{text[:40]}'"

    embed_sentences(
        encoder,
        prepared.inputs,
        prepared.used,
        layers=layers,
        pool=pool,
        batch_tokens=batch_tokens_on(encoder.device.type, options.batch_tokens),
        write=write,
        progress=progress,
        row=row,
    )


def _group(
    prepared: PreparedSentences,
    vectors: AnyFloats,
    langs: LangPair,
    rows: Ints,
    model: Input,
    inputs: Sequence[Input],
    options: AlignScoreOptions,
) -> Group:
    pairs = prepared.pairs.take(rows)
    table = pairs.words()
    words = {name: table.column(name) for name in table.schema.names} | {"row": pa.array(rows)}
    return Group(
        langs=langs,
        data=SentenceVectors(
            all=vectors,
            src=np.searchsorted(prepared.used, pairs.src),
            tgt=np.searchsorted(prepared.used, pairs.tgt),
            clusters=pairs.sent_id,
            where="-".join(langs),
        ),
        words=words,
        identity=model_identity(model.as_json()),
        signature=drawn_signature(rows, options, {"data": data_id(inputs, langs), **making(options.vector_params())}),
        facts={**prepared.facts(langs, rows), **repeated(words)},
    )
