"""Names that options choose from against what stands behind them."""

from typing import get_args

import numpy as np

from tests.aligners.sentence_pairs import links_of, sets_of
from xlt.aligners.kinds import Heuristic
from xlt.aligners.symmetrise import symmetrise


def test_every_heuristic_gives_other_links() -> None:
    # (0, 0) is agreed on and (1, 1) touches it. Of the others (3, 3) and (2, 4) have two free words, (1, 4) has one,
    # and (3, 1) none.
    forward, backward = links_of([{(0, 0), (1, 1), (3, 3)}]), links_of([{(0, 0), (1, 4), (2, 4), (3, 1)}])
    lengths = np.array([5]), np.array([5])
    results = [sets_of(symmetrise(forward, backward, *lengths, name), 1)[0] for name in get_args(Heuristic)]
    assert all(a != b for k, a in enumerate(results) for b in results[:k])
