"""Sentences to word pairs, block by block, in this process or in several."""

import signal
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xlt.aligners.dictionary import Links, WordTable, dictionary_links, word_table
from xlt.corpora.choose import Block
from xlt.corpora.dictionaries import distinct_entries
from xlt.corpora.words import Segmentation, Tokens, segmentation, strip_diacritics
from xlt.files.schemas import PAIRS

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairRule:
    """Everything that a process needs to turn sentences into pairs.

    Attributes:
        src: source language code.
        tgt: target language code.
        table: the dictionary, its words as they are looked up.
        tokenizers: name of a tokenizer by language, ``*`` for both.
        lowercase: fold both sides for the look-up; the tokens in the file stay as they are.
        strip_diacritics: remove vowel signs from text and dictionary (under ``pretokenized`` for the look-up only).
        pretokenized: tokens are separated by blanks and stay as they are.
    """

    src: str
    tgt: str
    table: WordTable = field(repr=False)
    tokenizers: dict[str, str]
    lowercase: bool
    strip_diacritics: bool
    pretokenized: bool

    def segmentations(self) -> tuple[Segmentation, Segmentation]:
        """How each side is cut into words."""
        source, target = (
            segmentation(
                lang,
                self.tokenizers.get(lang, self.tokenizers.get("*")),
                strip_marks=self.strip_diacritics,
                pretokenized=self.pretokenized,
            )
            for lang in (self.src, self.tgt)
        )
        return source, target

    def segmentation_names(self) -> dict[str, str]:
        """The names of the segmentations by language, for the record."""
        return {lang: s.name for lang, s in zip((self.src, self.tgt), self.segmentations(), strict=True)}


def pair_rule(
    entries: Iterable[tuple[str, str]],
    *,
    src: str,
    tgt: str,
    tokenizers: dict[str, str] | None = None,
    lowercase: bool = False,
    strip_diacritics: bool = False,
    pretokenized: bool = False,
) -> PairRule:
    """A rule from dictionary entries (source word, target word); entries that become identical are left out.

    Raises:
        XltError: an unknown tokenizer or a language without segmenter.
    """
    fold = _fold(lowercase, strip_diacritics)
    entries = list(entries) if pretokenized else _composed(list(entries))
    looked_up = distinct_entries((fold(s), fold(t)) for s, t in entries) if fold else entries
    rule = PairRule(src, tgt, word_table(looked_up), tokenizers or {}, lowercase, strip_diacritics, pretokenized)
    rule.segmentations()
    return rule


def _composed(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Segmentation composes the text (NFC), so the dictionary must be; nearly always it is, which one look tells.
    if unicodedata.is_normalized("NFC", "\n".join(chain.from_iterable(entries))):
        return entries
    nfc = partial(unicodedata.normalize, "NFC")
    return distinct_entries((nfc(s), nfc(t)) for s, t in entries)


def _fold(lowercase: bool, strip_marks: bool) -> Callable[[str], str] | None:
    if lowercase and strip_marks:
        return lambda word: strip_diacritics(word).lower()
    return str.lower if lowercase else strip_diacritics if strip_marks else None


@dataclass(frozen=True)
class PairBatch:
    """The pairs of one block of sentences.

    Attributes:
        table: a row a sentence pair, those without word pairs included.
        links: word pairs of each row.
        held_out: which rows are set aside.
        counts: what was found.
        src_seen, tgt_seen: numbers of the dictionary words that occurred.
    """

    table: pa.RecordBatch
    links: Ints
    held_out: npt.NDArray[np.bool_]
    counts: dict[str, int]
    src_seen: Ints
    tgt_seen: Ints


def make_pairs(rule: PairRule) -> Callable[[Block], PairBatch]:
    """A function from blocks of sentences to their word pairs."""
    source, target = rule.segmentations()
    table = rule.table
    # Segmentation has removed the vowel signs already, unless the tokens came as they are.
    fold = _fold(rule.lowercase, rule.strip_diacritics and rule.pretokenized)

    def pairs(block: Block) -> PairBatch:
        src, tgt = source.segment(block.src), target.segment(block.tgt)
        src_words, src_counts = look_up(src, table.src_ids, fold)
        tgt_words, tgt_counts = look_up(tgt, table.tgt_ids, fold)
        links = dictionary_links(table, src_words, src.offsets, tgt_words, tgt.offsets)
        per_sentence = np.bincount(links.sentence, minlength=len(block.ids))
        empty = (np.diff(src.offsets) == 0) | (np.diff(tgt.offsets) == 0)
        counts = {
            "with a word pair": int((per_sentence > 0).sum()),
            "word pairs": len(links.src),
            "empty side": int(empty.sum()),
            "source words": src_counts[0],
            "source words found": src_counts[1],
            "target words": tgt_counts[0],
            "target words found": tgt_counts[1],
        }
        return PairBatch(
            _table(rule, block, src, tgt, links, per_sentence),
            per_sentence,
            block.held_out,
            counts,
            _seen(src_words),
            _seen(tgt_words),
        )

    return pairs


def look_up(tokens: Tokens, ids: dict[str, int], fold: Callable[[str], str] | None) -> tuple[Ints, tuple[int, int]]:
    """The number of each token's word (-1 for none), and how many words there are and are known.

    Each distinct word is looked up once. Punctuation and numbers are not counted as words.
    """
    encoded = tokens.values.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    keys = map(fold, distinct) if fold else distinct
    numbers = np.fromiter((ids.get(w, -1) for w in keys), np.int64, len(distinct))
    is_word = np.fromiter((w[0].isalpha() for w in distinct), np.bool_, len(distinct))
    index = encoded.indices.to_numpy()
    words = numbers[index]
    return words, (int(is_word[index].sum()), int((is_word & (numbers >= 0))[index].sum()))


def _seen(words: Ints) -> Ints:
    distinct = np.unique(words)
    return distinct[distinct >= 0]


def _table(rule: PairRule, block: Block, src: Tokens, tgt: Tokens, links: Links, per_sentence: Ints) -> pa.RecordBatch:
    ends = np.concatenate(([0], np.cumsum(per_sentence)))
    n = len(block.ids)
    columns = [
        pa.array(block.ids),
        pa.array([rule.src] * n, pa.string()),
        pa.array([rule.tgt] * n, pa.string()),
        _lists(src.offsets, src.values),
        _lists(tgt.offsets, tgt.values),
        _lists(ends, pa.array(links.src.astype(np.int32))),
        _lists(ends, pa.array(links.tgt.astype(np.int32))),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=PAIRS.arrow(without=["score"]))


def _lists(offsets: Ints, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def pair_batches(rule: PairRule, blocks: Iterable[Block], workers: int) -> Iterator[PairBatch]:
    """The pairs of all blocks, in order, made by ``workers`` processes; memory: O(blocks under way)."""
    if workers <= 1:
        yield from map(make_pairs(rule), blocks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (rule,)) as pool:
        waiting: deque[Future[PairBatch]] = deque()
        try:
            for block in blocks:
                waiting.append(pool.submit(_work, block))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_worker: list[Callable[[Block], PairBatch]] = []


def _start_worker(rule: PairRule) -> None:
    # Ctrl-C reaches the whole group of processes; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker.append(make_pairs(rule))


def _work(block: Block) -> PairBatch:
    return _worker[0](block)
