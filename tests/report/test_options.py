"""Options of what is shown, by the names that a call gives them."""

import pytest

from xlt.errors import OptionError
from xlt.flat import from_flat
from xlt.report.options import CorrelationTableOptions, FigureOptions, PageOptions
from xlt.study.options import CompareOptions


def test_a_comparison_inside_is_given_by_its_own_names() -> None:
    assert from_flat(PageOptions, {"title": "T", "method": "a,b", "ddof": 0}) == PageOptions(
        title="T", compare=CompareOptions(method=("a", "b"), ddof=0)
    )
    assert from_flat(FigureOptions, {}).layers is None
    assert from_flat(CorrelationTableOptions, {"columns": "model,stage"}).columns == ("model", "stage")


def test_empty_names_are_refused() -> None:
    with pytest.raises(OptionError, match="columns model,: write names with commas between"):
        from_flat(CorrelationTableOptions, {"columns": "model,"})
