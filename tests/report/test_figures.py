"""What figures are refused, before the work starts."""

import sys
from pathlib import Path

import pytest

from xlt.errors import MissingExtraError, XltError
from xlt.report.figures import check_plot


@pytest.mark.parametrize("name", ["x.jpg", "x", "svg", "x.SVG.txt"])
def test_an_unknown_suffix(name: str) -> None:
    with pytest.raises(XltError, match=r"--plot .*one of \.svg, \.pdf, \.png"):
        check_plot(Path(name))


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"needs the package matplotlib: pip install 'xlt\[plot\]'"):
        check_plot(Path("x.svg"))


def test_what_can_be_drawn() -> None:
    pytest.importorskip("matplotlib")
    for suffix in ("svg", "pdf", "png"):
        check_plot(Path(f"x.{suffix}"))
