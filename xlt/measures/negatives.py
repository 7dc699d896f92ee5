"""Pairs that do not translate each other, with which those that do are compared: (x_i, y_j), i != j."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from xlt.errors import XltError
from xlt.measures.measure import Pairs
from xlt.measures.options import ScoreOptions
from xlt.measures.products import blocks, dots_at

# Up to so many pairs all that are no translations are compared with, beyond that so many that are drawn.
ALL, DRAWN = 3_000, 10_000_000
# Cells of a block of products for one of them that is used, up to which whole blocks are quicker; parts of the rest.
_SPARE, _PARTS = 100, 64


def non_equivalents(pairs: Pairs, settings: ScoreOptions) -> Tensor:
    """Ascending float64 cosines of pairs that do not translate each other, worked out once for all measures.

    All n (n - 1) up to n = 3,000, else 10^7 drawn with the seed; without those whose source forms or whose target forms
    are equal, which may be translations. Memory: O(block^2 + min(n^2, 10^7)).

    Raises:
        XltError: there are none.
    """
    return pairs.once("non-equivalents", lambda: cosines_of_others(pairs, settings.block, most=ALL, drawn=DRAWN))


def cosines_of_others(pairs: Pairs, block: int, *, most: int, drawn: int) -> Tensor:
    """See :func:`non_equivalents`; all up to ``most`` pairs, beyond that ``drawn``."""
    n = len(pairs)
    parts = _all(pairs, block) if n <= most else _drawn(pairs, drawn, block)
    values = torch.cat([torch.zeros(0, dtype=torch.float64, device=pairs.all_x.device), *parts])
    if not len(values):
        what = "there is one pair" if n == 1 else "all pairs share a word form"
        raise XltError(f"{what}: nothing that is no translation to compare with")
    return values.sort().values


def _all(pairs: Pairs, block: int) -> Iterator[Tensor]:
    n, forms = len(pairs), pairs.forms
    for i in blocks(n, block):
        rows = pairs.x[slice(*i)].double()
        for j in blocks(n, block):
            numbers = [torch.arange(*side, device=rows.device) for side in (i, j)]
            other = numbers[0][:, None] != numbers[1]
            for form in forms:
                other &= form[slice(*i)][:, None] != form[slice(*j)]
            yield (rows @ pairs.y[slice(*j)].double().T)[other]


def _drawn(pairs: Pairs, count: int, block: int) -> Iterator[Tensor]:
    n, forms, device = len(pairs), pairs.forms, pairs.all_x.device
    # In order of one side, so that whole blocks of products can be made: far quicker than one product after another, as
    # long as these would be more than a cell in some.
    cells = np.sort(np.random.default_rng(pairs.seed).integers(0, n * (n - 1), count))
    in_blocks = n * n <= _SPARE * count
    steps = (
        list(blocks(n, block)) if in_blocks else [(low * n // _PARTS, (low + 1) * n // _PARTS) for low in range(_PARTS)]
    )
    for i in steps:
        start, stop = np.searchsorted(cells, np.array(i) * (n - 1))
        row, column = np.divmod(cells[start:stop], n - 1)
        rows, columns = (torch.from_numpy(side).to(device) for side in (row, column + (column >= row)))
        other = torch.ones(len(rows), dtype=torch.bool, device=device)
        for form in forms:
            other &= form[rows] != form[columns]
        rows, columns = rows[other], columns[other]
        if not in_blocks:
            yield dots_at(pairs.x, pairs.y, rows, columns)
            continue
        part = pairs.x[slice(*i)].double()
        for j in blocks(n, block):
            inside = (columns >= j[0]) & (columns < j[1])
            product = part @ pairs.y[slice(*j)].double().T
            yield product[rows[inside] - i[0], columns[inside] - j[0]]
