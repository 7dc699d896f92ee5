"""Word pairs out of a bilingual dictionary."""

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from xlt.aligners.dictionary import WordTable, dictionary_links, word_table
from xlt.arrays import Bools, Ints, Ragged, offsets
from xlt.corpora.choose import Block
from xlt.corpora.dictionaries import Dictionary, dictionary_files, distinct_entries, load_dictionary
from xlt.corpora.manifests import known_name, manifest_of_kind, resolve
from xlt.corpora.words import Tokens
from xlt.files.places import offline_reason
from xlt.files.provenance import Input, file_sha256
from xlt.pairs.options import DictOptions
from xlt.pairs.segment import Fold, WordRule, block_results, distinct_words, fold_words, has_dotless_i, segmenter
from xlt.pairs.table import PairRows, Text, empty_sides, pair_table
from xlt.pairs.whole_entries import WholeEntries, join_entries, whole_entries
from xlt.work import Progress

logger = logging.getLogger(__name__)

# Below this share of running words in the dictionary, script, vowel signs or language are likely to be wrong.
LOW_COVERAGE = 0.25
# Above this share of entries the words that the segmentation cuts are worth a warning.
MANY_CUT = 0.05


@dataclass(frozen=True)
class PairRule:
    """What a process needs to turn sentences into pairs; the dictionary holds words as they are looked up."""

    words: WordRule
    table: WordTable = field(repr=False)
    whole: tuple[WholeEntries, WholeEntries] | None = None


def pair_rule(entries: Iterable[tuple[str, str]], words: WordRule, *, whole: bool = False) -> PairRule:
    """A rule from dictionary entries (source word, target word); entries that become identical are left out.

    With ``whole`` entries that the segmentation would cut stay whole in the text.
    """
    src, tgt = (fold_words(words.lowercase, words.strip_diacritics, lang) for lang in (words.src, words.tgt))
    entries = list(entries) if words.pretokenized else _composed(list(entries))
    looked_up = distinct_entries((src(s), tgt(t)) for s, t in entries) if src and tgt else entries
    table = word_table(looked_up)
    return PairRule(words, table, (whole_entries(table.src_ids), whole_entries(table.tgt_ids)) if whole else None)


def _composed(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Segmentation composes the text (NFC), so the dictionary must be; nearly always it is, which one look tells.
    if unicodedata.is_normalized("NFC", "\n".join(chain.from_iterable(entries))):
        return entries
    nfc = partial(unicodedata.normalize, "NFC")
    return distinct_entries((nfc(s), nfc(t)) for s, t in entries)


def check_source(options: DictOptions, rule: WordRule) -> None:
    """Before anything is read or fetched: refuse a dictionary that there is not, or not for these languages.

    Raises:
        XltError: no such name or path, or none for the two languages.
    """
    name = known_name(options.dictionary)
    if name is None:
        dictionary_files(options.dictionary, rule.src, rule.tgt)
    else:
        resolve(manifest_of_kind(name, "dictionary", "dictionary"), src=rule.src, tgt=rule.tgt)
        if offline_reason():
            from xlt.corpora.resources import resource_files

            resource_files(name, src=rule.src, tgt=rule.tgt)


def open_source(options: DictOptions, text: Text, *, force: bool, progress: Progress | None) -> "DictionaryPairs":
    """Word pairs by a dictionary that has a name in the manifests, or a path.

    Raises:
        XltError: no such dictionary, or a broken one.
    """
    del force
    forward, backward = both_directions(options, text.rule, progress)
    dictionary = load_dictionary(forward, backward, options.dict_split, phrases=options.whole_entries)
    return DictionaryPairs(options, dictionary, text.rule)


def both_directions(options: DictOptions, rule: WordRule, progress: Progress | None) -> tuple[Path | None, Path | None]:
    """The files for ``SRC-TGT`` and ``TGT-SRC``, of which at least one is not None.

    Raises:
        XltError: there is none.
    """
    name = options.dictionary
    if not known_name(name):
        return dictionary_files(name, rule.src, rule.tgt)
    from xlt.corpora.resources import resource_files

    files = resource_files(name, src=rule.src, tgt=rule.tgt, progress=progress)
    return files.forward, files.backward


class DictionaryPairs:
    """Dictionary pairs (gaschi2023, section 3.2); memory: O(dictionary), whatever the corpus."""

    scored = False

    def __init__(self, options: DictOptions, dictionary: Dictionary, rule: WordRule) -> None:
        self.inputs = [Input("dict", str(f), file_sha256(f)) for f in dictionary.files]
        self.params: dict[str, Any] = {"dict": Path(options.dictionary).name}
        self._options, self._dictionary = options, dictionary
        self._pairs = pair_rule(dictionary.entries, rule, whole=options.whole_entries)
        table = self._pairs.table
        self._cut = _cut_entries(table, rule, options.whole_entries)
        self._seen = {
            "source": np.zeros(len(table.src_ids), np.bool_),
            "target": np.zeros(len(table.tgt_ids), np.bool_),
        }

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairRows]:
        """The word pairs of all blocks, in order."""
        for rows in block_results(make_pairs, self._pairs, blocks, workers):
            for side, numbers in rows.seen.items():
                self._seen[side][numbers] = True
            yield rows

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """How much of the dictionary and of the text met; warns where it is so little that something is wrong."""
        summary: dict[str, Any] = {
            "dictionary entries": len(self._pairs.table.translations.values),
            "identical entries left out": self._dictionary.identical,
        }
        if self._dictionary.malformed:
            summary["malformed dictionary lines left out"] = self._dictionary.malformed
        if self._dictionary.phrases:
            summary["dictionary entries of several words left out"] = self._dictionary.phrases
        if self._cut:
            entries = len(self._pairs.table.translations.values)
            summary["entries that segmentation cuts"] = self._cut
            if self._cut > MANY_CUT * entries:
                logger.warning(
                    "%s of %s dictionary entries hold words that the segmentation cuts (п'ять, well-known), which are "
                    "never found in the text: --whole-entries keeps them whole; or give another --tokenizer",
                    f"{self._cut:,}", f"{entries:,}",
                )  # fmt: skip
        if self._options.whole_entries:
            summary["entries kept whole in the text"] = counts["kept whole"]
        for side, words in self._seen.items():
            tokens = counts[f"{side} words"]
            share = counts[f"{side} words found"] / tokens if tokens else 0.0
            summary[f"{side} words in dictionary"] = share
            summary[f"dictionary {side} words in corpus"] = f"{int(words.sum()):,} of {len(words):,}"
            if share < LOW_COVERAGE and self._options.dict_split == "all" and counts["sentence pairs"]:
                lang = self._pairs.words.src if side == "source" else self._pairs.words.tgt
                logger.warning(
                    "only %.1f %% of the %s (%s) words are in the dictionary: is it of another script (traditional or "
                    "simplified Chinese), spelling (--strip-diacritics, --lowercase) or language?",
                    100 * share,
                    side,
                    lang,
                )
        return summary


