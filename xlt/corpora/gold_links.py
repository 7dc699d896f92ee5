"""Gold word alignments in the forms in which they are handed around.

1. One line a sentence pair: ``i-j`` is sure, ``ipj`` possible, separated by blanks.
2. One row a link: ``sentence i j``, and ``S`` or ``P`` behind it (sure where there is none); a confidence behind that,
   as the shared tasks of 2003 and 2005 allow it, is not read.
3. A TSV of source sentence, target sentence (words separated by blanks) and links as in 1.

Numbers start at 0 unless said; in form 2 those of the sentences, too.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.corpora.text import existing, line_blocks
from xlt.errors import XltError
from xlt.files.bounds import MOST_SENTENCES

_LINK = re.compile(r"([0-9]{1,9})([-p])([0-9]{1,9})")
_CONFIDENCE = r"[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?"
_ROW = re.compile(rf"([0-9]{{1,9}})\s+([0-9]{{1,9}})\s+([0-9]{{1,9}})(?:\s+([SP]))?(?:\s+{_CONFIDENCE})?\s*")


@dataclass(frozen=True)
class GoldLinks:
    """Gold links, each once, sorted by sentence, source and target position; numbered from 0.

    Attributes:
        sentence, src, tgt: (links,).
        sure: (links,) which are sure; the others are possible.
        sentences: how many sentence pairs there are; in form 2 the last that has a link.
        complete: whether sentence pairs without a link are counted in ``sentences`` (forms 1 and 3).
        lengths: (sentences, 2) words on each side, where the file has the text.
        out_of_range: links left out because their number is below the first or beyond the sentence.
        unlike: whether no link has number 0 although numbers start there: it may be numbered from 1.
    """

    sentence: Ints
    src: Ints
    tgt: Ints
    sure: Bools
    sentences: int
    complete: bool
    lengths: Ints | None
    out_of_range: int
    unlike: bool


def read_gold(name: str, *, one_based: bool = False) -> GoldLinks:
    """Read gold links of any of the forms, ``.gz`` too; which one is seen from the first line with something in it.

    Args:
        name: path.
        one_based: words (and in form 2 sentences) are numbered from 1.

    Raises:
        XltError: no such file, or a line that is not of the file's form.
    """
    path = existing(Path(name))
    if path is None:
        raise XltError(f"{name}: no such file")
    lines = [line for block in line_blocks(path) for line in block]
    sample = next((line for line in lines if line.strip()), None)
    if sample is None:
        raise XltError(f"{name}: no gold link in it")
    base = int(one_based)
    if len(sample.split("\t")) >= 3 and not _ROW.fullmatch(sample):
        return _of_tsv(lines, name, base)
    if _ROW.fullmatch(sample):
        return _of_rows(lines, name, base)
    of_lines = enumerate(_line_links(line, name, n) for n, line in enumerate(lines, 1))
    return _gathered(of_lines, len(lines), None, base)


Link = tuple[int, int, bool]


def _line_links(text: str, name: str, number: int) -> list[Link]:
    links = []
    for word in text.split():
        match = _LINK.fullmatch(word)
        if match is None:
            raise XltError(f"{name}: line {number}: '{word[:40]}' is no gold link; write i-j (sure) or ipj (possible)")
        links.append((int(match[1]), int(match[3]), match[2] == "-"))
    return links


def _of_tsv(lines: Sequence[str], name: str, base: int) -> GoldLinks:
    links, lengths = [], []
    for number, line in enumerate(lines, 1):
        columns = line.split("\t")
        if len(columns) < 3:
            raise XltError(f"{name}: line {number} has {len(columns)} columns; source, target and links are needed")
        links.append(_line_links(columns[2], name, number))
        lengths.append((len(columns[0].split()), len(columns[1].split())))
    return _gathered(enumerate(links), len(lines), np.array(lengths, np.int64).reshape(-1, 2), base)


def _of_rows(lines: Sequence[str], name: str, base: int) -> GoldLinks:
    by_sentence: dict[int, list[Link]] = {}
    for number, line in enumerate(lines, 1):
        match = _ROW.fullmatch(line)
        if match is None:
            if not line.strip():
                continue
            raise XltError(f"{name}: line {number}: '{line[:40]}' is no row of sentence, i, j and S or P")
        sentence = int(match[1]) - base
        if sentence < 0:
            raise XltError(f"{name}: line {number}: sentence 0, but --one-based counts them from 1")
        by_sentence.setdefault(sentence, []).append((int(match[2]), int(match[3]), match[4] != "P"))
    last = max(by_sentence)
    if last >= MOST_SENTENCES:
        raise XltError(
            f"{name} speaks of sentence {last + base:,}; more than {MOST_SENTENCES:,} are not aligned by hand"
        )
    return _gathered(sorted(by_sentence.items()), last + 1, None, base, complete=False)


def _gathered(
    links: Iterable[tuple[int, list[Link]]], sentences: int, lengths: Ints | None, base: int, *, complete: bool = True
) -> GoldLinks:
    # A link that is given as sure and as possible is sure.
    rows: list[tuple[int, int, int, bool]] = []
    for sentence_number, sentence_links in links:
        once: dict[tuple[int, int], bool] = {}
        for i, j, is_sure in sentence_links:
            once[i - base, j - base] = is_sure or once.get((i - base, j - base), False)
        rows += [(sentence_number, i, j, is_sure) for (i, j), is_sure in sorted(once.items())]
    table = np.array(rows, np.int64).reshape(-1, 4)
    sentence, src, tgt, sure_ = table.T.copy()
    inside = (src >= 0) & (tgt >= 0)
    if lengths is not None:
        inside &= (src < lengths[sentence, 0]) & (tgt < lengths[sentence, 1])
    return GoldLinks(
        sentence[inside],
        src[inside],
        tgt[inside],
        sure_[inside].astype(np.bool_),
        sentences,
        complete,
        lengths,
        int((~inside).sum()),
        not base and len(table) > 0 and not (src == 0).any() and not (tgt == 0).any(),
    )
