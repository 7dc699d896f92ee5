"""Hubness: how unevenly words are neighbours of others (Radovanović et al. 2010; of embeddings Dinu et al. 2015).

Few words that are near to all others spoil the search among their side: hubness explains why one direction does better
than the other (arXiv 2605.26575). CSLS was made against it: compare ``--similarity csls``.
"""

import torch
from torch import Tensor

from xlt.measures.accuracy import penalties
from xlt.measures.measure import Pairs, Scalar
from xlt.measures.nearest import nearest
from xlt.measures.options import Case, ScoreOptions


def hubness(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """Skewness of N_k(y_j), the number of x_i that have y_j among their k nearest; ``tgt-src`` swaps the sides.

    Args:
        pairs: n of them; the words of one side search among all of the other.
        settings: ``hub_k``, similarity, block.

    Returns:
        m_3 / m_2^1.5 of the counts, for both directions; 0 where all are equal, as with k beyond the candidates.
    """
    h = penalties(pairs, settings, strong=False)
    k, block = settings.hub_k, settings.block
    of_y = nearest(pairs.x, pairs.all_y, k, block, None if h is None else h.y)
    of_x = nearest(pairs.y, pairs.all_x, k, block, None if h is None else h.x)
    return Scalar(
        {
            Case("src-tgt"): skewness(torch.bincount(of_y.flatten(), minlength=len(pairs.all_y))),
            Case("tgt-src"): skewness(torch.bincount(of_x.flatten(), minlength=len(pairs.all_x))),
        }
    )


def skewness(counts: Tensor) -> float:
    """m_3 / m_2^1.5 of whole numbers, the moments about the mean; 0 where all are equal."""
    deviation = counts.double() - counts.double().mean()
    if bool((counts == counts[0]).all()):
        return 0.0
    return float((deviation**3).mean() / (deviation**2).mean() ** 1.5)
