"""The files of a resource that is known by name: fetched, checked, unpacked."""

import fnmatch
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from xlt.corpora.archives import check_unpacked, portable_name, unpack, unpacked_from
from xlt.corpora.fetch import check_file, fetch_url, locked, read_record
from xlt.corpora.hub import HUB_RECORD, cached_hub_files, hub_files, recorded_hub_files
from xlt.corpora.manifest_parser import HubSource, Manifest, ManualSource, UrlSource, as_pattern
from xlt.corpora.manifests import Piece, Role, load_manifest, resolve
from xlt.errors import XltError, check_all
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.places import cache_folder, offline_reason
from xlt.work import Progress

__all__ = ["Progress", "ResourceFiles", "cached_files", "find_files", "resource_files", "resource_folder"]


@dataclass(frozen=True)
class ResourceFiles:
    """Files on disk, and how to read them.

    Attributes:
        manifest: what the resource is; ``manifest.labels`` names labels that are stored as whole numbers.
        format: ``moses`` (see ``sides``), ``tsv``, ``parquet``, ``jsonl``, ``muse`` (see ``forward``), ``conllu``, or
            ``conll``: columns separated by blanks or tabs, sentences by empty lines; unless the token is in column 0,
            lines that begin with ``#`` are comments; lines that begin with ``-DOCSTART-`` are no sentences.
        split: our name of the split (train, dev, test); None where the resource has none.
        files: all files, in reading order; for ``moses`` those of the source, then those of the target side.
        sides: for ``moses`` the files of the source and of the target side, in the order asked for, line i of one the
            translation of line i of the other; else None.
        forward, backward: for ``muse`` the dictionaries SRC-TGT and TGT-SRC, in the order asked for; else None.
        columns: where things stand in a table. A parallel corpus has either ``translation`` (the struct column), then
            ``src`` and ``tgt`` are the names of the two languages inside it, in the order asked for; or only ``src``
            and ``tgt``, the names of two columns. Tagging: ``token`` and ``label``, names in Parquet, for ``conll``
            and ``conllu`` column numbers from 0 (-1 is the last). Sentences: ``text`` (or ``premise`` and
            ``hypothesis``) and ``label``.
    """

    manifest: Manifest
    format: str
    split: str | None
    files: tuple[Path, ...]
    sides: tuple[tuple[Path, ...], tuple[Path, ...]] | None
    forward: Path | None
    backward: Path | None
    columns: Mapping[str, str]


def resource_files(
    name: str,
    *,
    src: str | None = None,
    tgt: str | None = None,
    lang: str | None = None,
    split: str | None = None,
    progress: Progress | None = None,
) -> ResourceFiles:
    """The files of the resource ``name``; what is not in the cache is downloaded.

    A corpus or dictionary needs ``src`` and ``tgt`` (the pair is found in either order), tagging and sentence data
    need ``lang``. ``split`` is train, dev or test, or the upstream name; None means the first that the manifest lists
    (train where there is one). ``progress`` is called with (bytes there, bytes in all or None), file by file.

    Raises:
        OfflineError: something is missing, and the network is forbidden or does not answer.
        XltError: no such resource, language, pair or split; or the download failed; one sentence each.
    """
    manifest = load_manifest(name)
    selection = resolve(manifest, src=src, tgt=tgt, lang=lang, split=split)
    get = functools.partial(_fetch, manifest, progress=progress)
    if offline_reason():
        # Nothing is fetched: all that has to be put there by hand is told at once.
        check_all(*(functools.partial(get, piece) for piece in selection.pieces))
    by_role: dict[Role, tuple[Path, ...]] = {}
    for piece in selection.pieces:
        by_role[piece.role] = by_role.get(piece.role, ()) + get(piece)
    return _result(manifest, selection.split, by_role, selection.columns)


def find_files(
    manifest: Manifest,
    *,
    src: str | None = None,
    tgt: str | None = None,
    lang: str | None = None,
    split: str | None = None,
) -> ResourceFiles | None:
    """As :func:`resource_files`, but nothing is downloaded or unpacked: None where something is missing.

    Raises:
        XltError: no such language, pair or split; or a file in the cache is not the expected one.
    """
    selection = resolve(manifest, src=src, tgt=tgt, lang=lang, split=split)
    by_role: dict[Role, tuple[Path, ...]] = {}
    for piece in selection.pieces:
        files = _find(manifest, piece)
        if not files:
            return None
        by_role[piece.role] = by_role.get(piece.role, ()) + files
    return _result(manifest, selection.split, by_role, selection.columns)


