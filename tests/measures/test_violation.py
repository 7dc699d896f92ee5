"""Violations against loops over all pairs of pairs."""

import pytest
import torch

from tests.measures.reference import noisy
from xlt.errors import XltError
from xlt.measures.accuracy import accuracy
from xlt.measures.measure import Pairs
from xlt.measures.options import Case, ScoreOptions
from xlt.measures.violation import violation


def test_against_loops() -> None:
    x, y = noisy(25, 5)
    s = (x.double() @ y.double().T).numpy()
    forms = torch.arange(25) // 2
    settings = ScoreOptions(measure=("violation",), epsilon=(0.0, 0.15))
    outcomes = violation(Pairs(x, y, forms=(forms,)), settings).outcomes
    wrong = [s[i, j] for i in range(25) for j in range(25) if i // 2 != j // 2]
    assert outcomes.keys() == {Case(set="eps=0"), Case(set="eps=0.15")}
    for name, epsilon in (("eps=0", 0.0), ("eps=0.15", 0.15)):
        slow = [sum(s[i, i] < value + epsilon for value in wrong) / len(wrong) for i in range(25)]
        assert outcomes[Case(set=name)].tolist() == pytest.approx(slow, abs=1e-12)
    assert 0 < outcomes[Case(set="eps=0")].mean() < outcomes[Case(set="eps=0.15")].mean() < 1


def test_anchored_without_a_margin_is_what_accuracy_lacks() -> None:
    x, y = noisy(200, 8)
    settings = ScoreOptions(measure=("violation",), anchored=True, epsilon=(0.0, 0.1), strength="weak")
    pairs = Pairs(x, y)
    outcomes = violation(pairs, settings).outcomes
    for case, hits in accuracy(pairs, settings).outcomes.items():
        assert torch.equal(outcomes[case._replace(set="eps=0")] == 1, ~hits)
        assert outcomes[case._replace(set="eps=0.1")].mean() > outcomes[case._replace(set="eps=0")].mean()


def test_a_single_pair_has_nothing_to_be_compared_with() -> None:
    x, y = noisy(1, 4)
    for anchored in (False, True):
        with pytest.raises(XltError, match="there is one pair"):
            violation(Pairs(x, y), ScoreOptions(measure=("violation",), anchored=anchored))
