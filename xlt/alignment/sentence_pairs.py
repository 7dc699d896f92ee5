"""Sentence pairs of pairs tables, whether or not their words are linked: which are taken, and as inputs of a model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from xlt.alignment.sample import Shard, by_language_pair, lowest, priorities
from xlt.arrays import Floats, Ints, LangPair
from xlt.encoders.load import Encoder
from xlt.encoders.options import Overlong
from xlt.encoders.sentences import Sentence, SentenceInputs, make_sentences
from xlt.files.pairs import GRADE, check_grades
from xlt.files.schemas import TEXTS, WORDS
from xlt.files.tables import Source

_SIDES = {"src": "source", "tgt": "target"}


@dataclass(frozen=True, kw_only=True)
class PairedSentences:
    """Sentence pairs in file order.

    Attributes:
        sentences: distinct sentences, those of both sides and all languages.
        src, tgt: (n,) which of them each side is.
        sent_id: (n,) numbers of the sentence pairs.
        langs: (n,) language pair.
        grade: (n,) how near the sides are in meaning, NaN where nobody says; None where nobody says of any.
    """

    sentences: list[Sentence]
    src: Ints
    tgt: Ints
    sent_id: Ints
    langs: list[LangPair]
    grade: Floats | None = None

    def __len__(self) -> int:
        return len(self.src)

    def take(self, rows: Ints) -> "PairedSentences":
        """Some of the pairs; the sentences stay."""
        return PairedSentences(
            sentences=self.sentences,
            src=self.src[rows],
            tgt=self.tgt[rows],
            sent_id=self.sent_id[rows],
            langs=[self.langs[i] for i in rows.tolist()],
            grade=None if self.grade is None else self.grade[rows],
        )

    def words(self) -> pa.RecordBatch:
        """The rows of ``words.parquet``: no words, but the sentences."""
        schema = WORDS.arrow(unusual=["unit", *TEXTS, *([] if self.grade is None else [GRADE])])
        columns = {
            "sent_id": pa.array(self.sent_id),
            "src_lang": pa.array([a for a, _ in self.langs], pa.string()),
            "tgt_lang": pa.array([b for _, b in self.langs], pa.string()),
            "unit": pa.array(["sentence"] * len(self), pa.string()),
            "src_text": self._texts(self.src),
            "tgt_text": self._texts(self.tgt),
        }
        if self.grade is not None:
            columns[GRADE] = pa.array(self.grade, from_pandas=True)
        arrays = [columns.get(of.name, pa.nulls(len(self), of.type)) for of in schema]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _texts(self, numbers: Ints) -> pa.StringArray:
        chosen = (self.sentences[i] for i in numbers.tolist())
        return pa.array([s if isinstance(s, str) else " ".join(s) for s in chosen], pa.string())


@dataclass
class _Reading:
    numbers: dict[Sentence, int] = field(default_factory=dict)
    parts: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    grades: list[Floats] = field(default_factory=list)
    langs: list[LangPair] = field(default_factory=list)

    def side(self, batch: pa.RecordBatch, side: str) -> Ints:
        tokens = batch.column(f"{side}_tokens").to_pylist()
        text = f"{side}_text"
        texts = batch.column(text).to_pylist() if text in batch.schema.names else [None] * len(tokens)
        sentences = (tuple(own) if text is None else text for own, text in zip(tokens, texts, strict=True))
        return np.fromiter((self.numbers.setdefault(s, len(self.numbers)) for s in sentences), np.int64, len(tokens))


def read_sentence_pairs(sources: Sequence[Source]) -> PairedSentences:
    """All sentence pairs of some tables, files in the order given: their texts, and where there are none, their words.

    Memory: O(text).

    Raises:
        XltError: a broken table, or a grade that is none.
    """
    rows = _Reading()
    graded = any(GRADE in source.schema.names for source in sources)
    for source in sources:
        optional = [name for name in (*TEXTS, GRADE) if name in source.schema.names]
        first = 0
        for batch in source.batches(["sent_id", "src_lang", "tgt_lang", "src_tokens", "tgt_tokens", *optional]):
            n = batch.num_rows
            sent_id = batch.column("sent_id").cast(pa.int64()).to_numpy(zero_copy_only=False)
            rows.parts.append((rows.side(batch, "src"), rows.side(batch, "tgt"), sent_id))
            langs = (batch.column(name).cast(pa.string()).to_pylist() for name in ("src_lang", "tgt_lang"))
            rows.langs += zip(*langs, strict=True)
            grade = np.full(n, np.nan)
            if GRADE in optional:
                check_grades(batch.column(GRADE), f"{source.where}:", first)
                grade = batch.column(GRADE).cast(pa.float64()).to_numpy(zero_copy_only=False)
            rows.grades.append(grade)
            first += n
    none = (np.empty(0, np.int64),) * 3
    src, tgt, numbers = (np.concatenate(part) for part in zip(none, *rows.parts, strict=True))
    grades = np.concatenate([np.empty(0), *rows.grades]) if graded else None
    return PairedSentences(
        sentences=list(rows.numbers), src=src, tgt=tgt, sent_id=numbers, langs=rows.langs, grade=grades
    )


@dataclass(frozen=True, kw_only=True)
class PreparedSentences:
    """Sentence pairs of which both sides have a vector.

    Attributes:
        pairs: those that are taken.
        inputs: the model's inputs, of all sentences.
        used: (m,) numbers of the sentences that are to be encoded, ascending.
        available: pairs that could be taken, by language pair.
        lost: those left out, by language pair and why.
    """

    pairs: PairedSentences
    inputs: SentenceInputs
    used: Ints
    available: Counter[LangPair]
    lost: dict[LangPair, Counter[str]]

    def facts(self, langs: LangPair, rows: Ints) -> dict[str, int]:
        """Counts for the summary of one language pair, whose pairs are ``rows``."""
        used = np.union1d(self.pairs.src[rows], self.pairs.tgt[rows])
        overlong = int(np.isin(used, self.inputs.overlong).sum())
        return {**self.lost[langs], "overlong sentences": overlong}


# Why a sentence pair is left out.
_EMPTY = "sentence pairs with an empty side, left out"
_LONG = "sentence pairs above the limit, left out"


def prepare_sentences(
    encoder: Encoder,
    sources: Sequence[Source],
    most: int | None,
    seed: int,
    overlong: Overlong,
    *,
    shard: Shard | None = None,
) -> PreparedSentences:
    """Read, tokenise and draw: ``most`` sentence pairs of each language pair, None takes all.

    The draw is by the seed and a pair's number alone, among the pairs of which both sides have a vector; a shard (i, n)
    takes of it the pairs whose number leaves i - 1 when divided by n.
    """
    pairs = read_sentence_pairs(sources)
    inputs = make_sentences(encoder, pairs.sentences, overlong)
    readable = inputs.tokens.lengths[: len(pairs.sentences)] > 0
    readable[inputs.overlong] = inputs.subwords[inputs.overlong] > 0
    is_long = np.isin(np.arange(len(pairs.sentences)), inputs.overlong)
    empty = ~readable & ~is_long
    chosen, available, lost = [], Counter[LangPair](), {}
    for langs, rows in by_language_pair(pairs.langs, np.arange(len(pairs))).items() if len(pairs) else ():
        src, tgt = pairs.src[rows], pairs.tgt[rows]
        without = empty[src] | empty[tgt]
        has_vectors = readable[src] & readable[tgt]
        lost[langs] = Counter({_EMPTY: int(without.sum()), _LONG: int((~has_vectors & ~without).sum())})
        rows = rows[has_vectors]
        available[langs] = len(rows)
        if most is not None:
            zero = np.zeros(len(rows), np.int64)
            rows = rows[lowest(priorities(seed, pairs.sent_id[rows], zero, zero), most)]
        chosen.append(rows if shard is None else rows[pairs.sent_id[rows] % shard[1] == shard[0] - 1])
    taken = pairs.take(np.sort(np.concatenate([np.empty(0, np.int64), *chosen])))
    return PreparedSentences(
        pairs=taken,
        inputs=inputs,
        used=np.union1d(taken.src, taken.tgt),
        available=available,
        lost=lost,
    )
