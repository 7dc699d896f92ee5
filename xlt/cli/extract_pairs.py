"""``xlt extract-pairs``."""

from typing import Annotated

import typer

from xlt.cli import options as o
from xlt.cli.complete import languages
from xlt.pairs.options import ExtractOptions


def extract_pairs(
    src: Annotated[
        str, typer.Argument(help="Source language code, such as en.", metavar="SRC", autocompletion=languages)
    ],
    tgt: Annotated[
        str, typer.Argument(help="Target language code, such as ar.", metavar="TGT", autocompletion=languages)
    ],
    options: ExtractOptions,
    output: Annotated[
        str | None,
        o.stream_output(
            f"Output file; its suffix says the format: {', '.join(o.TABLE_FORMATS)}. - is a stream on standard "
            "output. Default: SRC-TGT.parquet (SRC-TGT.pharaoh)."
        ),
    ] = None,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Find translated word pairs in parallel text.

    $ xlt extract-pairs --corpus opus100 --dict muse en ar
    $ xlt extract-pairs --corpus text.tsv --aligner fastalign en fr
    """
    from xlt.cli.console import console
    from xlt.pairs import extract_pairs as step

    with console.progress("sentence pairs") as progress:
        extraction = step.extract_pairs(
            src, tgt, options, output=output, force=force, tags=o.parse_tags(tag), progress=progress
        )
    console.summary(f"{src}-{tgt}", extraction.summary)
    for path in filter(None, (extraction.output, extraction.held_out)):
        if path != "-":
            console.result(path)
