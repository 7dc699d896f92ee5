"""Text as Markdown and LaTeX print it: what would be read as markup is not."""

import pytest

from xlt.files.markup import latex_text, markdown_line


def test_a_line_of_markdown_stays_one_row() -> None:
    assert markdown_line(["a", "b"]) == "| a | b |\n"
    assert markdown_line(["a|b", "c\\d", "e\nf", "<b>"]) == "| a\\|b | c\\\\d | e f | &lt;b> |\n"
    assert markdown_line([""]) == "|  |\n"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("50 % & more", "50 \\% \\& more"),
        ("x_1 #2 {3} $4", "x\\_1 \\#2 \\{3\\} \\$4"),
        ("a\\b", "a\\textbackslash{}b"),
        ("en→ar −0.5 ± 0.1", "en$\\rightarrow$ar $-$0.5 $\\pm$ 0.1"),
        (
            '~ ^ < > | "',
            "\\textasciitilde{} \\textasciicircum{} \\textless{} \\textgreater{} \\textbar{} \\textquotedbl{}",
        ),
        ("créé 起初", "créé 起初"),
    ],
)
def test_characters_that_latex_would_obey(text: str, printed: str) -> None:
    assert latex_text(text) == printed
