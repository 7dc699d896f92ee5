import numpy as np
import pytest

from tests.lab.small_worlds import speech, world
from xlt.lab.inventory import CASES
from xlt.lab.meanings import NAME_KINDS, Meanings, digests, draw, draw_requests, in_topic, topic_of
from xlt.lab.random import Stream
from xlt.lab.slots import NUMBER, SLOTS
from xlt.lab.world import Grammar

SPEECH = speech()
IDS = np.arange(3000)


@pytest.fixture(scope="module")
def drawn() -> Meanings:
    return draw(SPEECH, Stream(1), IDS)


def classes(meanings: Meanings, slot: str) -> set[str]:
    found = meanings.column(slot)
    return {SPEECH.inventory.class_of[c] for c in found[found >= 0].tolist()}


def test_a_sentence_does_not_depend_on_its_batch(drawn: Meanings) -> None:
    some = np.array([17, 2999, 4])
    again = draw(SPEECH, Stream(1), some)
    for name in ("ids", "concepts", "cells", "kinds", "topics"):
        assert np.array_equal(getattr(again, name), getattr(drawn[some], name)), name
    assert not np.array_equal(draw(SPEECH, Stream(2), some).concepts, again.concepts)


def test_slots_hold_words_of_their_class(drawn: Meanings) -> None:
    names = {"second": "noun", "name1": "given name adjective", "name2": "name noun", "name3": "noun"}
    for slot in SLOTS:
        part = slot.split(".")[-1]
        expected = set(names.get(part, part).split())
        assert classes(drawn, slot) <= expected, slot
        # Only organisations have three words, and none stands after an adposition.
        assert bool(classes(drawn, slot)) != slot.endswith("oblique.name3"), slot


