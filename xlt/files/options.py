"""What is shown of a file: the options of ``show``."""

from typing import Annotated, ClassVar

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
