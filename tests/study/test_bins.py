"""Bins: their edges, names and what they hold."""

import numpy as np
import pytest

from xlt.errors import OptionError
from xlt.study.bins import bins_of, parse_bins, places


def test_edges() -> None:
    edges = parse_bins("0,1,3,10", np.zeros(0))
    names = [one.name for one in bins_of(edges)]
    assert names == ["< 0", "[0, 1)", "[1, 3)", "[3, 10)", ">= 10"]
    numbers = np.array([-1.0, 0.0, 0.5, 1.0, 2.9, 3.0, 9.0, 10.0, 1e9])
    assert [names[i] for i in places(numbers, edges)] == [
        "< 0", "[0, 1)", "[0, 1)", "[1, 3)", "[1, 3)", "[3, 10)", "[3, 10)", ">= 10", ">= 10",
    ]  # fmt: skip


def test_bins_of_equal_size() -> None:
    numbers = np.arange(100.0)
    edges = parse_bins("quantile:4", numbers)
    counts = np.bincount(places(numbers, edges), minlength=len(edges) + 1)
    # Nothing lies below the lowest number.
    assert counts.tolist() in ([0, 24, 25, 25, 26], [0, 25, 25, 25, 25])
    # A number that is half of all stays in one bin.
    assert parse_bins("quantile:4", np.array([0.0, 0, 0, 0, 1, 2, 3, 4])) == [0.0, 2.0]


@pytest.mark.parametrize("text", ["", "x", "3,1", "1,1", "0,inf", "nan", "quantile:1", "quantile:x", "quantile:"])
def test_bins_that_cannot_be(text: str) -> None:
    with pytest.raises(OptionError):
        parse_bins(text, np.zeros(3))
