"""Text as terminals, Markdown, HTML, LaTeX and spreadsheets take it: what would be read as markup is not."""

import csv
import io
import json
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.files.markup import (
    html_text,
    is_formula,
    json_text,
    latex_line,
    latex_text,
    markdown_line,
    markdown_text,
    one_line,
    visible,
)

# Clears a screen, rings, turns the text round; a C1 control; half a character, as for a byte that is no UTF-8.
HOSTILE = "a\x1b[2J\x07b\u202ec\x9bd\udcffe\r\nf\x00"


def test_what_would_do_something_is_shown() -> None:
    assert visible("\ufffe\uffff") == r"\ufffe\uffff"
    assert visible(HOSTILE) == "a\\x1b[2J\\x07b\\u202ec\\x9bd\\udcffe\\r\\nf\\x00"
    assert one_line(HOSTILE) == "a\\x1b[2J\\x07b\\u202ec\\x9bd\\udcffe  f\\x00"
    assert one_line("a\nb\n\nc\td") == "a b  c d"
    # Joiners and marks of direction are needed to write Persian and Arabic.
    for text in ("créé 起初", "می\u200cخواهم", "\u200fعربي", "\\x1b"):
        assert (visible(text), one_line(text)) == (text, text)


@given(st.text() | st.text("\x1b[]()|`_*~$&<>#;\\a "))
def test_any_text_is_one_line_everywhere(text: str) -> None:
    for form in (visible, one_line, markdown_text, html_text, latex_text):
        printed = form(text)
        assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in printed)
    assert ElementTree.fromstring(f'<t a="{html_text(text)}">{html_text(text)}</t>').get("a") == visible(text)


def test_json_means_the_same() -> None:
    value = {HOSTILE: ["é", HOSTILE, 0.1], "n": None}
    assert json.loads(json_text(value)) == value
    assert json_text(value, 1).count("\n") == json.dumps(value, indent=1).count("\n")
    assert "\x1b" not in json_text(value)
    assert "\x9b" not in json_text(value)
    assert json_text({"é": [1]}) == '{"é": [1]}'


def test_a_line_of_markdown_stays_one_row() -> None:
    assert markdown_line(["a", "b"]) == "| a | b |\n"
    assert markdown_line(["a|b", "c\\d", "e\nf", "<b>"]) == "| a\\|b | c\\\\d | e f | &lt;b> |\n"
    assert markdown_line([""]) == "|  |\n"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("[click](javascript:x)", "[click]\\(javascript:x)"),
        ("0.5 [0.1, 0.9] (a)", "0.5 [0.1, 0.9] (a)"),
        ("__init__ a_b _c", "\\_\\_init\\_\\_ a_b \\_c"),
        ("*x* `y` $z$ ~~w~~ 1 ~", "\\*x\\* \\`y\\` \\$z\\$ \\~\\~w\\~\\~ 1 ~"),
        ("&lt; & co &#60;", "&amp;lt; & co &amp;#60;"),
        ("realign(contrastive,strong,dict)+finetune(pos)", "realign(contrastive,strong,dict)+finetune(pos)"),
    ],
)
def test_characters_that_markdown_would_obey(text: str, printed: str) -> None:
    assert markdown_text(text) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("50 % & more", "50 \\% \\& more"),
        ("x_1 #2 {3} $4", "x\\_1 \\#2 \\{3\\} \\$4"),
        ("a\\b\nc", "a\\textbackslash{}b c"),
        ("en→ar −0.5 ± 0.1", "en$\\rightarrow$ar $-$0.5 $\\pm$ 0.1"),
        (
            '~ ^ < > | "',
            "\\textasciitilde{} \\textasciicircum{} \\textless{} \\textgreater{} \\textbar{} \\textquotedbl{}",
        ),
        ("créé 起初", "créé 起初"),
        ("a\x1bb", "a\\textbackslash{}x1bb"),
    ],
)
def test_characters_that_latex_would_obey(text: str, printed: str) -> None:
    assert latex_text(text) == printed


def test_a_line_of_latex_begins_with_no_option() -> None:
    assert latex_line(["a", "[b"]) == "a & [b \\\\"
    assert latex_line(["[a", "b"]) == "{}[a & b \\\\"
    assert latex_line(["*"]) == "{}* \\\\"
    assert latex_line([]) == " \\\\"


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "=", "--x"])
def test_formulas(cell: str) -> None:
    assert is_formula(cell) == (cell != "=")


@pytest.mark.parametrize("cell", ["", "-", "+", "-1", "+0.5", "-1e-05", "-inf", "a=b", "en-fr", ".5", "[-1]"])
def test_no_formulas(cell: str) -> None:
    assert not is_formula(cell)
    # What it is about: the cell comes back as it was.
    file = io.StringIO()
    csv.writer(file).writerow([cell, "x"])
    assert next(csv.reader([file.getvalue()])) == [cell, "x"]


def test_a_long_message_keeps_what_is_wrong_and_how_to_mend_it() -> None:
    assert one_line("x" * 1200) == "x" * 1200
    message = one_line("f:1: 'x" + "x" * 70_000 + "' is no link; write i-j")
    assert len(message) == 1203
    assert message.startswith("f:1: 'xxx")
    assert " … xxx" in message
    assert message.endswith("xxx' is no link; write i-j")
