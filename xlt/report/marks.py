"""What a mark of a figure is, in words: kept beside the figure, for those who read it on the page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_WORDS: "WeakKeyDictionary[Artist, list[str]]" = WeakKeyDictionary()


def tell(artist: "Artist", words: Sequence[str]) -> None:
    """Say what the marks of a line are, in the order of its points, or what a bar is."""
    _WORDS[artist] = list(words)


def told(figure: "Figure") -> "list[tuple[Artist, list[str]]]":
    """The artists of a figure of which something is said, and what."""
    return [(artist, _WORDS[artist]) for artist in figure.findobj() if artist in _WORDS]
