"""What a measure is asked, by what it tells apart."""

from itertools import product

import pytest

from xlt.files.schemas import SCORES
from xlt.measures.measure import Items, function_of
from xlt.measures.options import EPSILON, WHOLE, Case, Measure, ScoreOptions


def measure(*, strengths: bool = False, directions: bool = False) -> Measure:
    return Measure(lambda x, y, settings: Items({}), strengths=strengths, directions=directions)


def test_cases_in_order() -> None:
    every = measure(strengths=True, directions=True).cases(ScoreOptions())
    assert every == list(product(("src-tgt", "tgt-src"), ("weak", "strong"), ("",)))
    one = ScoreOptions(strength="strong", direction="tgt-src")
    assert measure(strengths=True, directions=True).cases(one) == [Case("tgt-src", "strong")]
    # What makes no difference is no choice.
    assert measure(directions=True).cases(ScoreOptions()) == [Case("src-tgt", ""), Case("tgt-src", "")]
    assert measure(strengths=True).cases(one) == [Case("both", "strong")]
    assert measure().cases(one) == [WHOLE]


def test_a_case_for_each_value_of_a_parameter_and_for_each_part() -> None:
    epsilon = Measure(lambda pairs, settings: Items({}), parameter=EPSILON, anchored=True)
    settings = ScoreOptions(measure=("violation",), epsilon=(0.0, 0.1, 0.0))
    assert epsilon.cases(settings) == [Case(set="eps=0"), Case(set="eps=0.1")]
    assert EPSILON.sets(settings) == {"eps=0": 0.0, "eps=0.1": 0.1}
    anchored = ScoreOptions(measure=("violation",), anchored=True, strength="strong", direction="mean")
    assert epsilon.cases(anchored) == [Case("src-tgt", "weak", "eps=0"), Case("tgt-src", "weak", "eps=0")]
    sides = Measure(lambda pairs, settings: Items({}), sets=("src", "tgt"))
    assert sides.cases(ScoreOptions()) == [Case(set="src"), Case(set="tgt")]


def test_the_function_that_is_asked_for() -> None:
    plain, facts, ranks = (lambda pairs, settings: Items({}) for _ in range(3))
    whole = Measure(plain, with_facts=facts, with_ranks=ranks)
    assert function_of(whole) is plain
    assert function_of(whole, ranks=True) is ranks
    assert function_of(whole, facts=True, ranks=True) is facts
    assert function_of(Measure(plain), facts=True, ranks=True) is plain


@pytest.mark.parametrize(
    "has", [{}, {"strengths": True}, {"directions": True}, {"strengths": True, "directions": True}]
)
def test_the_schema_knows_all_cases(has: dict[str, bool]) -> None:
    for case in measure(**has).cases(ScoreOptions()):
        assert case.direction in SCORES.values("direction")
        assert case.strength in SCORES.values("strength")
