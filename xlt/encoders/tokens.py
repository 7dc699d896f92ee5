"""Words to subwords: ids and one span per word, from one function that every step uses.

Nothing here knows what a tokenizer's word pieces look like: words go in separately (``is_split_into_words``), and
``word_ids()`` says which subword belongs to which word.
"""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xlt.arrays import Bools, Ints, Ragged, offsets
from xlt.encoders.library import library_errors
from xlt.errors import XltError

logger = logging.getLogger(__name__)

# From sentences to the subwords of all their words, and the word of each, both in order.
Split = Callable[[Sequence[Sequence[str]]], tuple[Ints, Ints]]

# Ordinary words of which every tokenizer makes something, to find out how it treats separate words.
PROBE = ["the", "cat", "sat", "on", "a", "mat"]


@dataclass(frozen=True, kw_only=True)
class Subwords:
    """Subwords of many sentences, without special tokens.

    Attributes:
        tokens: the token ids of each sentence.
        start, stop: (words,) span of each word, counted from the start of its sentence; both -1 for a word without
            any subword in a vocabulary that has no unknown token.
        word_offsets: (sentences + 1,) where each sentence's words start.
    """

    tokens: Ragged[np.int64]
    start: Ints
    stop: Ints
    word_offsets: Ints


@dataclass(kw_only=True)
class WordTokenizer:
    """A tokenizer that takes separate words.

    Attributes:
        name: of the model, for messages.
        prefix, suffix: ids of the special tokens around a sentence.
        pad_id: id of the padding token.
        unk_id: id of the unknown token, where there is one.
        drop_blank: delete subwords without visible text (a lone SentencePiece mark) from the input, as the code of
            gaschi2023 does; otherwise they stay in the input, but are not a word's first subword.
        split: from sentences to the subwords of all their words, and the word of each, both in order.
        is_blank: whether a subword has no visible text.
        rows: of the model's embedding; a token beyond them is refused. None where that is not known.
    """

    name: str
    prefix: list[int]
    suffix: list[int]
    pad_id: int
    unk_id: int | None
    drop_blank: bool
    split: Split = field(repr=False)
    is_blank: Callable[[int], bool] = field(repr=False)
    rows: int | None = None
    _blank: dict[int, bool] = field(default_factory=dict, repr=False)

    def __call__(self, sentences: Sequence[Sequence[str]]) -> Subwords:
        """Subword ids and word spans of tokenised sentences.

        A word with no subword (odd code points) becomes the unknown token.

        Raises:
            XltError: a token that the model's embedding does not have, or whatever the tokenizer's library raises.
        """
        words = np.fromiter(map(len, sentences), np.int64, len(sentences))
        word_offsets = offsets(words)
        with library_errors(f"{self.name}: the tokenizer fails"):
            ids, word = self.split(sentences)
        n_words = int(word_offsets[-1])
        lacking = np.flatnonzero(np.bincount(word, minlength=n_words) == 0)
        if len(lacking) and self.unk_id is not None:
            at = np.searchsorted(word, lacking)
            ids, word = np.insert(ids, at, self.unk_id), np.insert(word, at, lacking)
        check_known(ids, self.rows, self.name)
        blank = self._is_blank(ids)
        if self.drop_blank and blank.any():
            visible = np.bincount(word, weights=~blank, minlength=n_words) > 0
            keep = ~(blank & visible[word])
            ids, word, blank = ids[keep], word[keep], blank[keep]

        # Both are sorted by word, so that the first and last place of a word are found by bisection.
        every = np.arange(n_words)
        first, stop = np.searchsorted(word, every), np.searchsorted(word, every, side="right")
        seen_word, seen_at = np.unique(word[~blank], return_index=True)
        start = first.copy()
        start[seen_word] = np.flatnonzero(~blank)[seen_at]
        tokens = Ragged(ids, np.searchsorted(word, word_offsets))
        base = np.repeat(tokens.offsets[:-1], words)
        none = first == stop
        start, stop = (np.where(none, -1, at - base) for at in (start, stop))
        return Subwords(tokens=tokens, start=start, stop=stop, word_offsets=word_offsets)

    def _is_blank(self, ids: Ints) -> Bools:
        distinct, inverse = np.unique(ids, return_inverse=True)
        for i in distinct.tolist():
            if i not in self._blank:
                self._blank[i] = self.is_blank(i)
        flags = np.fromiter((self._blank[i] for i in distinct.tolist()), np.bool_, len(distinct))
        return flags[inverse]


def check_known(ids: Ints, rows: int | None, name: str) -> None:
    """Refuse tokens that the model's embedding has no row for: a GPU would fall silent, a CPU say 'index out of range'.

    Raises:
        XltError: a token beyond ``rows``.
    """
    most = int(ids.max(initial=-1))
    if rows is not None and most >= rows:
        raise XltError(
            f"{name}: the text has token {most}, the model's embedding {rows} rows, counted from 0: the tokenizer is "
            "of another model, or tokens were added to it and not to the model"
        )


