"""The frame of a meaning: the slots that hold a concept or nothing, and the order in which a language speaks them.

A sentence has two clauses, the second often empty; a clause has three phrases (subject, object, oblique) around its
verb. A slot is worth one word in every language that says it, so that two languages' words are linked where they fill
the same slot.
"""

import numpy as np

from xlt.arrays import Ints
from xlt.lab.world import Language

ROLES = ("subject", "object", "oblique")
# Part of a phrase or a clause, and its part of speech (UPOS).
PHRASE_TAGS = {
    "article": "DET", "demonstrative": "DET", "numeral": "NUM", "degree": "ADV", "adjective": "ADJ", "noun": "NOUN",
    "coordinator": "CCONJ", "second": "NOUN", "name1": "PROPN", "name2": "PROPN", "name3": "PROPN", "pronoun": "PRON",
}  # fmt: skip
CLAUSE_TAGS = {
    "time": "ADV", "negation": "PART", "auxiliary": "AUX", "verb": "VERB", "manner": "ADV", "particle": "PART",
    "adposition": "ADP",
}  # fmt: skip
SENTENCE_TAGS = {"comma": "PUNCT", "coordinator": "CCONJ", "subordinator": "SCONJ", "stop": "PUNCT"}
NAME_PARTS = ("name1", "name2", "name3")


def _all_slots() -> dict[str, str]:
    tags: dict[str, str] = {}
    for clause in "01":
        tags |= {f"{clause}.{part}": tag for part, tag in CLAUSE_TAGS.items()}
        tags |= {f"{clause}.{role}.{part}": tag for role in ROLES for part, tag in PHRASE_TAGS.items()}
    return tags | SENTENCE_TAGS


TAG_OF = _all_slots()
SLOTS = tuple(TAG_OF)
TAGS = tuple(TAG_OF.values())
NUMBER = {name: i for i, name in enumerate(SLOTS)}
# Phrase 3 x clause + role of each slot, and whether it is part of a name there; -1 elsewhere.
PHRASES = 2 * len(ROLES)
NAME_PHRASE = np.array(
    [3 * int(name[0]) + ROLES.index(name.split(".")[1]) if name.split(".")[-1] in NAME_PARTS else -1 for name in SLOTS]
)
BEGINS_NAME = np.array([name.endswith(NAME_PARTS[0]) for name in SLOTS])


def spoken_order(language: Language) -> Ints:
    """The slots that a language has words for, in the order in which it speaks them."""
    names = [*_clause("0", language), "comma", "coordinator", "subordinator", *_clause("1", language), "stop"]
    return np.array([NUMBER[name] for name in names])


def _clause(clause: str, language: Language) -> list[str]:
    verb_last = language.order.index("V") > language.order.index("O")
    group = _around(["verb"], ["negation", "auxiliary"], language.auxiliary)
    group = _around(group, ["manner"], "before" if verb_last else "after")
    verb = [f"{clause}.{part}" for part in group]
    thing = _phrase(f"{clause}.object", language)
    if language.particle:
        thing = _around(thing, [f"{clause}.particle"], language.adposition)
    where = _around(_phrase(f"{clause}.oblique", language), [f"{clause}.adposition"], language.adposition)
    parts = {
        "S": _phrase(f"{clause}.subject", language),
        "V": verb,
        # What the verb governs stands on the same side of it.
        "O": [*where, *thing] if verb_last else [*thing, *where],
    }
    return [f"{clause}.time", *(slot for letter in language.order for slot in parts[letter])]


def _phrase(prefix: str, language: Language) -> list[str]:
    noun = _around(["noun"], ["degree", "adjective"], language.adjective)
    determiners = ["article", "demonstrative", "numeral"] if language.articles else ["demonstrative", "numeral"]
    noun = _around(noun, determiners, language.determiner)
    return [f"{prefix}.{part}" for part in [*noun, "coordinator", "second", *NAME_PARTS, "pronoun"]]


def _around(core: list[str], satellites: list[str], side: str) -> list[str]:
    return [*satellites, *core] if side == "before" else [*core, *satellites]
