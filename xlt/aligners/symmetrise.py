"""Two directions of links into one set (Och and Ney 2003; Koehn, Och and Marcu 2003), all sentence pairs at once.

The heuristics are those of the ``atools`` program that comes with the C++ FastAlign, in its order of visits, so that
the same two inputs give the same links. They are sequential within a sentence pair; here one step visits one candidate
of every sentence pair, so that no loop runs over sentences.
"""

from itertools import pairwise

import numpy as np

from xlt.aligners.kinds import Heuristic
from xlt.aligners.links import Links, joined, part
from xlt.arrays import Bools, Ints, offsets, part_bounds


def symmetrise(
    forward: Links,
    backward: Links,
    src_lengths: Ints,
    tgt_lengths: Ints,
    heuristic: Heuristic,
    *,
    block_cells: int = 1 << 25,
) -> Links:
    """Combine two sets of links, each without repetition.

    Args:
        forward: a source position for each target position (or any set).
        backward: a target position for each source position (or any set).
        src_lengths, tgt_lengths: (sentences,) words on each side.
        heuristic: ``intersect``; ``union``; ``grow-diag`` adds to the intersection, link by link, those of the union
            that touch one and have a word that is not aligned yet; ``-final`` then adds links of either direction that
            have such a word, ``-final-and`` only those of which both words are not aligned.
        block_cells: padded cells of the sentence pairs in hand at once, a byte each.

    Where both sets have scores, that of a link is half the sum of those it has in the two sets.

    Memory: O(words + links) and some two bytes for each of ``block_cells``.
    """
    parts = [
        _block(forward, backward, src_lengths, tgt_lengths, heuristic, first, stop)
        for first, stop in pairwise(part_bounds((src_lengths + 2) * (tgt_lengths + 2), block_cells))
    ]
    return joined(parts)


def _block(
    forward: Links, backward: Links, src_lengths: Ints, tgt_lengths: Ints, heuristic: Heuristic, first: int, stop: int
) -> Links:
    grids = _Grids(src_lengths[first:stop], tgt_lengths[first:stop])
    forward, backward = part(forward, first, stop), part(backward, first, stop)
    one, other = grids.cells(forward), grids.cells(backward)
    both = one[grids.among(other)[one]]
    if heuristic == "intersect":
        cells = both
    elif heuristic == "union":
        cells = np.flatnonzero(grids.among(np.concatenate((one, other))))
    else:
        grids.add(both)
        grids.grow(np.flatnonzero(grids.among(np.concatenate((one, other))) & ~grids.linked))
        if heuristic != "grow-diag":
            for direction in (one, other):
                grids.finish(direction, both=heuristic == "grow-diag-final-and")
        cells = np.flatnonzero(grids.linked)
    sentence, src, tgt = grids.positions(cells)
    if forward.score is None or backward.score is None:
        return Links(sentence + first, src, tgt)
    score, final = np.zeros(len(cells)), grids.among(cells)
    for direction, own in ((one, forward.score), (other, backward.score)):
        linked = final[direction]
        score[np.searchsorted(cells, direction[linked])] += own[linked] / 2
    return Links(sentence + first, src, tgt, score)


class _Grids:
    # Every sentence pair as a grid of source by target positions with an empty border, all grids in one flat array.

    def __init__(self, src_lengths: Ints, tgt_lengths: Ints) -> None:
        self.width = tgt_lengths + 2
        self.start = offsets((src_lengths + 2) * self.width)
        self.src_start = offsets(src_lengths)
        self.tgt_start = offsets(tgt_lengths)
        self.linked = np.zeros(int(self.start[-1]), np.bool_)
        self.src_aligned = np.zeros(int(self.src_start[-1]), np.bool_)
        self.tgt_aligned = np.zeros(int(self.tgt_start[-1]), np.bool_)

    def cells(self, links: Links) -> Ints:
        """Places of links, ascending: by sentence, source and target position."""
        row = self.start[links.sentence] + (links.src + 1) * self.width[links.sentence]
        return np.asarray(row + links.tgt + 1)

    def among(self, cells: Ints) -> Bools:
        """Every place of the grids: whether it is one of ``cells``."""
        marks = np.zeros(len(self.linked), np.bool_)
        marks[cells] = True
        return marks

    def positions(self, cells: Ints) -> tuple[Ints, Ints, Ints]:
        sentence = np.searchsorted(self.start, cells, side="right") - 1
        row, column = np.divmod(cells - self.start[sentence], self.width[sentence])
        return sentence, row - 1, column - 1

    def add(self, cells: Ints) -> None:
        sentence, src, tgt = self.positions(cells)
        self.linked[cells] = True
        self.src_aligned[self.src_start[sentence] + src] = True
        self.tgt_aligned[self.tgt_start[sentence] + tgt] = True

    def grow(self, cells: Ints) -> None:
        """Add candidates that touch a link and have a free word, again and again until nothing changes."""
        while len(cells):
            added = self._visit(cells, touching=True, both=False)
            if not added.any():
                return
            # Only where something was added can more be.
            sentence = np.searchsorted(self.start, cells, side="right") - 1
            changed = np.zeros(len(self.width), np.bool_)
            changed[sentence[added]] = True
            cells = cells[~added & changed[sentence]]

    def finish(self, cells: Ints, *, both: bool) -> None:
        """Add candidates with a free word, or of which both words are free, in one visit of each."""
        self._visit(cells[~self.linked[cells]], touching=False, both=both)

    def _visit(self, cells: Ints, *, touching: bool, both: bool) -> Bools:
        # One visit of every candidate, in order within each sentence pair; which of them were added.
        sentence, src, tgt = self.positions(cells)
        src, tgt = self.src_start[sentence] + src, self.tgt_start[sentence] + tgt
        width = self.width[sentence]
        added = np.zeros(len(cells), np.bool_)
        for turn in _turns(sentence):
            free_src, free_tgt = ~self.src_aligned[src[turn]], ~self.tgt_aligned[tgt[turn]]
            turn = turn[free_src & free_tgt if both else free_src | free_tgt]
            if touching and len(turn):
                turn = turn[self._touches(cells[turn], width[turn])]
            self.linked[cells[turn]] = True
            self.src_aligned[src[turn]] = True
            self.tgt_aligned[tgt[turn]] = True
            added[turn] = True
        return added

    def _touches(self, cells: Ints, width: Ints) -> Bools:
        touching = self.linked[cells - 1] | self.linked[cells + 1]
        for row in (cells - width, cells + width):
            touching |= self.linked[row - 1] | self.linked[row] | self.linked[row + 1]
        return np.asarray(touching)


def _turns(sentence: Ints) -> list[Ints]:
    # The first candidate of every sentence pair, the second of every one that has two, and so on.
    if not len(sentence):
        return []
    first = np.flatnonzero(np.diff(sentence, prepend=-1))
    rank = np.arange(len(sentence)) - np.repeat(first, np.diff(first, append=len(sentence)))
    order = np.argsort(rank, kind="stable")
    return np.split(order, np.cumsum(np.bincount(rank))[:-1])
