"""Natural language inference by the meanings alone.

A clause says that something happened of which all its parts are true; negation denies the whole. So a clause entails
the same clause with fewer modifiers, and is entailed by it when both are denied. With R a clause, P the same with some
of its modifiers left out and ~ for denial:

    entailment     R, P     ~P, ~R
    contradiction  R, ~P    ~P, R
    neutral        P, R     ~R, ~P     P, ~R     ~R, P     P, P with another object     the same, one of them denied

In each label half of the hypotheses are denied: the hypothesis alone does not tell the label.
"""

import numpy as np

from xlt.arrays import Bools, Ints
from xlt.lab.inventory import CASES
from xlt.lab.meanings import Meanings, Speech, clear_slots, draw
from xlt.lab.random import Stream
from xlt.lab.slots import NUMBER

LABELS = ("entailment", "neutral", "contradiction")
# Modifiers, and the slots that go with each.
MODIFIERS = {
    "0.subject.adjective": ("0.subject.degree",),
    "0.subject.numeral": (),
    "0.subject.second": ("0.subject.coordinator",),
    "0.object.adjective": ("0.object.degree",),
    "0.object.numeral": (),
    "0.object.second": ("0.object.coordinator",),
    "0.adposition": ("0.oblique.",),
    "0.time": (),
    "0.manner": (),
}
_ENTAILMENT, _NEUTRAL, _CONTRADICTION = range(3)


def inferences(speech: Speech, stream: Stream, ids: Ints) -> tuple[Meanings, Meanings, Ints, Bools]:
    """Premises, hypotheses, labels (n,) and which of them hold (n,): those that have a modifier to leave out.

    Labels go round with the sentences' numbers.
    """
    rich = draw(speech, stream, ids)
    rows = np.arange(len(ids))
    for prefix in ("1.", "comma", "coordinator", "subordinator", "0.negation"):
        clear_slots(rich, rows, prefix)
    rich.kinds[:, 3:] = -1
    poor = rich.copy()
    usable = _leave_out(poor, stream)
    labels = ids % 3
    # Which row of the table above; two neutral ones are made of another object where there is one.
    way = stream.child("way").below(6, ids)
    denied = way % 2 == 1
    swapped = (labels == _NEUTRAL) & (way >= 4) & _single_object(poor)
    differ = np.where(labels == _NEUTRAL, way % 4 >= 2, labels == _CONTRADICTION)
    differ[swapped] = stream.child("differ").chance(500, ids)[swapped]

    # Denied hypotheses in half of each label; the premise follows from whether the two differ.
    premise_denied = denied ^ differ
    rich_first = np.where(labels == _NEUTRAL, premise_denied, ~premise_denied)
    premises = _choose(rich_first & ~swapped, rich, poor)
    hypotheses = _choose(rich_first | swapped, poor, rich)
    _swap_object(speech, stream, hypotheses, swapped)
    _deny(speech, premises, premise_denied)
    _deny(speech, hypotheses, denied)
    return premises, hypotheses, labels, usable


def _leave_out(meanings: Meanings, stream: Stream) -> Bools:
    # Half of the modifiers, at least one; false where there is none.
    present = np.stack([meanings.column(name) >= 0 for name in MODIFIERS])
    gone = present & np.stack([stream.child("out", name).chance(500, meanings.ids) for name in MODIFIERS])
    gone |= present & ~gone.any(axis=0)
    joined = gone[list(MODIFIERS).index("0.subject.second")]
    for (name, others), out in zip(MODIFIERS.items(), gone, strict=True):
        for prefix in (name, *others):
            clear_slots(meanings, np.flatnonzero(out), prefix)
    # The verb agrees with what is left of the subject, unless it is bare.
    verb = meanings.cells[:, NUMBER["0.verb"]]
    alone = joined & (meanings.column("0.auxiliary") < 0)
    verb[alone] = (verb // 2 * 2 + meanings.cells[:, NUMBER["0.subject.noun"]] // CASES)[alone]
    some: Bools = np.any(present, axis=0)
    return some


def _single_object(meanings: Meanings) -> Bools:
    single: Bools = (meanings.column("0.object.noun") >= 0) & (meanings.column("0.object.second") < 0)
    return single


def _swap_object(speech: Speech, stream: Stream, meanings: Meanings, where: Bools) -> None:
    nouns = meanings.column("0.object.noun")
    size, start = speech.inventory.sizes["noun"], speech.inventory.starts["noun"]
    step = 1 + stream.child("other object").below(size - 1, meanings.ids)
    nouns[where] = (start + (nouns - start + step) % size)[where]


def _choose(first: Bools, a: Meanings, b: Meanings) -> Meanings:
    pick = first[:, None]
    return Meanings(
        ids=a.ids,
        concepts=np.where(pick, a.concepts, b.concepts),
        cells=np.where(pick, a.cells, b.cells),
        kinds=np.where(pick, a.kinds, b.kinds),
        topics=a.topics,
    )


def _deny(speech: Speech, meanings: Meanings, where: Bools) -> None:
    meanings.column("0.negation")[where] = speech.inventory.starts["negation"]
