"""``xlt data list | show | fetch | path | check``."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from xlt.cli import options as o
from xlt.cli.complete import languages, resources, splits
from xlt.corpora.kinds import Kind

Name = Annotated[
    str,
    typer.Argument(
        help="The name of a resource, such as opus100; 'xlt data list' shows them.",
        metavar="NAME",
        autocompletion=resources(),
    ),
]
Langs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LANG...",
        autocompletion=languages,
        help="Languages. Of a corpus or dictionary the first is paired with each of the others: 'en ar fr' means "
        "en-ar and en-fr, in whichever order they are stored.",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        help="Only this split: train, dev or test.",
        metavar="SPLIT",
        autocompletion=splits,
        show_default="all",
        rich_help_panel="Input",
    ),
]
OfKind = Annotated[
    Kind | None,
    typer.Option(
        help="Only resources of this kind.",
        metavar="|".join(get_args(Kind)),
        show_default="all",
        rich_help_panel="Input",
    ),
]


def list_(kind: OfKind = None, form: o.Printing = "table") -> None:
    """List all resources: kind, number of languages, licence, and what is already on disk.

    $ xlt data list --kind dictionary
    """
    import pyarrow as pa

    from xlt.cli.tables import Printed, print_tables
    from xlt.corpora.catalogue import overviews
    from xlt.files.text_table import TextTable

    header = ["name", "kind", "languages", "licence", "files on disk"]
    schema = pa.schema([(name, pa.int64() if name == "languages" else pa.string()) for name in header])
    manifests = [(overview.manifest, overview.on_disk) for overview in overviews()]
    cells = [
        [manifest.name, manifest.kind, len(manifest.languages), manifest.licence, on_disk]
        for manifest, on_disk in manifests
        if kind in (None, manifest.kind)
    ]
    table = TextTable("", header, [list(map(str, row)) for row in cells])
    print_tables(Printed([table], [dict(zip(header, row, strict=True)) for row in cells], schema), form)


def show(name: Name) -> None:
    """Show all about a resource: languages, splits, where it comes from, licence, citation, where its files lie.

    $ xlt data show opus100
    """
    from xlt.cli.console import console
    from xlt.corpora.catalogue import describe

    for key, value in describe(name).items():
        console.fact(key, *value.split("\n"))


def fetch(name: Name, langs: Langs = None, split: Split = None) -> None:
    """Download what is not there yet, check it, and print the paths of the files, one a line.

    Downloads go into $XLT_CACHE (else the XDG cache), are resumed after an interruption and checked. XLT_OFFLINE=1
    forbids the network; the message then says where to put the file by hand.

    $ xlt data fetch opus100 en ar
    """
    from xlt.cli.console import console
    from xlt.corpora.catalogue import fetch as fetch_data

    with console.progress(f"fetching {name}") as progress:
        paths = fetch_data(name, langs or [], split, progress)
    for path in paths:
        console.result(path)


def path(name: Name, langs: Langs = None, split: Split = None) -> None:
    """Print the paths of files that are on disk, one a line, without the network.

    If one is missing, the exit status is 2 and the message says how to fetch it.

    $ xlt data path muse en ar
    """
    from xlt.cli.console import console
    from xlt.corpora.catalogue import locate

    for file in locate(name, langs or [], split):
        console.result(file)


def check(file: Annotated[Path, typer.Argument(help="A manifest, a TOML file.", metavar="FILE")]) -> None:
    """Check a manifest of your own: what is missing or wrong, else where each language and split would come from.

    A line of languages, split and file each, separated by tabs. A folder of manifests is used where the variable
    XLT_MANIFESTS names it.

    $ xlt data check topics.toml
    """
    from xlt.cli.console import console
    from xlt.corpora.catalogue import check_manifest

    manifest, expected = check_manifest(file)
    n = len(manifest.languages)
    console.note(f"{file}: a manifest of {manifest.kind} data, {manifest.format}, {n} language{'s' * (n > 1)}")
    for one in expected:
        for place in one.places:
            console.result("\t".join(filter(None, (one.name, one.split, place))))
