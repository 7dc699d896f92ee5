"""Numbers in bins: edges that somebody names, or such that the bins are of equal size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xlt.arrays import Floats, Ints
from xlt.errors import OptionError

_QUANTILE = "quantile:"


@dataclass(frozen=True)
class Bin:
    """Numbers with low <= number < high; None where there is no end."""

    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        """``[1, 3)``; from the highest edge on ``>= 10000``, below the lowest ``< 0``."""
        if self.low is None:
            return f"< {self.high:.12g}"
        return f">= {self.low:.12g}" if self.high is None else f"[{self.low:.12g}, {self.high:.12g})"


def parse_bins(text: str, numbers: Floats) -> list[float]:
    """Edges from ``0,1,3,10``, or of bins that hold about equally many of ``numbers`` from ``quantile:10``.

    Equal numbers stay together: where there are many of one, quantiles give fewer bins.

    Raises:
        OptionError: no such list; edges that do not ascend; fewer than two bins of equal size.
    """
    if text.startswith(_QUANTILE):
        count = text.removeprefix(_QUANTILE)
        if not count.isdecimal() or int(count) < 2:
            raise OptionError("bins", f"{text}: quantile: and a number of bins, 2 or more")
        at = np.arange(int(count)) / int(count)
        return sorted({float(edge) for edge in np.quantile(numbers, at, method="inverted_cdf")})
    try:
        edges = [float(edge) for edge in text.split(",")]
    except ValueError:
        raise OptionError("bins", f"{text}: write edges, 0,1,3,10, or quantile:10") from None
    if not all(map(math.isfinite, edges)) or any(b <= a for a, b in pairwise(edges)):
        raise OptionError("bins", f"{text}: finite edges in ascending order")
    return edges


def bins_of(edges: Sequence[float]) -> list[Bin]:
    """All bins of edges: below the first, between each two, from the last on."""
    ends = [None, *edges, None]
    return [Bin(low, high) for low, high in pairwise(ends)]


def places(numbers: Floats, edges: Sequence[float]) -> Ints:
    """(n,) the number of the bin of each number, as :func:`bins_of` counts them."""
    of_each: Ints = np.searchsorted(np.asarray(edges, np.float64), numbers, side="right")
    return of_each
