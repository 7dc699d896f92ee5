"""``xlt report figure``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from xlt.cli import options as o
from xlt.report.figures import FIGURES
from xlt.report.options import FigureOptions


def figure(
    kind: Annotated[
        Literal[tuple(FIGURES)],  # type: ignore[valid-type]  # the names are those of the dict
        typer.Argument(
            help="; ".join(f"{name}: {kind.about}" for name, kind in FIGURES.items()) + ".", metavar="|".join(FIGURES)
        ),
    ],
    tables: Annotated[list[str], typer.Argument(help="Tables in any order.", metavar="TABLES...")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The figure: .svg, .pdf or .png.", metavar="FILE", rich_help_panel="Output"
        ),
    ],
    options: FigureOptions,
    force: o.Force = False,
) -> None:
    """Draw a figure of what tables hold.

    $ xlt report figure layers -o layers.svg scores/*.parquet
    """
    from xlt.cli.console import console
    from xlt.report.drawing import check_plot, save
    from xlt.report.figures import draw_figure

    check_plot(output, force, option="output")
    save(draw_figure(kind, tables, options), output, force)
    console.result(output)
