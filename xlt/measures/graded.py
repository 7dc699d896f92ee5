"""Violations of weak alignment: cosines against grades of meaning from -1 to 1 (veitsman2026, appendix A).

Without grades translations have 1 and pairs that are none have 0; a signature says so.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from xlt.arrays import Floats
from xlt.errors import XltError
from xlt.measures.cosine import pair_cosines
from xlt.measures.measure import Items, Pairs, Scalar
from xlt.measures.negatives import non_equivalents
from xlt.measures.neighbours import TIE
from xlt.measures.options import EPSILON, Case, ScoreOptions


def graded(pairs: Pairs, settings: ScoreOptions) -> Items | Scalar:
    """How often cosines do not follow grades g, in one of two readings.

    ``calibrated``: P[|cos - g| > epsilon]. ``order``: over pairs a, b with g_a > g_b and g_a - g_b >= epsilon, the
    share with cos_a <= cos_b. Values within 1e-12 are equal.

    Args:
        pairs: n of them, with grades, or without.
        settings: ``epsilon``, ``grade_reading``, block.

    Returns:
        A value for each epsilon (``set`` eps=…). By order of grades that were given it has no standard error.

    Raises:
        XltError: some pairs have no grade; no two grades differ by epsilon; without grades, nothing that is no
            translation.
    """
    right, cases = pair_cosines(pairs), {Case(set=name): value for name, value in EPSILON.sets(settings).items()}
    grades = pairs.grades
    if grades is not None and bool(grades.isnan().any()):
        raise XltError("some pairs have a grade and some have none; score them in two calls")
    if settings.grade_reading == "calibrated":
        if grades is not None:
            return Items({case: (right - grades).abs() > epsilon + TIE for case, epsilon in cases.items()})
        return _assumed(right, non_equivalents(pairs, settings), cases)
    if grades is None:
        wrong = non_equivalents(pairs, settings)
        shares = 1 - torch.searchsorted(wrong, right - TIE).double() / len(wrong)
        for epsilon in cases.values():
            _check_apart(epsilon, 1.0)
        return Items(dict.fromkeys(cases, shares))
    cosines, values = right.cpu().numpy(), grades.cpu().numpy()
    for epsilon in cases.values():
        _check_apart(epsilon, float(np.ptp(values)))
    return Scalar({case: out_of_order(cosines, values, epsilon) for case, epsilon in cases.items()})


def _assumed(right: Tensor, wrong: Tensor, cases: dict[Case, float]) -> Scalar:
    # The share over translations and others together; of resamples the others stay.
    n, m = len(right), len(wrong)
    wrongs = {case: int((wrong.abs() > epsilon + TIE).sum()) for case, epsilon in cases.items()}
    rights = {case: ((right - 1).abs() > epsilon + TIE).double().cpu().numpy() for case, epsilon in cases.items()}

    def resampled(case: Case, weights: Floats) -> Floats:
        shares: Floats = (n * (weights @ rights[case]) / weights.sum(axis=1) + wrongs[case]) / (n + m)
        return shares

    return Scalar(
        {case: float((rights[case].sum() + wrongs[case]) / (n + m)) for case in cases},
        {case: partial(resampled, case) for case in cases},
    )


def _check_apart(epsilon: float, widest: float) -> None:
    if widest <= TIE or widest < epsilon - TIE:
        raise XltError(f"no two grades differ by {epsilon:g}; they lie within {widest:g}")


def out_of_order(cosines: Floats, grades: Floats, epsilon: float) -> float:
    """Of a, b with g_a > g_b and g_a - g_b >= epsilon the share with cos_a <= cos_b; O(n log^2 n) work, O(n) memory.

    Args:
        cosines, grades: (n,).
        epsilon: what grades differ by at least; there must be such.
    """
    n = len(grades)
    order = np.argsort(grades, kind="stable")
    cosines, grades = cosines[order], grades[order]
    # Of the ascending grades the first ``lower`` are low enough beside each.
    lower = np.searchsorted(grades, np.minimum(grades - epsilon + TIE, grades - TIE), side="right")
    ascending = np.sort(cosines)
    rank = np.empty(n, np.int64)
    rank[np.argsort(cosines, kind="stable")] = np.arange(n)
    least = np.searchsorted(ascending, cosines - TIE, side="left")
    wrong = 0
    # A prefix is blocks of falling powers of two, each of which is sorted once for all that need it.
    for level in range(n.bit_length()):
        size = 1 << level
        block = np.arange(n) // size
        keys = np.sort(block * (n + 1) + rank)
        uses = np.flatnonzero(lower & size)
        own = (lower[uses] >> (level + 1)) << 1
        below = np.searchsorted(keys, own * (n + 1) + least[uses], side="left")
        wrong += int(((own + 1) * size - below).sum())
    return wrong / int(lower.sum())
