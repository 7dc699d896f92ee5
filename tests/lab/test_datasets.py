import numpy as np
import pytest

from tests.lab.small_worlds import speech, world
from xlt.errors import XltError
from xlt.lab import datasets
from xlt.lab.datasets import Batch, deal, label_names
from xlt.lab.meanings import digests
from xlt.lab.realise import Speaker, speakers
from xlt.lab.world import Grammar, Language

SIZES = {"train": 200, "dev": 31, "test": 40}
SPEECH = speech(world(Language(), Language(articles=False, shared=500), Language(script="greek", dropped_pronouns=500)))
VOICES = list(speakers(SPEECH, "w").values())


def sentences(voice: Speaker, batch: Batch) -> list[str]:
    found = []
    for spoken in batch.spoken[voice.code]:
        words = [voice.lexicon.forms[i] for i in spoken.forms]
        found.append([" ".join(words[a:b]) for a, b in zip(spoken.offsets[:-1], spoken.offsets[1:], strict=True)])
    return [" | ".join(one) for one in zip(*found, strict=True)]


MAKERS = {
    name: getattr(datasets, name) for name in ("plain", "with_names", "with_topics", "with_intents", "with_relations")
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_parts_of_a_shared_data_set(maker: datasets.Maker) -> None:
    texts: dict[tuple[str, str], list[str]] = {}
    labels: dict[str, list[int]] = {}
    for split, group, batch in deal(SPEECH, "name", maker, [VOICES], SIZES):
        assert group == 0
        labels.setdefault(split, []).extend(batch.items.labels.tolist())
        for voice in VOICES:
            texts.setdefault((voice.code, split), []).extend(sentences(voice, batch))
    assert {split: len(found) for split, found in labels.items()} == SIZES
    for voice in VOICES:
        test, dev, train = (texts[voice.code, split] for split in ("test", "dev", "train"))
        assert [len(x) for x in (test, dev, train)] == [40, 31, 200]
        assert len({*test, *dev}) == 71
        assert not {*test, *dev} & set(train)
    names = label_names(SPEECH, maker)
    assert all(0 <= label < max(1, len(names)) for found in labels.values() for label in found)


def test_labels_of_inferences_are_balanced() -> None:
    for split, want in (("train", [67, 67, 66]), ("dev", [11, 10, 10]), ("test", [14, 13, 13])):
        found = [
            b.items.labels for s, _, b in deal(SPEECH, "nli", datasets.with_relations, [VOICES], SIZES) if s == split
        ]
        assert np.bincount(np.concatenate(found)).tolist() == want


def test_groups_never_mean_the_same() -> None:
    meant: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}
    parts: dict[str, set[int]] = {"train": set(), "dev": set(), "test": set()}
    for split, group, batch in deal(SPEECH, "text", datasets.plain, [[v] for v in VOICES], SIZES):
        keys = digests(batch.items.sentences[0]).tolist()
        meant[group].update(keys)
        parts[split].update(keys)
        assert list(batch.spoken) == [VOICES[group].code]
    for sets in (list(meant.values()), list(parts.values())):
        assert not sets[0] & sets[1] | sets[0] & sets[2] | sets[1] & sets[2]


def test_parts_are_disjoint_across_data_sets() -> None:
    tested: set[int] = set()
    for split, _, batch in deal(SPEECH, "pos", datasets.plain, [VOICES], SIZES):
        if split == "test":
            tested.update(digests(batch.items.sentences[0]).tolist())
    for split, _, batch in deal(SPEECH, "text", datasets.plain, [VOICES[:1]], {**SIZES, "train": 3000}):
        if split == "train":
            assert not tested & set(digests(batch.items.sentences[0]).tolist())


def test_intents_need_verb_and_object() -> None:
    names = label_names(SPEECH, datasets.with_intents)
    assert names == ["get-topic-1", "get-topic-2", "set-topic-1", "set-topic-2"]
    starts = SPEECH.inventory.starts
    for _, _, batch in deal(SPEECH, "slots", datasets.with_intents, [VOICES], SIZES):
        meanings = batch.items.sentences[0]
        verbs = meanings.column("0.verb") - starts["verb"]
        nouns = meanings.column("0.object.noun") - starts["noun"]
        expected = [f"{('get', 'set')[v % 2]}-topic-{n // 2 % 2 + 1}" for v, n in zip(verbs, nouns, strict=True)]
        assert [names[i] for i in batch.items.labels] == expected


def test_dials_that_make_too_few_sentences() -> None:
    none = Grammar(
        pronoun=1000, name=0, object=0, oblique=0, time=0, manner=0, negation=0, auxiliary=0, clause=0, plural=0
    )
    of = speech(world(grammar=none))
    voices = list(speakers(of, "w").values())
    with pytest.raises(XltError, match=r"too few different sentences: text test lacks \d+ of 500; raise \[concepts\]"):
        list(deal(of, "text", datasets.plain, [voices], {"train": 10, "dev": 10, "test": 500}))
