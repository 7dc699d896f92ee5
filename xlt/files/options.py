"""What is shown of a file, and in which form it is written: the options of ``show`` and ``convert``."""

from typing import Annotated, ClassVar, Literal

from xlt.options import Option, Panel, options


@options
class ShowOptions:
    """How much of a table is shown."""

    help_panel: ClassVar[Panel] = "Output"

    rows: Annotated[int, Option("Rows to show.", short="n", min=0, max=1_000_000)] = 5
    columns: Annotated[
        tuple[str, ...],
        Option(
            "Columns to show, joined by commas, none of them left out or shortened.",
            metavar="COLS",
            joined=True,
            shown="those that fit",
        ),
    ] = ()


@options
class ConvertOptions:
    """The form of what goes to standard output."""

    help_panel: ClassVar[Panel] = "Output"

    form: Annotated[
        Literal["arrow", "csv", "jsonl", "md", "tex"] | None,
        Option("The form of standard output, where OUT is -.", flag="format", shown="arrow"),
    ] = None
