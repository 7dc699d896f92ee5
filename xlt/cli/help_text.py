"""How a help text is laid out: arguments, options under the headings of their kind, and examples to copy."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperCommand

# As much of a wide terminal as eyes can follow from line to line.
WIDEST = 120
# Names of options longer than this stand on a line of their own.
_NAMES = 28
# Bounds that only say what a machine can count say nothing to people.
_UNBOUNDED = 2**31
# What stands for a value that is a table of pairs.
_TABLES = "PAIRS"
# What begins an example in the words of a command: a line to type.
_PROMPT = "$ "

Row = tuple[str, str]


class HelpCommand(TyperCommand):
    """A command whose help has its options under headings; lines of its words that begin with ``$`` are examples."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What may stand after the name of the command."""
        arguments = [p for p in self.params if p.param_type_name == "argument"]
        names = [p.metavar if p.required else f"[{p.metavar}]" for p in arguments]
        return [self.options_metavar or "", *map(str, names)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed; an option of tables takes all tables that follow it (``--joint en-*.parquet MODEL``)."""
        return super().parse_args(ctx, _each_with_its_option(args, _of_tables(self.params)))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """What the command does, without the examples."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(words_of(self.help)))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options under their headings."""
        from xlt.options import Panel

        parameters = [p for p in self.get_params(ctx) if not getattr(p, "hidden", False)]
        tables: dict[str, list[Row]] = {"Arguments": []} | {panel: [] for panel in get_args(Panel)}
        for parameter in parameters:
            tables.setdefault(panel_of(parameter), []).append(_row(parameter))
        width = min(_NAMES, max(len(name) for rows in tables.values() for name, _ in rows))
        for heading, rows in tables.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl([(name.ljust(width), text) for name, text in rows], col_max=_NAMES)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples, each on a line of its own that can be copied whole."""
        examples = examples_of(self.help)
        if examples:
            with formatter.section("Examples" if len(examples) > 1 else "Example"):
                formatter.write("".join(f"  {example}\n" for example in examples))


def _of_tables(parameters: Sequence[Any]) -> set[str]:
    return {name for p in parameters for name in p.opts if getattr(p, "multiple", False) and p.metavar == _TABLES}


def _each_with_its_option(args: Sequence[str], options: set[str]) -> list[str]:
    # Here, for a help text loads no options.
    from xlt.cli.options import TABLE_FORMATS

    # A shell makes several words of a pattern without quotes: those that are names of tables, or patterns, belong to
    # the option before them. What else follows, a model or a language, never looks so.
    typed: list[str] = []
    current = None
    for i, arg in enumerate(args):
        if arg == "--":
            return [*typed, *args[i:]]
        name = arg.partition("=")[0]
        if name in options:
            current = name
        elif current and typed[-1] != current:
            if Path(arg).suffix in TABLE_FORMATS and not arg.startswith("-"):
                typed.append(current)
            else:
                current = None
        typed.append(arg)
    return typed


def panel_of(parameter: Any) -> str:
    """The heading of a parameter of a command."""
    if parameter.param_type_name == "argument":
        return "Arguments"
    return "Messages" if parameter.name == "help" else parameter.rich_help_panel or "Options"


def words_of(text: str | None) -> list[str]:
    """The paragraphs of a command's words that are no examples."""
    return [paragraph for paragraph in _paragraphs(text) if not paragraph.startswith(_PROMPT)]


def examples_of(text: str | None) -> list[str]:
    """The examples in a command's words: what is to be typed."""
    lines = (line for paragraph in _paragraphs(text) for line in paragraph.split("\n"))
    return [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]


def first_sentence(text: str | None) -> str:
    """What a list of commands tells of one: the first paragraph of its words up to a full stop."""
    first = " ".join(next(iter(words_of(text)), "").split("\n"))
    return first.partition(". ")[0].rstrip(".") + "."


def format_list(commands: Sequence[Row], formatter: Any) -> None:
    """A list of commands, each with a whole sentence."""
    with formatter.section("Commands"):
        formatter.write_dl(commands)


def _paragraphs(text: str | None) -> Iterator[str]:
    return (paragraph for paragraph in inspect.cleandoc(text or "").split("\n\n") if paragraph)


def _row(parameter: Any) -> Row:
    text = parameter.help or ""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar), text
    names = ", ".join(sorted(parameter.opts, key=len))
    facts = ["required"] if parameter.required else [*_default(parameter), *_bounds(parameter)]
    row = text + (f" [{'; '.join(facts)}]" if facts else "")
    return (names if parameter.is_flag else f"{names} {parameter.metavar}"), row


def _default(parameter: Any) -> Iterator[str]:
    told, default = parameter.show_default, parameter.default
    if isinstance(told, str):
        yield f"default: {told}"
    elif told and default is not None and not isinstance(default, bool):
        yield f"default: {default}"


def _bounds(parameter: Any) -> Iterator[str]:
    low, high = parameter.min, parameter.max
    if high is not None and high < _UNBOUNDED:
        yield f"{low:g} to {high:g}" if low is not None else f"at most {high:g}"
    elif low is not None and low > 1:
        yield f"at least {low:g}"