def resource_folder(manifest: Manifest) -> Path:
    """The folder of a resource in the cache; files put there by hand are used."""
    folder = cache_folder() / manifest.name
    return folder / manifest.version if manifest.version else folder


def _result(
    manifest: Manifest,
    split: str | None,
    by_role: Mapping[Role, tuple[Path, ...]],
    columns: Mapping[str, str],
) -> ResourceFiles:
    files = tuple(dict.fromkeys(path for paths in by_role.values() for path in paths))
    sides = (by_role["src"], by_role["tgt"]) if "src" in by_role else None
    forward, backward = (by_role[role][0] if role in by_role else None for role in ("forward", "backward"))
    return ResourceFiles(manifest, manifest.format, split, files, sides, forward, backward, columns)


def _fetch(manifest: Manifest, piece: Piece, progress: Progress | None) -> tuple[Path, ...]:
    source, folder = manifest.source, resource_folder(manifest)
    if isinstance(source, HubSource):
        return hub_files(source, piece.location, _hub_record(folder, piece), progress)
    if isinstance(source, ManualSource):
        files = _matches(folder, piece.location)
        if not files:
            raise XltError(
                f"{manifest.name} may not be downloaded: {source.instructions}; "
                f"put the file at {folder / piece.location}"
            )
        return files
    files = _find(manifest, piece)
    if files:
        return files
    path = folder / _file_name(piece.location)
    fetch_url(piece.location, path, sha256=manifest.checksums.get(path.name), progress=progress)
    if piece.member is None:
        return (path,)
    return _unpack(manifest, source, piece.member, path)


def _find(manifest: Manifest, piece: Piece) -> tuple[Path, ...]:
    source, folder = manifest.source, resource_folder(manifest)
    if isinstance(source, HubSource):
        return cached_hub_files(source, piece.location, _hub_record(folder, piece))
    if isinstance(source, ManualSource):
        return _matches(folder, piece.location)
    path = folder / _file_name(piece.location)
    if piece.member is not None:
        # An archive that was deleted after unpacking is not missed: its record says what was in it.
        digest = _digest(manifest, path)
        unpacked = _unpacked_folder(path)
        is_current = digest is not None and unpacked_from(unpacked) == digest
        return _members(unpacked, piece.member) if is_current else ()
    if not path.is_file():
        return ()
    check_file(path, manifest.checksums.get(path.name))
    return (path,)


def _digest(manifest: Manifest, path: Path) -> str | None:
    if path.is_file():
        return check_file(path, manifest.checksums.get(path.name))
    record = read_record(path)
    return record.sha256 if record else None


def _unpack(manifest: Manifest, source: UrlSource, member: str, path: Path) -> tuple[Path, ...]:
    # All that the manifest may ever ask for is unpacked at once, so that the archive is read once.
    pattern = as_pattern(source.member or "")
    folder = _unpacked_folder(path)
    with locked(folder):
        digest = check_file(path, manifest.checksums.get(path.name))
        if unpacked_from(folder) != digest:
            unpack(path, folder, lambda name: fnmatch.fnmatchcase(name, pattern), sha256=digest)
    files = _members(folder, member)
    if not files:
        raise XltError(f"{path} does not hold {member}: it is not the archive that {manifest.path.name} describes")
    return files


def _members(folder: Path, pattern: str) -> tuple[Path, ...]:
    files = (path for path in folder.rglob("*") if path.is_file())
    members = tuple(sorted(p for p in files if fnmatch.fnmatchcase(p.relative_to(folder).as_posix(), pattern)))
    check_unpacked(folder, members)
    return members


def _matches(folder: Path, pattern: str) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.glob(pattern) if path.is_file()))


def _unpacked_folder(archive: Path) -> Path:
    return archive.with_name(archive.name + ".unpacked")


def _file_name(url: str) -> str:
    return portable_name(unquote(PurePosixPath(urlsplit(url).path).name))


def _hub_record(folder: Path, piece: Piece) -> Path:
    return folder / (portable_name(piece.location.replace("/", "--").replace("*", "_")) + HUB_RECORD)


def cached_files(manifest: Manifest) -> list[Path]:
    """All files of a resource that are on disk, whatever they serve; unfinished downloads are left out."""
    folder = cache_folder() / manifest.name
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_ours(path.relative_to(folder))]
    if isinstance(manifest.source, HubSource):
        paths += recorded_hub_files(manifest.source, resource_folder(manifest))
    return paths


def _is_ours(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or path.name == FOLDER_RECORD or path.name.endswith((".record.json", HUB_RECORD))
