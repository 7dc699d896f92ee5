"""All words of the sentences of pairs tables, which of them are linked, and which of these links are asked for.

Retrieval over a whole corpus (cao2020, section 3.2) searches every word, whether it has a link or not, so that the
tables should hold sentence pairs without a link as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from xlt.alignment.sample import DistinctSentences, by_language_pair
from xlt.arrays import Bools, Ints, LangPair, members
from xlt.files.pairs import link_batches
from xlt.files.tables import Source

Forms = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class CorpusSide:
    """The words of one side, in corpus order.

    Attributes:
        lang: language code.
        sent_id: (words,) sentence pair.
        idx: (words,) position in the sentence.
        word: (words,) number over all words of the distinct sentences.
        forms: (words,) the words themselves.
    """

    lang: str
    sent_id: Ints
    idx: Ints
    word: Ints
    forms: list[str]

    def __len__(self) -> int:
        return len(self.word)

    def take(self, rows: Ints) -> "CorpusSide":
        """Some of the words."""
        return CorpusSide(
            lang=self.lang,
            sent_id=self.sent_id[rows],
            idx=self.idx[rows],
            word=self.word[rows],
            forms=[self.forms[i] for i in rows.tolist()],
        )


@dataclass(frozen=True, kw_only=True)
class LinkedCorpus:
    """Both sides of one language pair.

    Attributes:
        src, tgt: their words: the candidates.
        src_row, tgt_row: (n,) what is linked: rows of the sides; the queries.
        counts: what was left out, and what to know, by name.
    """

    src: CorpusSide
    tgt: CorpusSide
    src_row: Ints
    tgt_row: Ints
    counts: dict[str, int]

    def __len__(self) -> int:
        return len(self.src_row)

    def links(self, chosen: Ints | Bools, counts: dict[str, int] | None = None) -> "LinkedCorpus":
        """With some of the links; all words stay."""
        return LinkedCorpus(
            src=self.src,
            tgt=self.tgt,
            src_row=self.src_row[chosen],
            tgt_row=self.tgt_row[chosen],
            counts={**self.counts, **(counts or {})},
        )

    def forms(self) -> list[Forms]:
        """(n,) the two words of each link."""
        rows = zip(self.src_row.tolist(), self.tgt_row.tolist(), strict=True)
        return [(self.src.forms[i], self.tgt.forms[j]) for i, j in rows]


@dataclass
class _Rows:
    # The sentence pairs of one language pair as they come; links by row and position.
    src: list[Ints] = field(default_factory=list)
    tgt: list[Ints] = field(default_factory=list)
    sent_id: list[Ints] = field(default_factory=list)
    links: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    n: int = 0


def read_corpora(sources: Sequence[Source]) -> tuple[list[list[str]], dict[LangPair, LinkedCorpus]]:
    """The distinct sentences of pairs tables, and the corpus of each language pair, files in the order given.

    Memory: O(words).

    Raises:
        XltError: a broken or inconsistent table; see :func:`xlt.files.pairs.link_batches`.
    """
    sentences = DistinctSentences()
    rows_of: dict[LangPair, _Rows] = {}
    for source in sources:
        for batch in link_batches(source, with_tokens=True):
            src, tgt = (sentences.numbers(batch.table.column(f"{side}_tokens")) for side in ("src", "tgt"))
            sent_id = batch.table.column("sent_id").cast(pa.int64()).to_numpy()
            for langs, rows in by_language_pair(batch.langs, np.arange(len(sent_id))).items():
                corpus = rows_of.setdefault(langs, _Rows())
                place = np.full(len(sent_id), -1)
                place[rows] = corpus.n + np.arange(len(rows))
                own = place[batch.row] >= 0
                corpus.links.append((place[batch.row[own]], batch.src[own], batch.tgt[own]))
                for parts, values in ((corpus.src, src), (corpus.tgt, tgt), (corpus.sent_id, sent_id)):
                    parts.append(values[rows])
                corpus.n += len(rows)
    starts = np.concatenate(([0], np.cumsum([len(words) for words in sentences.all]))).astype(np.int64)
    forms = [word for words in sentences.all for word in words]
    return sentences.all, {langs: _corpus(langs, rows, starts, forms) for langs, rows in rows_of.items()}


def _corpus(langs: LangPair, rows: _Rows, starts: Ints, forms: list[str]) -> LinkedCorpus:
    sent_id = np.concatenate(rows.sent_id)
    row, src_idx, tgt_idx = (np.concatenate(part) for part in zip(*rows.links, strict=True))
    sides, linked, repeated = [], [], 0
    for lang, parts, index in ((langs[0], rows.src, src_idx), (langs[1], rows.tgt, tgt_idx)):
        sentence = np.concatenate(parts)
        word, counts = members(starts, sentence)
        first = np.concatenate(([0], np.cumsum(counts)))[:-1]
        sides.append(
            CorpusSide(
                lang=lang,
                sent_id=np.repeat(sent_id, counts),
                idx=word - np.repeat(starts[sentence], counts),
                word=word,
                forms=[forms[i] for i in word.tolist()],
            )
        )
        linked.append(first[row] + index)
        repeated += int((counts > 0).sum()) - len(np.unique(sentence[counts > 0]))
    return LinkedCorpus(
        src=sides[0],
        tgt=sides[1],
        src_row=linked[0],
        tgt_row=linked[1],
        counts={"sentences that occur again": repeated} if repeated else {},
    )


def with_vectors(corpus: LinkedCorpus, has_vector: Bools) -> LinkedCorpus:
    """Without the words that have no vector, nor their links.

    Args:
        corpus: of one language pair.
        has_vector: by the number of a word.
    """
    places, sides = [], []
    for side in (corpus.src, corpus.tgt):
        stays = has_vector[side.word]
        places.append(np.where(stays, np.cumsum(stays) - 1, -1))
        sides.append(side if stays.all() else side.take(np.flatnonzero(stays)))
    src_row, tgt_row = places[0][corpus.src_row], places[1][corpus.tgt_row]
    stays = (src_row >= 0) & (tgt_row >= 0)
    lost = len(corpus.src) + len(corpus.tgt) - len(sides[0]) - len(sides[1])
    counts = {"words without vector": lost, "links without vector": int((~stays).sum())} if lost else {}
    return LinkedCorpus(
        src=sides[0],
        tgt=sides[1],
        src_row=src_row[stays],
        tgt_row=tgt_row[stays],
        counts={**corpus.counts, **counts},
    )


def without_seen(corpus: LinkedCorpus, seen: Iterable[Forms], *, lowercase: bool = False) -> LinkedCorpus:
    """Without the links whose two words are linked elsewhere: pairs seen in training (cao2020, section 3.3).

    Args:
        corpus: of one language pair.
        seen: source word and target word of each link elsewhere.
        lowercase: compare without regard to case.
    """

    def folded(forms: Iterable[Forms]) -> Iterable[Forms]:
        return ((a.lower(), b.lower()) for a, b in forms) if lowercase else forms

    known = set(folded(seen))
    unseen = np.fromiter((pair not in known for pair in folded(corpus.forms())), np.bool_, len(corpus))
    return corpus.links(unseen, {"word pairs seen before, left out": int((~unseen).sum())})


def one_of_each_form(corpus: LinkedCorpus) -> LinkedCorpus:
    """One word a form on both sides: the non-contextual variant of cao2020 (section 3.3).

    A link stays where neither of its forms stood in one that stayed before. Of a form in such a link that word is the
    candidate, of any other form its first occurrence.
    """
    taken: tuple[set[str], set[str]] = (set(), set())
    chosen = []
    for k, (src, tgt) in enumerate(corpus.forms()):
        if src not in taken[0] and tgt not in taken[1]:
            chosen.append(k)
            taken[0].add(src)
            taken[1].add(tgt)
    links = np.array(chosen, np.int64)
    sides, places = [], []
    for side, rows in ((corpus.src, corpus.src_row[links]), (corpus.tgt, corpus.tgt_row[links])):
        candidate: dict[str, int] = {}
        for i, form in enumerate(side.forms):
            candidate.setdefault(form, i)
        candidate |= {side.forms[i]: i for i in rows.tolist()}
        of_form = np.sort(np.fromiter(candidate.values(), np.int64, len(candidate)))
        sides.append(side.take(of_form))
        places.append(np.searchsorted(of_form, rows))
    repeated = len(corpus) - len(links)
    return LinkedCorpus(
        src=sides[0],
        tgt=sides[1],
        src_row=places[0],
        tgt_row=places[1],
        counts={**corpus.counts, "word pairs of a form again, left out": repeated},
    )
