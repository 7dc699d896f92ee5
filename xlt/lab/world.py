"""The dials of a constructed world, their bounds, and the worlds that are made without being asked for more.

Shares are whole thousandths inside, and decimal fractions in ``world.toml``: nothing is ever decided by a float.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any

from xlt.errors import OptionError, XltError
from xlt.lab.options import LANGUAGES, SEED, SENTENCES
from xlt.lab.scripts import SCRIPTS

MOST_LANGUAGES = 26
ORDERS = ("SVO", "SOV", "VSO", "VOS", "OVS", "OSV")
SIDES = ("before", "after")


def _whole(default: int, low: int, high: int, doc: str) -> int:
    return field(default=default, metadata={"kind": "whole", "low": low, "high": high, "doc": doc})


def _share(default: int, doc: str) -> int:
    return field(default=default, metadata={"kind": "share", "low": 0, "high": 1000, "doc": doc})


def _flag(default: bool, doc: str) -> bool:
    return field(default=default, metadata={"kind": "flag", "doc": doc})


def _choice(default: str, options: tuple[str, ...], doc: str) -> str:
    return field(default=default, metadata={"kind": "choice", "options": options, "doc": doc})


@dataclass(frozen=True)
class Sizes:
    """How much is written."""

    text: int = _whole(SENTENCES, 1, 10_000_000, "training sentences of monolingual text, each language")
    parallel: int = _whole(SENTENCES, 1, 10_000_000, "training sentence pairs, each target with the source")
    tasks: int = _whole(2000, 3, 1_000_000, "labelled training sentences, each task and language")
    dev: int = _whole(500, 3, 100_000, "development sentences of everything")
    test: int = _whole(1000, 3, 100_000, "test sentences of everything")


@dataclass(frozen=True)
class Concepts:
    """What can be spoken of; the languages have words for it."""

    topics: int = _whole(6, 2, 50, "topics; nouns, verbs and adjectives must be multiples of twice this number")
    nouns: int = _whole(240, 4, 20_000, "noun concepts")
    verbs: int = _whole(120, 4, 20_000, "verb concepts")
    adjectives: int = _whole(72, 4, 20_000, "adjective concepts")
    adverbs: int = _whole(24, 2, 5000, "adverbs of manner; there are half as many of time")
    adpositions: int = _whole(12, 2, 200, "the first half stand with places")
    numerals: int = _whole(9, 2, 200, "from two upwards")
    names: int = _whole(
        120, 8, 20_000, "words for persons, places and organisations; given names are half as many more"
    )
    ambiguous_names: int = _share(300, "share of these words that serve persons and places alike")
    zipf_offset: int = _whole(3, 0, 1000, "rank r of a class weighs 1 / (r + offset)")


@dataclass(frozen=True)
class Grammar:
    """How often a meaning holds what."""

    topical: int = _share(750, "content words out of the sentence's own topic; the others out of all")
    selection: int = _share(500, "objects out of the eight nouns that their verb prefers")
    pronoun: int = _share(200, "noun phrases that are a pronoun")
    name: int = _share(150, "noun phrases that are a name")
    plural: int = _share(350, "nouns in the plural")
    adjective: int = _share(350, "nouns with an adjective")
    degree: int = _share(150, "adjectives with an adverb of degree")
    numeral: int = _share(120, "nouns with a numeral")
    demonstrative: int = _share(
        150, "nouns with a demonstrative; the others have an article where the language has any"
    )
    coordination: int = _share(100, "nouns that are joined to another noun")
    object: int = _share(700, "clauses with an object")
    oblique: int = _share(400, "clauses with an adposition and its noun phrase")
    time: int = _share(150, "clauses with an adverb of time")
    manner: int = _share(200, "clauses with an adverb of manner")
    negation: int = _share(150, "clauses that are negated")
    auxiliary: int = _share(150, "clauses with an auxiliary")
    clause: int = _share(200, "sentences of two clauses")


@dataclass(frozen=True)
class Language:
    """One language. The first of a world is the source; what it shares is then of no account."""

    script: str = _choice("latin", tuple(SCRIPTS), "letters of its own words")
    consonants: int = _whole(14, 2, 40, "consonants it uses, no more than its script has")
    vowels: int = _whole(5, 1, 12, "vowels it uses, no more than its script has")
    syllables: int = _whole(3, 2, 5, "most syllables of a content word; the fewest are two")
    shared: int = _share(0, "words spelt as in the source")
    cognate: int = _share(0, "words of the source after regular sound changes, in its own letters")
    shared_affixes: int = _share(0, "affixes spelt as in the source")
    common_punctuation: bool = _flag(True, "full stop and comma as in the source")
    order: str = _choice("SVO", ORDERS, "order of subject, verb and object")
    adjective: str = _choice("before", SIDES, "where adjectives stand to their noun")
    adposition: str = _choice("before", SIDES, "where adpositions stand to their phrase")
    determiner: str = _choice("before", SIDES, "where articles, demonstratives and numerals stand")
    auxiliary: str = _choice("before", SIDES, "where auxiliaries and the negation stand to the verb")
    affixes: str = _choice("after", SIDES, "suffixes (after) or prefixes (before)")
    number: bool = _flag(True, "nouns inflect for number")
    case: bool = _flag(True, "nouns, pronouns and names inflect for case")
    tense: bool = _flag(True, "verbs inflect for tense")
    agreement: bool = _flag(True, "verbs agree with the subject, adjectives with their noun")
    syncretism: int = _share(500, "verb affixes that look like one of the noun's")
    articles: bool = _flag(True, "there are articles")
    particle: bool = _flag(False, "a particle marks the object")
    dropped_pronouns: int = _share(0, "subject pronouns left unsaid")
    synonyms: int = _share(150, "content concepts with a second word")
    homonyms: int = _share(120, "content words that sound like a word of another part of speech")


@dataclass(frozen=True)
class World:
    """All dials; ``languages`` by code, the source first."""

    seed: int
    sizes: Sizes
    concepts: Concepts
    grammar: Grammar
    languages: Mapping[str, Language]

    @property
    def source(self) -> str:
        """Code of the source language."""
        return next(iter(self.languages))

    @property
    def targets(self) -> tuple[str, ...]:
        """Codes of the other languages."""
        return tuple(self.languages)[1:]


# From near to far. What a language shares falls with its distance, see default_world.
_TYPES: tuple[dict[str, Any], ...] = (
    {},
    {"adjective": "after"},
    {"order": "SOV", "adposition": "after", "auxiliary": "after", "articles": False},
    {"order": "VSO", "adjective": "after", "articles": False, "particle": True, "dropped_pronouns": 300},
    {
        "order": "SOV", "adjective": "after", "adposition": "after", "determiner": "after", "auxiliary": "after",
        "affixes": "before", "articles": False, "particle": True, "common_punctuation": False,
    },
)  # fmt: skip
_TYPE_SCRIPTS = (("latin",), ("latin",), ("latin",), ("cyrillic", "greek"), ("georgian", "armenian"))


def default_world(languages: int = LANGUAGES, sentences: int = SENTENCES, seed: int = SEED) -> World:
    """A source (``qaa``) and targets at even distances from near to far.

    At distance d (in thousandths, 1000 the last target) a target shares 900 - 1.25 d thousandths of its words and
    1000 - 1.25 d of its affixes with the source; up to 250 more are cognates, fewer beyond d = 750; word order and
    script change in five steps.

    Raises:
        XltError: ``languages`` or ``sentences`` out of range.
    """
    if not 2 <= languages <= MOST_LANGUAGES:
        raise OptionError("languages", f"{languages}: a world has from 2 to {MOST_LANGUAGES} languages")
    tables = {language_code(0): Language()}
    for i in range(1, languages):
        distance = 1000 * i // (languages - 1)
        kind = max(0, (len(_TYPES) * distance - 1) // 1000)
        scripts = _TYPE_SCRIPTS[kind]
        tables[language_code(i)] = Language(
            script=scripts[i * 5 // max(5, languages - 1) % len(scripts)],
            shared=max(0, 900 - 5 * distance // 4),
            cognate=min(250, 1000 - distance, 100 + 5 * distance // 4),
            shared_affixes=max(0, 1000 - 5 * distance // 4),
            **_TYPES[kind],
        )
    world = World(
        seed=seed,
        sizes=Sizes(text=sentences, parallel=sentences),
        concepts=Concepts(),
        grammar=Grammar(),
        languages=tables,
    )
    check_world(world, f"a world of {sentences:,} sentences")
    return world


def language_code(i: int) -> str:
    """The i-th code for private use of ISO 639-3: qaa, qab, ..."""
    return "qa" + chr(ord("a") + i)


def check_world(world: World, where: str) -> None:
    """Bounds that a single dial knows, and those that several dials keep together.

    Raises:
        XltError: one sentence with ``where`` (a file), table and key.
    """
    tables = {"sizes": world.sizes, "concepts": world.concepts, "grammar": world.grammar}
    languages = ((f"languages.{code}", language) for code, language in world.languages.items())
    for name, table in chain(tables.items(), languages):
        for dial in fields(table):  # type: ignore[arg-type]
            _check_dial(f"{where}: [{name}] {dial.name}", dial.metadata, getattr(table, dial.name))
    if not 2 <= len(world.languages) <= MOST_LANGUAGES:
        raise XltError(f"{where}: [languages] has {len(world.languages)} tables, expected 2 to {MOST_LANGUAGES}")
    if not 0 <= world.seed < 2**63:
        raise XltError(f"{where}: seed is {world.seed}, expected 0 to 2^63 - 1")
    for key in ("nouns", "verbs", "adjectives"):
        size, step = getattr(world.concepts, key), 2 * world.concepts.topics
        if size % step:
            raise XltError(f"{where}: [concepts] {key} is {size}, expected a multiple of twice the topics ({step})")
    if world.grammar.pronoun + world.grammar.name > 1000:
        raise XltError(f"{where}: [grammar] pronoun and name are shares of one whole, but sum above 1")
    for code, language in world.languages.items():
        if language.shared + language.cognate > 1000:
            raise XltError(f"{where}: [languages.{code}] shared and cognate are shares of one whole, but sum above 1")
        for key, letters in zip(("consonants", "vowels"), SCRIPTS[language.script].letters, strict=True):
            if getattr(language, key) > len(letters):
                raise XltError(
                    f"{where}: [languages.{code}] {key} is {getattr(language, key)}, but the {language.script} script "
                    f"has {len(letters)} here"
                )


def _check_dial(name: str, dial: Mapping[str, Any], value: Any) -> None:
    if dial["kind"] == "choice" and value not in dial["options"]:
        raise XltError(f"{name} is {value!r}, expected one of {', '.join(dial['options'])}")
    if dial["kind"] in ("whole", "share") and not dial["low"] <= value <= dial["high"]:
        unit = 1000 if dial["kind"] == "share" else 1
        raise XltError(
            f"{name} is {value / unit:g}, expected {dial['low'] / unit:g} to {dial['high'] / unit:g}"
            if unit > 1
            else f"{name} is {value:,}, expected {dial['low']:,} to {dial['high']:,}"
        )
