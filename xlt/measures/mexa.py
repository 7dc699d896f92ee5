"""MEXA: the share of pairs that are each other's nearest neighbours, strictly (Kargaran et al. 2025, arXiv 2410.05873).

The paper compares sentences, the first 100 of a corpus, and takes the mean or the maximum over layers.
"""

from xlt.measures.accuracy import counts_weak
from xlt.measures.measure import Items, Pairs
from xlt.measures.options import WHOLE, ScoreOptions


def mexa(pairs: Pairs, settings: ScoreOptions) -> Items:
    """Which of the pairs have a greater cosine than either side has to any other of the other language.

    A tie (within 1e-12) is no hit, in whatever order the candidates stand.

    Args:
        pairs: n of them.
        settings: block.

    Returns:
        (n,) bool.
    """
    source, target = (counts.alone for counts in counts_weak(pairs, settings, "cosine"))
    return Items({WHOLE: source & target})
