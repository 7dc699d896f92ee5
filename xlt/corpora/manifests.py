"""The resources that xlt knows by name: find their manifests, and say which files serve which languages and split."""

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xlt
from xlt.corpora.kinds import Kind
from xlt.corpora.language_codes import related, same_language
from xlt.corpora.manifest_parser import Manifest, UrlSource, expand, parse_manifest
from xlt.errors import OptionError, XltError

Role = Literal["both", "src", "tgt", "forward", "backward", "lang"]

OWN_FOLDER = "XLT_MANIFESTS"
_NAME = r"[A-Za-z0-9_-]+"


@dataclass(frozen=True)
class Piece:
    """One thing to fetch.

    Attributes:
        role: what it is for: one language (``lang``), both sides of a corpus in one (``both``), its source or target
            side (``src``, ``tgt``), or the dictionary SRC-TGT or TGT-SRC (``forward``, ``backward``).
        location: URL, pattern inside a hub repository, or pattern inside the cache, the variables filled in.
        member: pattern of the file inside the archive, None where ``location`` is no archive.
    """

    role: Role
    location: str
    member: str | None


@dataclass(frozen=True)
class Selection:
    """The pieces that serve one request; ``split`` is our name of it, None where the resource has no splits."""

    split: str | None
    pieces: tuple[Piece, ...]
    columns: dict[str, str]


def manifest_folders() -> list[Path]:
    """Where manifests lie: the folder ``$XLT_MANIFESTS`` (a user's own, which come first), then those of xlt.

    Raises:
        XltError: ``$XLT_MANIFESTS`` is not a folder, or the manifests of xlt are missing.
    """
    package = Path(xlt.__file__).parent
    installed, checkout = package / "data_manifests", package.parent / "data_manifests"
    folders = [installed if installed.is_dir() else checkout]
    if os.environ.get(OWN_FOLDER):
        folders.insert(0, Path(os.environ[OWN_FOLDER]))
    for folder in folders:
        if not folder.is_dir():
            raise XltError(f"there is no folder of data manifests at {folder}")
    return folders


def manifest_paths() -> dict[str, Path]:
    """The manifests by name, sorted; nothing is read."""
    paths: dict[str, Path] = {}
    for folder in manifest_folders():
        for path in folder.glob("*.toml"):
            paths.setdefault(path.stem, path)
    return dict(sorted(paths.items()))


def is_known(name: str) -> bool:
    """Whether there is a manifest of this very name."""
    return name in manifest_paths()


def known_name(spec: str) -> str | None:
    """The name of the manifest that is meant, unless something of that name lies here: None for a path.

    Case and what separates words do not matter: ``OPUS100`` and ``opus-100`` are ``opus100``.
    """
    return _named(spec) if re.fullmatch(_NAME, spec) and not Path(spec).exists() else None


