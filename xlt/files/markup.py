"""Text as Markdown and LaTeX print it."""

from collections.abc import Sequence

_MARKDOWN_ESCAPES = str.maketrans({"|": "\\|", "\\": "\\\\", "\n": " ", "<": "&lt;"})


def markdown_line(cells: Sequence[str]) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(c.translate(_MARKDOWN_ESCAPES) for c in cells) + " |\n"


_LATEX_ESCAPES = str.maketrans(
    {
        **{c: "\\" + c for c in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "±": r"$\pm$",
        "→": r"$\rightarrow$",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "−": r"$-$",
    }
)


def latex_text(text: str) -> str:
    """Text as LaTeX prints it."""
    return text.translate(_LATEX_ESCAPES)
