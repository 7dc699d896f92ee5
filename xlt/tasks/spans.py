"""Spans out of BIO tags, in both readings, and the repair of predicted tags; vectorised over whole corpora."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.errors import XltError
from xlt.tasks.labels import LabelPairs
from xlt.tasks.options import Reading

_OUTSIDE, _BEGIN, _INSIDE = 0, 1, 2
# The second is what the data of Schuster et al. (2019) write for O.
_OUTSIDE_LABELS = ("O", "NoLabel")


@dataclass(frozen=True)
class Tags:
    """Labels read as BIO tags.

    Attributes:
        part: (labels + 1,) outside, begin or inside; the last is for words without prediction, which are outside.
        kind: (labels + 1,) number of the type, -1 outside.
        types: names of the types, sorted.
    """

    part: Ints
    kind: Ints
    types: tuple[str, ...]


@dataclass(frozen=True)
class Spans:
    """Spans of a corpus, in order: ``start`` and ``stop`` (exclusive) count all words, ``kind`` is the type."""

    start: Ints
    stop: Ints
    kind: Ints


def check_bio(labels: Iterable[str], where: str) -> None:
    """Refuse gold labels that are no BIO tags.

    Raises:
        XltError: a label that is neither ``O``, ``B-TYPE`` nor ``I-TYPE`` (the type may be left out).
    """
    for label in sorted(set(labels)):
        if not is_bio(label):
            raise XltError(
                f"{where}: label '{label[:40]}' is no BIO tag; spans are made of O, B-TYPE and I-TYPE: is it the data "
                "of another task, or another column (--columns word=2,label=3)?"
            )


def is_bio(label: str) -> bool:
    """Whether a label is ``O`` (or another name of it), ``B-TYPE`` or ``I-TYPE``."""
    return label in _OUTSIDE_LABELS or _split(label)[0] != _OUTSIDE


def _split(label: str) -> tuple[int, str]:
    part, _, kind = label.partition("-")
    return {"B": _BEGIN, "I": _INSIDE}.get(part, _OUTSIDE), kind


def read_tags(labels: Sequence[str]) -> Tags:
    """Labels as BIO tags; one that is none (a model may have learnt it) is outside."""
    split = [_split(label) for label in labels]
    types = sorted({kind for part, kind in split if part != _OUTSIDE})
    number = {kind: i for i, kind in enumerate(types)}
    parts = [part for part, _ in split] + [_OUTSIDE]
    kinds = [number[kind] if part != _OUTSIDE else -1 for part, kind in split] + [-1]
    return Tags(np.array(parts, np.int64), np.array(kinds, np.int64), tuple(types))


def find_spans(tags: Tags, labels: Ints, offsets: Ints, reading: Reading) -> Spans:
    """The spans of all sentences.

    Args:
        tags: what the labels mean.
        labels: (words,) numbers of the labels, -1 for none.
        offsets: (sentences + 1,) where each sentence's words start.
        reading: see :data:`xlt.tasks.options.Reading`.
    """
    part, kind = tags.part[labels], tags.kind[labels]
    within = np.ones(len(labels), np.bool_)
    within[offsets[:-1][np.diff(offsets) > 0]] = False
    # A word continues the span before it if it is inside and of the same type; all else begins something.
    continues = within & (part == _INSIDE)
    continues[1:] &= kind[1:] == kind[:-1]
    begins = np.flatnonzero(~continues)
    stops = np.append(begins[1:], len(labels))
    is_span = part[begins] == _BEGIN if reading == "iob2:strict" else part[begins] != _OUTSIDE
    return Spans(begins[is_span], stops[is_span], kind[begins[is_span]])


def gold_spans(tags: Tags, pairs: LabelPairs) -> Spans:
    """The gold spans, all of them whatever the reading: in IOB1 most begin with I-, and strictly read they would go."""
    return find_spans(tags, pairs.gold, pairs.offsets, "conlleval")


def inside_starts(pairs: LabelPairs) -> tuple[int, int]:
    """How many gold spans begin with I-, as in IOB1, and how many there are."""
    tags = read_tags(pairs.labels)
    spans = gold_spans(tags, pairs)
    return int((tags.part[pairs.gold[spans.start]] == _INSIDE).sum()), len(spans.start)


def match_spans(gold: Spans, predicted: Spans, words: int) -> Bools:
    """(predicted spans,) whether each is also a gold span: the same words and the same type."""
    stop, kind = np.zeros(words, np.int64), np.full(words, -1)
    stop[gold.start], kind[gold.start] = gold.stop, gold.kind
    right: Bools = (stop[predicted.start] == predicted.stop) & (kind[predicted.start] == predicted.kind)
    return right


def repair_bio(pairs: LabelPairs) -> LabelPairs:
    """Predicted tags made valid BIO as the published code of gaschi2023 does before it scores NER.

    An I- at the start of a sentence or after O becomes B-. Then each run of tags without O between is read from its
    end: the last I- gives its type to the tags before it, up to and including the next B- of another type, and so on
    with what is left. So ``B-X I-Y I-Z`` becomes ``B-Z I-Z I-Z``, but also ``B-X B-Z I-Z`` becomes ``B-Z B-Z I-Z``.
    That differs from ``conlleval``, which reads as many spans as there are types. Gold tags are left alone.
    """
    tags = read_tags(pairs.labels)
    part, kind = tags.part[pairs.predicted], tags.kind[pairs.predicted]
    n = len(part)
    first = np.zeros(n, np.bool_)
    first[pairs.offsets[:-1][np.diff(pairs.offsets) > 0]] = True
    after_outside = first.copy()
    after_outside[1:] |= part[:-1] == _OUTSIDE
    new_part, new_kind = np.where(after_outside & (part == _INSIDE), _BEGIN, part), kind.copy()

    # Runs of one type need no more; those that mix types are few in what a trained model predicts.
    mixed = (part != _OUTSIDE) & ~after_outside
    mixed[1:] &= kind[1:] != kind[:-1]
    begins = np.flatnonzero(after_outside & (part != _OUTSIDE))
    inside = np.append(part != _OUTSIDE, False)
    ends = np.flatnonzero(inside[:-1] & ~(inside[1:] & ~np.append(first, True)[1:])) + 1
    for run in np.unique(np.searchsorted(begins, np.flatnonzero(mixed), side="right") - 1).tolist():
        words = slice(begins[run], ends[run])
        new_kind[words] = _one_type(new_part[words].tolist(), new_kind[words].tolist())
    return _with_predicted(pairs, tags, new_part, new_kind, (new_part != part) | (new_kind != kind))


def _one_type(parts: list[int], kinds: list[int]) -> list[int]:
    kind: int | None = None
    for i in reversed(range(len(parts))):
        if kind is None:
            kind = kinds[i] if parts[i] == _INSIDE else None
        elif kinds[i] != kind:
            kinds[i] = kind
            if parts[i] == _BEGIN:
                kind = None
    return kinds


def _with_predicted(pairs: LabelPairs, tags: Tags, part: Ints, kind: Ints, changed: Bools) -> LabelPairs:
    # A tag that is needed may not be among the labels, such as the B- of a type that the model knows inside only.
    every = [f"{letter}-{name}" if name else letter for letter in "BI" for name in tags.types]
    labels = [*pairs.labels, *(name for name in every if name not in pairs.labels)]
    number = np.array([labels.index(name) for name in every], np.int64).reshape(2, -1)
    predicted = pairs.predicted.copy()
    predicted[changed] = number[part[changed] - _BEGIN, kind[changed]]
    return LabelPairs(labels=tuple(labels), gold=pairs.gold, predicted=predicted, offsets=pairs.offsets)
