"""A bilingual dictionary as a table of pairs: a row an entry, each side one word without any context."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from xlt.aligners.links import Links
from xlt.corpora.choose import Block
from xlt.corpora.dictionaries import load_dictionary
from xlt.corpora.parallel import BATCH, Corpus, Pairs
from xlt.corpora.words import normalised
from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.pairs.dictionary import both_directions, check_source
from xlt.pairs.options import DictOptions
from xlt.pairs.segment import WordRule, block_results, segmenter
from xlt.pairs.table import PairRows, Text, pair_table
from xlt.work import Progress

__all__ = ["EntryPairs", "check_source", "entries_corpus", "open_source"]


def entries_corpus(options: DictOptions, rule: WordRule, progress: Progress | None) -> Corpus:
    """The entries of a dictionary in the place of sentence pairs: those of SRC-TGT, in the order of its file.

    Where there is only TGT-SRC, its entries turned round. (What MUSE publishes as test dictionary is a part of one
    direction; both together would be another set.) An entry of several words is one word here, a blank between its
    parts: its vector is then of all subwords. Memory: O(dictionary).

    Raises:
        XltError: no such dictionary, or a broken one.
    """
    forward, backward = both_directions(options, rule, progress)
    dictionary = load_dictionary(
        forward, None if forward else backward, options.dict_split, phrases=True, identical=True
    )
    both = ((normalised(s, rule.strip_diacritics), normalised(t, rule.strip_diacritics)) for s, t in dictionary.entries)
    entries = list(dict.fromkeys((s, t) for s, t in both if s and t))
    notes: dict[str, int] = {}
    if options.drop_identical:
        notes["identical entries left out"] = sum(s == t for s, t in entries)
        entries = [(s, t) for s, t in entries if s != t]
    if not entries:
        raise XltError(f"{dictionary.files[0]}: no entry of two different words")
    if dictionary.malformed:
        notes["malformed dictionary lines left out"] = dictionary.malformed

    def read() -> Iterator[Pairs]:
        remaining = iter(entries)
        while part := list(islice(remaining, BATCH)):
            yield [s for s, _ in part], [t for _, t in part]

    return Corpus(name=options.dictionary, files=dictionary.files, form="dictionary entries", read=read, notes=notes)


def open_source(options: DictOptions, text: Text, *, force: bool, progress: Progress | None) -> "EntryPairs":
    """Entries, each of them linked."""
    del force, progress
    return EntryPairs(options, text.rule)


class EntryPairs:
    """A row an entry: the two words are each other's translation. Memory: O(a block)."""

    scored = False

    def __init__(self, options: DictOptions, rule: WordRule) -> None:
        self._rule, self._dropped = rule, options.drop_identical
        self.inputs: list[Input] = []
        self.params: dict[str, Any] = {"dict": Path(options.dictionary).name, "keep_empty": True}

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairRows]:
        """All entries, in order."""
        for block in block_results(segmenter, self._rule, blocks, workers):
            row, first = np.arange(len(block)), np.zeros(len(block), np.int64)
            table, per_row = pair_table(self._rule, block, Links(row, first, first))
            counts = {
                "word pairs": len(block),
                "with a word pair": len(block),
                "identical": int(pc.sum(pc.equal(block.src.values, block.tgt.values)).as_py() or 0),
                "several words": int(
                    pc.sum(pc.or_(*(pc.match_substring(side.values, " ") for side in (block.src, block.tgt)))).as_py()
                    or 0
                ),
            }
            yield PairRows(table, links=per_row, held_out=block.held_out, counts=counts)

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """What kind of entries there are."""
        same = {} if self._dropped else {"of these, of identical words": counts["identical"]}
        return same | {"of these, of several words": counts["several words"]}
