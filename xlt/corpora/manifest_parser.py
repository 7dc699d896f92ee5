"""Data manifests: what they say, as frozen dataclasses, and one TOML file to one, checked key by key.

``data_manifests/README.md`` describes the format.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from xlt.corpora.kinds import Kind
from xlt.errors import XltError
from xlt.files.toml_files import read_toml

Format = Literal["moses", "tsv", "parquet", "jsonl", "muse", "conllu", "conll"]

# What may be stored how.
_FORMATS: dict[Kind, tuple[Format, ...]] = {
    "corpus": ("moses", "tsv", "parquet"),
    "dictionary": ("muse",),
    "tagging": ("conllu", "conll", "parquet"),
    "sentences": ("tsv", "jsonl", "parquet"),
}

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_TYPES: dict[type, str] = {str: "a text", list: "a list of texts", dict: "a table"}

_Languages = dict[str, dict[str, str]]


@dataclass(frozen=True)
class HubSource:
    """Files of a Hugging Face data set, by pattern; its loading scripts are never run."""

    repo: str
    revision: str
    files: str


@dataclass(frozen=True)
class UrlSource:
    """A file behind a URL; where it is an archive, ``member`` is the pattern of the file wanted out of it."""

    url: str
    member: str | None


@dataclass(frozen=True)
class ManualSource:
    """Data that may not be downloaded: the user puts ``files`` into the cache as ``instructions`` say."""

    files: str
    instructions: str


Source = HubSource | UrlSource | ManualSource


@dataclass(frozen=True)
class Manifest:
    """One resource.

    Attributes:
        name: the name on the command line, which is the file's name without ``.toml``.
        kind: ``corpus`` and ``dictionary`` are asked for with two languages, ``tagging`` and ``sentences`` with one.
        languages: our code of a language to the variables of its templates, ``lang`` (its name upstream) among them.
        pairs: the pairs of languages there are, in upstream order; None where any two languages make one.
        splits: our name of a split (train, dev, test) to its names upstream, several where it lies in parts; the first
            split is the default.
        split_parts: the same of a language or of a pair (``ar-de``) where the names are others.
        only_splits: the splits of a language or of a pair (``ar-de``) that does not have all of them.
        columns: see :class:`xlt.corpora.resources.ResourceFiles`.
        labels: names of labels that are stored as whole numbers, in their order.
        version: a folder of its own in the cache, so that another version does not meet the files of this one.
        checksums: SHA-256 of a file by its name, where it is really known.
        path: the manifest itself.
    """

    name: str
    title: str
    kind: Kind
    description: str
    homepage: str
    licence: str
    citation: str
    notes: str
    format: Format
    languages: Mapping[str, Mapping[str, str]]
    pairs: tuple[tuple[str, str], ...] | None
    splits: Mapping[str, tuple[str, ...]]
    split_parts: Mapping[str, Mapping[str, tuple[str, ...]]]
    only_splits: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    labels: tuple[str, ...]
    version: str
    source: Source
    checksums: Mapping[str, str]
    path: Path

    @property
    def paired(self) -> bool:
        """Whether the resource is asked for with two languages."""
        return self.kind in ("corpus", "dictionary")

    @property
    def pair_names(self) -> list[str]:
        """The pairs that are listed, as ``ar-en``; empty where any two languages make one."""
        return [f"{a}-{b}" for a, b in self.pairs or ()]


# What every manifest says; a few have more.
_NEEDED = ("title", "kind", "description", "homepage", "licence", "citation", "format", "languages", "source")


def variables(template: str) -> set[str]:
    """The names of the variables in ``template``."""
    return set(_VARIABLE.findall(template))


def expand(template: str, values: Mapping[str, str]) -> str:
    """``template`` with every variable replaced.

    Raises:
        KeyError: a variable without a value.
    """
    return _VARIABLE.sub(lambda match: values[match.group(1)], template)


def as_pattern(template: str) -> str:
    """``template`` with every variable replaced by ``*``."""
    return _VARIABLE.sub("*", template)


class _Table:
    """The keys are taken out one by one; what is left at the :meth:`end` is unknown."""

    def __init__(self, values: Mapping[str, Any], path: Path, prefix: str = "") -> None:
        self._left = dict(values)
        self._asked: list[str] = []
        self._path, self._prefix = path, prefix

    def fail(self, key: str, problem: str) -> XltError:
        """The error to raise for ``key``."""
        return XltError(f"{self._path}: key '{self._prefix}{key}' {problem}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there and not be empty."""
        value = str(self._take(key, default, str)).strip()
        if not value and default is None:
            raise self.fail(key, "is empty")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text that is not empty, or None where the key is absent."""
        return self.text(key) if key in self._left else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        items = self._take(key, [], list)
        if not all(isinstance(item, str) for item in items):
            raise self.fail(key, "must be a list of texts")
        return tuple(items)

    def texts_or_table(self, key: str) -> "tuple[str, ...] | _Table":
        """A list of texts, or a table; it must be there."""
        if isinstance(self._left.get(key), list):
            return self.texts(key)
        return self.table(key, required=True)

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of at least one; what is empty is refused."""
        texts = self.texts(key) if isinstance(self._left.get(key), list) else (self.text(key),)
        if not texts or not all(text.strip() for text in texts):
            raise self.fail(key, "is empty, or holds an empty text")
        return texts

    def table(self, key: str, required: bool = False) -> "_Table":
        """A table; empty where the key is absent and not required."""
        values = self._take(key, None if required else {}, dict)
        return _Table(values, self._path, f"{self._prefix}{key}.")

    def text_or_table(self, key: str) -> "str | _Table":
        """A text, or a table."""
        return self.table(key) if isinstance(self._left.get(key), dict) else self.text(key)

    def keys(self) -> list[str]:
        """The keys that have not been taken yet, in the order of the file."""
        return list(self._left)

    def end(self) -> None:
        """Refuse what has not been taken."""
        for key in self._left:
            close = difflib.get_close_matches(key, self._asked, 1)
            raise self.fail(key, f"is unknown; did you mean '{close[0]}'?" if close else "is unknown")

    def _take(self, key: str, default: Any, kind: type) -> Any:
        self._asked.append(key)
        value = self._left.pop(key, default)
        if value is None:
            raise self.fail(key, "is missing")
        if not isinstance(value, kind):
            raise self.fail(key, f"must be {_TYPES[kind]}, not {type(value).__name__}")
        return value