def _named(spec: str) -> str | None:
    paths = manifest_paths()
    plain = _plain(spec)
    return spec if spec in paths else next((name for name in paths if _plain(name) == plain), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def did_you_mean(spec: str, kind: Kind | None = None) -> str:
    """The end of a sentence about a name that is not known: names that may have been meant, or how to see all."""
    close = _similar(spec) if re.fullmatch(_NAME, spec) else []
    listed = f"'xlt data list{f' --kind {kind}' if kind else ''}' shows the names that are known"
    return f"did you mean {' or '.join(close)}?" if close else listed


def _similar(spec: str) -> list[str]:
    return difflib.get_close_matches(_plain(spec), manifest_paths(), 3, 0.6)


def list_manifests() -> list[Manifest]:
    """All manifests, sorted by name.

    Raises:
        XltError: one of them is damaged.
    """
    return [parse_manifest(path) for path in manifest_paths().values()]


def load_manifest(name: str) -> Manifest:
    """The manifest called ``name``, in whatever spelling (see :func:`known_name`).

    Raises:
        XltError: there is none, or it is damaged.
    """
    paths, known = manifest_paths(), _named(name)
    if known is None:
        raise XltError(f"no data set is called '{name}'; {did_you_mean(name)}")
    return parse_manifest(paths[known])


def manifest_of_kind(name: str, kind: Kind, option: str) -> Manifest:
    """The manifest called ``name``, which an option asks for.

    Raises:
        OptionError: it is of another kind.
        XltError: see :func:`load_manifest`.
    """
    manifest = load_manifest(name)
    if manifest.kind != kind:
        others = [other for other, path in manifest_paths().items() if parse_manifest(path).kind == kind]
        raise OptionError(option, f"{name}: it is no {kind} but {manifest.kind} data; there are {_some(others)}")
    return manifest


def resolve(
    manifest: Manifest,
    *,
    src: str | None = None,
    tgt: str | None = None,
    lang: str | None = None,
    split: str | None = None,
) -> Selection:
    """The pieces that serve two languages (corpus, dictionary) or one language (tagging, sentences).

    A pair is found in either order, a language in any spelling. ``split`` is our name or the upstream one; None means
    the first of the manifest.

    Raises:
        XltError: the wrong number of languages, or a language, pair or split that the resource does not have.
    """
    if manifest.paired:
        if src is None or tgt is None or lang is not None:
            raise XltError(f"{manifest.name} is a {manifest.kind}: it needs two languages, SRC and TGT")
        src, tgt = true_language(manifest, src), true_language(manifest, tgt)
        first, second = _find_pair(manifest, src, tgt)
        keys = [f"{first}-{second}", first, second]
        names = [manifest.languages[code]["lang"] for code in (first, second)]
        pair = "-".join(names if manifest.pairs else sorted(names))
    else:
        if lang is None or src is not None or tgt is not None:
            raise XltError(f"{manifest.name} holds {manifest.kind} data: it needs one language")
        lang = true_language(manifest, lang)
        keys, pair = [lang], ""
    chosen = _choose_split(manifest, _splits_there(manifest, keys), split)
    parts = _names_of_split(manifest, chosen, keys) if chosen else ("",)
    of_parts = [{"pair": pair, "split": part} for part in parts]
    pieces = tuple(
        _piece(manifest, role, values, codes) for role, codes in _roles(manifest, src, tgt, lang) for values in of_parts
    )
    order = of_parts[0] | _names(manifest, src, tgt, lang)
    return Selection(chosen, pieces, {key: expand(text, order) for key, text in manifest.columns.items()})


def splits_of(
    manifest: Manifest, *, src: str | None = None, tgt: str | None = None, lang: str | None = None
) -> list[str]:
    """Our names of the splits that there are for two languages, or for one.

    Raises:
        XltError: a language or pair that the resource does not have.
    """
    if src is not None and tgt is not None:
        first, second = _find_pair(manifest, true_language(manifest, src), true_language(manifest, tgt))
        return _splits_there(manifest, [f"{first}-{second}", first, second])
    return _splits_there(manifest, [true_language(manifest, lang or "")])


def _roles(
    manifest: Manifest, src: str | None, tgt: str | None, lang: str | None
) -> list[tuple[Role, tuple[str | None, str | None, str | None]]]:
    # For each role: what {src}, {tgt} and {lang} stand for.
    if manifest.format == "moses":
        return [("src", (src, tgt, src)), ("tgt", (src, tgt, tgt))]
    if manifest.kind == "dictionary":
        return [("forward", (src, tgt, src)), ("backward", (tgt, src, tgt))]
    return [("both", (src, tgt, None))] if manifest.paired else [("lang", (None, None, lang))]


def _names(manifest: Manifest, src: str | None, tgt: str | None, lang: str | None) -> dict[str, str]:
    languages = manifest.languages
    names = {key: languages[code]["lang"] for key, code in (("src", src), ("tgt", tgt)) if code}
    return names | (dict(languages[lang]) if lang else {})


def _piece(
    manifest: Manifest, role: Role, values: dict[str, str], codes: tuple[str | None, str | None, str | None]
) -> Piece:
    values = values | _names(manifest, *codes)
    source = manifest.source
    if isinstance(source, UrlSource):
        return Piece(role, expand(source.url, values), expand(source.member, values) if source.member else None)
    return Piece(role, expand(source.files, values), None)


def _find_pair(manifest: Manifest, src: str, tgt: str) -> tuple[str, str]:
    if src == tgt:
        raise XltError(f"{manifest.name} needs two different languages, not {src} twice")
    if manifest.pairs is None:
        return src, tgt
    for pair in ((src, tgt), (tgt, src)):
        if pair in manifest.pairs:
            return pair
    near = [name for name, pair in zip(manifest.pair_names, manifest.pairs, strict=True) if {src, tgt} & set(pair)]
    raise XltError(f"{manifest.name} has no pair {src}-{tgt}; with these languages it has {_some(near, manifest.name)}")


def true_language(manifest: Manifest, code: str) -> str:
    """The code by which a resource has a language that somebody may spell in another way, such as ``EN`` or ``eng``.

    Raises:
        XltError: it has no such language, or more than one could be meant.
    """
    upstream = [name for name, values in manifest.languages.items() if values["lang"] == code]
    known = same_language(code, manifest.languages) or (upstream[0] if len(upstream) == 1 else None)
    if known is not None:
        return known
    close = related(code, manifest.languages) or difflib.get_close_matches(code.lower(), manifest.languages, 1, 0.7)
    hint = (
        f"did you mean {' or '.join(close)}?" if close else f"it has {_some(list(manifest.languages), manifest.name)}"
    )
    raise XltError(f"{manifest.name} has no language '{code}'; {hint}")


def _some(names: list[str], resource: str = "", limit: int = 25) -> str:
    more = f" and {len(names) - limit} more: xlt data show {resource}" if len(names) > limit else ""
    return (", ".join(names[:limit]) or "none") + more


def _splits_there(manifest: Manifest, keys: list[str]) -> list[str]:
    allowed = [set(manifest.only_splits[key]) for key in keys if key in manifest.only_splits]
    return [name for name in manifest.splits if all(name in some for some in allowed)]


def _names_of_split(manifest: Manifest, split: str, keys: list[str]) -> tuple[str, ...]:
    own = (manifest.split_parts.get(key, {}).get(split) for key in keys)
    return next((names for names in own if names), manifest.splits[split])


def _choose_split(manifest: Manifest, splits: list[str], asked: str | None) -> str | None:
    if asked is None:
        return splits[0] if splits else None
    for name in splits:
        if asked == name or manifest.splits[name] == (asked,):
            return name
    if not manifest.splits:
        raise XltError(f"{manifest.name} has no splits, so that '{asked}' cannot be asked for")
    raise XltError(f"{manifest.name} has no split '{asked}' here; it has {', '.join(splits) or 'none'}")
