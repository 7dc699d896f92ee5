"""Words of whole corpora from a model and pairs tables: every word is a candidate, the linked ones are the queries."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch

from xlt.alignment.corpus import (
    CorpusSide,
    Forms,
    LinkedCorpus,
    one_of_each_form,
    read_corpora,
    with_vectors,
    without_seen,
)
from xlt.alignment.from_model import IN_MEMORY, open_all, room, trained_on_these
from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.sample import by_language_pair, linked_words, lowest, priorities, too_few
from xlt.alignment.vectors import Group, Groups, data_id, drawn_signature, making
from xlt.arrays import AnyFloats, Ints, LangPair
from xlt.encoders.fertility import fertility_facts
from xlt.encoders.load import Load, load_for, model_input
from xlt.encoders.options import batch_tokens_on
from xlt.encoders.pieces import make_pieces
from xlt.encoders.vectors import embed_words
from xlt.errors import XltError
from xlt.files.identity import model_identity
from xlt.files.pairs import link_batches, open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input
from xlt.files.tables import Source
from xlt.measures.neighbours import Gold
from xlt.measures.options import Direction
from xlt.measures.unit import check_rows
from xlt.work import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CorpusVectors:
    """The vectors of all words of one language pair; see :class:`xlt.alignment.vectors.PairVectors`.

    Attributes:
        all: (layers, vectors, dim) those of the words of all distinct sentences.
        place: by the number of a word its row in ``all``.
        corpus: the words, all of which have a vector.
        where: name for messages.
    """

    all: AnyFloats
    place: Ints
    corpus: LinkedCorpus
    where: str

    def __len__(self) -> int:
        return len(self.corpus)

    @property
    def clusters(self) -> Ints:
        """(n,) the sentence pair of each link."""
        return self.corpus.src.sent_id[self.corpus.src_row]

    def vectors(self, index: int, layer: int) -> tuple[AnyFloats, AnyFloats]:
        """The vectors of all words of both sides, (Nx, dim) and (Ny, dim).

        Raises:
            XltError: NaN, infinite or all-zero vectors; side, layer and rows are named.
        """
        src, tgt = (self._side(side, index, layer) for side in (self.corpus.src, self.corpus.tgt))
        return src, tgt

    def _side(self, side: CorpusSide, index: int, layer: int) -> AnyFloats:
        vectors: AnyFloats = self.all[index][self.place[side.word]]
        check_rows(vectors, f"{self.where}, {side.lang} side, layer {layer}")
        return vectors

    def gold(self, device: torch.device) -> Gold:
        """Which words are linked."""
        src, tgt = (torch.from_numpy(rows).to(device) for rows in (self.corpus.src_row, self.corpus.tgt_row))
        return Gold(src, tgt)

    def found(self, direction: Direction, rows: Ints) -> dict[str, pa.Array]:
        """The columns of a table of items that say which word was found.

        Args:
            direction: which side searched.
            rows: (n,) as :class:`xlt.measures.ranks.Ranks` has them: of the other side, and behind it of the own.
        """
        own, other = self.corpus.src, self.corpus.tgt
        if direction == "tgt-src":
            own, other = other, own
        at = pa.array(rows, mask=rows < 0)
        columns = {
            "found_lang": pa.array([side.lang for side in (other, own) for _ in range(len(side))], pa.string()),
            "found_sent_id": pa.array(np.concatenate((other.sent_id, own.sent_id))),
            "found_word": pa.array([*other.forms, *own.forms], pa.string()),
            "found_idx": pa.array(np.concatenate((other.idx, own.idx)).astype(np.int32)),
        }
        return {name: values.take(at) for name, values in columns.items()}


@contextmanager
def corpus_groups(
    model: str,
    pairs: Sequence[str],
    options: AlignScoreOptions,
    progress: Progress | None = None,
    *,
    load: Load = load_for,
    in_memory: int = IN_MEMORY,
) -> Iterator[Groups]:
    """Embed every word of pairs tables, each distinct sentence once, and group them by language pair.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, paths or ``-``; those of one language pair are one corpus, in the order given.
        options: which links are queries, and how words are embedded.
        progress: called with subwords done and in all.
        load: makes an encoder of the model's name.
        in_memory: bytes of vectors above which they lie in a temporary file.

    Memory: O(layers x words of distinct sentences x dim), or ``in_memory`` if that is less.

    Raises:
        XltError: bad input; no link with a vector is left; see the readers and the loader.
    """
    sources, encoder, layers = open_all(model, pairs, options, load)
    seen_sources = [open_pairs(name) for name in matching_files(options.unseen)]
    sentences, corpora = read_corpora(sources)
    pieces = make_pieces(encoder.tokenizer, sentences, encoder.max_length, options.encode.overlong)
    has_vector = pieces.piece >= 0
    words = np.flatnonzero(has_vector)
    place = np.cumsum(has_vector) - 1
    seen = _seen(seen_sources)
    unknown = encoder.tokenizer.unk_id
    chosen = {
        langs: _queries(with_vectors(corpus, has_vector), seen.get(langs, set()), options, langs)
        for langs, corpus in corpora.items()
    }
    with room((len(layers), len(words), encoder.dim), 1, in_memory) as (vectors,):

        def write(at: Ints, values: npt.NDArray[np.float32]) -> None:
            vectors[:, at] = values

        embed_words(
            encoder,
            pieces,
            words,
            layers=layers,
            pool=options.encode.pool,
            batch_tokens=batch_tokens_on(encoder.device.type, options.encode.batch_tokens),
            write=write,
            progress=progress,
        )
        source, inputs = model_input(encoder), pair_inputs(sources)
        yield Groups(
            groups=[
                _group(CorpusVectors(all=vectors, place=place, corpus=corpus, where="-".join(langs)), langs, source,
                       inputs, pair_inputs(seen_sources), options,
                       fertility_facts(pieces, corpus.src.word, corpus.tgt.word, unknown))
                for langs, corpus in chosen.items()
            ],
            layers=list(enumerate(layers)),
            num_layers=encoder.num_layers,
            inputs=[source, *inputs, *(replace(i, role="unseen") for i in pair_inputs(seen_sources))],
            warnings=[*trained_on_these(source, inputs), *incomplete(inputs)],
            params=options.encode.params(),
            packages=("transformers",),
        )  # fmt: skip


def _seen(sources: Sequence[Source]) -> dict[LangPair, set[Forms]]:
    # By language pair the words of all links.
    seen: dict[LangPair, set[Forms]] = {}
    for source in sources:
        for batch in link_batches(source, with_tokens=True):
            src, tgt = (linked_words(batch, side, index) for side, index in (("src", batch.src), ("tgt", batch.tgt)))
            for langs, links in by_language_pair(batch.langs, batch.row).items():
                seen.setdefault(langs, set()).update((src[k], tgt[k]) for k in links.tolist())
    return seen


def _queries(corpus: LinkedCorpus, seen: set[Forms], options: AlignScoreOptions, langs: LangPair) -> LinkedCorpus:
    # In this order: what training has seen is no query; types are counted among the rest; of these some are drawn.
    if options.unseen:
        corpus = without_seen(corpus, seen, lowercase=options.unseen_lowercase)
    if options.score.candidates == "types":
        corpus = one_of_each_form(corpus)
    if not len(corpus):
        counts = "; ".join(f"{number:,} {name}" for name, number in corpus.counts.items()) or "no links"
        raise XltError(f"{'-'.join(langs)}: no word pair is left to search ({counts})")
    most = options.most
    if most is None or len(corpus) <= most:
        if most is not None and len(corpus) < most:
            logger.warning("%s-%s: %s", *langs, too_few(most, len(corpus)))
        return corpus
    priority = priorities(
        options.seed,
        corpus.src.sent_id[corpus.src_row],
        corpus.src.idx[corpus.src_row],
        corpus.tgt.idx[corpus.tgt_row],
    )
    return corpus.links(lowest(priority, most))


def _group(
    data: CorpusVectors,
    langs: LangPair,
    model: Input,
    inputs: Sequence[Input],
    seen: Sequence[Input],
    options: AlignScoreOptions,
    cut: Mapping[str, Any],
) -> Group:
    corpus = data.corpus
    how = {"data": data_id(inputs, langs), **making(options.encode.params())}
    if seen:
        how["unseen"] = data_id(seen, langs)
    n = len(corpus)
    src, tgt = corpus.src.take(corpus.src_row), corpus.tgt.take(corpus.tgt_row)
    return Group(
        langs=langs,
        data=data,
        words={
            "row": pa.array(np.arange(n)),
            "sent_id": pa.array(src.sent_id),
            "src_lang": pa.array([langs[0]] * n, pa.string()),
            "tgt_lang": pa.array([langs[1]] * n, pa.string()),
            "src_word": pa.array(src.forms, pa.string()),
            "tgt_word": pa.array(tgt.forms, pa.string()),
            "src_idx": pa.array(src.idx.astype(np.int32)),
            "tgt_idx": pa.array(tgt.idx.astype(np.int32)),
        },
        identity=model_identity(model.as_json()),
        signature=drawn_signature(np.arange(n), options, how),
        facts={"source words": len(corpus.src), "target words": len(corpus.tgt), **cut, **corpus.counts},
        subset="unseen" if seen else "",
    )


def incomplete(inputs: Sequence[Input]) -> list[str]:
    """What the user is told where tables lack sentence pairs without a word pair, which are candidates, too."""
    missing = 0
    for item in inputs:
        record = item.record or {}
        if record.get("step") in ("extract-pairs", "tag") and not (record.get("params") or {}).get("keep_empty"):
            missing += (record.get("summary") or {}).get("without") or 0
    if not missing:
        return []
    left_out = f"{missing:,} sentence pairs without a word pair are not in these files"
    return [f"{left_out}: with fewer candidates the scores are too high; extract them with --keep-empty"]
