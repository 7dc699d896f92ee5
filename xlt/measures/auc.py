"""Area under the curve: the probability that a translation is nearer than a pair that is none."""

import torch

from xlt.measures.cosine import pair_cosines
from xlt.measures.measure import Items, Pairs
from xlt.measures.negatives import non_equivalents
from xlt.measures.neighbours import TIE
from xlt.measures.options import WHOLE, ScoreOptions


def auc(pairs: Pairs, settings: ScoreOptions) -> Items:
    """P[s+ > s-] + P[s+ = s-] / 2 over all pairs and all that do not translate each other, equal within 1e-12.

    Args:
        pairs: n of them.
        settings: block.

    Returns:
        (n,) float64, of each pair the share of the others that it exceeds.

    Raises:
        XltError: there is nothing that is no translation.
    """
    right, wrong = pair_cosines(pairs), non_equivalents(pairs, settings)
    less = torch.searchsorted(wrong, right - TIE)
    not_more = torch.searchsorted(wrong, right + TIE, right=True)
    return Items({WHOLE: (less + not_more).double() / (2 * len(wrong))})
