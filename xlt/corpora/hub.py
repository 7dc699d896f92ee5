"""Files of Hugging Face data sets, by pattern, in the hub's own cache. Loading scripts are never run.

The commit and the list of files are recorded at the first download and held to afterwards, so that a branch that
moves on does not change the data under a study, and so that a set that is there needs no network.
"""

import fnmatch
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.corpora.fetch import locked, write_text
from xlt.corpora.hub_answers import no_answer
from xlt.corpora.manifest_parser import HubSource
from xlt.errors import NotFetchedError, OfflineError, XltError
from xlt.files.places import offline_reason
from xlt.work import Progress

if TYPE_CHECKING:
    from huggingface_hub import HfApi

HUB_RECORD = ".hub.json"

_OF = re.compile(r"-\d+-of-(\d+)\b")
_WILD = re.compile(r"[*?\[]")


def hub_files(source: HubSource, pattern: str, record: Path, progress: Progress | None = None) -> tuple[Path, ...]:
    """The files of the data set that match ``pattern``, sorted; what is not there yet is downloaded.

    Args:
        source: repository and revision.
        pattern: path in the repository; ``*`` stands for anything but ``/``.
        record: the file that keeps commit and file names of this pattern.
        progress: called with the bytes that are there and the bytes of all files.

    Raises:
        OfflineError: something is missing, and the network is forbidden or the hub cannot be reached.
        XltError: no such repository, revision or file, or no permission.
    """
    files = cached_hub_files(source, pattern, record)
    if files:
        return files
    reason = offline_reason()
    if reason:
        name = f"{source.repo} ({pattern})"
        copied = "copy the hub's cache from a machine that has it"
        raise NotFetchedError(name, reason, _by_hand(record, pattern), copied)
    why = no_answer()
    if why:
        raise OfflineError(
            f"the data set {source.repo} cannot be reached ({why}); try again later, or {_by_hand(record, pattern)}"
        )
    record.parent.mkdir(parents=True, exist_ok=True)
    with locked(record), _explained(source, pattern, record):
        return cached_hub_files(source, pattern, record) or _download(source, pattern, record, progress)


def _by_hand(record: Path, pattern: str) -> str:
    path = record.parent / pattern
    if _WILD.search(pattern):
        return f"put the files {path.name} into {path.parent} under the names they have at the hub"
    return f"put the file at {path}"


def cached_hub_files(source: HubSource, pattern: str, record: Path) -> tuple[Path, ...]:
    """The files that match ``pattern``, without the network; empty unless all of them are there.

    All are there if they were put there by hand, if those of the record are, or if the hub's own cache holds a set
    whose names say that it is whole (``…-00000-of-00003.parquet``). A set put by hand is believed where no name
    contradicts.
    """
    placed = tuple(sorted(record.parent.glob(pattern)))
    totals = _totals(placed)
    if placed and totals in (set(), {len(placed)}):
        return placed
    recorded = _read_record(record, source)
    if recorded:
        return _in_cache(source, *recorded)
    commit = _cached_commit(source)
    if commit is None:
        return ()
    snapshot = _repo_folder(source) / "snapshots" / commit
    paths = tuple(sorted(path for path in snapshot.glob(pattern) if path.is_file()))
    whole = not _WILD.search(pattern) or _totals(paths) == {len(paths)}
    return paths if whole else ()


def recorded_hub_files(source: HubSource, folder: Path) -> list[Path]:
    """The files in the hub's cache that the records in ``folder`` name."""
    records = [_read_record(record, source) for record in sorted(folder.glob(f"*{HUB_RECORD}"))]
    return sorted({path for recorded in records if recorded for path in _in_cache(source, *recorded)})


def _totals(paths: tuple[Path, ...]) -> set[int]:
    # The numbers of files that the names tell: {3} for …-00000-of-00003.parquet and its like.
    return {int(match.group(1)) for path in paths if (match := _OF.search(path.name))}


def _download(source: HubSource, pattern: str, record: Path, progress: Progress | None) -> tuple[Path, ...]:
    from huggingface_hub import HfApi

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="xlt")
    recorded = _read_record(record, source)
    revision = recorded[0] if recorded else source.revision
    info = api.repo_info(source.repo, repo_type="dataset", revision=revision)
    sizes = _matching(api, source, pattern, str(info.sha))
    if not sizes:
        raise XltError(f"the data set {source.repo} at {source.revision} has no file {pattern}; has it been moved?")
    total, size = sum(sizes.values()), 0
    paths = []
    for name in sorted(sizes):
        bar: Any = _bar(progress, size, total)
        path = api.hf_hub_download(
            source.repo, name, repo_type="dataset", revision=str(info.sha), **({"tqdm_class": bar} if bar else {})
        )
        paths.append(Path(path))
        size += sizes[name]
        if progress:
            progress(size, total)
    write_text(record, json.dumps({"revision": source.revision, "commit": info.sha, "files": sorted(sizes)}) + "\n")
    return tuple(paths)


