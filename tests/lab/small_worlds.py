"""Small worlds, and meanings made by hand."""

from dataclasses import replace

import numpy as np

from xlt.lab.inventory import Inventory
from xlt.lab.meanings import Meanings, Speech
from xlt.lab.random import Stream
from xlt.lab.slots import NUMBER, PHRASES, SLOTS
from xlt.lab.world import Concepts, Grammar, Language, Sizes, World, language_code

SMALL = Concepts(topics=2, nouns=16, verbs=24, adjectives=8, adverbs=4, adpositions=4, numerals=3, names=12)
SIZES = Sizes(text=60, parallel=50, tasks=40, dev=15, test=20)


def world(*languages: Language, seed: int = 7, grammar: Grammar | None = None) -> World:
    """A world of few concepts; without languages a source and one target like it."""
    tables = languages or (Language(), Language(shared=500))
    return World(seed, SIZES, SMALL, grammar or Grammar(), {language_code(i): t for i, t in enumerate(tables)})


LANGS = ("qaa", "qab", "qac")
SPLITS = {"train": 60, "dev": 15, "test": 20}
THREE = world(
    Language(),
    Language(shared=600, cognate=200, adjective="after"),
    Language(
        script="georgian", order="SOV", adposition="after", articles=False, particle=True, common_punctuation=False
    ),
)  # fmt: skip


def speech(of: World | None = None) -> Speech:
    """What meanings of a world are drawn from."""
    of = of or world()
    return Speech(of, Inventory(of.concepts), Stream(of.seed))


def meaning(of: Speech, slots: dict[str, tuple[str, int, int]]) -> Meanings:
    """One meaning out of ``{slot: (class, index, cell)}``."""
    concepts = np.full((1, len(SLOTS)), -1, np.int32)
    cells = np.zeros((1, len(SLOTS)), np.uint8)
    for slot, (kind, index, cell) in slots.items():
        concepts[0, NUMBER[slot]] = of.inventory.starts[kind] + index
        cells[0, NUMBER[slot]] = cell
    kinds = np.full((1, PHRASES), -1, np.int8)
    return Meanings(np.arange(1), concepts, cells, kinds, np.zeros(1, np.int64))


def plain_language(**dials: object) -> Language:
    """Without synonyms or homonyms."""
    return replace(Language(synonyms=0, homonyms=0), **dials)  # type: ignore[arg-type]
