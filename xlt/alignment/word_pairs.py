"""Word pairs in hand: the sentences that hold them, each once, and which word of which sentence is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from xlt.alignment.sample import Sample
from xlt.arrays import Ints, LangPair
from xlt.errors import XltError
from xlt.files.pairs import link_batches
from xlt.files.schemas import WORDS
from xlt.files.tables import Source


@dataclass
class WordPairs:
    """Word pairs in file order.

    Attributes:
        sentences: distinct sentences as lists of words.
        src_sentence, tgt_sentence: (n,) which sentence holds each word.
        src, tgt: (n,) word positions.
        sent_id: (n,) sentence pair.
        langs: (n,) language pair.
    """

    sentences: list[list[str]]
    src_sentence: Ints
    tgt_sentence: Ints
    src: Ints
    tgt: Ints
    sent_id: Ints
    langs: list[LangPair]

    def __len__(self) -> int:
        return len(self.src)

    def take(self, rows: Ints) -> "WordPairs":
        """Some of the word pairs; the sentences stay."""
        return WordPairs(
            self.sentences,
            self.src_sentence[rows],
            self.tgt_sentence[rows],
            self.src[rows],
            self.tgt[rows],
            self.sent_id[rows],
            [self.langs[i] for i in rows.tolist()],
        )

    def words(self) -> pa.RecordBatch:
        """The rows of ``words.parquet``."""
        at = self.sentences
        src_words = [at[s][w] for s, w in zip(self.src_sentence.tolist(), self.src.tolist(), strict=True)]
        tgt_words = [at[s][w] for s, w in zip(self.tgt_sentence.tolist(), self.tgt.tolist(), strict=True)]
        columns = [
            pa.array(self.sent_id),
            pa.array([a for a, _ in self.langs], pa.string()),
            pa.array([b for _, b in self.langs], pa.string()),
            pa.array(src_words, pa.string()),
            pa.array(tgt_words, pa.string()),
            pa.array(self.src.astype(np.int32)),
            pa.array(self.tgt.astype(np.int32)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=WORDS.arrow())


@dataclass
class _Collector:
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    sentences: list[list[str]] = field(default_factory=list)
    parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = field(default_factory=list)
    langs: list[LangPair] = field(default_factory=list)

    def number(self, tokens: Sequence[str]) -> int:
        key = tuple(tokens)
        found = self.numbers.setdefault(key, len(self.sentences))
        if found == len(self.sentences):
            self.sentences.append(list(tokens))
        return found

    def result(self) -> WordPairs:
        src_sentence, tgt_sentence, src, tgt, sent_id = (
            np.concatenate([part[i] for part in self.parts]) for i in range(5)
        )
        return WordPairs(self.sentences, src_sentence, tgt_sentence, src, tgt, sent_id, self.langs)


def word_pairs(
    sources: Sequence[Source],
    sample: Sample,
    *,
    sentences_at_once: int | None = None,
    may_be_empty: bool = False,
) -> Iterator[WordPairs]:
    """The word pairs that ``sample`` takes, in file order.

    Sentences that occur several times, also in several files, are held once. With ``sentences_at_once`` the pairs come
    in parts that hold about so many distinct sentences, so that memory does not grow with the files; without it all
    come at once. ``may_be_empty``: more shards than sentences is no fault, an array of cluster jobs goes on.

    Raises:
        XltError: a broken or inconsistent table; or no word pair at all.
    """
    collector, total = _Collector(), 0
    for source in sources:
        for batch in link_batches(source, with_tokens=True):
            taken = sample.taken(batch)
            if not len(taken):
                continue
            rows, place = np.unique(batch.row[taken], return_inverse=True)
            picked = batch.table.take(pa.array(rows))
            src_number = _numbers(collector, picked.column("src_tokens"))
            tgt_number = _numbers(collector, picked.column("tgt_tokens"))
            collector.parts.append(
                (src_number[place], tgt_number[place], batch.src[taken], batch.tgt[taken], batch.sent_id[taken])
            )
            collector.langs += [batch.langs[i] for i in batch.row[taken].tolist()]
            total += len(taken)
            if sentences_at_once is not None and len(collector.sentences) >= sentences_at_once:
                yield collector.result()
                collector = _Collector()
    if not total and not may_be_empty:
        raise XltError(f"{', '.join(s.where for s in sources)}: no word pair; nothing to embed or score")
    if collector.parts:
        yield collector.result()


def _numbers(collector: _Collector, column: pa.Array) -> Ints:
    rows = column.to_pylist()
    return np.fromiter((collector.number(tokens) for tokens in rows), np.int64, len(rows))
