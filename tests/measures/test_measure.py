"""What a measure is asked, by what it tells apart."""

from itertools import product

import pytest

from xlt.files.schemas import SCORES
from xlt.measures.measure import Items
from xlt.measures.options import WHOLE, Case, Measure, ScoreOptions


def measure(*, strengths: bool = False, directions: bool = False) -> Measure:
    return Measure(lambda x, y, settings: Items({}), strengths=strengths, directions=directions)


def test_cases_in_order() -> None:
    every = measure(strengths=True, directions=True).cases(ScoreOptions())
    assert every == list(product(("src-tgt", "tgt-src"), ("weak", "strong")))
    one = ScoreOptions(strength="strong", direction="tgt-src")
    assert measure(strengths=True, directions=True).cases(one) == [Case("tgt-src", "strong")]
    # What makes no difference is no choice.
    assert measure(directions=True).cases(ScoreOptions()) == [Case("src-tgt", ""), Case("tgt-src", "")]
    assert measure(strengths=True).cases(one) == [Case("both", "strong")]
    assert measure().cases(one) == [WHOLE]


@pytest.mark.parametrize(
    "has", [{}, {"strengths": True}, {"directions": True}, {"strengths": True, "directions": True}]
)
def test_the_schema_knows_all_cases(has: dict[str, bool]) -> None:
    for case in measure(**has).cases(ScoreOptions()):
        assert case.direction in SCORES.values("direction")
        assert case.strength in SCORES.values("strength")
