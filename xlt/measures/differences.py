"""How much nearer translations are than what they are compared with: all differences s+ - s-, without making them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from xlt.arrays import Floats
from xlt.errors import XltError
from xlt.measures.accuracy import DIRECTIONS, ranks_by_direction
from xlt.measures.cosine import pair_cosines
from xlt.measures.measure import Pairs
from xlt.measures.negatives import non_equivalents
from xlt.measures.neighbours import TIE
from xlt.measures.options import WHOLE, Case, ScoreOptions

# Points between which a quantile is looked for at a time, and how often: what is left is far below a standard error.
_POINTS, _STAGES = 128, 4


@dataclass(frozen=True)
class Differences:
    """n similarities and m that they should exceed.

    Attributes:
        right: (n,) float64.
        wrong: (m,) float64, ascending.
    """

    right: Tensor
    wrong: Tensor

    def below(self, epsilon: float) -> Tensor:
        """(n,) for each s+ the share of the s- with s+ < s- + epsilon; equal within 1e-12 is not below."""
        line = self.right - epsilon + TIE
        return 1 - torch.searchsorted(self.wrong, line, right=True).double() / len(self.wrong)

    def margin(self, delta: float) -> float:
        """The greatest epsilon of which at most the share delta of all s+ - s- is below: element floor(delta n m)."""
        right, wrong = (side.cpu().numpy() for side in (self.right, self.wrong))
        need = _place(delta, len(right) * len(wrong))
        low, high = right.min() - wrong[-1] - TIE, right.max() - wrong[0]
        while high - low > TIE / 8:
            middle = (low + high) / 2
            low, high = (low, middle) if _up_to(right, wrong, middle).sum() >= need else (middle, high)
        return float(high)

    def margins(self, delta: float) -> Callable[[Floats], Floats]:
        """The same of resamples of the s+, from how often each is taken, (resamples, n), to (resamples,)."""
        return partial(_margins, self.right.cpu().numpy(), self.wrong.cpu().numpy(), delta)


def differences(pairs: Pairs, settings: ScoreOptions) -> dict[Case, Differences]:
    """What translations are compared with, by case (without a parameter).

    Cosines of pairs that do not translate each other; ``anchored``: the cosine of the nearest wrong word of the other
    side, in both directions, the difference to which is compared with 0.

    Raises:
        XltError: there is nothing to compare with.
    """
    if not settings.anchored:
        return {WHOLE: Differences(pair_cosines(pairs), non_equivalents(pairs, settings))}
    by_case = {}
    for direction, ranks in zip(DIRECTIONS, ranks_by_direction(pairs, settings, "cosine"), strict=True):
        ahead = ranks["weak"].right - ranks["weak"].best_wrong
        if not bool(torch.isfinite(ahead).all()):
            raise XltError("there is one pair: nothing that is no translation to compare with")
        by_case[Case(direction, "weak")] = Differences(ahead, torch.zeros(1, dtype=ahead.dtype, device=ahead.device))
    return by_case


def _place(delta: float, total: float) -> int:
    # How many differences there are up to the one looked for; 0.3 x 10 is 3, whatever it is in floating point.
    return min(math.floor(delta * total * (1 + 1e-12)), int(total) - 1) + 1


def _up_to(right: Floats, wrong: Floats, epsilon: Floats | float) -> Floats:
    # Of each s+ how many s- have s+ - s- <= epsilon.
    counts: Floats = len(wrong) - np.searchsorted(wrong, right - epsilon, side="left").astype(np.float64)
    return counts


def _margins(right: Floats, wrong: Floats, delta: float, weights: Floats) -> Floats:
    need = np.array([_place(delta, total * len(wrong)) for total in weights.sum(axis=1)])
    low, high = right.min() - wrong[-1] - TIE, right.max() - wrong[0]
    for _ in range(_STAGES):
        grid = np.linspace(low, high, _POINTS)
        sums = weights @ np.stack([_up_to(right, wrong, epsilon) for epsilon in grid], axis=1)
        # The last point holds all differences there are.
        at = np.clip((sums < need[:, None]).sum(axis=1), 1, _POINTS - 1)
        low, high = grid[at.min() - 1], grid[at.max()]
    middles: Floats = (grid[at] + grid[at - 1]) / 2
    return middles
