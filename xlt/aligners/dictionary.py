"""Word pairs by a bilingual dictionary, all ambiguity discarded (gaschi2023, section 3.2).

With D the entries of both directions, source position i with word w is paired with target position j when

1. exactly one distinct translation of w occurs in the target sentence,
2. it occurs there once, at j, and
3. among the positions of the source sentence exactly one holds a translation of that target word.

Words are numbers here and many sentences are matched at once with array operations; no loop runs over words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xlt.aligners.links import Links, no_links
from xlt.arrays import Bools, Ints, Ragged, members, offsets

# A word with more translations is looked for the other way round; words of real dictionaries have some dozens.
MANY = 1024


@dataclass(frozen=True)
class WordTable:
    """A dictionary as arrays.

    Attributes:
        src_ids: number of each source word.
        tgt_ids: number of each target word.
        translations: a row a source word, target word numbers.
    """

    src_ids: dict[str, int]
    tgt_ids: dict[str, int]
    translations: Ragged[np.int64]


def word_table(entries: Iterable[tuple[str, str]]) -> WordTable:
    """Number the words of distinct (source, target) entries."""
    src_ids: dict[str, int] = {}
    tgt_ids: dict[str, int] = {}
    numbered = [
        (src_ids.setdefault(s, len(src_ids)), tgt_ids.setdefault(t, len(tgt_ids))) for s, t in dict.fromkeys(entries)
    ]
    pairs = np.array(numbered, np.int64).reshape(-1, 2)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    translations = Ragged(pairs[:, 1].copy(), offsets(np.bincount(pairs[:, 0], minlength=len(src_ids))))
    return WordTable(src_ids, tgt_ids, translations)


def dictionary_links(
    table: WordTable, src: Ragged[np.int64], tgt: Ragged[np.int64], *, at_once: int = 1 << 22, most: int = MANY
) -> Links:
    """Unambiguous dictionary pairs of many sentence pairs.

    Args:
        table: the dictionary.
        src: a row a sentence, the number of each token's word in ``table.src_ids``, -1 where it has none.
        tgt: likewise, by ``table.tgt_ids``.
        at_once: translations that are looked up together; a usual block of sentences has fewer.
        most: translations of a word, above which not they are looked up in the sentence, but its words among them.

    Memory: O(tokens + ``at_once`` + the dictionary).
    """
    src_at, src_sentence = _in_table(src)
    tgt_at, tgt_sentence = _in_table(tgt)
    size = len(table.tgt_ids) + 1

    # Every (sentence, target word) that occurs, how often, and where it stands first.
    keys = tgt_sentence * size + tgt.values[tgt_at]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    occurring, times, place = keys[first], np.diff(first, append=len(keys)), tgt_at[order][first]
    if not len(occurring):
        return no_links()

    # Every (source position, translation of its word) whose translation occurs in the target sentence.
    words, bitmap = src.values[src_at], _bitmap(occurring)
    n_translations = np.diff(table.translations.offsets)[words]
    many = n_translations > most
    few_at, parts = np.flatnonzero(~many), []
    for start, stop in _portions(n_translations[few_at], at_once):
        at = few_at[start:stop]
        places, counts = members(table.translations.offsets, words[at])
        owner = np.repeat(at, counts)
        candidates = src_sentence[owner] * size + table.translations.values[places]
        maybe = np.flatnonzero(bitmap[_hashed(candidates, _bits(bitmap))])
        slot = np.searchsorted(occurring, candidates[maybe])
        slot[slot == len(occurring)] = 0
        hit = occurring[slot] == candidates[maybe]
        parts.append((owner[maybe[hit]], slot[hit]))
    if many.any():
        parts += _sought_by_target(table, words, np.flatnonzero(many), src_sentence, occurring, at_once)
    if not parts:
        return no_links()
    owner, slot = (np.concatenate([part[i] for part in parts]) for i in range(2))

    per_position = np.bincount(owner, minlength=len(src_at))
    per_translation = np.bincount(slot, minlength=len(occurring))
    good = (per_position[owner] == 1) & (times[slot] == 1) & (per_translation[slot] == 1)
    owner, slot = owner[good], slot[good]
    if many.any():
        order = np.argsort(owner)
        owner, slot = owner[order], slot[order]
    sentence = src_sentence[owner]
    return Links(sentence, src_at[owner] - src.offsets[sentence], place[slot] - tgt.offsets[sentence])


def _sought_by_target(
    table: WordTable, words: Ints, at: Ints, sentence: Ints, occurring: Ints, at_once: int
) -> Iterator[tuple[Ints, Ints]]:
    # For words with more translations than a sentence has words: which words of the sentence are among them.
    size = len(table.tgt_ids) + 1
    sources = np.unique(words[at])
    places, counts = members(table.translations.offsets, sources)
    entries = np.sort(np.repeat(sources, counts) * size + table.translations.values[places])
    starts = np.searchsorted(occurring, np.arange(sentence[at].max() + 2) * size)
    for start, stop in _portions(np.diff(starts)[sentence[at]], at_once):
        some = at[start:stop]
        slot, counts = members(starts, sentence[some])
        owner = np.repeat(some, counts)
        candidates = words[owner] * size + occurring[slot] % size
        place = np.searchsorted(entries, candidates)
        place[place == len(entries)] = 0
        hit = entries[place] == candidates
        yield owner[hit], slot[hit]


def _in_table(words: Ragged[np.int64]) -> tuple[Ints, Ints]:
    # Places of the words that the dictionary has, and the sentence of each.
    at = np.flatnonzero(words.values >= 0)
    return at, words.row[at]


def _portions(counts: Ints, at_once: int) -> Iterator[tuple[int, int]]:
    # Positions from a to b, as many as have so many translations together, but at least one.
    ends = np.cumsum(counts)
    start = 0
    while start < len(ends):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + at_once, side="right")))
        yield start, stop
        start = stop


def _bitmap(occurring: Ints) -> Bools:
    # Hashed, and so small that it fits the cache: it drops most candidates before the costly search, and no right one.
    bitmap = np.zeros(1 << max(10, len(occurring).bit_length() + 4), np.bool_)
    bitmap[_hashed(occurring, _bits(bitmap))] = True
    return bitmap


def _bits(bitmap: Bools) -> int:
    return len(bitmap).bit_length() - 1


def _hashed(keys: Ints, bits: int) -> npt.NDArray[np.uint64]:
    # Multiplicative (Fibonacci) hashing: the high bits of the product are well mixed.
    return (keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)
