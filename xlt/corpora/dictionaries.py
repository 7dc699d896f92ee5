"""Bilingual dictionaries in MUSE format: ``source target``, a pair a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from xlt.corpora.kinds import DictSplit
from xlt.corpora.manifests import did_you_mean
from xlt.corpora.text import existing, line_blocks
from xlt.errors import OptionError, XltError

# MUSE publishes the first 5,000 source words as training and the next 1,500 as test dictionary.
_SPLITS = {"all": (0, None), "train": (0, 5000), "test": (5000, 6500)}
_TOLERATED = 0.01


@dataclass(frozen=True)
class Dictionary:
    """Entries of both directions, as (source word, target word), in file order and without repetitions.

    Attributes:
        entries: the union of ``SRC-TGT`` and reversed ``TGT-SRC``; entries of two identical words are left out, unless
            they are asked for.
        files: what was read.
        lines: lines read.
        malformed: lines that do not hold two words, left out.
        identical: entries of two identical words.
        phrases: entries between tabs with a side of several words, left out.
    """

    entries: list[tuple[str, str]]
    files: tuple[Path, ...]
    lines: int
    malformed: int
    identical: int
    phrases: int = 0


def dictionary_files(spec: str, src: str, tgt: str) -> tuple[Path | None, Path | None]:
    """The files for ``SRC-TGT`` and ``TGT-SRC`` out of a path; at least one is not None.

    ``spec`` is a file, a folder of ``SRC-TGT.txt`` or a path with ``{src}`` and ``{tgt}``; each also with ``.gz``. A
    file whose name says ``TGT-SRC`` is taken as the reversed direction.

    Raises:
        XltError: there is no file, or none for the two languages.
    """
    path = Path(spec)
    if "{src}" in spec or "{tgt}" in spec:
        both = [spec.replace("{src}", a).replace("{tgt}", b) for a, b in ((src, tgt), (tgt, src))]
        forward, backward = existing(Path(both[0])), existing(Path(both[1]))
        if not forward and not backward:
            raise OptionError("dictionary", f"{spec}: neither {both[0]} nor {both[1]} (each also with .gz) is there")
        return forward, backward
    if path.is_dir():
        forward, backward = existing(path / f"{src}-{tgt}.txt"), existing(path / f"{tgt}-{src}.txt")
        if not forward and not backward:
            have = sorted({p.name.split(".")[0] for p in path.glob("*-*.txt*")})
            raise OptionError(
                "dictionary",
                f"{spec}: no {src}-{tgt}.txt nor {tgt}-{src}.txt (or .gz) in this folder; "
                f"it has {', '.join(have) or 'no dictionary'}",
            )
        return forward, backward
    file = existing(path)
    if file is None:
        raise OptionError("dictionary", f"{spec}: no such file or folder; {did_you_mean(spec, 'dictionary')}")
    if file.name.startswith(f"{tgt}-{src}."):
        return None, file
    return file, None


def load_dictionary(
    forward: Path | None,
    backward: Path | None,
    split: DictSplit = "all",
    *,
    phrases: bool = False,
    identical: bool = False,
) -> Dictionary:
    """Read the dictionary of one or both directions (gaschi2023, section 3.2).

    ``split`` keeps the first 5,000 distinct source words (``train``) or the next 1,500 (``test``) of the forward file;
    an entry of the reversed file follows its source word. ``phrases`` takes entries whose sides are several words, too,
    one blank between these. ``identical`` takes entries of two identical words, too.

    Raises:
        XltError: more than 1 % of the lines do not hold two words, or more than half of them phrases; the file is
            empty, or ``split`` without a forward file.
    """
    if split != "all" and forward is None:
        raise OptionError("dict_split", f"{split} counts the source words of SRC-TGT, but only TGT-SRC was found")
    ahead, behind = (_read(file, phrases) if file else _OneWay() for file in (forward, backward))
    both = [*ahead.entries, *((s, t) for t, s in behind.entries)]
    if split != "all":
        start, stop = _SPLITS[split]
        words = set(islice(dict.fromkeys(s for s, _ in ahead.entries), start, stop))
        if not words:
            raise OptionError("dict_split", f"{split}: {forward} has no more than {start:,} source words")
        both = [entry for entry in both if entry[0] in words]
    entries = list(dict.fromkeys(both)) if identical else distinct_entries(both)
    if not entries:
        raise XltError(f"{forward or backward}: no entry of two different words")
    return Dictionary(
        entries,
        tuple(f for f in (forward, backward) if f),
        ahead.lines + behind.lines,
        ahead.malformed + behind.malformed,
        sum(s == t for s, t in both),
        ahead.phrases + behind.phrases,
    )


def distinct_entries(entries: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The entries without repetitions and without those of two identical words, in their order."""
    return list(dict.fromkeys((s, t) for s, t in entries if s != t))


@dataclass(frozen=True)
class _OneWay:
    # What the file of one direction holds; entries of several words are among the entries, or counted.
    entries: list[tuple[str, str]] = field(default_factory=list)
    lines: int = 0
    malformed: int = 0
    phrases: int = 0


def _read(path: Path, take_phrases: bool) -> _OneWay:
    entries: list[tuple[str, str]] = []
    malformed: list[int] = []
    phrases: list[int] = []
    lines = 0
    for lines, line in enumerate(_lines_of(path), 1):
        # Where there is a tab it separates, and a side may be empty or several words; a tab beside a blank is one more.
        sides = [side.strip(" ") for side in line.split("\t")]
        words = [w for w in line.replace("\t", " ").split(" ") if w]
        if len(sides) == 2 and words and (not all(sides) or len(words) > 2):
            if not all(sides):
                malformed.append(lines)
            elif take_phrases:
                entries.append((" ".join(sides[0].split()), " ".join(sides[1].split())))
            else:
                phrases.append(lines)
        elif len(words) == 2:
            entries.append((words[0], words[1]))
        elif words:
            malformed.append(lines)
    if not lines:
        raise XltError(f"{path} is empty; a dictionary holds lines of a source and a target word")
    # Where most lines hold phrases it is a text, unless somebody asks for phrases.
    if len(malformed) > _TOLERATED * lines or len(phrases) > lines / 2:
        others = sorted(malformed + phrases)
        raise XltError(
            f"{path}:{others[0]}: not two words, as in {len(others):,} of {lines:,} lines (up to 1 % are left "
            "out); a dictionary holds a source and a target word a line, separated by a blank or a tab"
        )
    return _OneWay(entries, lines, len(malformed), len(phrases))


def _lines_of(path: Path) -> Iterator[str]:
    for block in line_blocks(path):
        yield from block
