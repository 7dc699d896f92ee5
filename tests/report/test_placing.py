"""Words in figures, by hand: lines, columns, labels."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from xlt.report.placing import Box, Label, broken, columns, freest_corner, place, shortened

ROOM = Box(0, 0, 100, 100)


def test_boxes() -> None:
    one = Box(0, 0, 2, 2)
    assert one.meets(Box(1, 1, 3, 3))
    # Edges may touch.
    assert not one.meets(Box(2, 0, 4, 2))
    assert not one.meets(Box(0, 2, 2, 4))
    assert one.lies_in(Box(0, 0, 2, 3))
    assert not one.lies_in(Box(0, 0, 1, 3))


def test_places_in_order() -> None:
    # The first goes to the right; of the second that place is taken, its left is the nearest free one.
    first, second = place([Label([(50, 50)], 10, 4), Label([(52, 50)], 10, 4)], [], ROOM)
    assert first == Box(54, 48, 64, 52)
    assert second == Box(38, 48, 48, 52)
    # At the right edge it goes to the left; an obstacle there sends it up.
    assert place([Label([(95, 50)], 10, 4)], [], ROOM) == [Box(81, 48, 91, 52)]
    assert place([Label([(95, 50)], 10, 4)], [Box(80, 49, 90, 51)], ROOM) == [Box(90, 54, 100, 58)]
    # Another of its points before a greater distance.
    assert place([Label([(50, 50), (10, 10)], 10, 4)], [Box(35, 35, 70, 70)], ROOM) == [Box(14, 8, 24, 12)]
    assert place([Label([(50, 50)], 200, 4)], [], ROOM) == [None]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(1, 30), st.floats(1, 8)), max_size=12),
    st.lists(st.tuples(st.floats(0, 95), st.floats(0, 95)), max_size=5),
)
def test_nothing_lies_on_anything(labels: list[tuple[float, ...]], marks: list[tuple[float, float]]) -> None:
    obstacles = [Box(x, y, x + 5, y + 5) for x, y in marks]
    boxes = place([Label([(x, y)], width, height) for x, y, width, height in labels], obstacles, ROOM)
    there = [box for box in boxes if box is not None]
    assert all(box.lies_in(ROOM) for box in there)
    assert not any(one.meets(other) for one, other in combinations(there, 2))
    assert not any(box.meets(mark) for box in there for mark in obstacles)


def test_the_freest_corner() -> None:
    left_above, right_above, left_below = (10.0, 95.0), (95.0, 95.0), (10.0, 5.0)
    assert freest_corner([], 20, 10, ROOM) == Box(0, 90, 20, 100)
    assert freest_corner([left_above], 20, 10, ROOM) == Box(80, 90, 100, 100)
    assert freest_corner([left_above, right_above], 20, 10, ROOM) == Box(0, 0, 20, 10)
    assert freest_corner([left_above, right_above, left_below], 20, 10, ROOM) == Box(80, 0, 100, 10)


def test_lines_end_between_words() -> None:
    assert broken("a panel of words", 8, len) == "a panel\nof words"
    assert broken("realign(contrastive,strong)+finetune", 22, len) == "realign(contrastive,\nstrong)+finetune"
    # Phrases stay whole where they can.
    assert broken("alignment en, layer 4", 20, len) == "alignment en,\nlayer 4"
    assert broken("a, many words, b", 8, len) == "a, many\nwords, b"
    assert broken("one", 10, len) == "one"
    assert broken("", 10, len) == ""
    # No word is broken; too wide for a line, it loses its middle.
    assert broken("a incomprehensibility b", 9, len) == "a\ninco…lity\nb"


@given(st.text(" abc,+(", max_size=60), st.integers(3, 20))
def test_lines_hold_all_and_fit(text: str, room: int) -> None:
    lines = broken(text, room, len).split("\n")
    assert all(len(line) <= room for line in lines)
    if not any("…" in line for line in lines):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_shortened() -> None:
    assert shortened("abcdef", 6, len) == "abcdef"
    assert shortened("abcdefgh", 5, len) == "ab…gh"
    assert shortened("abcdefgh", 1, len) == "a…h"


def test_columns() -> None:
    assert columns([3, 3, 3, 3], 12) == 4
    # Three columns of two, one and one; then two of two.
    assert columns([5, 3, 3, 3], 12) == 3
    assert columns([5, 3, 3, 4], 11) == 2
    assert columns([20], 12) == 1
    assert columns([20, 20], 12) == 1
