"""Every figure of the dict can be drawn from what it says that it takes, and shares no panel of two measures."""

from pathlib import Path
from typing import Any

import pytest

from tests.study import study_files as s
from xlt.report.figures import FIGURES, draw_figure
from xlt.report.options import FigureOptions
from xlt.study.gather import SOURCES


def test_what_they_are_drawn_from_is_there() -> None:
    assert list(FIGURES) == ["transfer", "layers", "bars", "breakdown"]
    assert {kind.of for kind in FIGURES.values()} <= set(SOURCES)
    # The help names the tables.
    for kind in FIGURES.values():
        for table in SOURCES[kind.of].kinds:
            assert table.kind in kind.about


def titles(figure: Any) -> list[str]:
    return [axes.get_title() for axes in figure.axes if axes.axison]


def test_two_kinds_of_numbers_share_no_panel(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    start = s.base("m")
    end = s.tuned("f", start, 1)
    for i, other in enumerate(({"measure": "cka", "direction": "both", "strength": ""}, {"unit": "sentence"})):
        names = []
        for name, model, value in (("a", start, 0.2), ("b", end, 0.3)):
            rows = [s.score(model, "ar", value), s.score(model, "ar", value + 0.5) | other]
            names.append(s.write(tmp_path / f"{name}{i}.parquet", rows, [model]))
        layers: Any = draw_figure("layers", names)
        assert len(titles(layers)) == 2
        assert all(len(axes.containers) == 2 for axes in layers.axes)
        results = s.write(tmp_path / f"r{i}.parquet", [s.result(end, lang, 0.4) for lang in ("en", "ar")], [end])
        transfer = titles(draw_figure("transfer", [*names, results]))
        assert len(transfer) == 4
        assert len({title for title in transfer if next(iter(other.values())) in title}) == 2


def test_layers_that_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made = s.make_methods(tmp_path)
    everything = [name for names in made.values() for name in names]

    def first_line(figure: Any) -> int:
        return len(figure.axes[0].lines[0].get_xdata())

    scores = [*made["before"], *made["after"]]
    assert first_line(draw_figure("layers", scores)) == 3
    assert first_line(draw_figure("layers", scores, FigureOptions(layers="0,-1"))) == 2
    # Of transfer the last layer alone: two models, three methods, before and after.
    last, two = (len(titles(draw_figure("transfer", everything, FigureOptions(layers=n)))) for n in (None, "-1,0"))
    assert two == 2 * last
