"""What every source of word pairs gives: rows of a pairs table, block by block, and what was counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from xlt.aligners.links import Links
from xlt.arrays import Bools, Ints, offsets
from xlt.corpora.choose import Block
from xlt.files.provenance import Input
from xlt.files.schemas import PAIRS
from xlt.pairs.segment import TokenBlock, WordRule, ragged_lists, token_lists


@dataclass(frozen=True)
class PairBatch:
    """The pairs of one block of sentences.

    Attributes:
        table: a row a sentence pair, those without word pairs included.
        links: (rows,) word pairs of each row.
        held_out: (rows,) which rows are set aside.
        counts: what was found and left out.
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
        rule: how sentences become words.
        scored: whether the pairs have scores.
        inputs: files and models beside the corpus, for the record.
        params: what defines the pairs, for the record.
    """

    rule: WordRule
    scored: bool
    inputs: list[Input]
    params: dict[str, Any]

    def batches(self, blocks: Iterable[Block], workers: int) -> Iterator[PairBatch]:
        """The word pairs of all blocks, in order."""

    def summary(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """What belongs into the summary beside the counts of every source; called once, at the end."""


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
    if links.score is None:
        return pa.RecordBatch.from_arrays(columns, schema=PAIRS.arrow(without=["score"])), per_row
    columns.append(ragged_lists(ends, pa.array(links.score)))
    return pa.RecordBatch.from_arrays(columns, schema=PAIRS.arrow()), per_row


def empty_sides(block: TokenBlock) -> int:
    """How many sentence pairs of a block have no word on a side."""
    return int(((np.diff(block.src.offsets) == 0) | (np.diff(block.tgt.offsets) == 0)).sum())
