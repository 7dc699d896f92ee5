"""``xlt lab languages``."""

from xlt.cli import options as o
from xlt.lab.options import LanguagesOptions


def languages(
    output: o.OutputFolder,
    options: LanguagesOptions,
    force: o.Force = False,
    tag: o.Tags = None,
) -> None:
    """Write a small multilingual world: a source language (qaa) and targets (qab, qac, ...) of growing distance.

    The folder holds monolingual text (text/), parallel text with gold links (parallel/), dictionaries in MUSE format
    (dict/; dict-train/ and dict-test/ are its more and its less frequent source words, 10 to 3 as in MUSE), labelled
    data (pos/, ner/, nli/, topic/, slots/) and world.toml, which states every dial and may be edited.

    $ xlt lab languages -o world --languages 3 --sentences 100
    """
    from xlt.cli.console import console
    from xlt.lab.languages import make_languages

    with console.progress("sentences") as progress:
        world = make_languages(output, options, force=force, tags=o.parse_tags(tag), progress=progress)
    console.summary(str(output), world.summary)
    console.result(world.output)
