"""Accuracy as a measure: its cases, and that ranks say the same."""

import numpy as np
import pytest
import torch

from tests.measures.reference import CPU, noisy
from xlt.measures.accuracy import accuracy, accuracy_with_ranks
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions, Similarity
from xlt.measures.unit import unit_rows


def test_by_hand() -> None:
    # As in the tests of ranks: x0 finds y0 but for x1 of its own language; y1 finds x1 but for y0.
    x = unit_rows(np.array([[1, 0], [0.96, 0.28]], np.float32), CPU)
    y = unit_rows(np.array([[0.8, 0.6], [-0.28, 0.96]], np.float32), CPU)
    items = accuracy(Pairs(x, y), ScoreOptions())
    assert {case: hits.tolist() for case, hits in items.outcomes.items()} == {
        Case("src-tgt", "weak"): [True, False],
        Case("src-tgt", "strong"): [False, False],
        Case("tgt-src", "weak"): [False, True],
        Case("tgt-src", "strong"): [False, False],
    }
    assert items.facts == {}


def test_strong_candidates_are_searched_only_where_they_are_asked_for() -> None:
    x, y = noisy(30, 6)
    items = accuracy(Pairs(x, y), ScoreOptions(strength="weak"))
    assert set(items.outcomes) == {Case("src-tgt", "weak"), Case("tgt-src", "weak")}


@pytest.mark.parametrize("similarity", ["cosine", "csls"])
def test_a_hit_is_a_rank_of_one(similarity: Similarity) -> None:
    x, y = noisy(200, 12)
    settings = ScoreOptions(similarity=similarity, csls_k=4, block=16)
    hits, ranked = accuracy(Pairs(x, y), settings), accuracy_with_ranks(Pairs(x, y), settings)
    assert set(hits.outcomes) == set(ranked.outcomes) == set(ranked.facts)
    for case, outcome in hits.outcomes.items():
        assert torch.equal(outcome, ranked.outcomes[case])
        assert 0.05 < outcome.double().mean() < 0.95
        facts = ranked.facts[case]
        assert set(facts) == {"rank", "right", "best_wrong", "found"}
        assert torch.equal(outcome, facts["rank"] == 1)
        assert torch.equal(outcome, facts["right"] > facts["best_wrong"])


def test_the_similarity_makes_a_difference() -> None:
    x, y = noisy(200, 12)
    cosine, csls = (accuracy(Pairs(x, y), ScoreOptions(similarity=s)).outcomes for s in ("cosine", "csls"))
    assert any(not torch.equal(cosine[case], csls[case]) for case in cosine)
