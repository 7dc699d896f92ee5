"""Tables of text: columns, constants, Markdown."""

from xlt.files.text_table import TextTable, markdown

TABLE = TextTable("t", ["a", "b", "n"], [["x", "y", "1"], ["x", "z", "2"]], keys=2, notes=["a note"])


def test_columns() -> None:
    assert TABLE.column(1) == ["y", "z"]
    part = TABLE.of_columns([1, 2])
    assert (part.header, part.rows, part.keys, part.title) == (["b", "n"], [["y", "1"], ["z", "2"]], 1, "t")


def test_constant_keys_go_into_the_title() -> None:
    table = TABLE.without_constants()
    assert (table.title, table.header, table.keys) == ("t, a x", ["b", "n"], 1)
    # Numbers that happen to be the same are no names.
    same = TextTable("", ["a", "n"], [["x", "1"], ["y", "1"]])
    assert same.without_constants() == same
    # What is empty throughout says nothing; of no line nothing is known.
    assert TextTable("t", ["a", "b"], [["", "x"], ["", "y"]], keys=2).without_constants().title == "t"
    assert TextTable("t", ["a", "b"], [], keys=2).without_constants().header == ["a", "b"]


def test_markdown() -> None:
    assert markdown(TABLE) == ("**t**\n\n| a | b | n |\n| --- | --- | --: |\n| x | y | 1 |\n| x | z | 2 |\n\na note\n")
    hostile = TextTable("<b>", ["a|b"], [["[x](y)\n"]], notes=["*n*"])
    assert markdown(hostile) == "**&lt;b>**\n\n| a\\|b |\n| --- |\n| [x]\\(y) |\n\n\\*n\\*\n"
