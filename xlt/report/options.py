"""What figures, tables of correlations and pages show."""

from typing import Annotated

from xlt.options import Option, options
from xlt.study.options import CompareOptions


@options
class CorrelationTableOptions:
    """How tables of correlations are laid out."""

    columns: Annotated[
        tuple[str, ...],
        Option(
            "What heads the columns, the widest first: model,stage. Each strength has a table of its own where "
            "strengths vary and head no column.",
            metavar="COLS",
            joined=True,
            shown="the last two that vary of model, direction, strength, stage; where the last three do, direction "
            "and stage",
        ),
    ] = ()


@options
class FigureOptions:
    """What a figure shows of its tables."""

    layers: Annotated[
        str | None,
        Option("Layers: 'all', '-1' (the last), '0,4,-1'.", metavar="LAYERS", shown="-1; of layers all"),
    ] = None
    compare: CompareOptions = CompareOptions()


@options
class PageOptions:
    """What a page shows of its tables."""

    title: Annotated[str, Option("Heading of the page.", metavar="TEXT")] = "Alignment and transfer"
    layers: Annotated[
        str, Option("Layers of points and changes; the figure over layers has all.", metavar="LAYERS")
    ] = "-1"
    compare: CompareOptions = CompareOptions()
