"""What figures are refused before the work starts, and how they are written."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from xlt.errors import MissingExtraError, OutputExistsError, XltError
from xlt.report.drawing import check_plot, inline_svg, save


@pytest.mark.parametrize("name", ["x.jpg", "x", "svg", "x.SVG.txt"])
def test_an_unknown_suffix(name: str) -> None:
    with pytest.raises(XltError, match=r"plot .*one of \.svg, \.pdf, \.png"):
        check_plot(Path(name))


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"needs the package matplotlib: pip install 'xlt\[plot\]'"):
        check_plot(Path("x.svg"))


def test_what_can_be_drawn() -> None:
    pytest.importorskip("matplotlib")
    for suffix in ("svg", "pdf", "png"):
        check_plot(Path(f"x.{suffix}"))


def figure(title: str = "cost in $ and $") -> Any:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(2, 2))
    drawn.subplots().set_title(title)
    return drawn


def test_the_same_numbers_are_the_same_bytes(tmp_path: Path) -> None:
    for suffix in ("svg", "pdf", "png"):
        for name in ("a", "b"):
            save(figure(), tmp_path / f"{name}.{suffix}", force=False)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    with pytest.raises(OutputExistsError):
        save(figure(), tmp_path / "a.svg", force=False)
    save(figure(), tmp_path / "a.svg", force=True)


def test_figures_of_one_page_share_no_name() -> None:
    one, other = (inline_svg(figure(), prefix) for prefix in ("f1", "f2"))
    assert one.startswith("<svg")
    assert "<metadata>" not in one
    # A dollar begins no formula.
    assert "cost in $ and $" in one
    names = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (one, other)]
    assert names[0]
    assert not names[0] & names[1]
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', one)) <= names[0]
