"""What figures, tables of correlations and pages show."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from xlt.errors import OptionError
from xlt.options import Option, Panel, SeedDial, options
from xlt.study.options import POINT_LAYERS, CompareOptions, FigureLayersDial

# What \label takes: no sign that means something to LaTeX.
LABEL = re.compile(r"[A-Za-z0-9:.\-_/+]+")

NamesDial = Annotated[
    Path | None,
    Option(
        "What things are called in tables and figures: a file with a line KEY=NAME for each recipe, method, model, "
        "language, task or head that shall have another name; docs/commands.md describes it.",
        metavar="FILE",
        panel="Output",
    ),
]


@options
class CorrelationTableOptions:
    """How tables of correlations are laid out."""

    help_panel: ClassVar[Panel] = "Output"

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
class TableOptions:
    """How a table is printed, beside what stands in it."""

    help_panel: ClassVar[Panel] = "Output"

    names: NamesDial = None
    captions: Annotated[
        tuple[str, ...],
        Option(
            "Caption in place of the title, for .tex and .md; repeated, one for each of several tables. It is text: "
            "LaTeX in it is printed as it stands.",
            metavar="TEXT",
            flag="caption",
        ),
    ] = ()
    label: Annotated[
        str | None,
        Option(
            "What \\ref finds the table by, for .tex; the second has -2 behind it.",
            metavar="LABEL",
            shown="tab: and the file's name",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a label that LaTeX would not take.

        Raises:
            OptionError: such a label.
        """
        if self.label is not None and not LABEL.fullmatch(self.label):
            raise OptionError("label", f"{self.label!r}: a label is of letters, digits and :.-_/+")


@options
class FigureOptions:
    """What a figure shows of its tables."""

    help_panel: ClassVar[Panel] = "Method"

    layers: FigureLayersDial = None
    names: NamesDial = None
    compare: CompareOptions = CompareOptions()


@options
class SpaceOptions:
    """Which occurrences of words are shown, and how vectors become points of a plane."""

    help_panel: ClassVar[Panel] = "Method"

    words: Annotated[
        tuple[str, ...],
        Option(
            "Source words, joined by commas: all pairs that they are in.",
            metavar="WORDS",
            joined=True,
            shown="the 8 most frequent pairs but for the 50 most frequent words",
        ),
    ] = ()
    layer: Annotated[int, Option("The layer, from the end where it is negative.", metavar="LAYER")] = -1
    method: Annotated[Literal["tsne", "pca"], Option("t-SNE, which needs scikit-learn, or principal components.")] = (
        "tsne"
    )
    perplexity: Annotated[
        float, Option("Perplexity of t-SNE: less than a third of the points.", metavar="P", min=1.0)
    ] = 30.0
    max_points: Annotated[int, Option("Points of a panel, shared out among the pairs.", metavar="N", min=4)] = 100
    seed: SeedDial = 42


@options
class PageOptions:
    """What a page shows of its tables."""

    help_panel: ClassVar[Panel] = "Output"

    title: Annotated[str, Option("Heading of the page.", metavar="TEXT")] = "Alignment and transfer"
    layers: Annotated[
        str, Option("Layers of points and changes; the figure over layers has all.", metavar="LAYERS")
    ] = POINT_LAYERS
    names: NamesDial = None
    compare: CompareOptions = CompareOptions()
