"""Word pairs out of links that an aligner found: what is left out of them, and the table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.aligners.links import Links, one_to_one
from xlt.arrays import Bools
from xlt.corpora.choose import Block
from xlt.corpora.words import Tokens
from xlt.files.provenance import Input
from xlt.pairs.pair_batches import PairBatch, empty_sides, pair_table
from xlt.pairs.segment import Fold, TokenBlock, WordRule, block_results, distinct_words, segmenter


class Linker(Protocol):
    """What finds links: an aligner, or a file of links.

    Attributes:
        scored: whether the links have scores.
        inputs: files and models, for the record.
        params: what defines the links, for the record.
    """

    scored: bool
    inputs: list[Input]
    params: dict[str, Any]

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order; they number the rows of their block."""

    def summary(self) -> dict[str, Any]:
        """Counts of the whole corpus; called once, at the end."""


class AlignedPairs:
    """Links, of which those that are not one to one are dropped, then those between identical words (gaschi2023)."""

    def __init__(self, rule: WordRule, linker: Linker, *, keep_many: bool, keep_identical: bool) -> None:
        self.rule, self._linker = rule, linker
        self.scored, self.inputs = linker.scored, linker.inputs
        self.params = {**linker.params, "keep_many": keep_many, "keep_identical": keep_identical}
        self._keep_many, self._keep_identical = keep_many, keep_identical

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairBatch]:
        """The word pairs of all blocks, in order."""
        tokens = block_results(segmenter, self.rule, blocks, workers)
        for block, links in self._linker.links(tokens, workers):
            counts = {"links": len(links), "empty side": empty_sides(block)}
            if not self._keep_many:
                links = links.take(one_to_one(links, block.src.offsets, block.tgt.offsets))
                counts["not one to one"] = counts["links"] - len(links)
            if not self._keep_identical:
                before = len(links)
                links = links.take(~_identical(block, links, self.rule.fold))
                counts["identical words"] = before - len(links)
            rows, per_row = pair_table(self.rule, block, links)
            counts |= {"with a word pair": int((per_row > 0).sum()), "word pairs": len(links)}
            yield PairBatch(rows, per_row, block.held_out, counts)

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """The links that were found and those that were left out."""
        found = {"links found": counts["links"]}
        if not self._keep_many:
            found["of these not one to one, left out"] = counts["not one to one"]
        if not self._keep_identical:
            found["of these between identical words, left out"] = counts["identical words"]
        return found | self._linker.summary()


def _identical(block: TokenBlock, links: Links, fold: Fold | None) -> Bools:
    src, tgt = (_words(side, fold) for side in (block.src, block.tgt))
    left = src.take(pa.array(block.src.offsets[links.sentence] + links.src))
    right = tgt.take(pa.array(block.tgt.offsets[links.sentence] + links.tgt))
    return np.asarray(pc.equal(left, right).to_numpy(zero_copy_only=False), np.bool_)


def _words(tokens: Tokens, fold: Fold | None) -> pa.StringArray:
    if fold is None:
        return tokens.values
    distinct, index = distinct_words(tokens)
    return pa.array([fold(w) for w in distinct], pa.string()).take(pa.array(index))
