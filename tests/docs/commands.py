"""The tree of commands, as the program itself has it."""

from functools import cache
from typing import Any

import typer

from xlt.cli.app import app

WIDTH = 100


@cache
def contexts() -> dict[str, Any]:
    """The context of every command, group and subcommand by its name: ``xlt``, ``xlt embed``, ``xlt data list``."""
    tree: dict[str, Any] = {}

    def add(command: Any, name: str, parent: Any) -> None:
        # The width of the terminal, if there is one, must not matter.
        context = command.make_context(
            name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH
        )
        tree[context.command_path] = context
        for child in command.list_commands(context) if hasattr(command, "list_commands") else ():
            add(command.get_command(context, child), child, context)

    add(typer.main.get_command(app), "xlt", None)
    return tree


def help_of(name: str) -> str:
    """What ``NAME --help`` prints on a terminal of :data:`WIDTH` columns."""
    context = contexts()[name]
    return str(context.command.get_help(context))


@cache
def options_of(name: str) -> frozenset[str]:
    """The options of a command: ``--force``, ``-o``, ``--output``, and so on."""
    context = contexts()[name]
    parameters = context.command.get_params(context)
    return frozenset(o for p in parameters for o in [*p.opts, *p.secondary_opts] if o.startswith("-"))
