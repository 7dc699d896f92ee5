"""Which fonts of this machine have the letters of a figure: matplotlib's own has no Chinese, Japanese or Korean."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

USUAL = "DejaVu Sans"
# Sought first, in this order, as they go well with the usual font; then all others by name.
_PREFERRED = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC", "Noto Sans SC", "Noto Sans JP",
    "Noto Sans KR", "Source Han Sans SC", "Source Han Sans", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Hiragino Sans GB", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "SimHei", "Yu Gothic",
    "Meiryo", "Malgun Gothic", "IPAexGothic", "NanumGothic", "Noto Sans Arabic", "Noto Naskh Arabic", "Segoe UI",
    "Geeza Pro", "Arial", "Noto Sans", "Noto Sans Devanagari", "Nirmala UI", "Noto Sans Thai", "Thonburi",
    "Noto Sans Hebrew",
    "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Telugu", "Arial Unicode MS", "FreeSans", "Unifont",
)  # fmt: skip
# They have boxes, or parts of formulas, in the places of letters.
_NO_LETTERS = ("Last Resort", "cm", "STIXNonUnicode", "STIXSize")
_MOST_FILES = 400


@dataclass(frozen=True)
class Fonts:
    """Names of fonts to be asked after the usual one, and letters that none has."""

    fallbacks: tuple[str, ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=4096)
def fonts_for(letters: str) -> Fonts:
    """Fonts of this machine that have some letters; cheap where the usual font has them all."""
    from matplotlib.font_manager import fontManager

    usual = [entry for entry in fontManager.ttflist if entry.name == USUAL]
    missing = _left(letters, usual)
    # Few files are opened where one of the preferred fonts is there.
    return _choose(missing, _candidates(fontManager.ttflist)) if missing else Fonts((), ())


def _choose(letters: str, candidates: Iterable["FontEntry"]) -> Fonts:
    chosen: list[str] = []
    for entry in candidates:
        left = _left(letters, [entry])
        if left != letters:
            chosen.append(entry.name)
            letters = left
        if not letters:
            break
    return Fonts(tuple(chosen), tuple(letters))


def _candidates(entries: Sequence["FontEntry"]) -> list["FontEntry"]:
    upright = {
        entry.name: entry
        for entry in entries
        if entry.style == "normal" and entry.weight in (400, "normal", "regular") and entry.name != USUAL
        if not entry.name.startswith(_NO_LETTERS)
    }
    preferred = {name: i for i, name in enumerate(_PREFERRED)}
    ordered = sorted(upright.values(), key=lambda entry: (preferred.get(entry.name, len(preferred)), entry.name))
    return ordered[:_MOST_FILES]


def _left(letters: str, entries: Iterable["FontEntry"]) -> str:
    # The letters that none of some fonts has.
    there = frozenset[int]().union(*(_letters_of(entry.fname) for entry in entries))
    return "".join(letter for letter in letters if ord(letter) not in there and not _is_unseen(letter))


@lru_cache(maxsize=_MOST_FILES)
def _letters_of(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):
        # Listed once, and gone or broken since.
        return frozenset()


def _is_unseen(letter: str) -> bool:
    # Joiners and the like are drawn as nothing.
    return unicodedata.category(letter) in ("Cf", "Zs", "Cc")


def unjoined(letters: str, version: tuple[int, ...]) -> str:
    """Letters written from right to left that this version of matplotlib does not join; nothing where it does."""
    # Text is shaped since that version.
    rightward = {letter for letter in letters if unicodedata.bidirectional(letter) in ("R", "AL")}
    return "" if version >= (3, 11) else " ".join(sorted(rightward)[:12])
