"""What tells whether the files of an unfinished run are those that were written: hashes in a file beside them."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from xlt.files.json_objects import json_object
from xlt.files.provenance import file_sha256

CHECK = "check.json"
STATE = "state.json"
LOG = "log.jsonl"
DIGESTS = "sha256"
"""Under which a state holds the hashes of the tensors that it belongs to."""


def write_digests(folder: Path, name: str, log: bytes) -> None:
    """Keep the hash of a file of ``folder``, and of the log as it is now."""
    facts = {name: file_sha256(folder / name), LOG: [len(log), hashlib.sha256(log).hexdigest()]}
    (folder / CHECK).write_text(json.dumps(facts) + "\n", encoding="utf-8")


def read_digests(folder: Path) -> dict[str, Any]:
    """Hashes by name, of the log its length and hash; checkpoints of 0.1 have none.

    Raises:
        ValueError: broken.
    """
    path = folder / CHECK
    return json_object(path.read_bytes()) if path.is_file() else {}


def check_digests(folder: Path, needed: Collection[str] = ()) -> None:
    """Compare the files of a folder with the hashes beside them, and with those in the state of a checkpoint.

    Args:
        folder: with a checkpoint, or the best weights.
        needed: files whose hashes must be known.

    Raises:
        ValueError: a file is not what was written.
        OSError: it is missing.
    """
    stated = {name: digest for name, digest in read_digests(folder).items() if isinstance(digest, str)}
    # First what the state itself is compared with.
    _compare(folder, stated)
    if (folder / STATE).is_file():
        own = json_object((folder / STATE).read_bytes()).get(DIGESTS)
        _compare(folder, dict.fromkeys(needed) | (own if isinstance(own, dict) else {}))


def _compare(folder: Path, stated: dict[str, Any]) -> None:
    for name, digest in stated.items():
        if digest is None or file_sha256(folder / name) != digest:
            raise ValueError(f"{name} is not what was written")


def is_whole_log(log: bytes, folder: Path) -> bool:
    """Whether a log begins as it was when ``folder`` was written; true where nobody knows."""
    match read_digests(folder).get(LOG):
        case None:
            return True
        case [int(length), digest]:
            # Behind that a validation of the last step may stand.
            return len(log) >= length and hashlib.sha256(log[:length]).hexdigest() == digest
    return False
