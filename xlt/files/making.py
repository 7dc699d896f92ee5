"""Which commands made some files, by their records: a graph of commands, in an order that runs."""

import heapq
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from xlt.errors import XltError
from xlt.files.provenance import InputRecord, Record, read_folder_record

# What follows these on a command line is written by it. A test holds them against the command line's own options.
WRITING = frozenset(
    {"-o", "--output", "--per-item", "--plot", "--points", "--predictions", "--results", "--save-priors", "--scores"}
)


@dataclass
class Command:
    """A command, and what the records tell of it.

    Attributes:
        text: as the records have it.
        words: of its line; empty where it is none of xlt, or cannot be read.
        time: when it was run first.
        names: of what it made, as those call it that read it.
        reads: names of its inputs that a command made, with that command's text.
        needs: names of its other inputs, with the beginnings of their hashes.
        contents: hashes by the names of the inputs: several of one name are several runs.
        processes: that trained together.
    """

    text: str
    words: list[str]
    time: str
    names: set[str] = field(default_factory=set)
    reads: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)
    contents: dict[str, set[str | None]] = field(default_factory=dict)
    processes: int = 1

    @property
    def outputs(self) -> list[str]:
        """What its own line says that it writes."""
        outputs = []
        for word, following in pairwise([*self.words, ""]):
            flag, equals, value = word.partition("=")
            if word in WRITING:
                outputs.append(following)
            elif equals and flag in WRITING:
                outputs.append(value)
            elif word.startswith("-o") and len(word) > 2:
                outputs.append(word[2:])
        return outputs


class Making:
    """The commands that made some files, and all that these were made from.

    What lies in a folder that xlt made, such as that of ``lab languages``, is known by the folder's record, where it
    lies there still.
    """

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self._seen: set[Any] = set()
        self._folders: dict[tuple[str, str | None], tuple[str, Record] | None] = {}

    def add(self, item: InputRecord) -> tuple[str, str | None]:
        """Add a file: what it is called as an output, and the text of the command that made it, None if not known."""
        name, record = item["name"], item.get("record")
        if record is None and (folder := self._folder_of(name, item.get("sha256"))):
            name, record = folder
        text = (record or {}).get("command")
        if record is None or not text:
            return name, None
        time, inputs = record.get("time") or "", record.get("inputs") or []
        command = self.commands.setdefault(text, Command(text, words_of(text), time))
        command.names.add(name)
        command.time = min(command.time, time)
        processes = (record.get("training") or {}).get("processes")
        command.processes = max(command.processes, processes if isinstance(processes, int) else 1)
        run = (text, time, tuple((part["name"], part.get("sha256")) for part in inputs))
        if run not in self._seen:
            self._seen.add(run)
            self._add_inputs(command, inputs)
        return name, text

    def _add_inputs(self, command: Command, inputs: Sequence[InputRecord]) -> None:
        for part in inputs:
            command.contents.setdefault(part["name"], set()).add(part.get("sha256"))
            name, made = self.add(part)
            if made is None:
                command.needs[name] = about(part)
            else:
                command.reads[name] = made

    def _folder_of(self, name: str, sha256: str | None) -> tuple[str, Record] | None:
        key = (name, sha256)
        if key not in self._folders:
            self._folders[key] = _folder_of(name, sha256)
        return self._folders[key]

    def in_order(self) -> list[Command]:
        """The commands, each after those whose outputs it reads; of others the earlier first."""
        waiting = {
            text: {made for made in command.reads.values() if made != text} for text, command in self.commands.items()
        }
        readers: dict[str, list[str]] = {}
        for text, before in waiting.items():
            for made in before:
                readers.setdefault(made, []).append(text)
        ready = [(self.commands[text].time, text) for text, before in waiting.items() if not before]
        heapq.heapify(ready)
        ordered: list[Command] = []
        while waiting:
            if not ready:
                # A circle: commands of one line, run in several folders. The earliest first is as good as any.
                heapq.heappush(ready, min((self.commands[text].time, text) for text in waiting))
            _, text = heapq.heappop(ready)
            if waiting.pop(text, None) is None:
                continue
            ordered.append(self.commands[text])
            for reader in readers.get(text, []):
                if reader in waiting:
                    waiting[reader].discard(text)
                    if not waiting[reader]:
                        heapq.heappush(ready, (self.commands[reader].time, reader))
        return ordered


def about(item: InputRecord) -> str:
    """What an input was used as, the beginning of its hash, and the resource that it is of."""
    digest, resource = (item.get("sha256") or "")[:12], item.get("resource")
    return ", ".join(
        filter(None, [item["role"], f"sha256 {digest}…" if digest else "", f"of {resource}" if resource else ""])
    )


def _folder_of(name: str, sha256: str | None) -> tuple[str, Record] | None:
    path = PurePosixPath(name)
    for parent in path.parents:
        if sha256 is None or str(parent) in (".", "/"):
            break
        try:
            record = read_folder_record(Path(parent))
        except (XltError, OSError, ValueError):
            continue
        place: Any = (record or {}).get("files")
        for part in path.relative_to(parent).parts:
            place = place.get(part) if isinstance(place, dict) else None
        if record is not None and sha256 in (place, place.get("sha256") if isinstance(place, dict) else None):
            return str(parent), record
    return None


def words_of(text: str) -> list[str]:
    """The words of a command of xlt; none of any other."""
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    return words if words[:1] == ["xlt"] else []
