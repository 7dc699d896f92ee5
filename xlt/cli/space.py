"""``xlt report space``."""

from pathlib import Path
from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.report.options import SpaceOptions


def space(
    folders: Annotated[
        list[str], typer.Argument(help="One or two folders that embed wrote: before and after.", metavar="FOLDERS...")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The figure: .svg, .pdf or .png.", metavar="FILE", rich_help_panel="Output"
        ),
    ],
    options: SpaceOptions,
    force: o.Force = False,
) -> None:
    """Occurrences of word pairs as points of a plane, before and after alignment.

    A colour is a word pair, circles are source words and triangles target words. Both panels hold the same occurrences.

    $ xlt report space -o space.svg --method pca vectors
    """
    from xlt.cli.console import console
    from xlt.report.drawing import check_plot, save
    from xlt.report.space import space_figure

    check_plot(output, force, option="output")
    save(space_figure(folders, options), output, force)
    console.result(output)
