"""One TOML file to a :class:`~xlt.corpora.manifest_types.Manifest`, checked key by key."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from xlt.corpora.manifest_table import Table
from xlt.corpora.manifest_types import FORMATS, KINDS, HubSource, Manifest, ManualSource, Source, UrlSource
from xlt.corpora.templates import variables
from xlt.errors import XltError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*")

Languages = dict[str, dict[str, str]]


def parse_manifest(path: Path) -> Manifest:
    """Read and check one manifest.

    Raises:
        XltError: not TOML, or a key is missing, unknown or wrong; the message names file and key.
    """
    try:
        top = Table(tomllib.loads(path.read_text(encoding="utf-8")), path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise XltError(f"{path} is not valid TOML: {error}") from error
    if not NAME.fullmatch(path.stem):
        raise XltError(f"{path}: the name of a manifest is of lower-case letters, digits, '_' and '-'")
    asked = top.text("kind")
    kind = next((name for name in KINDS if name == asked), None)
    if kind is None:
        raise top.fail("kind", f"must be one of {', '.join(KINDS)}")
    wanted = top.text("format")
    format_ = next((name for name in FORMATS[kind] if name == wanted), None)
    if format_ is None:
        raise top.fail("format", f"must be one of {', '.join(FORMATS[kind])} where kind is {kind}")
    languages = _languages(top)
    splits = _texts_by_key(top.table("splits"))
    pairs = _pairs(top, languages)
    manifest = Manifest(
        name=path.stem,
        title=top.text("title"),
        kind=kind,
        description=top.text("description"),
        homepage=top.text("homepage"),
        licence=top.text("licence"),
        citation=top.text("citation"),
        notes=top.text("notes", ""),
        format=format_,
        languages=languages,
        pairs=pairs,
        splits=splits,
        only_splits=_only_splits(top, splits, {*languages, *(f"{a}-{b}" for a, b in pairs or ())}),
        columns=_texts_by_key(top.table("columns")),
        labels=top.texts("labels"),
        version=_version(top),
        source=_source(top),
        checksums=_checksums(top.table("checksums")),
        path=path,
    )
    top.end()
    _check_together(manifest, top)
    return manifest


def _texts_by_key(table: Table) -> dict[str, str]:
    return {key: table.text(key, "") for key in table.keys()}  # noqa: SIM118 - not a dict


def _languages(top: Table) -> Languages:
    found = top.texts_or_table("languages")
    if isinstance(found, tuple):
        languages: Languages = {code: {"lang": code} for code in found}
    else:
        languages = {}
        for code in found.keys():  # noqa: SIM118 - not a dict
            entry = found.text_or_table(code)
            variables_ = {"lang": entry} if isinstance(entry, str) else {"lang": code} | _texts_by_key(entry)
            languages[code] = variables_
    wrong = [code for code in languages if not _CODE.fullmatch(code)]
    if wrong or not languages:
        raise top.fail("languages", f"holds '{wrong[0]}', which is no language code" if wrong else "is empty")
    return languages


def _pairs(top: Table, languages: Languages) -> tuple[tuple[str, str], ...] | None:
    pairs = []
    for name in top.texts("pairs"):
        # A code may hold '-' itself, so that the place to cut is where both sides are languages of this manifest.
        parts = name.split("-")
        cuts = [("-".join(parts[:i]), "-".join(parts[i:])) for i in range(1, len(parts))]
        known = [(a, b) for a, b in cuts if a in languages and b in languages]
        if len(known) != 1:
            raise top.fail("pairs", f"holds '{name}', which is not two languages of 'languages' joined by '-'")
        pairs.append(known[0])
    return tuple(pairs) or None


def _only_splits(top: Table, splits: Mapping[str, str], known: set[str]) -> dict[str, tuple[str, ...]]:
    table = top.table("only_splits")
    found = {}
    for key in table.keys():  # noqa: SIM118 - not a dict
        found[key] = table.texts(key)
        if key not in known:
            raise table.fail(key, "is neither one of 'languages' nor of 'pairs'")
        if not found[key] or not set(found[key]) <= set(splits):
            raise table.fail(key, f"must list some of {', '.join(splits) or 'the splits'}")
    return found


def _version(top: Table) -> str:
    version = top.text("version", "")
    if version and not _FOLDER.fullmatch(version):
        raise top.fail("version", "must serve as the name of a folder")
    return version


def _source(top: Table) -> Source:
    table = top.table("source", required=True)
    kinds = [key for key in ("hub", "url", "manual") if key in table.keys()]  # noqa: SIM118 - not a dict
    if len(kinds) != 1:
        raise top.fail("source", "must hold exactly one of 'hub', 'url' and 'manual'")
    source: Source
    if kinds == ["hub"]:
        source = HubSource(table.text("hub"), table.text("revision"), _relative(table, "files"))
        if not _REPO.fullmatch(source.repo):
            raise table.fail("hub", "must be OWNER/NAME")
    elif kinds == ["url"]:
        source = UrlSource(table.text("url"), table.optional_text("member"))
        if not source.url.startswith(("https://", "http://")) or source.url.endswith("/"):
            raise table.fail("url", "must be the https:// or http:// address of a file")
    else:
        source = ManualSource(_relative(table, "files"), table.text("manual"))
    table.end()
    return source


def _relative(table: Table, key: str) -> str:
    text = table.text(key)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        raise table.fail(key, "must be a relative path without '..'")
    return text


def _checksums(table: Table) -> dict[str, str]:
    found = _texts_by_key(table)
    for key, value in found.items():
        if not _SHA256.fullmatch(value):
            raise table.fail(key, "must be a SHA-256 of 64 hexadecimal digits in lower case")
    return found


def templates(manifest: Manifest) -> dict[str, str]:
    """The templates of a manifest, by the key that holds each."""
    source = manifest.source
    if isinstance(source, UrlSource):
        found = {"source.url": source.url} | ({"source.member": source.member} if source.member else {})
    else:
        found = {"source.files": source.files}
    return found | {f"columns.{key}": text for key, text in manifest.columns.items()}


def _check_together(manifest: Manifest, top: Table) -> None:
    if manifest.pairs and not manifest.paired:
        raise top.fail("pairs", f"makes no sense where kind is {manifest.kind}")
    for key, template in templates(manifest).items():
        known = _known_variables(manifest, key)
        for name in sorted(variables(template) - known):
            raise top.fail(key, f"uses {{{name}}}, which has no value here (there are {', '.join(sorted(known))})")
    everything = " ".join(templates(manifest).values())
    if len(manifest.splits) > 1 and "split" not in variables(everything):
        raise top.fail("splits", "are several, but no file name uses {split}")


def _known_variables(manifest: Manifest, key: str) -> set[str]:
    known = {"split"} if manifest.splits else set()
    if manifest.paired:
        known |= {"pair", "src", "tgt"}
    # A file that holds both sides, and the columns of such a file, belong to no one language.
    if not manifest.paired or (not key.startswith("columns.") and manifest.format in ("moses", "muse")):
        known |= set.intersection(*(set(values) for values in manifest.languages.values()))
    return known
