"""Sentence pairs with word pairs for realignment: what pairs tables hold, tokenised, and the batches made of them.

A table is read once for what is there and once for what is drawn of it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Ints, LangPair, Ragged, members, offsets
from xlt.encoders.load import Encoder
from xlt.encoders.options import Overlong
from xlt.encoders.pieces import Pieces, make_pieces
from xlt.encoders.tokens import WordTokenizer
from xlt.errors import OptionError, XltError
from xlt.files.pairs import link_batches
from xlt.files.tables import Source
from xlt.training.options import Aim
from xlt.training.order import permutation, stream

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Available:
    """The sentence pairs of a language pair in a file that hold a word pair, as row numbers of the file."""

    source: Source
    langs: LangPair
    rows: Ints


@dataclass(frozen=True)
class Side:
    """Sentences of one language as the model reads them.

    Attributes:
        sequences: token ids of each sentence, special tokens included.
        spans: (words, 2) of each sentence, where each word starts and stops in its sequence; words that the sequence
            does not hold are not among them.
    """

    sequences: Ragged[np.int64]
    spans: Ragged[np.int64]

    def take(self, rows: Ints) -> "Side":
        """Some sentences, in the order given."""
        return Side(self.sequences.take(rows), self.spans.take(rows))

    @staticmethod
    def join(parts: "Sequence[Side]") -> "Side":
        """The sentences of all parts, one after the other."""
        return Side(Ragged.join([p.sequences for p in parts]), Ragged.join([p.spans for p in parts]))


@dataclass(frozen=True, kw_only=True)
class PairStream:
    """The sentence pairs of one language pair in one file; each has at least one word pair whose words are held.

    Attributes:
        name: file and languages; its order of data depends on it.
        langs: source and target language.
        src, tgt: the sentences.
        links: (word pairs, 2) of each sentence pair, source and target word counted within their sentences.
        dropped: sentence pairs left out because no word pair was held.
        cut: sentences longer than the limit.
        links_lost: word pairs with a word that was cut off.
    """

    name: str
    langs: LangPair
    src: Side
    tgt: Side
    links: Ragged[np.int64]
    dropped: int
    cut: int
    links_lost: int

    def __len__(self) -> int:
        return len(self.links)


def available_pairs(sources: Sequence[Source]) -> list[Available]:
    """What the files hold, each language pair of each file by itself.

    Raises:
        XltError: no word pair in a file, a file given twice, or languages that share no side.
    """
    hashes = [source.sha256 for source in sources]
    for source in sources:
        if hashes.count(source.sha256) > 1:
            raise XltError(f"{source.where} is given twice, or under two names; each pairs file counts once")
    available: list[Available] = []
    for source in sources:
        rows: dict[LangPair, list[Ints]] = {}
        first = 0
        for batch in link_batches(source, with_tokens=False):
            linked = np.unique(batch.row)
            codes = {pair: i for i, pair in enumerate(dict.fromkeys(batch.langs))}
            of_row = np.fromiter((codes[pair] for pair in batch.langs), np.int64, len(batch.langs))
            for pair, code in codes.items():
                rows.setdefault(pair, []).append(first + linked[of_row[linked] == code])
            first += len(batch.langs)
        of_source = [Available(source, pair, np.concatenate(parts)) for pair, parts in rows.items()]
        if not any(len(a.rows) for a in of_source):
            raise XltError(f"{source.where} holds no word pair: nothing to align")
        available += [a for a in of_source if len(a.rows)]
    pairs = sorted({a.langs for a in available})
    if len({src for src, _ in pairs}) > 1 and len({tgt for _, tgt in pairs}) > 1:
        raise XltError(
            f"the pairs are of {', '.join('-'.join(p) for p in pairs)}: the language that all share must be on the "
            "same side in all of them; swap SRC and TGT in extract-pairs"
        )
    return available


def load_streams(
    available: Sequence[Available], encoder: Encoder, aim: Aim, steps: int | None, seed: int
) -> list[PairStream]:
    """Tokenise the sentence pairs that ``steps`` steps can need (None: all).

    Where a file holds far more than the steps will see, as many are drawn with ``seed`` and the others are never read.
    """
    size = aim.pairs_in_batch(a.langs for a in available)
    turns = None if steps is None else -(-steps * size // len(available))
    few = [a for a in available if len(a.rows) < size // len(available)]
    if few:
        logger.warning(
            "%s: %s-%s has %s sentence pairs, fewer than a batch takes: each stands in it several times, its copies "
            "among the negatives", few[0].source.where, *few[0].langs, len(few[0].rows),
        )  # fmt: skip
    return [_stream(i, pairs, encoder, aim, turns, seed) for i, pairs in enumerate(available)]


def epoch_steps(available: Sequence[Available], batch_size: int) -> int:
    """Steps until every sentence pair was seen, the streams taken in turn: the largest decides."""
    largest = max(len(a.rows) for a in available)
    return -(-largest * len(available) // batch_size)


def stream_summary(
    available: Sequence[Available], streams: Sequence[PairStream], sentence_pairs: int
) -> dict[str, Any]:
    """What was kept of the pairs and what was left out, where the steps take so many sentence pairs."""
    return {
        "language pairs": ", ".join(sorted({"-".join(a.langs) for a in available})),
        "sentence pairs": sum(len(a.rows) for a in available),
        "sentence pairs in these steps": sentence_pairs,
        "left without a word pair by the length limit": sum(s.dropped for s in streams),
        "sentences cut or left out": sum(s.cut for s in streams),
        "word pairs cut off": sum(s.links_lost for s in streams),
    }


def aligner_of(sources: Sequence[Source]) -> str:
    """Who made the word pairs, for the recipe; ``pairs`` where the files do not say."""
    return "/".join(sorted({str(((s.record or {}).get("params") or {}).get("aligner", "pairs")) for s in sources}))


def _stream(number: int, pairs: Available, encoder: Encoder, aim: Aim, turns: int | None, seed: int) -> PairStream:
    name = f"{pairs.langs[0]}-{pairs.langs[1]}/{number}"
    rows = pairs.rows
    # Some may drop out when they are cut, so that a few more are drawn than will be seen.
    if turns is not None and turns + turns // 10 + 100 < len(rows):
        rows = np.sort(rows[permutation(len(rows), seed, name + "/drawn", 0)[: turns + turns // 10 + 100]])
    src, tgt, links = _sentences(pairs.source, rows)
    stream = pair_stream(
        name,
        pairs.langs,
        src,
        tgt,
        links,
        encoder.tokenizer,
        min(aim.max_length, encoder.max_length),
        aim.overlong,
    )
    if turns is not None and len(stream) < turns < len(pairs.rows):
        logger.warning(
            "%s: so many sentence pairs lost their word pairs by the length limit that %s of them are seen again, "
            "although the file holds more", pairs.source.where, turns - len(stream),
        )  # fmt: skip
    if stream.cut:
        logger.info("%s: %s sentences above %s subwords", pairs.source.where, stream.cut, aim.max_length)
    return stream


def _sentences(source: Source, rows: Ints) -> tuple[list[list[str]], list[list[str]], list[tuple[Ints, Ints]]]:
    src: list[list[str]] = []
    tgt: list[list[str]] = []
    links: list[tuple[Ints, Ints]] = []
    first = 0
    for batch in link_batches(source, with_tokens=True):
        n = len(batch.langs)
        drawn = rows[(rows >= first) & (rows < first + n)] - first
        bounds = np.searchsorted(batch.row, np.arange(n + 1))
        taken = pa.array(drawn)
        src += batch.table.column("src_tokens").take(taken).to_pylist()
        tgt += batch.table.column("tgt_tokens").take(taken).to_pylist()
        links += [(batch.src[bounds[i] : bounds[i + 1]], batch.tgt[bounds[i] : bounds[i + 1]]) for i in drawn.tolist()]
        first += n
    return src, tgt, links


def pair_stream(
    name: str,
    langs: LangPair,
    src: Sequence[Sequence[str]],
    tgt: Sequence[Sequence[str]],
    links: Sequence[tuple[Ints, Ints]],
    tokenizer: WordTokenizer,
    max_length: int,
    overlong: Overlong,
) -> PairStream:
    """Tokenise sentence pairs.

    Args:
        name: see :class:`PairStream`.
        langs: see :class:`PairStream`.
        src: words of each source sentence.
        tgt: words of each target sentence.
        links: of each sentence pair, the positions of the paired words.
        tokenizer: of the model.
        max_length: longest input in subwords.
        overlong: ``cut``, ``skip`` or ``error``; windows have no place in a batch of sentence pairs.

    Raises:
        OptionError: no sentence pair is left.
    """
    pieces = [make_pieces(tokenizer, side, max_length, overlong) for side in (src, tgt)]
    row = np.repeat(np.arange(len(links)), [len(one) for one, _ in links])
    # Words counted over all sentences of their side.
    ids = [
        pieces[k].word_offsets[row] + np.concatenate([link[k] for link in links] or [np.empty(0, np.int64)])
        for k in range(2)
    ]
    # A sentence that was cut lies in a piece behind the others: sentences are numbered by the piece they are in.
    held = (pieces[0].piece[ids[0]] >= 0) & (pieces[1].piece[ids[1]] >= 0)
    rows, counts = np.unique(row[held], return_counts=True)
    if not len(rows):
        text = f"leaves no word pair of {name} to align: none has both words within the first {max_length} subwords"
        raise OptionError("max_length", text)
    (source, source_words), (target, target_words) = (
        _side(p, rows, i[held], counts) for p, i in zip(pieces, ids, strict=True)
    )
    return PairStream(
        name=name,
        langs=langs,
        src=source,
        tgt=target,
        links=Ragged(np.stack((source_words, target_words), axis=1), offsets(counts)),
        dropped=len(links) - len(rows),
        cut=sum(len(p.overlong) for p in pieces),
        links_lost=int((~held).sum()),
    )


def _side(pieces: Pieces, rows: Ints, ids: Ints, counts: Ints) -> tuple[Side, Ints]:
    # One piece a sentence, in the order of ``rows``, and of their words only those that the piece holds. Beside it
    # ``ids``, of which each row has ``counts``, counted over these words of their sentence.
    words, word_counts = members(pieces.word_offsets, rows)
    inside = pieces.piece[words] >= 0
    held, sentence = words[inside], np.repeat(np.arange(len(rows)), word_counts)[inside]
    piece = np.zeros(len(rows), np.int64)
    piece[sentence] = pieces.piece[held]
    starts = np.searchsorted(sentence, np.arange(len(rows) + 1))
    spans = Ragged(np.stack((pieces.start[held], pieces.stop[held]), axis=1), starts)
    side = Side(pieces.tokens.take(piece), spans)
    return side, np.searchsorted(held, ids) - np.repeat(starts[:-1], counts)


@dataclass(frozen=True, kw_only=True)
class PairBatch:
    """Sentence pairs of one step: ``n`` source sequences, then their ``n`` target sequences.

    Attributes:
        sequences: the 2n sequences.
        row: (words,) the sequence of each word, ascending.
        start, stop: (words,) its span there.
        n_source: words of the source side; they come first.
        src_ids: (word pairs,) source word of each, among the source words.
        tgt_ids: (word pairs,) target word of each, among the target words.
    """

    sequences: Ragged[np.int64]
    row: Ints
    start: Ints
    stop: Ints
    n_source: int
    src_ids: Ints
    tgt_ids: Ints


def pair_batch(streams: Sequence[PairStream], batch_size: int, step: int, seed: int) -> PairBatch:
    """The sentence pairs of a step, the streams taken in turn, each starting again (shuffled anew) at its end."""
    first = step * batch_size
    turns = np.arange(first, first + batch_size)
    sources: list[Side] = []
    targets: list[Side] = []
    links: list[Ints] = []
    words = np.zeros(2, np.int64)
    for k, pairs in enumerate(streams):
        own = turns[turns % len(streams) == k]
        if not len(own):
            continue
        rows = stream(len(pairs), int(own[0]) // len(streams), len(own), seed, pairs.name)
        source, target, of_pairs = pairs.src.take(rows), pairs.tgt.take(rows), pairs.links.take(rows)
        # Where a word stands among the words taken: its place in its sentence, behind the sentences before.
        before = np.stack((source.spans.offsets, target.spans.offsets), axis=1) + words
        links.append(of_pairs.values + before[of_pairs.row])
        words = before[-1]
        sources.append(source)
        targets.append(target)
    whole = Side.join([*sources, *targets])
    src_ids, tgt_ids = np.concatenate(links).T.copy()
    start, stop = whole.spans.values.T.copy()
    return PairBatch(
        sequences=whole.sequences,
        row=whole.spans.row,
        start=start,
        stop=stop,
        n_source=int(words[0]),
        src_ids=src_ids,
        tgt_ids=tgt_ids,
    )
