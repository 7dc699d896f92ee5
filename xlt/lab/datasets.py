"""Which sentences go where: data sets of a world with disjoint training, development and test parts.

The hash of a meaning says which part it may stand in, in every data set alike. Whatever sounds the same as a sentence
of the test or development part, in any of the languages that share the data set, is left out of the later parts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.errors import XltError
from xlt.lab.inferences import LABELS as RELATIONS
from xlt.lab.inferences import inferences
from xlt.lab.meanings import Meanings, Speech, digests, draw, draw_requests
from xlt.lab.random import Bits, Stream, mixed
from xlt.lab.realise import Speaker, Spoken, speak
from xlt.lab.realise import digests as spoken_digests

# Each part comes after those that it must not repeat.
SPLITS = ("test", "dev", "train")
REQUESTS = ("get", "set")
_EIGHTHS = {"test": (0, 1), "dev": (1, 2), "train": (2, 8)}
_BATCH = 4096  # part of what a seed means: repetitions are looked for within a batch
_HOPELESS = 200_000  # meanings in a row without a new sentence


@dataclass(frozen=True)
class LabelledMeanings:
    """Meanings with what belongs to them.

    Attributes:
        sentences: one or two meanings an item (two: premise and hypothesis).
        labels: (n,) number of each item's label; zeros where the data set has none.
        usable: (n,) false for items that the data set has no use for.
    """

    sentences: tuple[Meanings, ...]
    labels: Ints
    usable: Bools

    def __getitem__(self, rows: Ints | Bools) -> "LabelledMeanings":
        return LabelledMeanings(tuple(m[rows] for m in self.sentences), self.labels[rows], self.usable[rows])


Maker = Callable[[Speech, Stream, Ints], LabelledMeanings]


@dataclass(frozen=True)
class Batch:
    """Items and how each language of a group says them.

    Attributes:
        items: the meanings and labels.
        spoken: for each language, by code, its sentences: one or two.
    """

    items: LabelledMeanings
    spoken: Mapping[str, tuple[Spoken, ...]]


def plain(speech: Speech, stream: Stream, ids: Ints) -> LabelledMeanings:
    """Sentences without a label."""
    return LabelledMeanings((draw(speech, stream, ids),), np.zeros_like(ids), np.ones(len(ids), np.bool_))


def with_names(speech: Speech, stream: Stream, ids: Ints) -> LabelledMeanings:
    """Sentences that hold a name."""
    meanings = draw(speech, stream, ids)
    named: Bools = np.any(meanings.kinds >= 0, axis=1)
    return LabelledMeanings((meanings,), np.zeros_like(ids), named)


def with_topics(speech: Speech, stream: Stream, ids: Ints) -> LabelledMeanings:
    """Sentences and their topic."""
    meanings = draw(speech, stream, ids)
    return LabelledMeanings((meanings,), meanings.topics, np.ones(len(ids), np.bool_))


def with_intents(speech: Speech, stream: Stream, ids: Ints) -> LabelledMeanings:
    """Requests. What is wanted (get or set) lies in the verb, its topic in the object."""
    meanings = draw_requests(speech, stream, ids)
    starts, topics = speech.inventory.starts, speech.world.concepts.topics
    kinds = (meanings.column("0.verb") - starts["verb"]).astype(np.int64) % len(REQUESTS)
    objects = (meanings.column("0.object.noun") - starts["noun"]).astype(np.int64)
    return LabelledMeanings((meanings,), kinds * topics + objects // 2 % topics, np.ones(len(ids), np.bool_))


def with_relations(speech: Speech, stream: Stream, ids: Ints) -> LabelledMeanings:
    """Premises and hypotheses, the three labels equally often."""
    premises, hypotheses, labels, usable = inferences(speech, stream, ids)
    return LabelledMeanings((premises, hypotheses), labels, usable)


def label_names(speech: Speech, maker: Maker) -> list[str]:
    """What the label numbers of a maker mean."""
    topics = [f"topic-{t + 1}" for t in range(speech.world.concepts.topics)]
    names: dict[Maker, list[str]] = {
        with_topics: topics,
        with_intents: [f"{kind}-{topic}" for kind in REQUESTS for topic in topics],
        with_relations: list(RELATIONS),
    }
    return names.get(maker, [])


def deal(
    speech: Speech,
    name: str,
    maker: Maker,
    groups: Sequence[Sequence[Speaker]],
    sizes: Mapping[str, int],
) -> Iterator[tuple[str, int, Batch]]:
    """Make a data set: batches of a part for a group of languages, test first, then development, then training.

    Groups of languages get different meanings; the languages of a group say the same ones.

    Args:
        speech: dials and concepts.
        name: of the data set: its sentences depend on it.
        maker: draws items.
        groups: languages that share meanings.
        sizes: items of each part, for every group.

    Raises:
        XltError: the dials allow too few different sentences.
    """
    seen = [np.empty(0, np.uint64) for _ in groups]
    for split in SPLITS:
        stream = speech.stream.child(name, split)
        missing = [sizes[split]] * len(groups)
        labels = np.zeros((len(groups), len(label_names(speech, maker)) or 1), np.int64)
        start = barren = 0
        batch = min(_BATCH, max(256, 16 * sizes[split] * len(groups)))
        while any(missing):
            items = maker(speech, stream, np.arange(start, start + batch))
            start += batch
            keys = digests(items.sentences[0])
            allowed = items.usable & _in_split(keys, split)
            shares = (keys >> np.uint64(8)) % np.uint64(len(groups))
            barren += batch
            for number, group in enumerate(groups):
                if not missing[number]:
                    continue
                drawn = items[np.flatnonzero(allowed & (shares == number))]
                if maker is with_relations:
                    drawn = drawn[_balanced(drawn.labels, labels[number], sizes[split])]
                if not len(drawn.labels):
                    continue
                spoken = {v.code: _speak(v, drawn, stream) for v in group}
                sounds = np.stack([_sound(sentences, k) for k, sentences in enumerate(spoken.values())])
                rows = np.flatnonzero(_fresh(sounds, seen[number], unique=split != "train"))[: missing[number]]
                if not len(rows):
                    continue
                new = drawn[rows]
                if split != "train":
                    seen[number] = np.concatenate([seen[number], sounds[:, rows].ravel()])
                missing[number] -= len(rows)
                labels[number] += np.bincount(new.labels, minlength=labels.shape[1])
                barren = 0
                yield split, number, Batch(new, {c: tuple(one[rows] for one in both) for c, both in spoken.items()})
            if barren > _HOPELESS:
                raise XltError(
                    f"these dials make too few different sentences: {name} {split} lacks {max(missing):,} of "
                    f"{sizes[split]:,}; raise [concepts] or shares in [grammar], or lower [sizes]"
                )


def _in_split(keys: Bits, split: str) -> Bools:
    low, high = _EIGHTHS[split]
    eighth = keys >> np.uint64(61)
    return (eighth >= low) & (eighth < high)


def _balanced(labels: Ints, have: Ints, size: int) -> Ints:
    # Rows that fill each label up to its third, the first labels one higher where three do not divide.
    quota = (size + len(have) - 1 - np.arange(len(have))) // len(have) - have
    rank = np.zeros(len(labels), np.int64)
    for label in range(len(have)):
        rank[labels == label] = np.arange(np.count_nonzero(labels == label))
    return np.flatnonzero(rank < quota[labels])


def _fresh(sounds: Bits, seen: Bits, *, unique: bool) -> Bools:
    # Which items sound new in all languages; ``sounds`` is (languages, n).
    fresh: Bools = ~np.any(np.isin(sounds, seen), axis=0)
    if unique:
        for keys in sounds:
            first = np.zeros(len(keys), np.bool_)
            first[np.unique(keys, return_index=True)[1]] = True
            fresh &= first
    return fresh


def _speak(speaker: Speaker, items: LabelledMeanings, stream: Stream) -> tuple[Spoken, ...]:
    return tuple(speak(speaker, meanings, stream.child(k)) for k, meanings in enumerate(items.sentences))


def _sound(spoken: Sequence[Spoken], language: int) -> Bits:
    keys = np.full(len(spoken[0].offsets) - 1, language, np.uint64)
    for sentences in spoken:
        keys = mixed(keys + spoken_digests(sentences))
    return keys