def word_tokenizer(tokenizer: Any, name: str, drop_blank: bool = False, rows: int | None = None) -> WordTokenizer:
    """Wrap a tokenizer of transformers; its abilities are probed once, here.

    Args:
        tokenizer: of transformers. What is drawn at random in it is switched off, and a warning says so.
        name: of the model, for messages.
        drop_blank: see :class:`WordTokenizer`; blanks between the words of a byte or character tokenizer stay.
        rows: of the model's embedding, where that is known.

    Raises:
        XltError: a tokenizer whose special tokens cannot be found out, or that draws lots.
    """
    _switch_off_chance(tokenizer, name)
    split, separators = _splitter(tokenizer)
    prefix, suffix = _special_tokens(tokenizer, name)
    return WordTokenizer(
        name=name,
        prefix=prefix,
        suffix=suffix,
        pad_id=_padding(tokenizer, rows),
        unk_id=tokenizer.unk_token_id,
        drop_blank=drop_blank and not separators,
        split=split,
        # A byte of a character is no text, but no blank either.
        is_blank=separators.__contains__ if separators else lambda i: not str(tokenizer.decode([i])).strip(),
        rows=rows,
    )


def _switch_off_chance(tokenizer: Any, name: str) -> None:
    # The training of a tokenizer's model may cut words at random. The same text would be cut otherwise in every run.
    if (getattr(tokenizer, "sp_model_kwargs", None) or {}).get("enable_sampling"):
        raise XltError(
            f"{name}: the tokenizer cuts words at random: set enable_sampling to false among sp_model_kwargs in "
            "tokenizer_config.json"
        )
    if not tokenizer.is_fast:
        return
    model = tokenizer.backend_tokenizer.model
    for attribute, words in (("dropout", "BPE dropout"), ("alpha", "sampling with alpha")):
        value = getattr(model, attribute, None)
        if value:
            setattr(model, attribute, None)
            logger.warning("%s: tokenizer.json has %s %.3g, which is for training: switched off", name, words, value)


def _padding(tokenizer: Any, rows: int | None) -> int:
    # Padding is masked: any token that the embedding has will do. The end of a text is none that a text holds.
    for token in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token is not None and 0 <= int(token) < (rows or math.inf):
            return int(token)
    return 0


def _special_tokens(tokenizer: Any, name: str) -> tuple[list[int], list[int]]:
    text = " ".join(PROBE)
    bare = _plain(tokenizer, text)
    full = list(tokenizer(text)["input_ids"])
    for start in range(len(full) - len(bare) + 1):
        if full[start : start + len(bare)] == bare:
            return full[:start], full[start + len(bare) :]
    raise XltError(f"{name}: the tokenizer changes a sentence when it adds special tokens; xlt cannot use it")


def _plain(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _splitter(tokenizer: Any) -> tuple[Split, frozenset[int]]:
    # And the tokens of the blanks that stand between words as subwords of their own.
    if not tokenizer.is_fast:
        return _splitter_in_python(tokenizer)
    # Byte-level tokenizers glue words that come without a blank: 'the', 'cat' becomes 'thecat'. Where only words with
    # a blank in front are cut as in running text, they get one (all of them: what add_prefix_space=True means).
    whole = _plain(tokenizer, " ".join(PROBE))

    def as_in_text(words: list[str]) -> bool:
        ids, word = _split_batch(tokenizer, [words])
        after_first = ids[word > 0].tolist()
        return bool(whole[len(whole) - len(after_first) :] == after_first)

    if not as_in_text(PROBE) and as_in_text([" " + w for w in PROBE]):
        return lambda sentences: _split_batch(tokenizer, [[" " + w for w in s] for s in sentences]), frozenset()
    return lambda sentences: _split_batch(tokenizer, sentences), frozenset()


def _split_batch(tokenizer: Any, sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
    if not sentences:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    encoded = tokenizer(
        [list(s) for s in sentences],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    lengths = [len(s) for s in sentences]
    bases = np.cumsum([0, *lengths[:-1]])
    ids = [np.asarray(e.ids, np.int64) for e in encoded.encodings]
    words = [np.asarray(e.word_ids, np.int64) + b for e, b in zip(encoded.encodings, bases, strict=True)]
    return np.concatenate(ids), np.concatenate(words)


def _splitter_in_python(tokenizer: Any) -> tuple[Split, frozenset[int]]:
    # Tokenizers in Python know no word_ids(): words are cut alone. Those of bytes and characters (ByT5, CANINE,
    # Perceiver) then lack the blanks of running text, and each word but the first gets one.
    whole = _plain(tokenizer, " ".join(PROBE))
    with_blanks = _word_by_word(tokenizer, " ")
    blank = _plain(tokenizer, " ")
    if _word_by_word(tokenizer, "")([PROBE])[0].tolist() != whole and with_blanks([PROBE])[0].tolist() == whole:
        return with_blanks, frozenset(blank)
    return _word_by_word(tokenizer, ""), frozenset()


def _word_by_word(tokenizer: Any, between: str) -> Split:
    # Each distinct word is cut once.
    known: dict[str, list[int]] = {}

    def split(sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        ids: list[int] = []
        counts: list[int] = []
        for sentence in sentences:
            for place, word in enumerate(sentence):
                text = between + word if place else word
                if text not in known:
                    known[text] = _plain(tokenizer, text)
                ids.extend(known[text])
                counts.append(len(known[text]))
        return np.array(ids, np.int64), np.repeat(np.arange(len(counts)), counts)

    return split
