"""The share of words whose nearest neighbour has them as its nearest, whether or not it is the translation.

Reciprocal neighbours are what hubs cannot have: a word that is near to many is the nearest of one of them at most.
"""

import torch

from xlt.measures.measure import Items, Pairs
from xlt.measures.nearest import nearest
from xlt.measures.options import WHOLE, ScoreOptions


def reciprocity(pairs: Pairs, settings: ScoreOptions) -> Items:
    """Of which source words x_i the nearest y_j, by the cosine, has x_i as its nearest; the first wins a tie.

    Args:
        pairs: n of them, whose source words are asked among all words.
        settings: block.

    Returns:
        (n,) bool.
    """
    x, y = pairs.all_x, pairs.all_y
    rows = torch.arange(len(x), device=x.device) if pairs.gold is None else pairs.gold.src
    found, own = torch.unique(rows, return_inverse=True)
    of_x = nearest(x[found], y, 1, settings.block)[:, 0]
    neighbours, back = torch.unique(of_x, return_inverse=True)
    of_y = nearest(y[neighbours], x, 1, settings.block)[:, 0]
    return Items({WHOLE: (of_y[back] == found)[own]})
