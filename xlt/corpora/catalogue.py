"""The resources that xlt knows by name: what there is, what is on disk, and fetching it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from xlt.corpora.manifest_parser import HubSource, Manifest, UrlSource, parse_manifest
from xlt.corpora.manifests import Piece, list_manifests, load_manifest, resolve, splits_of
from xlt.corpora.resources import cached_files, find_files, resource_files, resource_folder
from xlt.errors import XltError, check_all
from xlt.files.places import offline_reason
from xlt.work import Progress


@dataclass(frozen=True)
class _Request:
    src: str | None
    tgt: str | None
    lang: str | None
    split: str | None


@dataclass(frozen=True)
class Overview:
    """One resource: its manifest, and the number and size of its files on disk."""

    manifest: Manifest
    files: int
    size: int

    @property
    def on_disk(self) -> str:
        """Number and size of the files for people; empty where there are none."""
        return f"{self.files:,} ({human_size(self.size)})" if self.files else ""


def overview(manifest: Manifest) -> Overview:
    """What of a resource is on disk."""
    files = cached_files(manifest)
    return Overview(manifest, len(files), sum(path.stat().st_size for path in files))


def overviews() -> list[Overview]:
    """All resources, sorted by name.

    Raises:
        XltError: a manifest is damaged.
    """
    return [overview(manifest) for manifest in list_manifests()]


def describe(name: str) -> dict[str, str]:
    """All that is known of a resource, as text by heading.

    Raises:
        XltError: there is no such resource, or its manifest is damaged.
    """
    manifest = load_manifest(name)
    facts = {
        "name": manifest.name,
        "title": manifest.title,
        "kind": manifest.kind,
        "description": manifest.description,
        "languages": f"{len(manifest.languages)}: {', '.join(manifest.languages)}",
        "pairs": _pairs(manifest),
        "splits": ", ".join(manifest.splits),
        "not everywhere": "; ".join(f"{key} only {', '.join(names)}" for key, names in manifest.only_splits.items()),
        "format": manifest.format,
        "columns": ", ".join(f"{key} = {value}" for key, value in manifest.columns.items()),
        "labels": " ".join(manifest.labels),
        "licence": manifest.licence,
        "homepage": manifest.homepage,
        "source": _source(manifest),
        "checksums": ", ".join(f"{file} {digest}" for file, digest in manifest.checksums.items()),
        "notes": manifest.notes,
        "manifest": str(manifest.path),
        "folder": str(resource_folder(manifest)),
        "on disk": overview(manifest).on_disk or "nothing yet",
        "citation": manifest.citation,
    }
    return {key: value for key, value in facts.items() if value}


@dataclass(frozen=True)
class Expected:
    """Where one language (or pair) and split of a resource would come from: URLs, or patterns of files."""

    name: str
    split: str | None
    places: tuple[str, ...]


def check_manifest(path: Path) -> tuple[Manifest, list[Expected]]:
    """Read a manifest, wherever it lies, and say where everything of it would come from; nothing is fetched.

    Raises:
        XltError: no such file, or a mistake in it; the message names file and key.
    """
    if not path.is_file():
        raise XltError(f"{path}: no such file; data_manifests/README.md describes what a manifest holds")
    manifest = parse_manifest(path)
    if manifest.kind == "corpus" and manifest.format != "moses" and not {"src", "tgt"} <= manifest.columns.keys():
        raise XltError(f"{path}: key 'columns' must name src and tgt, the columns of the two sides")
    if manifest.paired:
        both = manifest.pairs or tuple(pairwise(manifest.languages))
        asked = [_Request(src, tgt, None, None) for src, tgt in both]
    else:
        asked = [_Request(None, None, lang, None) for lang in manifest.languages]
    return manifest, [
        Expected("-".join(filter(None, (one.src, one.tgt, one.lang))), selection.split, _places(selection.pieces))
        for request in asked
        for one in _of_each_split(manifest, request)
        for selection in [resolve(manifest, **asdict(one))]
    ]


def _places(pieces: Iterable[Piece]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{p.location} ({p.member})" if p.member else p.location for p in pieces))


def fetch(name: str, langs: Sequence[str], split: str | None = None, progress: Progress | None = None) -> list[Path]:
    """Make sure that the data of some languages are on disk, and return the files.

    Args:
        name: the resource.
        langs: for a corpus or dictionary the first language with each of the others; else each by itself.
        split: our name or the upstream name; None means all that there are.
        progress: called with the bytes that are there and the bytes in all, file by file.

    Raises:
        XltError: something of this does not exist or cannot be downloaded.
    """
    manifest = load_manifest(name)
    files: list[Path] = []
    requests = list(_requests(manifest, langs, split))
    check_all(*(partial(resolve, manifest, **asdict(request)) for request in requests))
    if offline_reason():
        check_all(*(partial(resource_files, name, **asdict(request)) for request in requests))
    for request in requests:
        files.extend(resource_files(name, **asdict(request), progress=progress).files)
    return _unique(files)


def locate(name: str, langs: Sequence[str], split: str | None = None) -> list[Path]:
    """As :func:`fetch`, but without the network.

    Raises:
        XltError: something is not on disk yet.
    """
    manifest = load_manifest(name)
    files: list[Path] = []
    for request in _requests(manifest, langs, split):
        resource = find_files(manifest, **asdict(request))
        if resource is None:
            what = " ".join(filter(None, asdict(request).values()))
            raise XltError(
                f"{name} {what} is not on disk yet: run 'xlt data fetch {' '.join([name, *langs])}', "
                f"which puts it into {_place(manifest)}"
            )
        files.extend(resource.files)
    return _unique(files)


def _requests(manifest: Manifest, langs: Sequence[str], split: str | None) -> Iterator[_Request]:
    least = 2 if manifest.paired else 1
    if len(langs) < least:
        need = "two languages or more (the first is paired with each other one)" if least == 2 else "a language"
        raise XltError(f"{manifest.name} needs {need}; 'xlt data show {manifest.name}' lists them")
    if manifest.paired:
        sides = [_Request(langs[0], other, None, split) for other in langs[1:]]
    else:
        sides = [_Request(None, None, lang, split) for lang in langs]
    for one in sides:
        yield from _of_each_split(manifest, one) if split is None else [one]


def _of_each_split(manifest: Manifest, one: _Request) -> Iterator[_Request]:
    names: list[str | None] = [*splits_of(manifest, src=one.src, tgt=one.tgt, lang=one.lang)]
    yield from (replace(one, split=name) for name in names or [None])


def _unique(paths: list[Path]) -> list[Path]:
    return list(dict.fromkeys(paths))


def _pairs(manifest: Manifest) -> str:
    if not manifest.paired:
        return ""
    names = manifest.pair_names
    return f"{len(names)}: {', '.join(names)}" if names else "any two of the languages"


def _source(manifest: Manifest) -> str:
    source = manifest.source
    if isinstance(source, HubSource):
        return f"hub data set {source.repo} at {source.revision}: {source.files}"
    if isinstance(source, UrlSource):
        return source.url + (f" (in it {source.member})" if source.member else "")
    return f"no download: {source.instructions}; put {source.files} into the folder"


def _place(manifest: Manifest) -> str:
    return "the hub's cache" if isinstance(manifest.source, HubSource) else str(resource_folder(manifest))


def human_size(size: int) -> str:
    """A number of bytes for people: ``1.2 GB``."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
