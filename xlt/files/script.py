"""The commands that made some files, as a script for bash that one may copy and run in another folder."""

import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from posixpath import normpath

from xlt.files.making import Command, Making, about, words_of
from xlt.files.markup import visible
from xlt.files.provenance import Input, Record

# What a table is called that came through a pipe.
PIPE = "standard input"
_NO_FILES = ("-", "", PIPE)


def quoted(word: str) -> str:
    """A word as bash reads it, on one line, without a character that a terminal or a page would not show."""
    if visible(word) == word and not any(unicodedata.category(c) == "Cf" for c in word):
        return shlex.quote(word)
    parts = []
    for c in word:
        if c in "\\'":
            parts.append("\\" + c)
        elif c == "\n":
            parts.append("\\n")
        elif visible(c) != c or unicodedata.category(c) == "Cf":
            # Bytes of a name that are no UTF-8 come as halves of characters.
            halves = "surrogateescape" if "\udc80" <= c <= "\udcff" else "surrogatepass"
            parts += [f"\\x{byte:02x}" for byte in c.encode("utf-8", halves)]
        else:
            parts.append(c)
    return f"$'{''.join(parts)}'"


def commands_before(record: Record | None) -> list[str]:
    """The commands that made the inputs of a record, as one types them, in an order that runs."""
    making = Making()
    for item in (record or {}).get("inputs") or []:
        making.add(item)
    return [" ".join(map(quoted, command.words)) or command.text for command in making.in_order()]


def shell_script(inputs: Sequence[Input], what: str, last: str = "") -> str:
    """A script for bash that makes some files again in another folder; what it cannot know, it says in comments.

    Args:
        inputs: the files.
        what: what they are called in the first line.
        last: a command that comes after all of them.
    """
    making = Making()
    made = [(*making.add(item.as_json()), about(item.as_json())) for item in inputs]
    commands = making.in_order()
    needs = {name: about for name, text, about in made if text is None}
    if last:
        commands.append(
            Command(last, words_of(last), "", reads={name: text for name, text, _ in made if text}, needs=needs)
        )
    lines = [
        "#!/usr/bin/env bash",
        f"# Makes {visible(what)} again: each command once, after those whose outputs it reads.",
    ]
    for command in commands:
        needs |= command.needs
    lines += _needs(commands, needs)
    lines.append("set -euo pipefail")
    # Also as those call them that read them: a command may name its output without an option.
    outputs = [name for command in commands for name in (*command.outputs, *command.names) if name not in _NO_FILES]
    made_here = {normpath(output) for output in outputs}
    folders = {str(PurePosixPath(output).parent) for output in outputs}
    folders = {f for f in folders if f not in (".", "/") and not made_here & {f, *map(str, PurePosixPath(f).parents)}}
    if folders:
        lines.append(f"mkdir -p -- {' '.join(map(quoted, sorted(folders)))}")
    by_text = {command.text: command for command in commands}
    written: set[str] = set()
    for command in commands:
        lines += _lines(command, by_text, written)
        written.update(map(normpath, command.outputs))
    return "\n".join(lines) + "\n"


def _needs(commands: Sequence[Command], needs: dict[str, str]) -> Iterator[str]:
    if needs:
        yield "# It needs what no record says how to make; names are as from the folder where this is run:"
        yield from (f"#   {visible(name)} ({visible(about)})" for name, about in sorted(needs.items()))
    far = sorted({o for command in commands for o in command.outputs if o.startswith(("/", "../"))})
    if far:
        yield f"# It writes outside of the folder where it is run: {visible(', '.join(far))}"


def _lines(command: Command, by_text: Mapping[str, Command], written: set[str]) -> Iterator[str]:
    if not command.words:
        yield f"# Not a command of xlt; how it is run again cannot be told: {visible(command.text)}"
        return
    streams = "-" in command.outputs
    files = sorted(command.names - {PIPE})
    if streams and not files and PIPE in command.names:
        # It stands in the pipes of those that read it.
        return
    line = " ".join(map(quoted, command.words))
    yield from _doubts(command, by_text, written)
    if PIPE in command.reads:
        source = by_text[command.reads[PIPE]]
        if source.words and "-" in source.outputs:
            line = f"{' '.join(map(quoted, source.words))} | {line}"
        else:
            yield f"# What it reads from a pipe was made by: {visible(source.text)}"
    yield f"{line} > {quoted(files[0])}" if streams and files else line


def _doubts(command: Command, by_text: Mapping[str, Command], written: set[str]) -> Iterator[str]:
    runs = sorted(name for name, hashes in command.contents.items() if len(hashes) > 1)
    if runs:
        yield f"# Was run several times, with other contents of {visible(', '.join(runs))}; here it is run once:"
    if command.processes > 1:
        yield f"# Was run in {command.processes} processes: torchrun --nproc-per-node {command.processes} -m xlt …"
    twice = sorted(output for output in command.outputs if output != "-" and normpath(output) in written)
    if twice:
        yield f"# Another command writes {visible(', '.join(twice))}, too: run in two folders, or it was moved between"
    for name, text in command.reads.items():
        outputs = by_text[text].outputs
        if name != PIPE and outputs and "-" not in outputs and not _among(name, outputs):
            yield f"# It reads {visible(name)}, written above as {visible(', '.join(outputs))}: moved, or run elsewhere"


def _among(name: str, outputs: Sequence[str]) -> bool:
    # A model that is kept every N steps lies beside the output: DIR-500.
    name = normpath(name)
    return any(name == output or name.startswith((f"{output}-", f"{output}/")) for output in map(normpath, outputs))
