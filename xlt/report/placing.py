"""Where words go in a figure: lines that break between words, columns of a legend, labels that lie on nothing."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

# Width of a text, in any unit.
Measure = Callable[[str], float]
# A word ends at a blank; a recipe may go on in another line behind its signs.
_PIECES = re.compile(r"\s+|[^\s,+/;)]*[,+/;)]+|[^\s,+/;)]+")
_ELLIPSIS = "…"


class Box(NamedTuple):
    """A rectangle; the second axis goes up."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Whether both have some area in common."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def lies_in(self, other: "Box") -> bool:
        """Whether no part of it lies outside of the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.bottom <= self.bottom
            and self.top <= other.top
        )


@dataclass(frozen=True)
class Label:
    """A text to be put beside one of some points, the first of them rather than the others."""

    points: Sequence[tuple[float, float]]
    width: float
    height: float


# From the point: right, left, above, below, then slantwise, as parts of the distance in either direction.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def place(
    labels: Sequence[Label],
    obstacles: Sequence[Box],
    bounds: Box,
    *,
    distances: Sequence[float] = (4.0, 8.0, 13.0),
) -> list[Box | None]:
    """A place for each label, beside one of its points, that meets no other label and no obstacle.

    Labels are taken in order, each at the first of its places that is free: near ones first. One that finds none has
    no place. Work: O(labels * points * (labels + obstacles)).

    Args:
        labels: in one unit with all else.
        obstacles: what no label may lie on, such as marks.
        bounds: what all have to lie in.
        distances: from point to label.
    """
    taken = list(obstacles)
    places: list[Box | None] = []
    for label in labels:
        free = next(
            (
                box
                for distance in distances
                for point in label.points
                for box in _around(label, point, distance)
                if box.lies_in(bounds) and not any(map(box.meets, taken))
            ),
            None,
        )
        places.append(free)
        if free is not None:
            taken.append(free)
    return places


def _around(label: Label, point: tuple[float, float], distance: float) -> Iterable[Box]:
    for across, up in _SIDES:
        # Slantwise as far from the point as straight.
        far = distance if across == 0 or up == 0 else 0.7 * distance
        left = point[0] + across * far - (1 - across) / 2 * label.width
        bottom = point[1] + up * far - (1 - up) / 2 * label.height
        yield Box(left, bottom, left + label.width, bottom + label.height)


def freest_corner(points: Sequence[tuple[float, float]], width: float, height: float, bounds: Box) -> Box:
    """The corner of the bounds that a text of some size covers the fewest points in; left above where several do."""
    corners = [
        Box(left, bottom, left + width, bottom + height)
        for bottom in (bounds.top - height, bounds.bottom)
        for left in (bounds.left, bounds.right - width)
    ]
    return min(corners, key=lambda box: sum(Box(x, y, x, y).lies_in(box) for x, y in points))


def broken(text: str, room: float, measure: Measure) -> str:
    """Text in lines that fit into the room: they end between words, or behind a sign of a recipe, never in a word.

    What stands between commas and blanks (``layer 4``) stays together where it fits into a line.
    A word wider than the room loses its middle.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, room, measure):
        if piece.isspace():
            line += " " if line else ""
        elif not line or measure(line + piece) <= room:
            line += piece
        else:
            lines.append(line)
            line = piece
    return "\n".join(shortened(line.strip(), room, measure) for line in [*lines, line] if line.strip())


def _pieces(text: str, room: float, measure: Measure) -> Iterable[str]:
    for phrase in re.split(r"(?<=,)(\s+)", text):
        yield from [phrase] if measure(phrase) <= room else _PIECES.findall(phrase)


def shortened(text: str, room: float, measure: Measure) -> str:
    """Text without so much of its middle that it fits into the room."""
    if measure(text) <= room:
        return text
    low, high = 2, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(_without_middle(text, middle)) <= room else (low, middle - 1)
    return _without_middle(text, low)


def _without_middle(text: str, left: int) -> str:
    head = (left + 1) // 2
    return f"{text[:head]}{_ELLIPSIS}{text[len(text) - (left - head) :]}"


def columns(widths: Sequence[float], room: float) -> int:
    """The most columns in which entries fit side by side, at least one; the first hold one more where they must."""
    for count in range(len(widths), 1, -1):
        length, longer = divmod(len(widths), count)
        starts = [i * length + min(i, longer) for i in range(count + 1)]
        if sum(max(widths[i:j]) for i, j in pairwise(starts)) <= room:
            return count
    return 1
