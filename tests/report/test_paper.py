"""Tables that are wider than a sheet of paper: every column stands once, in its place, beside the keys."""

from hypothesis import given
from hypothesis import strategies as st

from xlt.report.layout import Cell, Layout
from xlt.report.paper import sheets


@given(st.lists(st.integers(1, 200), max_size=30), st.integers(0, 60))
def test_columns_stand_once_in_order(widths: list[int], key: int) -> None:
    heads = [(f"h{i}",) for i in range(len(widths))]
    table = Layout("t", ["k"], heads, [(["k" * key], [Cell("x" * width) for width in widths])], ["note"])
    parts = sheets(table)
    assert [head for part in parts for head in part.heads] == heads
    assert [cell for part in parts for cell in part.lines[0][1]] == table.lines[0][1]
    assert {(part.title, part.lines[0][0][0], tuple(part.notes)) for part in parts} == {("t", "k" * key, ("note",))}
    # Each has room, but where one column alone is too wide; none could take the first of the next.
    room = 120 - min(26, max(1, key)) - 2
    for part, after in zip(parts, [*parts[1:], None], strict=True):
        own = [len(cell.text) for cell in part.lines[0][1]]
        taken = sum(max(2, width) + 2 for width in own)
        assert taken <= room or len(own) == 1
        assert after is None or taken + max(2, len(after.lines[0][1][0].text)) + 2 > room


def test_a_table_that_fits_is_whole() -> None:
    table = Layout("t", ["a", "b"], [("x",)], [(["1", "2"], [Cell("3", "dark")])])
    assert sheets(table) == [table]
    assert sheets(Layout("t", [], [], [])) == [Layout("t", [], [], [])]
