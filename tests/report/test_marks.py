"""What a mark of a figure is, in words."""

import gc

import pytest

from xlt.report.marks import tell, told

figure = pytest.importorskip("matplotlib.figure")


def test_words_are_those_of_their_figure_and_go_with_it() -> None:
    one, other = figure.Figure(), figure.Figure()
    (line,) = one.subplots().plot([1, 2], [3, 4])
    bar = other.subplots().bar([1], [2])[0]
    tell(line, ["a", "b"])
    tell(bar, ["c"])
    assert told(one) == [(line, ["a", "b"])]
    assert told(other) == [(bar, ["c"])]
    assert told(figure.Figure()) == []
    del one, line
    gc.collect()
    assert told(other) == [(bar, ["c"])]
