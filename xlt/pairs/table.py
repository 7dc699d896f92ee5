"""Rows of a pairs table, block by block: what every source of word pairs gives, and how links become word pairs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.aligners.links import Links, one_to_one
from xlt.arrays import Bools, Ints, offsets
from xlt.corpora.choose import Block
from xlt.corpora.words import Tokens
from xlt.files.provenance import Input
from xlt.files.schemas import PAIRS, TAGS, TEXTS
from xlt.pairs.options import LinkFilters
from xlt.pairs.segment import (
    Fold,
    TokenBlock,
    WordRule,
    block_results,
    distinct_words,
    ragged_lists,
    segmenter,
    token_lists,
)


@dataclass(frozen=True)
class Text:
    """The text in which word pairs are to be found.

    Attributes:
        rule: how sentences become words.
        inputs: the corpus, for the record of a model that is trained on it.
        whole: whether every sentence pair of the corpus is read.
    """

    rule: WordRule
    inputs: Sequence[Input] = ()
    whole: bool = True


@dataclass(frozen=True)
class PairRows:
    """The rows of one block of sentences.

    Attributes:
        table: a row a sentence pair, those without word pairs included.
        links: (rows,) word pairs of each row.
        held_out: (rows,) which rows are set aside.
        counts: what was seen and left out.
        seen: numbers of what occurred, for a summary of the whole corpus.
    """

    table: pa.RecordBatch
    links: Ints
    held_out: Bools
    counts: Mapping[str, int]
    seen: Mapping[str, Ints] = field(default_factory=dict)


class PairSource(Protocol):
    """Where word pairs come from.

    Attributes:
        scored: whether the pairs have scores.
        inputs: files and models beside the corpus, for the record.
        params: what defines the pairs beside the options, or in the place of one, for the record.
    """

    scored: bool
    inputs: list[Input]
    params: dict[str, Any]

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairRows]:
        """The word pairs of all blocks, in order."""

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """What belongs into the summary beside the counts of every source; called once, at the end."""


class Linker(Protocol):
    """What finds links: an aligner, or a file of links.

    Attributes:
        scored: whether the links have scores.
        inputs, params: as of a :class:`PairSource`.
    """

    scored: bool
    inputs: list[Input]
    params: dict[str, Any]

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order; they number the rows of their block."""

    def summary(self) -> dict[str, Any]:
        """Counts of the whole corpus; called once, at the end."""


class LinkedPairs:
    """Links, of which those that are not one to one are dropped, then those between identical words (gaschi2023)."""

    def __init__(self, rule: WordRule, linker: Linker, filters: LinkFilters) -> None:
        self._rule, self._linker, self._filters = rule, linker, filters
        self.scored, self.inputs, self.params = linker.scored, linker.inputs, linker.params

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairRows]:
        """The word pairs of all blocks, in order."""
        tokens = (block for block in block_results(segmenter, self._rule, blocks, workers) if len(block))
        for block, links in self._linker.links(tokens, workers):
            counts = {"links": len(links), "empty side": empty_sides(block)}
            if not self._filters.keep_many:
                links = links.take(one_to_one(links, block.src.offsets, block.tgt.offsets))
                counts["not one to one"] = counts["links"] - len(links)
            if not self._filters.keep_identical:
                before = len(links)
                links = links.take(~_identical(block, links, self._rule.folds))
                counts["identical words"] = before - len(links)
            table, per_row = pair_table(self._rule, block, links)
            counts |= {"with a word pair": int((per_row > 0).sum()), "word pairs": len(links)}
            yield PairRows(table, links=per_row, held_out=block.held_out, counts=counts)

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """The links that there were and those that were left out."""
        summary = {"links found": counts["links"]}
        if not self._filters.keep_many:
            summary["of these not one to one, left out"] = counts["not one to one"]
        if not self._filters.keep_identical:
            summary["of these between identical words, left out"] = counts["identical words"]
        return summary | self._linker.summary()


def pair_table(rule: WordRule, block: TokenBlock, links: Links) -> tuple[pa.RecordBatch, Ints]:
    """A pairs table of one block, and how many word pairs each row has; ``links`` number the rows of the block."""
    n = len(block)
    per_row = np.bincount(links.sentence, minlength=n)
    ends = offsets(per_row)
    columns = [
        pa.array(block.ids),
        pa.array([rule.src] * n, pa.string()),
        pa.array([rule.tgt] * n, pa.string()),
        token_lists(block.src),
        token_lists(block.tgt),
        ragged_lists(ends, pa.array(links.src.astype(np.int32))),
        ragged_lists(ends, pa.array(links.tgt.astype(np.int32))),
    ]
    if links.score is not None:
        columns.append(ragged_lists(ends, pa.array(links.score)))
    schema = pairs_schema(scored=links.score is not None, texts=block.texts is not None, tags=block.tags is not None)
    columns += [*(block.texts or ()), *(block.tags or ())]
    return pa.RecordBatch.from_arrays(columns, schema=schema), per_row


def pairs_schema(*, scored: bool, texts: bool, tags: bool = False) -> pa.Schema:
    """The schema of a pairs table with scores, with the sentences as they were, with the tags of their words."""
    return PAIRS.arrow(without=[] if scored else ["score"], unusual=(*TEXTS * texts, *TAGS * tags))


def empty_sides(block: TokenBlock) -> int:
    """How many sentence pairs of a block have no word on a side."""
    return int(((np.diff(block.src.offsets) == 0) | (np.diff(block.tgt.offsets) == 0)).sum())


def _identical(block: TokenBlock, links: Links, folds: tuple[Fold | None, Fold | None]) -> Bools:
    src, tgt = (_words(side, fold) for side, fold in zip((block.src, block.tgt), folds, strict=True))
    left = src.take(pa.array(block.src.offsets[links.sentence] + links.src))
    right = tgt.take(pa.array(block.tgt.offsets[links.sentence] + links.tgt))
    return np.asarray(pc.equal(left, right).to_numpy(zero_copy_only=False), np.bool_)


def _words(tokens: Tokens, fold: Fold | None) -> pa.StringArray:
    if fold is None:
        return tokens.values
    distinct, index = distinct_words(tokens)
    return pa.array([fold(w) for w in distinct], pa.string()).take(pa.array(index))