def _matching(api: "HfApi", source: HubSource, pattern: str, commit: str) -> dict[str, int]:
    from huggingface_hub.hf_api import RepoFile

    # Only the folder that the pattern is fixed to is listed: some repositories have thousands of files.
    head = pattern.rpartition("/")[0]
    fixed = head if not _WILD.search(head) else ""
    tree = api.list_repo_tree(source.repo, fixed or None, recursive=fixed != head, revision=commit, repo_type="dataset")
    files = {entry.path: int(entry.size) for entry in tree if isinstance(entry, RepoFile)}
    return {path: size for path, size in files.items() if _matches(path, pattern)}


def _matches(path: str, pattern: str) -> bool:
    parts, globs = path.split("/"), pattern.split("/")
    return len(parts) == len(globs) and all(map(fnmatch.fnmatchcase, parts, globs))


def _bar(progress: Progress | None, before: int, total: int) -> type | None:
    from tqdm.auto import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["disable"] = False
            super().__init__(*args, **kwargs)
            self.received = int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self.received += int(n or 0)
            if progress:
                progress(min(before + self.received, total), total)
            return None

        def display(self, *args: Any, **kwargs: Any) -> None:
            return None

    return Bar


def _read_record(record: Path, source: HubSource) -> tuple[str, list[str]] | None:
    try:
        values = json.loads(record.read_text(encoding="utf-8"))
        if values["revision"] != source.revision:
            return None
        return str(values["commit"]), [str(name) for name in values["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _repo_folder(source: HubSource) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / ("datasets--" + source.repo.replace("/", "--"))


def _in_cache(source: HubSource, commit: str, names: list[str]) -> tuple[Path, ...]:
    snapshot = _repo_folder(source) / "snapshots" / commit
    paths = tuple(snapshot / name for name in names)
    return paths if all(path.is_file() for path in paths) else ()


def _cached_commit(source: HubSource) -> str | None:
    if re.fullmatch(r"[0-9a-f]{40}", source.revision):
        return source.revision
    try:
        return (_repo_folder(source) / "refs" / source.revision).read_text(encoding="utf-8").strip()
    except OSError:
        return None


@contextmanager
def _explained(source: HubSource, pattern: str, record: Path) -> Iterator[None]:
    from huggingface_hub import errors

    where, else_ = f"the data set {source.repo}", f"try again later, or {_by_hand(record, pattern)}"
    try:
        yield
    except errors.GatedRepoError as error:
        raise XltError(f"{where} must be applied for on its page at the hub; then 'hf auth login'") from error
    except errors.RevisionNotFoundError as error:
        raise XltError(f"{where} has no revision {source.revision}") from error
    except errors.RepositoryNotFoundError as error:
        raise XltError(f"{where} does not exist at the hub, or is private: 'hf auth login'") from error
    except errors.LocalEntryNotFoundError as error:  # no connection, for all that the name says
        raise OfflineError(f"{where} cannot be reached ({_first_line(error)}); {else_}") from error
    except errors.EntryNotFoundError as error:
        raise XltError(f"{where} at {source.revision} has no file {pattern}; has it been moved?") from error
    except errors.OfflineModeIsEnabled as error:
        raise NotFetchedError(where, "the hub's offline mode", _by_hand(record, pattern)) from error
    except errors.HFValidationError as error:
        raise XltError(f"{where} has no name that the hub takes ({_first_line(error)}); OWNER/NAME is one") from error
    except errors.HfHubHTTPError as error:
        raise XltError(f"{where} cannot be downloaded: {_first_line(error)}") from error
    except Exception as error:
        # The hub's HTTP library is httpx or its successor, according to the version: known by its module.
        if type(error).__module__.split(".")[0].startswith("httpx") or isinstance(error, ConnectionError):
            raise OfflineError(f"{where} cannot be reached ({_first_line(error)}); {else_}") from error
        if isinstance(error, OSError) and error.errno is None:  # such as a file of the wrong length
            raise XltError(f"{where} could not be downloaded ({_first_line(error)}); try again") from error
        raise


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