def test_phrases(drawn: Meanings) -> None:
    everything = np.ones(len(IDS), np.bool_)
    for clause in "01":
        present = drawn.column(f"{clause}.verb") >= 0
        for k, role in enumerate(("subject", "object", "oblique")):
            prefix = f"{clause}.{role}"

            def has(part: str, prefix: str = prefix) -> np.ndarray:
                found: np.ndarray = drawn.column(f"{prefix}.{part}") >= 0
                return found

            kinds = np.sum([has(part) for part in ("noun", "name1", "pronoun")], axis=0)
            assert (kinds <= present).all()
            if role == "subject":
                assert (kinds == present).all()
            if role == "oblique":
                assert (kinds == (drawn.column(f"{clause}.adposition") >= 0)).all()
            if role == "object":
                assert ((drawn.column(f"{clause}.particle") >= 0) == (has("noun") | has("name1"))).all()
            assert (has("degree") <= has("adjective")).all()
            assert (has("adjective") <= has("noun")).all()
            assert (has("second") == has("coordinator")).all()
            determiners = np.sum([has(part) for part in ("article", "demonstrative", "numeral")], axis=0)
            assert (determiners == has("noun")).all()
            # Case by role, plural after a numeral, adjectives like their noun.
            cells = drawn.cells[:, NUMBER[f"{prefix}.noun"]]
            assert (cells[has("noun")] % CASES == k).all()
            assert (cells[has("numeral")] // CASES == 1).all()
            assert (drawn.cells[:, NUMBER[f"{prefix}.adjective"]][has("adjective")] == cells[has("adjective")]).all()
            assert ((drawn.kinds[:, 3 * int(clause) + k] >= 0) == has("name1")).all()
    two = drawn.column("1.verb") >= 0
    joined = (drawn.column("coordinator") >= 0) ^ (drawn.column("subordinator") >= 0)
    assert (joined == two).all()
    assert ((drawn.column("comma") >= 0) == two).all()
    assert ((drawn.column("stop") >= 0) == everything).all()


def test_verbs_agree_with_their_subject(drawn: Meanings) -> None:
    cells = drawn.cells[:, NUMBER["0.verb"]]
    plain = drawn.column("0.auxiliary") < 0
    assert not cells[~plain].any()
    assert set(cells[plain].tolist()) == set(range(6))
    name = plain & (drawn.column("0.subject.name1") >= 0)
    assert not (cells[name] % 2).any()
    joined = plain & (drawn.column("0.subject.second") >= 0)
    assert (cells[joined] % 2).all()
    noun = plain & (drawn.column("0.subject.noun") >= 0) & ~joined
    assert (cells[noun] % 2 == drawn.cells[noun, NUMBER["0.subject.noun"]] // CASES).all()


def test_the_context_tells_the_kind_of_a_name(drawn: Meanings) -> None:
    starts = SPEECH.inventory.starts
    group = (drawn.column("0.verb") - starts["verb"]) // 2 // 2
    subject = drawn.kinds[:, 0]
    assert (subject[subject >= 0] == (group % 2)[subject >= 0]).all()
    place = drawn.kinds[:, 2]
    local = drawn.column("0.adposition") - starts["adposition"] < 2
    assert (place[place >= 0] == np.where(local, NAME_KINDS.index("LOC"), NAME_KINDS.index("PER"))[place >= 0]).all()
    # Some words stand alone for a person in one sentence and for a place in another.
    alone = drawn.column("0.oblique.name2") < 0
    of = [set(drawn.column("0.oblique.name1")[alone & (place == k)].tolist()) for k in (0, 2)]
    assert of[0] & of[1]


@pytest.mark.parametrize(
    ("dial", "slot"),
    [("object", "0.object"), ("oblique", "0.adposition"), ("time", "0.time"), ("negation", "0.negation"),
     ("clause", "1.verb"), ("pronoun", "0.subject.pronoun"), ("name", "0.subject.name1")],
)  # fmt: skip
@pytest.mark.parametrize("share", [0, 300, 1000])
def test_dials_of_the_grammar(dial: str, slot: str, share: int) -> None:
    rates = {"pronoun": 0, "name": 0, dial: share}
    of = speech(world(grammar=Grammar(**rates)))
    meanings = draw(of, Stream(1), IDS)
    columns = [i for name, i in NUMBER.items() if name.startswith(slot)]
    found = (meanings.concepts[:, columns] >= 0).any(axis=1).mean()
    assert found == pytest.approx(share / 1000, abs=0.03 if 0 < share < 1000 else 0)


def test_topics(drawn: Meanings) -> None:
    assert topic_of(np.arange(8), 2).tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    for topic in range(3):
        ranks = np.arange(10)
        assert (topic_of(in_topic(ranks, np.full(10, topic), 3), 3) == topic).all()
        assert len(set(in_topic(ranks, np.full(10, topic), 3).tolist())) == 10
    verbs = drawn.column("0.verb").astype(np.int64) - SPEECH.inventory.starts["verb"]
    own = (topic_of(verbs, 2) == drawn.topics).mean()
    # Three quarters of its own topic, half of the rest by chance.
    assert own == pytest.approx(0.75 + 0.25 / 2, abs=0.04)


def test_requests() -> None:
    meanings = draw_requests(SPEECH, Stream(1), IDS)
    allowed = ("0.verb", "0.object", "0.oblique", "0.adposition", "0.time", "0.manner", "0.particle", "stop")
    for slot in SLOTS:
        used = (meanings.column(slot) >= 0).any()
        assert not used or slot.startswith(allowed), slot
    for slot in ("0.verb", "0.object.noun", "stop"):
        assert (meanings.column(slot) >= 0).all()
    assert not meanings.cells[:, NUMBER["0.verb"]].any()
    assert set(np.flatnonzero((meanings.kinds >= 0).any(axis=0))) == {2}


def test_digests_tell_meanings_apart(drawn: Meanings) -> None:
    keys = digests(drawn)
    rows = {tuple(c) + tuple(d) for c, d in zip(drawn.concepts.tolist(), drawn.cells.tolist(), strict=True)}
    assert len(set(keys.tolist())) == len(rows)
    backwards = np.arange(len(IDS))[::-1]
    assert np.array_equal(digests(drawn[backwards]), keys[::-1])
