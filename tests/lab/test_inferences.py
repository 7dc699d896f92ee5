import numpy as np
import pytest

from tests.lab.small_worlds import speech, world
from xlt.lab.inferences import LABELS, inferences
from xlt.lab.meanings import Meanings
from xlt.lab.random import Stream
from xlt.lab.slots import NUMBER, SLOTS
from xlt.lab.world import Grammar

IDS = np.arange(3000)
SPEECH = speech(world(grammar=Grammar(clause=500, negation=500)))


def parts(meanings: Meanings, row: int) -> tuple[bool, set[tuple[str, int]]]:
    """Whether it is denied, and what all is said to be true."""
    said = {(SLOTS[s], int(c)) for s, c in enumerate(meanings.concepts[row]) if c >= 0}
    return any(slot == "0.negation" for slot, _ in said), {p for p in said if p[0] != "0.negation"}


def relation(premise: tuple[bool, set[tuple[str, int]]], hypothesis: tuple[bool, set[tuple[str, int]]]) -> str:
    """Out of logic alone: a clause entails each of its parts, a denied one the denial of whatever contains it."""
    (premise_denied, p), (hypothesis_denied, h) = premise, hypothesis
    if not premise_denied:
        follows = p >= h
        return ("contradiction" if hypothesis_denied else "entailment") if follows else "neutral"
    if hypothesis_denied:
        return "entailment" if h >= p else "neutral"
    return "contradiction" if h >= p else "neutral"


def test_labels_follow_from_the_meanings() -> None:
    premises, hypotheses, labels, wanted = inferences(SPEECH, Stream(1), IDS)
    assert wanted.mean() > 0.7
    ways = set()
    for row in np.flatnonzero(wanted).tolist():
        p, h = parts(premises, row), parts(hypotheses, row)
        assert relation(p, h) == LABELS[labels[row]], (p, h)
        ways.add((LABELS[labels[row]], p[0], h[0], len(p[1]) > len(h[1]), len(p[1]) < len(h[1])))
        assert not any(slot.startswith(("1.", "comma")) for slot, _ in p[1] | h[1])
    # Two ways to entail and to contradict, eight to do neither.
    assert len(ways) == 2 + 2 + 8


def test_the_hypothesis_alone_does_not_tell() -> None:
    _, hypotheses, labels, wanted = inferences(SPEECH, Stream(1), IDS)
    denied = hypotheses.column("0.negation") >= 0
    for label in range(3):
        assert denied[wanted & (labels == label)].mean() == pytest.approx(0.5, abs=0.05)
    assert np.bincount(labels).tolist() == [1000, 1000, 1000]


def test_grammar_follows_what_is_left_out() -> None:
    premises, hypotheses, _, wanted = inferences(SPEECH, Stream(1), IDS)
    for meanings in (premises, hypotheses):
        joined = meanings.column("0.subject.second") >= 0
        noun = meanings.column("0.subject.noun") >= 0
        plain = wanted & (meanings.column("0.auxiliary") < 0) & noun
        plural = joined | (meanings.cells[:, NUMBER["0.subject.noun"]] // 3 == 1)
        assert (meanings.cells[plain, NUMBER["0.verb"]] % 2 == plural[plain]).all()
        assert ((meanings.column("0.subject.coordinator") >= 0) == joined).all()
        oblique = [i for name, i in NUMBER.items() if name.startswith("0.oblique.")]
        assert ((meanings.concepts[:, oblique] >= 0).any(axis=1) == (meanings.column("0.adposition") >= 0)).all()
        assert ((meanings.column("0.object.degree") >= 0) <= (meanings.column("0.object.adjective") >= 0)).all()


def test_without_modifiers_there_is_nothing_to_infer() -> None:
    bare = Grammar(adjective=0, numeral=0, coordination=0, oblique=0, time=0, manner=0)
    assert not inferences(speech(world(grammar=bare)), Stream(1), IDS)[3].any()
