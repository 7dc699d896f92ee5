"""Groups of commands whose files are loaded when a command is asked for: to list them only their words are read."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from xlt.cli.help_text import HelpCommand, first_sentence, format_list


@dataclass(frozen=True)
class CommandGroup:
    """Commands that share a first word.

    Attributes:
        help: what they do together.
        commands: as in :func:`lazy_group`.
    """

    help: str
    commands: Mapping[str, str]


Commands = Mapping[str, str | CommandGroup]


def lazy_group(table: Commands) -> type[TyperGroup]:
    """A group of commands.

    Args:
        table: by name where the function of a command stands, ``file:function`` below this room; or a group.
    """
    return type("Commands", (_LazyGroup,), {"table": table})


class _LazyGroup(TyperGroup):
    table: ClassVar[Commands] = {}

    def __init__(self, **settings: Any) -> None:
        self._listing = False
        self._loaded: dict[str, Any] = {}
        super().__init__(**settings)
        # Names alone, for the suggestions where a name is misspelt.
        self.commands: Any = dict.fromkeys(self.table)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, its file loaded; in a list only what is told of it."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        if self._listing:
            return _told(cmd_name, entry)
        if cmd_name not in self._loaded:
            self._loaded[cmd_name] = _load(cmd_name, entry)
        return self._loaded[cmd_name]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed; ``help CMD`` is ``CMD --help``."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands in a help text, each with a whole sentence."""
        format_list([(name, first_sentence(_words(entry))) for name, entry in self.table.items()], formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The names that a shell offers."""
        with self._list():
            return super().shell_complete(ctx, incomplete)

    @contextmanager
    def _list(self) -> Iterator[None]:
        self._listing = True
        try:
            yield
        finally:
            self._listing = False


def _load(name: str, entry: str | CommandGroup) -> Any:
    from xlt.cli.command import command

    if isinstance(entry, CommandGroup):
        section = typer.Typer(
            cls=lazy_group(entry.commands), help=entry.help, no_args_is_help=True, rich_markup_mode=None,
            add_completion=False,
        )  # fmt: skip
        section.callback()(_nothing)
        loaded = typer.main.get_command(section)
        loaded.name = name
        return loaded
    file, _, function = entry.partition(":")
    return _command(name, command(getattr(import_module(f"xlt.cli.{file}"), function)))


def _told(name: str, entry: str | CommandGroup) -> Any:
    # A command that does nothing and has the words of the real one.
    def words() -> None: ...

    words.__doc__ = first_sentence(_words(entry))
    return _command(name, words)


def _words(entry: str | CommandGroup) -> str:
    return entry.help if isinstance(entry, CommandGroup) else _docstring(*entry.split(":"))


def _command(name: str, function: Any) -> Any:
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name, cls=HelpCommand)(function)
    return typer.main.get_command(alone)


def _docstring(file: str, function: str) -> str:
    text = Path(__file__).with_name(f"{file}.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    (own,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(own) or ""


def _nothing() -> None:
    pass
