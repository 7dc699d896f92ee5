"""Which world is made: the options of ``lab languages``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar

from xlt.options import Option, Panel, SeedDial, options

# Of the world that is made without being asked for more.
LANGUAGES, SENTENCES, SEED = 6, 8000, 42


@options
class LanguagesOptions:
    """The default world, or that of a file; what is given beside the file overrides it.

    ``languages`` keeps the first ones of a file. ``sentences`` is the size of training text, of each language's and of
    each parallel one.
    """

    help_panel: ClassVar[Panel] = "Method"

    languages: Annotated[
        int | None,
        Option(
            "Languages, the source included; of a --world the first ones.", metavar="N", min=2, shown=str(LANGUAGES)
        ),
    ] = None
    sentences: Annotated[
        int | None,
        Option(
            "Training sentences of each language's text, and of each target's parallel text.",
            metavar="N",
            min=1,
            shown=str(SENTENCES),
        ),
    ] = None
    seed: Annotated[int | None, replace(SeedDial.__metadata__[0], shown=str(SEED))] = None
    world: Annotated[
        Path | None,
        Option(
            "Dials, as an earlier world's world.toml states them; --languages, --sentences and --seed given beside it "
            "override it.",
            metavar="FILE",
            panel="Input",
        ),
    ] = None