def parse_manifest(path: Path) -> Manifest:
    """Read and check one manifest.

    Raises:
        XltError: not TOML, or a key is missing, unknown or wrong; the message names file and key.
    """
    try:
        top = _Table(read_toml(path), path)
    except ValueError as error:
        raise XltError(f"{path} is not valid TOML: {error}") from error
    missing = [key for key in _NEEDED if key not in top.keys()]  # noqa: SIM118 - not a dict
    if missing:
        raise XltError(
            f"{path}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; every manifest has "
            f"{', '.join(_NEEDED)}"
        )
    if not _NAME.fullmatch(path.stem):
        raise XltError(f"{path}: the name of a manifest is of lower-case letters, digits, '_' and '-'")
    kind_text = top.text("kind")
    kind = next((name for name in _FORMATS if name == kind_text), None)
    if kind is None:
        raise top.fail("kind", f"must be one of {', '.join(_FORMATS)}")
    format_text = top.text("format")
    format_ = next((name for name in _FORMATS[kind] if name == format_text), None)
    if format_ is None:
        raise top.fail("format", f"must be one of {', '.join(_FORMATS[kind])} where kind is {kind}")
    languages = _languages(top)
    splits = _split_names(top.table("splits"))
    pairs = _pairs(top, languages)
    keys = {*languages, *(f"{a}-{b}" for a, b in pairs or ())}
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
        split_parts=_split_parts(top, splits, keys),
        only_splits=_only_splits(top, splits, keys),
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


def _texts_by_key(table: _Table) -> dict[str, str]:
    return {key: table.text(key, "") for key in table.keys()}  # noqa: SIM118 - not a dict


def _languages(top: _Table) -> _Languages:
    stated = top.texts_or_table("languages")
    if isinstance(stated, tuple):
        languages: _Languages = {code: {"lang": code} for code in stated}
    else:
        languages = {}
        for code in stated.keys():  # noqa: SIM118 - not a dict
            entry = stated.text_or_table(code)
            languages[code] = {"lang": entry} if isinstance(entry, str) else {"lang": code} | _texts_by_key(entry)
    wrong = [code for code in languages if not _CODE.fullmatch(code)]
    if wrong or not languages:
        raise top.fail("languages", f"holds '{wrong[0]}', which is no language code" if wrong else "is empty")
    return languages


