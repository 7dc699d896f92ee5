"""Text as a terminal, Markdown, HTML, LaTeX and spreadsheets take it: a name is read as a name, whatever is in it.

Names of files, models, languages and tags come from others. One function for each kind of output; what a control
character would do is shown as ``\\x1b``.
"""

import json
import re
from collections.abc import Sequence
from html import escape

# Control characters, line and paragraph separators, what turns the direction of text, halves of characters (they stand
# for bytes of a file name that are no UTF-8), and what no XML may hold. Marks that scripts need, such as joiners, are
# left alone.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_LONGEST_LINE, _BEGINNING = 1200, 800
_LINE_BREAKS = re.compile("[\n\r\v\f\x85\u2028\u2029]")


def visible(text: str) -> str:
    """Text on one line of a terminal, or drawn: characters that would do something are shown as Python writes them."""
    return _UNSEEN.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """A message on one line of a terminal: line breaks and tabs become blanks, others as visible; a long one is cut."""
    line = visible(_LINE_BREAKS.sub(" ", text).replace("\t", " "))
    # What is wrong stands at the beginning, and how to mend it at the end.
    return line if len(line) <= _LONGEST_LINE else f"{line[:_BEGINNING]} … {line[_BEGINNING - _LONGEST_LINE :]}"


def json_text(value: object, indent: int | None = None) -> str:
    """JSON as people read it, of the same meaning to any reader: what would do something is written by its number."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # Line breaks stand between values alone.
    return "\n".join(_UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", line) for line in text.split("\n"))


def html_text(text: str) -> str:
    """Text as HTML and XML (SVG) print it, in an element or in quotes."""
    return escape(visible(text))


# What begins or ends markup anywhere in a line. Underscores inside of words do not, nor do brackets without a link.
_MARKDOWN = re.compile(r"[\\|*`<$]|~~|(?<![^\W_])_|_(?![^\W_])|(?<=\])\(|&(?=#?\w+;)")


def markdown_text(text: str) -> str:
    """Text as Markdown prints it, on one line, also in a cell of a table."""
    return _MARKDOWN.sub(lambda match: _MARKDOWN_AS.get(match.group(), "\\" + match.group()), _words(text))


_MARKDOWN_AS = {"<": "&lt;", "&": "&amp;", "~~": r"\~\~"}


def markdown_line(cells: Sequence[str]) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(map(markdown_text, cells)) + " |\n"


_LATEX_ESCAPES = str.maketrans(
    {
        **{c: "\\" + c for c in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "±": r"$\pm$",
        "→": r"$\rightarrow$",
        "↔": r"$\leftrightarrow$",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "−": r"$-$",
    }
)


# The sign of a number, not the hyphen of a name.
_MINUS = re.compile(r"(?<![^\s(\[])-(?=\.?[0-9])")


def latex_text(text: str) -> str:
    """Text as LaTeX prints it, on one line; negative numbers have a minus sign, and no hyphen."""
    return _MINUS.sub("−", _words(text)).translate(_LATEX_ESCAPES)


def latex_line(cells: Sequence[str]) -> str:
    r"""A line of a table in LaTeX, of cells that are LaTeX already, such as :func:`latex_text` gives them."""
    # An opening bracket or a star after the end of a line would be taken for an option of it.
    first = "{}" if cells and cells[0][:1] in ("[", "*") else ""
    return first + " & ".join(cells) + r" \\"


def _words(text: str) -> str:
    # A line break would end the line of a table; the other characters have no place in either format.
    return visible(" ".join(text.split()))


_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?(inf|nan)", re.IGNORECASE)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet that opens a CSV file would compute a cell of text, or take it for something else.

    A sign alone is text there, and so is a number. To quote such a cell would not help; a character put before it would
    be another text for every other reader.
    """
    return len(cell) > 1 and cell[0] in "=+-@\t\r" and not _NUMBER.fullmatch(cell)
