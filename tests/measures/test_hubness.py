"""Hubness, by hand and against loops."""

import numpy as np
import pytest
import torch

from tests.measures.reference import noisy, scores
from xlt.measures.hubness import hubness, skewness
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions, Similarity


def test_skewness_by_hand() -> None:
    # Mean 1; deviations -1 -1 -1 3: m_2 = 3, m_3 = 6.
    assert skewness(torch.tensor([0, 0, 0, 4])) == pytest.approx(6 / 3**1.5)
    assert skewness(torch.tensor([2, 2, 2])) == 0


@pytest.mark.parametrize("similarity", ["cosine", "csls"])
def test_against_loops(similarity: Similarity) -> None:
    x, y = noisy(40, 5)
    settings = ScoreOptions(measure=("hubness",), hub_k=4, similarity=similarity, csls_k=3, block=16)
    values = hubness(Pairs(x, y), settings).values
    u, v = x.double().numpy(), y.double().numpy()
    for direction, query, other in (("src-tgt", u, v), ("tgt-src", v, u)):
        across, _ = scores(query, other, 3 if similarity == "csls" else None)
        counts = np.zeros(40)
        for row in across:
            for j in sorted(range(40), key=lambda j: -row[j])[:4]:
                counts[j] += 1
        deviation = counts - 4
        slow = (deviation**3).mean() / (deviation**2).mean() ** 1.5
        assert values[Case(direction)] == pytest.approx(slow, abs=1e-9)  # type: ignore[arg-type]
        assert abs(slow) > 0.1


def test_k_beyond_the_candidates_makes_all_equal() -> None:
    assert set(hubness(Pairs(*noisy(8, 4)), ScoreOptions(measure=("hubness",), hub_k=50)).values.values()) == {0.0}
