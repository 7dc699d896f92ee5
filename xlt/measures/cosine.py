"""How near translations are to each other, whatever else is near.

A mean of cosines says little without that of pairs that do not translate each other (``anisotropy``, ``auc``): vectors
of an encoder share large components. Mean-pooled cosines of sentences also grow with the length of the sentences alone
(arXiv 2605.07345), so that they are to be compared over one set of sentences only.
"""

from torch import Tensor

from xlt.measures.measure import Items, Pairs
from xlt.measures.options import WHOLE, ScoreOptions
from xlt.measures.products import row_dots


def pair_cosines(pairs: Pairs) -> Tensor:
    """(n,) float64 cosines of both sides of each pair, worked out once for all measures of these pairs."""
    return pairs.once("cosines", lambda: row_dots(pairs.x, pairs.y))


def cosine(pairs: Pairs, settings: ScoreOptions) -> Items:
    """(n,) float64 cosine of each pair."""
    return Items({WHOLE: pair_cosines(pairs)})


def distance(pairs: Pairs, settings: ScoreOptions) -> Items:
    """(n,) float64 1 - cosine of each pair (veitsman2026, section 4.5)."""
    return Items({WHOLE: 1 - pair_cosines(pairs)})
