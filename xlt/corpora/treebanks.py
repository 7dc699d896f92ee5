"""Treebanks of two languages that are parallel by ``sent_id``, as those of PUD are: words and tags of both sides."""

from dataclasses import dataclass
from pathlib import Path

from xlt.corpora.tagged import Tagged, read_tagged
from xlt.corpora.text import line_blocks
from xlt.corpora.word_columns import CONLLU, WORD_ID
from xlt.errors import XltError


@dataclass(frozen=True)
class TreebankSide:
    """The sentences of one language, those of the other in the same order.

    Attributes:
        texts: the sentences as they were (``# text``, else the words with blanks between).
        tagged: their words (FORM) and tags (UPOS).
    """

    texts: list[str]
    tagged: Tagged


def is_treebank(path: Path) -> bool:
    """Whether the first line that is no comment is one of CoNLL-U: ten columns between tabs, the first a number."""
    for block in line_blocks(path):
        for line in block:
            if line.strip() and not line.startswith("#"):
                cells = line.split("\t")
                return len(cells) == len(CONLLU) and WORD_ID.fullmatch(cells[0]) is not None
    return False


def parallel_treebanks(left: Path, right: Path) -> tuple[TreebankSide, TreebankSide, dict[str, int]]:
    """The sentences of two files that have the same ``sent_id``, in the order of the first, and what was left out.

    Memory: O(both files).

    Raises:
        XltError: a sentence without ``sent_id``, or one that two sentences have; no common one; see also
            :func:`xlt.corpora.tagged.read_tagged`.
    """
    (ids, of_left), (other_ids, of_right) = _sentences(left), _sentences(right)
    place = {sent_id: n for n, sent_id in enumerate(other_ids)}
    both = [(n, place[sent_id]) for n, sent_id in enumerate(ids) if sent_id in place]
    if not both:
        raise XltError(f"{left} and {right} share no sent_id; are these treebanks of the same sentences?")
    notes = {"sentences without a partner": len(ids) + len(other_ids) - 2 * len(both)}
    return _taken(of_left, [n for n, _ in both]), _taken(of_right, [n for _, n in both]), notes


def _taken(side: TreebankSide, rows: list[int]) -> TreebankSide:
    tagged = Tagged([side.tagged.words[n] for n in rows], [side.tagged.labels[n] for n in rows])
    return TreebankSide([side.texts[n] for n in rows], tagged)


def _sentences(path: Path) -> tuple[list[str], TreebankSide]:
    # The sent_id of each sentence, and the sentences; comments stand before the words of theirs.
    tagged = read_tagged(path)
    rows: dict[str, int] = {}
    texts: list[str] = []
    comments: dict[str, str] = {}
    inside, row = False, 0
    for block in line_blocks(path):
        for line in block:
            row += 1
            if not line.strip():
                comments, inside = {}, False
            elif line.startswith("#"):
                key, equals, value = line[1:].partition("=")
                if equals:
                    comments[key.strip()] = value.strip()
            elif not inside:
                inside = True
                sent_id = comments.get("sent_id")
                if not sent_id:
                    raise XltError(
                        f"{path}:{row}: a sentence without '# sent_id =', by which two treebanks are parallel"
                    )
                if sent_id in rows:
                    raise XltError(
                        f"{path}:{row}: sent_id {sent_id} is that of the sentence in line {rows[sent_id]}, too"
                    )
                rows[sent_id] = row
                texts.append(comments.get("text", ""))
    return list(rows), TreebankSide([t or " ".join(w) for t, w in zip(texts, tagged.words, strict=True)], tagged)
