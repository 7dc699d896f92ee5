"""A name that is offered has a function."""

from typing import get_args

from xlt.stats.adjust import ADJUSTMENTS
from xlt.stats.correlation import METHODS
from xlt.stats.options import Adjust, Method


def test_every_name_has_a_function() -> None:
    assert tuple(METHODS) == get_args(Method) == ("spearman", "pearson", "kendall")
    assert tuple(ADJUSTMENTS) == get_args(Adjust) == ("holm", "bh")
