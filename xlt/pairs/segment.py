"""Sentences to words, block by block, in this process or in several."""

import re
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xlt.arrays import Bools, Ints, offsets
from xlt.corpora.choose import Block
from xlt.corpora.tagged import Tagged
from xlt.corpora.words import Segmentation, Tokens, no_words, one_word, segmentation, strip_diacritics, unsegmented
from xlt.errors import OptionError, XltError
from xlt.files.bounds import LONGEST_WORD
from xlt.work import in_order

# Turkish, Azerbaijani, Crimean Tatar, Gagauz.
_DOTLESS_I = {"tr", "tur", "az", "aze", "azj", "crh", "gag"}

R = TypeVar("R")
Fold = Callable[[str], str]


@dataclass(frozen=True)
class WordRule:
    """How the sentences of a language pair become words, and how words are compared.

    Attributes:
        src: source language code.
        tgt: target language code.
        tokenizers: name of a tokenizer by language, ``*`` for both.
        lowercase: fold both sides for comparing; the tokens in the file stay as they are.
        strip_diacritics: remove vowel signs from text and dictionary (under ``pretokenized`` for comparing only).
        pretokenized: tokens are separated by blanks and stay as they are.
        keep_text: keep the sentences beside their words.
        max_words: sentence pairs with a longer side are left out.
        treebank: words and tags of both sides by the number of the sentence pair, where the corpus brings them.
        entries: what stands there are no sentences, but words.
        text_only: a language without segmenter has sentences without words, for nobody asks for these.
    """

    src: str
    tgt: str
    tokenizers: dict[str, str]
    lowercase: bool = False
    strip_diacritics: bool = False
    pretokenized: bool = False
    keep_text: bool = False
    max_words: int | None = None
    text_only: bool = False
    entries: bool = False
    treebank: tuple[Tagged, Tagged] | None = field(default=None, repr=False)

    def segmentations(self) -> tuple[Segmentation, Segmentation]:
        """How each side is cut into words.

        Raises:
            XltError: an unknown tokenizer or a language without segmenter.
        """
        return self._segmentation(self.src), self._segmentation(self.tgt)

    def _segmentation(self, lang: str) -> Segmentation:
        if self.entries:
            return one_word()
        tokenizer = self.tokenizers.get(lang, self.tokenizers.get("*"))
        if self.text_only and not self.pretokenized and tokenizer is None and (name := unsegmented(lang)):
            if self.max_words is not None:
                raise OptionError("max_words", f"counts words, and {lang} has none: xlt has no segmenter for {name}")
            return no_words()
        return segmentation(lang, tokenizer, strip_marks=self.strip_diacritics, pretokenized=self.pretokenized)

    def names(self) -> dict[str, str]:
        """The names of the segmentations by language, for the record."""
        if self.treebank is not None:
            return dict.fromkeys((self.src, self.tgt), "conllu")
        return {lang: s.name for lang, s in zip((self.src, self.tgt), self.segmentations(), strict=True)}

    @property
    def folds(self) -> tuple[Fold | None, Fold | None]:
        """What is done to a word of each side of the text before it is compared."""
        # Segmentation has removed the vowel signs already, unless the tokens came as they are.
        strip = self.strip_diacritics and self.pretokenized
        return fold_words(self.lowercase, strip, self.src), fold_words(self.lowercase, strip, self.tgt)


def has_dotless_i(lang: str) -> bool:
    """Whether a language writes I and İ as the capitals of ı and i."""
    return re.split("[-_]", lang.lower())[0] in _DOTLESS_I


def lower_dotless(word: str) -> str:
    """Small letters as Turkish has them: İ is i, I is ı."""
    return word.replace("İ", "i").replace("I", "ı").lower()


def fold_words(lowercase: bool, strip_marks: bool, lang: str = "") -> Fold | None:
    """A function that makes words alike that differ in case or vowel signs alone; None where nothing is to be done."""
    lower: Fold = lower_dotless if has_dotless_i(lang) else str.lower
    if lowercase and strip_marks:
        return lambda word: lower(strip_diacritics(word))
    return lower if lowercase else strip_diacritics if strip_marks else None


@dataclass(frozen=True)
class TokenBlock:
    """Sentence pairs cut into words.

    Attributes:
        ids: numbers of the sentence pairs in the corpus.
        src, tgt: their words.
        held_out: which are to be set aside.
        tags: the tags of both sides, as many as words, where there are any.
        texts: the sentences of both sides as they were, where they are kept; without vowel signs where these go.
    """

    ids: Ints
    src: Tokens
    tgt: Tokens
    held_out: Bools
    texts: tuple[pa.StringArray, pa.StringArray] | None = None
    tags: tuple[pa.ListArray, pa.ListArray] | None = None

    def __len__(self) -> int:
        return len(self.ids)


