"""Sentence pairs without word pairs: what whole sentences are compared by."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from xlt.aligners.links import no_links
from xlt.arrays import Bools
from xlt.corpora.choose import Block
from xlt.files.provenance import Input
from xlt.pairs.options import NoAligner
from xlt.pairs.segment import TokenBlock, WordRule, block_results, segmenter
from xlt.pairs.table import PairRows, Text, empty_sides, pair_table
from xlt.work import Progress


def check_source(options: NoAligner, rule: WordRule) -> None:
    """Nothing is read beside the corpus."""
    del options, rule


def open_source(options: NoAligner, text: Text, *, force: bool, progress: Progress | None) -> "SentencePairs":
    """Every sentence pair of a text."""
    del options, force, progress
    return SentencePairs(text.rule)


class SentencePairs:
    """Every sentence pair, with its text and, where the language has a segmenter, its words; memory: O(a block)."""

    scored = False

    def __init__(self, rule: WordRule) -> None:
        self._rule = rule
        self.inputs: list[Input] = []
        self.params: dict[str, Any] = {"keep_empty": True}

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairRows]:
        """All blocks, in order."""
        for block in block_results(segmenter, self._rule, blocks, workers):
            table, per_row = pair_table(self._rule, block, no_links(scored=False))
            counts = {"empty side": _empty_sides(block)}
            yield PairRows(table, links=per_row, held_out=block.held_out, counts=counts)

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """Nothing beyond the counts."""
        del counts
        return {}


def _empty_sides(block: TokenBlock) -> int:
    # A language without segmenter has no words, whatever its text.
    if block.texts is None:
        return empty_sides(block)
    src, tgt = (_blank(side) for side in block.texts)
    return int((src | tgt).sum())


def _blank(texts: Any) -> Bools:
    return np.asarray(pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False), np.bool_)
