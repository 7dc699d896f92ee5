import pytest

from xlt.lab.slots import NUMBER, SLOTS, TAGS, spoken_order
from xlt.lab.world import Language

# One clause: "the (a) big thing (n) not sees (v) the other thing (o) with the third (p)".
SHOWN = {
    "0.subject.article": "a", "0.subject.adjective": "j", "0.subject.noun": "n", "0.negation": "-", "0.verb": "v",
    "0.manner": "m", "0.object.noun": "o", "0.adposition": "p", "0.oblique.noun": "q", "0.time": "t", "0.particle": "*",
    "stop": ".",
}  # fmt: skip


def shown(language: Language) -> str:
    return "".join(SHOWN.get(SLOTS[i], "") for i in spoken_order(language))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language(), "tajn-vmopq."),
        (Language(adjective="after"), "tanj-vmopq."),
        (Language(determiner="after"), "tjna-vmopq."),
        (Language(articles=False), "tjn-vmopq."),
        (Language(particle=True), "tajn-vm*opq."),
        (Language(order="VSO"), "t-vmajnopq."),
        (Language(order="SOV"), "tajnpqom-v."),
        (Language(order="OVS"), "tpqom-vajn."),
        (Language(order="SOV", adposition="after", auxiliary="after", particle=True), "tajnqpo*mv-."),
    ],
)
def test_word_order(language: Language, expected: str) -> None:
    assert shown(language) == expected


def test_every_slot_is_said_once() -> None:
    silent = {i for name, i in NUMBER.items() if name.endswith((".article", ".particle"))}
    for order in ("SVO", "SOV", "VSO", "VOS", "OVS", "OSV"):
        everything = spoken_order(Language(order=order, particle=True)).tolist()
        assert sorted(everything) == list(range(len(SLOTS)))
        assert sorted(spoken_order(Language(order=order, articles=False)).tolist()) == sorted(
            set(range(len(SLOTS))) - silent
        )


def test_the_tags_are_universal() -> None:
    assert set(TAGS) == {
        "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "VERB",
    }  # fmt: skip
