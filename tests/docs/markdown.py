"""What stands in a Markdown document: fenced blocks, links, anchors, calls of ``xlt``."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(
    r"^(?:<!-- (?P<marker>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
# What ends a command in a shell: pipes, lists, substitutions, redirections of a whole line.
_SEPARATORS = re.compile(r"\|\|?|&&|;|\$\(|\)|\n")
# ``xlt`` where a command may stand: first, or after settings, words of the shell, a quotation mark, another program.
_CALL = re.compile(r"\s*(?:\$ |[A-Z_]+=\S* |do |then |else |\{ |\"|torchrun .* -m )*xlt (?P<words>[a-z-].*)")
_OPTION = re.compile(r"(?<![\w-])(--?[A-Za-z][\w-]*)")


# The comment before a block that runs with the files that its document has written and changed.
ADDED = "run with: what this page adds"


class Block(NamedTuple):
    """A fenced block: its language, the comment on the line before it, its text, the number of its first line."""

    language: str
    marker: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a document."""
    return [
        Block(m["language"], m["marker"] or "", m["text"], text.count("\n", 0, m.start("text")) + 1)
        for m in _FENCE.finditer(text)
    ]


def prose(text: str) -> str:
    """A document without its fenced blocks."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Targets of all links in the prose, those inside of code left out."""
    return _LINK.findall(_INLINE.sub("", prose(text)))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    slugs: list[str] = []
    for heading in re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        times = slugs.count(slug)
        slugs.append(slug)
        if times:
            slugs.append(f"{slug}-{times}")
    return set(slugs)


def inline_code(text: str) -> list[str]:
    """All code inside of the prose, each on one line."""
    return [code.replace("\n", " ") for code in _INLINE.findall(prose(text))]


def shell_of(document: str) -> str:
    """What of a document a shell might read: blocks that are not output, and inline code, one a line."""
    shells = [block for block in blocks(document) if block.language in ("sh", "console", "")]
    # Options that a document adds are those of the program that it makes.
    texts = [block.text for block in shells if block.marker != ADDED]
    return "\n".join([*texts, *inline_code(document)])


def calls(script: str, names: set[str]) -> Iterator[tuple[str, list[str], str]]:
    """The calls of ``xlt`` in a shell script: the command's full name, the options given, the call itself.

    Args:
        script: lines of a shell; a backslash at the end continues them.
        names: the full names of all commands and groups, such as ``xlt data list``.

    Raises:
        ValueError: a word after ``xlt`` that is no command.
    """
    for part in _SEPARATORS.split(re.sub(r"(?<!\S)#.*", "", re.sub(r"\\\n\s*", " ", script))):
        match = _CALL.match(part)
        if match is None:
            continue
        words = match["words"].split()
        name = "xlt"
        while words and f"{name} {words[0]}" in names:
            name = f"{name} {words.pop(0)}"
        if name == "xlt" and not words[0].startswith("-"):
            raise ValueError(f"{part.strip()}: xlt has no command {words[0]}")
        # The values of options may look like options.
        yield name, _OPTION.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", " ".join(words))), part.strip()