def segmenter(rule: WordRule) -> Callable[[Block], TokenBlock]:
    """A function from blocks of sentences to their words, without the sentence pairs that are too long.

    It raises XltError where a word is none of sound text.
    """
    source, target = rule.segmentations()

    def cut(block: Block) -> TokenBlock:
        tags = None
        if rule.treebank is None:
            src, tgt = source.segment(block.src), target.segment(block.tgt)
        else:
            src, tgt = (_ragged(side.words, block.ids) for side in rule.treebank)
            of_src, of_tgt = (token_lists(_ragged(side.labels, block.ids)) for side in rule.treebank)
            tags = of_src, of_tgt
        for lang, side in ((rule.src, src), (rule.tgt, tgt)):
            _check_words(side, block.ids, lang)
        texts = (_texts(rule, block.src), _texts(rule, block.tgt)) if rule.keep_text else None
        tokens = TokenBlock(block.ids, src=src, tgt=tgt, held_out=block.held_out, texts=texts, tags=tags)
        return tokens if rule.max_words is None else _short(tokens, rule.max_words)

    return cut


def _short(block: TokenBlock, max_words: int) -> TokenBlock:
    # The sentence pairs of which neither side is longer.
    longest = np.maximum(np.diff(block.src.offsets), np.diff(block.tgt.offsets))
    rows = np.flatnonzero(longest <= max_words)
    if len(rows) == len(block):
        return block
    index = pa.array(rows)
    return TokenBlock(
        block.ids[rows],
        src=_tokens_of(block.src, index),
        tgt=_tokens_of(block.tgt, index),
        held_out=block.held_out[rows],
        texts=block.texts and (block.texts[0].take(index), block.texts[1].take(index)),
        tags=block.tags and (block.tags[0].take(index), block.tags[1].take(index)),
    )


def _ragged(sentences: Sequence[Sequence[str]], numbers: Ints) -> Tokens:
    chosen = [sentences[n] for n in numbers.tolist()]
    lengths = np.fromiter(map(len, chosen), np.int64, len(chosen))
    return Tokens(pa.array([word for sentence in chosen for word in sentence], pa.string()), offsets(lengths))


def _tokens_of(tokens: Tokens, rows: pa.Array) -> Tokens:
    lists = token_lists(tokens).take(rows)
    return Tokens(lists.flatten(), lists.offsets.to_numpy().astype(np.int64))


def _texts(rule: WordRule, sentences: Iterable[str]) -> pa.StringArray:
    return pa.array(
        map(strip_diacritics, sentences) if rule.strip_diacritics and not rule.pretokenized else sentences, pa.string()
    )


def _check_words(tokens: Tokens, ids: Ints, lang: str) -> None:
    lengths = pc.binary_length(tokens.values)
    if (pc.max(lengths).as_py() or 0) > LONGEST_WORD:
        at = int(np.argmax(lengths.to_numpy(zero_copy_only=False) > LONGEST_WORD))
        sentence = int(np.searchsorted(tokens.offsets, at, side="right")) - 1
        raise XltError(
            f"sentence pair {ids[sentence]} (from 0) holds a word of {lang} of more than {LONGEST_WORD:,} bytes, which "
            "none is; take the line out"
        )


def distinct_words(tokens: Tokens) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The distinct words of a block, and (tokens,) which of them each token is."""
    encoded = tokens.values.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def token_lists(tokens: Tokens) -> pa.ListArray:
    """The column of a pairs table."""
    return ragged_lists(tokens.offsets, tokens.values)


def ragged_lists(offsets: Ints, values: pa.Array) -> pa.ListArray:
    """Flat values and where each row starts as an Arrow list array."""
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def block_results(
    make: Callable[[Any], Callable[[Block], R]], rule: object, blocks: Iterable[Block], workers: int
) -> Iterator[R]:
    """``make(rule)`` applied to every block, in order, by ``workers`` processes; memory: O(blocks under way).

    ``make`` is a function of a module, ``rule`` can be pickled; each process calls ``make`` once.
    """
    if workers <= 1:
        yield from map(make(rule), blocks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (make, rule)) as pool:
        yield from in_order(pool, _work, blocks, 2 * workers)


_worker: list[Callable[[Block], Any]] = []


def _start_worker(make: Callable[[Any], Callable[[Block], Any]], rule: object) -> None:
    # Ctrl-C reaches the whole group of processes; the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker.append(make(rule))


def _work(block: Block) -> Any:
    return _worker[0](block)