def _pairs(top: _Table, languages: _Languages) -> tuple[tuple[str, str], ...] | None:
    pairs = []
    for name in top.texts("pairs"):
        # A code may hold '-' itself, so that the place to cut is where both sides are languages of this manifest.
        parts = name.split("-")
        cuts = [("-".join(parts[:i]), "-".join(parts[i:])) for i in range(1, len(parts))]
        possible = [(a, b) for a, b in cuts if a in languages and b in languages]
        if len(possible) != 1:
            raise top.fail("pairs", f"holds '{name}', which is not two languages of 'languages' joined by '-'")
        pairs.append(possible[0])
    return tuple(pairs) or None


def _split_names(table: _Table) -> dict[str, tuple[str, ...]]:
    return {key: table.text_or_texts(key) for key in table.keys()}  # noqa: SIM118 - not a dict


def _split_parts(top: _Table, splits: Mapping[str, Any], names: set[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    table = top.table("split_parts")
    parts = {}
    for key in table.keys():  # noqa: SIM118 - not a dict
        parts[key] = _split_names(table.table(key))
        if key not in names:
            raise table.fail(key, "is neither one of 'languages' nor of 'pairs'")
        if not parts[key] or not set(parts[key]) <= set(splits):
            raise table.fail(key, f"must name some of {', '.join(splits) or 'the splits'}")
    return parts


def _only_splits(top: _Table, splits: Mapping[str, Any], names: set[str]) -> dict[str, tuple[str, ...]]:
    table = top.table("only_splits")
    only = {}
    for key in table.keys():  # noqa: SIM118 - not a dict
        only[key] = table.texts(key)
        if key not in names:
            raise table.fail(key, "is neither one of 'languages' nor of 'pairs'")
        if not only[key] or not set(only[key]) <= set(splits):
            raise table.fail(key, f"must list some of {', '.join(splits) or 'the splits'}")
    return only


def _version(top: _Table) -> str:
    version = top.text("version", "")
    if version and not _FOLDER.fullmatch(version):
        raise top.fail("version", "must serve as the name of a folder")
    return version


def _source(top: _Table) -> Source:
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


def _relative(table: _Table, key: str) -> str:
    text = table.text(key)
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        raise table.fail(key, "must be a relative path without '..'")
    return text


def _checksums(table: _Table) -> dict[str, str]:
    checksums = _texts_by_key(table)
    for key, value in checksums.items():
        if not _SHA256.fullmatch(value):
            raise table.fail(key, "must be a SHA-256 of 64 hexadecimal digits in lower case")
    return checksums


def templates(manifest: Manifest) -> dict[str, str]:
    """The templates of a manifest, by the key that holds each."""
    source = manifest.source
    if isinstance(source, UrlSource):
        of_source = {"source.url": source.url} | ({"source.member": source.member} if source.member else {})
    else:
        of_source = {"source.files": source.files}
    return of_source | {f"columns.{key}": text for key, text in manifest.columns.items()}


def _check_together(manifest: Manifest, top: _Table) -> None:
    if manifest.pairs and not manifest.paired:
        raise top.fail("pairs", f"makes no sense where kind is {manifest.kind}")
    for key, template in templates(manifest).items():
        usable = _variables_of(manifest, key)
        for name in sorted(variables(template) - usable):
            raise top.fail(key, f"uses {{{name}}}, which has no value here (there are {', '.join(sorted(usable))})")
    everything = " ".join(templates(manifest).values())
    of_splits = [*manifest.splits.values(), *(n for of_key in manifest.split_parts.values() for n in of_key.values())]
    if (len(manifest.splits) > 1 or any(len(n) > 1 for n in of_splits)) and "split" not in variables(everything):
        raise top.fail("splits", "are several, but no file name uses {split}")


def _variables_of(manifest: Manifest, key: str) -> set[str]:
    names = {"split"} if manifest.splits else set()
    if manifest.paired:
        names |= {"pair", "src", "tgt"}
    # A file that holds both sides, and the columns of such a file, belong to no one language.
    if not manifest.paired or (not key.startswith("columns.") and manifest.format in ("moses", "muse")):
        names |= set.intersection(*(set(values) for values in manifest.languages.values()))
    return names
