"""Which word pairs are taken, and their sentences: one sampling for ``embed`` and ``align-score``.

Every word pair has a priority that depends on the seed and on its sentence number and word positions alone; the N
lowest are the sample. So a sample does not depend on how the pairs are cut into files, embedding first and sampling
then gives the same word pairs as sampling first, and memory is O(N).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.arrays import Bools, Floats, Ints, LangPair
from xlt.encoders.options import Unit
from xlt.errors import XltError
from xlt.files.pairs import GRADE, LinkBatch, link_batches
from xlt.files.schemas import WORDS
from xlt.files.tables import Source

Priorities = npt.NDArray[np.uint64]
Shard = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is taken.

    Attributes:
        available: word pairs there are (in this shard), by language pair.
        chosen: sorted priorities of those that are taken, by language pair; None takes all.
        shard: (i, n) takes only sentence pairs whose number leaves i - 1 when divided by n.
    """

    available: dict[LangPair, int]
    chosen: dict[LangPair, Priorities] | None
    shard: Shard | None
    seed: int

    def taken(self, batch: LinkBatch) -> Ints:
        """Indices of the links of a batch that belong to the sample."""
        mask = np.ones(len(batch.row), np.bool_)
        if self.chosen is not None:
            priority = priorities(self.seed, batch.sent_id, batch.src, batch.tgt)
            for pair, links in by_language_pair(batch.langs, batch.row).items():
                chosen = self.chosen[pair]
                at = np.minimum(np.searchsorted(chosen, priority[links]), len(chosen) - 1)
                mask[links] = chosen[at] == priority[links]
        return np.flatnonzero(mask & _in_shard(batch.sent_id, self.shard))


def priorities(seed: int, sent_id: Ints, src: Ints, tgt: Ints) -> Priorities:
    """(k,) pseudo-random uint64 of each word pair (the finaliser of SplitMix64, chained over the three numbers)."""
    start = _mixed(np.array([seed], np.uint64) + np.uint64(0x9E3779B97F4A7C15))
    state = np.repeat(start, len(sent_id))
    for part in (sent_id, src, tgt):
        state = _mixed(state ^ _mixed(part.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)))
    return state


def _mixed(z: Priorities) -> Priorities:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw(
    sources: Sequence[Source],
    n_pairs: int | None,
    seed: int,
    *,
    shard: Shard | None = None,
    unique_types: bool = False,
) -> Sample:
    """Draw ``n_pairs`` word pairs of each language pair (all, where there are fewer or with None).

    ``unique_types`` takes each source word and each target word at most once, in the order of the draw; memory is then
    O(all word pairs), else O(n_pairs).
    """
    available: dict[LangPair, int] = {}
    drawn: dict[LangPair, Priorities] = {}
    words: dict[LangPair, list[tuple[list[str], list[str]]]] = {}
    for source in sources:
        for batch in link_batches(source, with_tokens=unique_types):
            inside = _in_shard(batch.sent_id, shard)
            priority = priorities(seed, batch.sent_id, batch.src, batch.tgt)
            for pair, links in by_language_pair(batch.langs, batch.row).items():
                available[pair] = available.get(pair, 0) + int(inside[links].sum())
                if n_pairs is None and not unique_types:
                    continue
                both = np.concatenate((drawn.get(pair, np.empty(0, np.uint64)), priority[links]))
                if unique_types:
                    own = linked_words(batch, "src", batch.src, links), linked_words(batch, "tgt", batch.tgt, links)
                    words.setdefault(pair, []).append(own)
                elif n_pairs is not None and len(both) > n_pairs:
                    both = np.partition(both, n_pairs - 1)[:n_pairs]
                drawn[pair] = both
    if n_pairs is None and not unique_types:
        return Sample(available=available, chosen=None, shard=shard, seed=seed)
    for pair, parts in words.items():
        src_words, tgt_words = ([word for part in parts for word in part[side]] for side in (0, 1))
        drawn[pair] = drawn[pair][one_of_each_type(drawn[pair], src_words, tgt_words, n_pairs)]
    chosen = {pair: np.sort(own) for pair, own in drawn.items()}
    return Sample(available=available, chosen=chosen, shard=shard, seed=seed)


def one_of_each_type(priority: Priorities, src_words: Sequence[str], tgt_words: Sequence[str], n: int | None) -> Ints:
    """Indices of up to ``n`` word pairs, lowest priority first, that share no source word and no target word."""
    taken: list[int] = []
    seen_src: set[str] = set()
    seen_tgt: set[str] = set()
    for i in np.argsort(priority, kind="stable").tolist():
        if len(taken) == n:
            break
        if src_words[i] not in seen_src and tgt_words[i] not in seen_tgt:
            seen_src.add(src_words[i])
            seen_tgt.add(tgt_words[i])
            taken.append(i)
    return np.array(taken, np.int64)


def lowest(priority: Priorities, n: int) -> Ints:
    """Indices of the ``n`` lowest priorities, in their original order; the first wins a tie."""
    return np.sort(np.argsort(priority, kind="stable")[:n])


def too_few(n_pairs: int, taken: int, unit: Unit = "word") -> str:
    """What the user is told where fewer pairs can be had than were asked for."""
    return f"{n_pairs:,} {unit} pairs were asked for, {taken:,} can be had: all are taken"


