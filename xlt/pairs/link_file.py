"""Links that another tool has found: one line of ``i-j`` a sentence pair of the corpus, checked against the text."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from xlt.aligners.links import Links, distinct_links
from xlt.corpora.text import existing, line_blocks
from xlt.errors import OptionError, XltError
from xlt.files.pharaoh import PharaohLines, parse_pharaoh
from xlt.files.provenance import Input, file_sha256
from xlt.pairs.options import LinksOptions
from xlt.pairs.segment import TokenBlock, WordRule
from xlt.pairs.table import LinkedPairs, Text
from xlt.work import Progress

logger = logging.getLogger(__name__)

# So many links without a single 0 on either side are numbered from 1.
_ENOUGH_TO_TELL = 1000


def check_source(options: LinksOptions, rule: WordRule) -> None:
    """Before anything is read or fetched: refuse a file that is not there.

    Raises:
        OptionError: no such file.
    """
    del rule
    _links_path(options.links)


def _links_path(name: str) -> Path:
    path = existing(Path(name))
    if path is None:
        raise OptionError("links", f"{name}: no such file")
    return path


def open_source(options: LinksOptions, text: Text, *, force: bool, progress: Progress | None) -> LinkedPairs:
    """Word pairs out of a file of links.

    Raises:
        OptionError: no such file.
    """
    del force, progress
    return LinkedPairs(text.rule, FileLinks(options, whole=text.whole), options)


class FileLinks:
    """Links out of a Pharaoh file (``.gz`` too); memory: O(a block)."""

    scored = False

    def __init__(self, options: LinksOptions, *, whole: bool = True) -> None:
        name = options.links
        path = _links_path(name)
        self._path, self._name, self._base, self._whole = path, name, int(options.one_based), whole
        self._links, self._zeros = 0, False
        self.inputs = [Input("links", name, file_sha256(path))]
        self.params: dict[str, Any] = {"links": Path(name).name}

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order: line k of the file is of sentence pair k of the corpus."""
        del workers
        lines = _Lines(self._path, self._name)
        for block in blocks:
            yield block, self._checked(block, lines.take(block.ids.tolist()))
        if self._whole:
            lines.check_end()
        if not self._base and self._links >= _ENOUGH_TO_TELL and not self._zeros:
            logger.warning(
                "%s: none of %d links has position 0: if it is numbered from 1, give --one-based",
                self._name,
                self._links,
            )

    def summary(self) -> dict[str, Any]:
        """Nothing beyond the counts."""
        return {}

    def _checked(self, block: TokenBlock, lines: PharaohLines) -> Links:
        row = np.repeat(np.arange(len(block)), lines.counts)
        src, tgt = lines.src - self._base, lines.tgt - self._base
        self._links += len(row)
        self._zeros |= bool((src == 0).any() or (tgt == 0).any())
        for side, at, tokens in (("source", src, block.src), ("target", tgt, block.tgt)):
            lengths = np.diff(tokens.offsets)
            bad = np.flatnonzero((at < 0) | (at >= lengths[row]))
            if len(bad):
                k, line = int(bad[0]), int(block.ids[row[bad[0]]]) + 1
                hint = "" if self._base or self._zeros else "; if the file is numbered from 1, give --one-based"
                raise XltError(
                    f"{self._name}: line {line} links {side} word {at[k] + self._base}, but the sentence has "
                    f"{lengths[row[k]]} words (numbered from {self._base}); was the text cut into words alike "
                    f"(--pretokenized)?{hint}"
                )
        return distinct_links(row, src, tgt)


class _Lines:
    # The lines of a file by ascending numbers, from 0.

    def __init__(self, path: Path, name: str) -> None:
        self._blocks, self._name = line_blocks(path), name
        self._block: list[str] = []
        self._first = self._asked = 0

    def take(self, numbers: list[int]) -> PharaohLines:
        lines = []
        for number in numbers:
            while number >= self._first + len(self._block):
                self._first += len(self._block)
                block = next(self._blocks, None)
                if block is None:
                    raise XltError(
                        f"{self._name} has {self._first:,} lines, the corpus has more sentence pairs: one line a "
                        "sentence pair, empty where there is no link"
                    )
                self._block = block
            lines.append(self._block[number - self._first])
            self._asked = number + 1
        return parse_pharaoh(lines, self._name, [n + 1 for n in numbers])

    def check_end(self) -> None:
        total = self._first + len(self._block) + sum(map(len, self._blocks))
        if total != self._asked:
            raise XltError(
                f"{self._name} has {total:,} lines, the corpus {self._asked:,} sentence pairs: one line a sentence "
                "pair, empty where there is no link"
            )
