"""The blocks of a document that show Python at work: run from top to bottom, in one namespace."""

import doctest
import re
from pathlib import Path
from typing import Any

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def failures(document: Path) -> str:
    """What the interpreter said otherwise than the document does; empty where it said the same."""
    text = document.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=_FLAGS)
    for match in re.finditer(r"^```pycon\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line = text[: match.start()].count("\n") + 1
        block = doctest.DocTestParser().get_doctest(match[1], names, document.name, str(document), line)
        runner.run(block, out=said.append, clear_globs=False)
        # The parser hands over a copy.
        names = block.globs
    return "".join(said)