def _with_plain(ids: dict[str, int]) -> dict[str, int]:
    # Dictionaries are often lowered without regard to the language: Irak is irak there, but ırak as a word of the text.
    initial = {f"ı{word[1:]}": number for word, number in ids.items() if word.startswith("i")}
    return initial | ids


def _cut_entries(table: WordTable, rule: WordRule, joined: bool) -> int:
    # Entries with a word that the segmentation does not leave whole, which no token can equal, unless it is joined.
    if rule.pretokenized:
        return 0
    whole: list[Bools] = []
    for ids, cut in zip((table.src_ids, table.tgt_ids), rule.segmentations(), strict=True):
        # Other segmentations look at what stands around a word: what they do to it alone says nothing.
        exact = cut.name == "classes"
        whole.append(_findable(cut.segment(list(ids)), joined) if exact else np.ones(len(ids), np.bool_))
    source = np.repeat(np.arange(len(table.src_ids)), np.diff(table.translations.offsets))
    return int((~(whole[0][source] & whole[1][table.translations.values])).sum())


def _findable(words: Tokens, joined: bool) -> Bools:
    # (words,) which are one token of the text, or become one.
    findable: Bools = np.diff(words.offsets) == 1
    if joined:
        lettered = [any(map(str.isalnum, token)) for token in words.values.to_pylist()]
        findable |= np.diff(offsets(np.array(lettered, np.int64))[words.offsets]) > 1
    return findable


def make_pairs(rule: PairRule) -> Callable[[Block], PairRows]:
    """A function from blocks of sentences to their word pairs."""
    cut, (src_fold, tgt_fold), table = segmenter(rule.words), rule.words.folds, rule.table
    src_ids, tgt_ids = (
        _with_plain(ids) if rule.words.lowercase and has_dotless_i(lang) else ids
        for ids, lang in ((table.src_ids, rule.words.src), (table.tgt_ids, rule.words.tgt))
    )

    def pairs(block: Block) -> PairRows:
        tokens = cut(block)
        n_whole = 0
        if rule.whole:
            strip = rule.words.strip_diacritics
            # What is too long stands no more among the words.
            rows = np.flatnonzero(np.isin(block.ids, tokens.ids)).tolist()
            src_text, tgt_text = [block.src[i] for i in rows], [block.tgt[i] for i in rows]
            src, n_src = join_entries(tokens.src, src_text, rule.whole[0], src_fold, strip_marks=strip)
            tgt, n_tgt = join_entries(tokens.tgt, tgt_text, rule.whole[1], tgt_fold, strip_marks=strip)
            tokens, n_whole = replace(tokens, src=src, tgt=tgt), n_src + n_tgt
        src_words, src_counts = look_up(tokens.src, src_ids, src_fold)
        tgt_words, tgt_counts = look_up(tokens.tgt, tgt_ids, tgt_fold)
        links = dictionary_links(table, src_words, tgt_words)
        table_rows, per_row = pair_table(rule.words, tokens, links)
        counts = {
            "with a word pair": int((per_row > 0).sum()),
            "word pairs": len(links),
            "empty side": empty_sides(tokens),
            "source words": src_counts[0],
            "source words found": src_counts[1],
            "target words": tgt_counts[0],
            "target words found": tgt_counts[1],
        }
        if rule.whole:
            counts["kept whole"] = n_whole
        seen = {"source": _seen(src_words.values), "target": _seen(tgt_words.values)}
        return PairRows(table_rows, links=per_row, held_out=tokens.held_out, counts=counts, seen=seen)

    return pairs


def look_up(tokens: Tokens, ids: dict[str, int], fold: Fold | None) -> tuple[Ragged[np.int64], tuple[int, int]]:
    """The number of each token's word (-1 for none), a row a sentence; and how many words there are and are known.

    Each distinct word is looked up once. Punctuation and numbers are not counted as words.
    """
    distinct, index = distinct_words(tokens)
    keys = map(fold, distinct) if fold else distinct
    numbers = np.fromiter((ids.get(w, -1) for w in keys), np.int64, len(distinct))
    is_word: Bools = np.fromiter((w[0].isalpha() for w in distinct), np.bool_, len(distinct))
    return Ragged(numbers[index], tokens.offsets), (
        int(is_word[index].sum()),
        int((is_word & (numbers >= 0))[index].sum()),
    )


def _seen(words: Ints) -> Ints:
    distinct = np.unique(words)
    return distinct[distinct >= 0]
