"""Does to a copy of the package what a document tells its reader to do: new files, and lines changed in old ones."""

import shutil
from pathlib import Path

from tests.conftest import ROOT
from tests.docs.markdown import Block, blocks


def changed_copy(document: Path, folder: Path) -> Path:
    """A copy of the package and its tests with all that the document writes and changes; its root.

    Raises:
        ValueError: a block that changes a file does not say where.
    """
    for name in ("xlt", "tests", "data_manifests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for block in blocks(document.read_text(encoding="utf-8")):
        what, _, name = block.marker.partition(": ")
        if what == "new file":
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(block.text)
        elif what == "change":
            path = folder / name
            path.write_text(_changed(path.read_text(encoding="utf-8"), block), encoding="utf-8")
    return folder


def _changed(text: str, block: Block) -> str:
    # Lines that begin with a blank or a minus stand in the file, one after the other, and only there.
    lines = block.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    if text.count(before) != 1:
        raise ValueError(f"line {block.line}: the lines to change stand in the file {text.count(before)} times")
    return text.replace(before, after)
