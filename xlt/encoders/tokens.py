"""Words to subwords: ids and one span per word, from one function that every step uses.

Nothing here knows what a tokenizer's word pieces look like: words go in separately (``is_split_into_words``), and
``word_ids()`` says which subword belongs to which word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xlt.arrays import Bools, Ints, Ragged, offsets
from xlt.errors import XltError

# Ordinary words of which every tokenizer makes something, to find out how it treats separate words.
_PROBE = ["the", "cat", "sat", "on", "a", "mat"]


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
        prefix, suffix: ids of the special tokens around a sentence.
        pad_id: id of the padding token.
        unk_id: id of the unknown token, where there is one.
        drop_blank: delete subwords without visible text (a lone SentencePiece mark) from the input, as the code of
            gaschi2023 does; otherwise they stay in the input, but are not a word's first subword.
        split: from sentences to the subwords of all their words, and the word of each, both in order.
        decode: the text of a subword.
    """

    prefix: list[int]
    suffix: list[int]
    pad_id: int
    unk_id: int | None
    drop_blank: bool
    split: Callable[[Sequence[Sequence[str]]], tuple[Ints, Ints]] = field(repr=False)
    decode: Callable[[int], str] = field(repr=False)
    _blank: dict[int, bool] = field(default_factory=dict, repr=False)

    def __call__(self, sentences: Sequence[Sequence[str]]) -> Subwords:
        """Subword ids and word spans of tokenised sentences.

        A word with no subword (odd code points) becomes the unknown token.
        """
        words = np.fromiter(map(len, sentences), np.int64, len(sentences))
        word_offsets = offsets(words)
        ids, word = self.split(sentences)
        n_words = int(word_offsets[-1])
        lacking = np.flatnonzero(np.bincount(word, minlength=n_words) == 0)
        if len(lacking) and self.unk_id is not None:
            at = np.searchsorted(word, lacking)
            ids, word = np.insert(ids, at, self.unk_id), np.insert(word, at, lacking)
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
                self._blank[i] = not self.decode(i).strip()
        flags = np.fromiter((self._blank[i] for i in distinct.tolist()), np.bool_, len(distinct))
        return flags[inverse]


def word_tokenizer(tokenizer: Any, name: str, drop_blank: bool = False) -> WordTokenizer:
    """Wrap a tokenizer of transformers; its abilities are probed once, here.

    Raises:
        XltError: a tokenizer without padding and special tokens that could be found out.
    """
    split = _splitter(tokenizer)
    prefix, suffix = _special_tokens(tokenizer, name)
    pad = tokenizer.pad_token_id
    return WordTokenizer(
        prefix=prefix,
        suffix=suffix,
        pad_id=0 if pad is None else int(pad),
        unk_id=tokenizer.unk_token_id,
        drop_blank=drop_blank,
        split=split,
        decode=lambda i: str(tokenizer.decode([i])),
    )


def _special_tokens(tokenizer: Any, name: str) -> tuple[list[int], list[int]]:
    text = " ".join(_PROBE)
    bare = _plain(tokenizer, text)
    full = list(tokenizer(text)["input_ids"])
    for start in range(len(full) - len(bare) + 1):
        if full[start : start + len(bare)] == bare:
            return full[:start], full[start + len(bare) :]
    raise XltError(f"{name}: the tokenizer changes a sentence when it adds special tokens; xlt cannot use it")


def _plain(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _splitter(tokenizer: Any) -> Callable[[Sequence[Sequence[str]]], tuple[Ints, Ints]]:
    if not tokenizer.is_fast:
        return _word_by_word(tokenizer)
    # Byte-level tokenizers glue words that come without a blank: 'the', 'cat' becomes 'thecat'. Where only words with
    # a blank in front are cut as in running text, they get one (all of them: what add_prefix_space=True means).
    whole = _plain(tokenizer, " ".join(_PROBE))

    def as_in_text(words: list[str]) -> bool:
        ids, word = _split_batch(tokenizer, [words])
        after_first = ids[word > 0].tolist()
        return bool(whole[len(whole) - len(after_first) :] == after_first)

    if not as_in_text(_PROBE) and as_in_text([" " + w for w in _PROBE]):
        return lambda sentences: _split_batch(tokenizer, [[" " + w for w in s] for s in sentences])
    return lambda sentences: _split_batch(tokenizer, sentences)


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


def _word_by_word(tokenizer: Any) -> Callable[[Sequence[Sequence[str]]], tuple[Ints, Ints]]:
    # Tokenizers in Python know no word_ids(): each distinct word is cut once.
    known: dict[str, list[int]] = {}

    def split(sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        ids: list[int] = []
        counts: list[int] = []
        for sentence in sentences:
            for word in sentence:
                if word not in known:
                    known[word] = _plain(tokenizer, word)
                ids.extend(known[word])
                counts.append(len(known[word]))
        return np.array(ids, np.int64), np.repeat(np.arange(len(counts)), counts)

    return split
