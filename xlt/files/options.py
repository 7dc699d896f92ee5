"""What is shown of a file: the options of ``show``."""

from typing import Annotated

from xlt.options import Option, options


@options
class ShowOptions:
    """How much of a table is shown."""

    rows: Annotated[int, Option("Rows to show.", short="n", min=0, max=1_000_000)] = 5
