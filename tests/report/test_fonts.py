"""Which fonts have which letters."""

import pytest

from xlt.report.fonts import USUAL, Fonts, fonts_for, unjoined


@pytest.fixture(autouse=True)
def _matplotlib() -> None:
    pytest.importorskip("matplotlib")


def test_the_usual_font_has_most() -> None:
    assert fonts_for("en→fr ρ − … éß Ελλ Русский") == Fonts((), ())
    # Joiners are no letters, and drawn as nothing.
    assert fonts_for("\u200d\u200c") == Fonts((), ())


def test_letters_that_none_has() -> None:
    fonts = fonts_for("a\U000e1234b")
    assert fonts.missing == ("\U000e1234",)
    assert USUAL not in fonts.fallbacks


def test_another_font_is_asked() -> None:
    # Of the fonts that come with matplotlib, another has these: script letters of mathematics.
    fonts = fonts_for("\U0001d49c")
    assert fonts.missing == ()
    assert len(fonts.fallbacks) <= 1
    # Those of formulas have other letters in their places.
    assert not any(name.startswith(("cm", "Last Resort")) for name in fonts_for("\u4e2d\U0001d49c").fallbacks)


def test_letters_from_right_to_left_in_an_old_matplotlib() -> None:
    assert unjoined("abc \u0639\u05d0", (3, 10)) == "\u05d0 \u0639"
    assert unjoined("abc \u0639", (3, 11)) == ""
    assert unjoined("abc", (3, 9)) == ""