def linked_words(batch: LinkBatch, side: str, index: Ints, links: Ints | None = None) -> list[str]:
    """The words of one side (``src``, ``tgt``) of the links of a batch that was read with its sentences.

    Args:
        batch: the links.
        side: ``src`` or ``tgt``.
        index: (k,) word positions on that side.
        links: (m,) which of them; None takes all.
    """
    column = batch.table.column(f"{side}_tokens")
    starts = column.offsets.to_numpy().astype(np.int64)
    chosen = slice(None) if links is None else links
    at = starts[batch.row[chosen]] + index[chosen]
    words: list[str] = column.values.take(pa.array(at)).to_pylist()
    return words


def _in_shard(sent_id: Ints, shard: Shard | None) -> Bools:
    return np.ones(len(sent_id), np.bool_) if shard is None else sent_id % shard[1] == shard[0] - 1


def by_language_pair(langs: Sequence[LangPair], row: Ints) -> dict[LangPair, Ints]:
    """The links (as indices into ``row``) of each language pair."""
    distinct = list(dict.fromkeys(langs))
    if len(distinct) == 1:
        return {distinct[0]: np.arange(len(row))}
    number = {pair: i for i, pair in enumerate(distinct)}
    of_row = np.fromiter((number[pair] for pair in langs), np.int64, len(langs))
    return {pair: np.flatnonzero(of_row[row] == i) for i, pair in enumerate(distinct)}


@dataclass(kw_only=True)
class WordPairs:
    """Word pairs in file order.

    Attributes:
        sentences: distinct sentences as lists of words.
        src_sentence, tgt_sentence: (n,) which sentence holds each word.
        src, tgt: (n,) word positions.
        sent_id: (n,) sentence pair.
        langs: (n,) language pair.
        grade: (n,) how near the sides are in meaning, NaN where nobody says; None where nobody says of any.
    """

    sentences: list[list[str]]
    src_sentence: Ints
    tgt_sentence: Ints
    src: Ints
    tgt: Ints
    sent_id: Ints
    langs: list[LangPair]
    grade: Floats | None = None

    def __len__(self) -> int:
        return len(self.src)

    def take(self, rows: Ints) -> "WordPairs":
        """Some of the word pairs; the sentences stay."""
        return WordPairs(
            sentences=self.sentences,
            src_sentence=self.src_sentence[rows],
            tgt_sentence=self.tgt_sentence[rows],
            src=self.src[rows],
            tgt=self.tgt[rows],
            sent_id=self.sent_id[rows],
            langs=[self.langs[i] for i in rows.tolist()],
            grade=None if self.grade is None else self.grade[rows],
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
        if self.grade is None:
            return pa.RecordBatch.from_arrays(columns, schema=WORDS.arrow())
        columns.append(pa.array(self.grade, from_pandas=True))
        return pa.RecordBatch.from_arrays(columns, schema=WORDS.arrow(unusual=[GRADE]))


class DistinctSentences:
    """Sentences by number; one that occurs again keeps its first.

    Attributes:
        all: the sentences in the order of their numbers.
    """

    def __init__(self) -> None:
        self.all: list[list[str]] = []
        self._numbers: dict[tuple[str, ...], int] = {}

    def numbers(self, column: pa.Array) -> Ints:
        """(rows,) the numbers of a column of sentences, each a list of words."""
        rows = column.to_pylist()
        return np.fromiter((self._number(tokens) for tokens in rows), np.int64, len(rows))

    def _number(self, tokens: Sequence[str]) -> int:
        number = self._numbers.setdefault(tuple(tokens), len(self.all))
        if number == len(self.all):
            self.all.append(list(tokens))
        return number


@dataclass
class _Collector:
    sentences: DistinctSentences = field(default_factory=DistinctSentences)
    parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = field(default_factory=list)
    langs: list[LangPair] = field(default_factory=list)
    grades: list[Floats] = field(default_factory=list)

    def result(self) -> WordPairs:
        names = ("src_sentence", "tgt_sentence", "src", "tgt", "sent_id")
        columns = {name: np.concatenate([part[i] for part in self.parts]) for i, name in enumerate(names)}
        grade = np.concatenate(self.grades) if self.grades else None
        return WordPairs(sentences=self.sentences.all, langs=self.langs, grade=grade, **columns)


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
    collector, total, graded = _Collector(), 0, with_grades(sources)
    for source in sources:
        for batch in link_batches(source, with_tokens=True):
            taken = sample.taken(batch)
            if not len(taken):
                continue
            rows, place = np.unique(batch.row[taken], return_inverse=True)
            picked = batch.table.take(pa.array(rows))
            src_number = collector.sentences.numbers(picked.column("src_tokens"))
            tgt_number = collector.sentences.numbers(picked.column("tgt_tokens"))
            collector.parts.append(
                (src_number[place], tgt_number[place], batch.src[taken], batch.tgt[taken], batch.sent_id[taken])
            )
            if graded:
                collector.grades.append(_grades(picked)[place])
            collector.langs += [batch.langs[i] for i in batch.row[taken].tolist()]
            total += len(taken)
            if sentences_at_once is not None and len(collector.sentences.all) >= sentences_at_once:
                yield collector.result()
                collector = _Collector()
    if not total and not may_be_empty:
        raise XltError(f"{', '.join(s.where for s in sources)}: no word pair; nothing to embed or score")
    if collector.parts:
        yield collector.result()


def with_grades(sources: Sequence[Source]) -> bool:
    """Whether any of the tables says how near its sides are in meaning."""
    return any(GRADE in source.schema.names for source in sources)


def _grades(rows: pa.RecordBatch) -> Floats:
    if GRADE not in rows.schema.names:
        return np.full(rows.num_rows, np.nan)
    values: Floats = rows.column(GRADE).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values
