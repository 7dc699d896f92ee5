"""Words that are none: blank ones, masked ones, a language code before every word; refused or repaired, and counted."""

import re
from collections import Counter
from itertools import chain
from pathlib import Path

from xlt.corpora.word_columns import NAME_THEM, LabelRule
from xlt.errors import XltError

# Conventions of other programs for an item without a label.
NO_LABEL = frozenset({"-1", "-100"})
# Fewer words may be alike by chance.
_MANY = 10
_MANY_LABELS = 50
_PREFIX = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*:")


def repaired(
    path: Path, words: list[list[str]], labels: list[list[str]], rows: list[list[int]], rule: LabelRule
) -> dict[str, int]:
    """Mend sentences in place; what was done, counted by name.

    A language code and a colon before every word (the files of PAN-X) is taken off. Blank words go with their labels
    where ``rule`` says so, and sentences that hold nothing else.

    Args:
        path: for messages.
        words, labels: of each sentence.
        rows: line (or row of a table) of each word.
        rule: the language, and what is dropped.

    Raises:
        XltError: a blank word, a label that says that there is none, words that are all ``_`` or one and the same.
    """
    counts = _without_prefix(words, rule.lang)
    times = Counter(chain.from_iterable(words))
    if any(not word.strip() for word in times):
        counts |= _without_blank(path, words, labels, rows, rule.drop_blank)
        times = Counter(chain.from_iterable(words))
    names = set(chain.from_iterable(labels))
    if names & NO_LABEL:
        flat = zip(chain.from_iterable(rows), chain.from_iterable(labels), strict=True)
        row, label = next((row, label) for row, label in flat if label in NO_LABEL)
        raise XltError(f"{path}:{row}: label {label} says that there is none; a word needs one, so mend the file")
    total = times.total()
    if not total:
        raise XltError(f"{path}: no word is left")
    if times["_"] > 1 and 2 * times["_"] >= total:
        raise XltError(
            f"{path}: {times['_']:,} of {total:,} words are _: the treebank comes without its text, which its README "
            f"says how to merge in; or {NAME_THEM}"
        )
    if len(times) == 1 and total >= _MANY:
        raise XltError(f"{path}: every word is {next(iter(times))[:40]!r}; {NAME_THEM}")
    if len(names) > max(len(times), _MANY_LABELS):
        raise XltError(
            f"{path}: {len(names):,} different labels of {len(times):,} different words: are the columns the other way "
            f"round? If so, {NAME_THEM}"
        )
    return counts


def _without_prefix(words: list[list[str]], lang: str) -> dict[str, int]:
    match = _PREFIX.match(words[0][0]) if words else None
    if match is None:
        return {}
    prefix = match[0]
    total = sum(map(len, words))
    if total < _MANY and prefix.casefold() != f"{lang}:".casefold():
        return {}
    if not all(word.startswith(prefix) for word in chain.from_iterable(words)):
        return {}
    words[:] = [[word.removeprefix(prefix) for word in sentence] for sentence in words]
    return {f"words whose prefix {prefix} was taken off": total}


def _without_blank(
    path: Path, words: list[list[str]], labels: list[list[str]], rows: list[list[int]], drop: bool
) -> dict[str, int]:
    dropped = 0
    kept: list[tuple[list[str], list[str], list[int]]] = []
    for sentence in zip(words, labels, rows, strict=True):
        places = [i for i, word in enumerate(sentence[0]) if word.strip()]
        dropped += len(sentence[0]) - len(places)
        if len(places) < len(sentence[0]) and not drop:
            row = next(row for row, word in zip(sentence[2], sentence[0], strict=True) if not word.strip())
            raise XltError(f"{path}:{row}: the word is missing; mend the line, or --drop-blank-words leaves it out")
        if places:
            kept.append(tuple([column[i] for i in places] for column in sentence))  # type: ignore[arg-type]
    words[:], labels[:], rows[:] = ([sentence[k] for sentence in kept] for k in range(3))  # type: ignore[assignment]
    return {"blank words left out": dropped}
