"""Accuracy at k, by hand and against loops."""

import numpy as np
import pytest

from tests.measures.reference import CPU, noisy, ranks
from xlt.measures.accuracy import accuracy
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions, Similarity
from xlt.measures.top import accuracy_at, accuracy_at_5, accuracy_at_10
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    # Similarities .8944 .4472 .7071 | .9487 .9487 1 | .4472 .8944 .7071: the second has a greater one, and a
    # tie before it.
    x = unit_rows(np.array([[1, 0], [1, 1], [0, 1]], np.float32), CPU)
    y = unit_rows(np.array([[2, 1], [1, 2], [1, 1]], np.float32), CPU)
    settings, pairs = ScoreOptions(strength="weak"), Pairs(x, y)
    for k, hits in {1: [True, False, False], 2: [True, False, True], 3: [True] * 3, 9: [True] * 3}.items():
        assert accuracy_at(pairs, settings, k=k).outcomes[Case("src-tgt", "weak")].tolist() == hits
    assert accuracy_at(pairs, settings, k=2).outcomes[Case("tgt-src", "weak")].tolist() == [True, True, False]


@pytest.mark.parametrize("similarity", ["cosine", "csls"])
def test_against_loops(similarity: Similarity) -> None:
    x, y = noisy(60, 6)
    settings = ScoreOptions(similarity=similarity, csls_k=4, block=16)
    pairs, k = Pairs(x, y), 4 if similarity == "csls" else None
    u, v = x.double().numpy(), y.double().numpy()
    assert accuracy_at(pairs, settings, k=1).outcomes.keys() == accuracy(pairs, settings).outcomes.keys()
    for case, hits in accuracy(pairs, settings).outcomes.items():
        query, other = (u, v) if case.direction == "src-tgt" else (v, u)
        slow = np.array(ranks(query, other, k, case.strength == "strong"))
        assert (accuracy_at(pairs, settings, k=1).outcomes[case] == hits).all()
        assert accuracy_at_5(pairs, settings).outcomes[case].tolist() == (slow <= 5).tolist()
        assert accuracy_at_10(pairs, settings).outcomes[case].tolist() == (slow <= 10).tolist()
        assert (slow <= 1).sum() < (slow <= 5).sum() < (slow <= 10).sum() < 60
