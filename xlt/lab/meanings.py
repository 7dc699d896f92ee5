"""The grammar of meanings: abstract sentences, many at a time, as arrays of concepts by slot.

Random numbers are asked for by the name of the decision and the number of the sentence, so that a sentence is the same
in whatever batch it is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xlt.arrays import Bools, Ints
from xlt.lab.inventory import CASES, Inventory
from xlt.lab.random import Bits, Stream, mixed, zipf
from xlt.lab.slots import NUMBER, PHRASES, ROLES, SLOTS
from xlt.lab.world import World

NAME_KINDS = ("PER", "ORG", "LOC")
_PERSON, _ORGANISATION, _PLACE = range(3)
_PREFERRED = 8  # nouns that a verb likes for its object


@dataclass(frozen=True)
class Meanings:
    """n meanings.

    Attributes:
        ids: (n,) int64, numbers of the sentences, from which later choices (of synonyms) are drawn.
        concepts: (n, slots) int32, -1 where a slot is empty.
        cells: (n, slots) uint8, the paradigm cell that grammar asks for.
        kinds: (n, phrases) int8, index into ``NAME_KINDS``, -1 where the phrase is no name.
        topics: (n,) int64.
    """

    ids: Ints
    concepts: npt.NDArray[np.int32]
    cells: npt.NDArray[np.uint8]
    kinds: npt.NDArray[np.int8]
    topics: Ints

    def __getitem__(self, rows: Ints | Bools) -> "Meanings":
        return Meanings(
            ids=self.ids[rows],
            concepts=self.concepts[rows],
            cells=self.cells[rows],
            kinds=self.kinds[rows],
            topics=self.topics[rows],
        )

    def column(self, slot: str) -> npt.NDArray[np.int32]:
        """(n,) the concepts of one slot: a view."""
        return self.concepts[:, NUMBER[slot]]

    def copy(self) -> "Meanings":
        """Arrays that may be written into."""
        return Meanings(
            ids=self.ids,
            concepts=self.concepts.copy(),
            cells=self.cells.copy(),
            kinds=self.kinds.copy(),
            topics=self.topics,
        )


def digests(meanings: Meanings) -> Bits:
    """(n,) 64 bits that tell meanings apart, whatever their numbers."""
    rows, slots = np.nonzero(meanings.concepts >= 0)
    keys = (meanings.concepts[rows, slots].astype(np.uint64) * np.uint64(8) + meanings.cells[rows, slots]) * np.uint64(
        len(SLOTS)
    ) + slots.astype(np.uint64)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    return np.add.reduceat(mixed(keys), starts)


@dataclass(frozen=True)
class Speech:
    """What meanings are drawn from.

    Attributes:
        world: the dials.
        inventory: the concepts.
        stream: of choices that hold for the whole world.
    """

    world: World
    inventory: Inventory
    stream: Stream

    @cached_property
    def weights(self) -> dict[str, Ints]:
        """Cumulated Zipf weights of each class, and of the content classes within one topic."""
        offset, topics = self.world.concepts.zipf_offset, self.world.concepts.topics
        sizes = self.inventory.sizes
        whole = {name: zipf(size, offset) for name, size in sizes.items()}
        within = {f"topical {name}": zipf(sizes[name] // topics, offset) for name in ("noun", "verb", "adjective")}
        lists = {"family": self.inventory.families, "place": self.inventory.places}
        return whole | within | {name: zipf(len(ranks), offset) for name, ranks in lists.items()}

    @cached_property
    def ranked_names(self) -> dict[str, Ints]:
        """Name concepts by falling frequency, for each use."""
        uses = {
            "family": self.inventory.families,
            "place": self.inventory.places,
            "name": np.arange(self.inventory.sizes["name"]),
        }
        return {use: ids[self.stream.child("names", use).shuffled(len(ids))] for use, ids in uses.items()}

    @cached_property
    def preferred(self) -> Ints:
        """(verbs, 8) nouns of the verb's topic that it likes for its object."""
        verbs = np.repeat(np.arange(self.inventory.sizes["verb"]), _PREFERRED)
        stream = self.stream.child("preferred")
        topics = topic_of(verbs, self.world.concepts.topics)
        rank = stream.pick(self.weights["topical noun"], np.arange(len(verbs)))
        return in_topic(rank, topics, self.world.concepts.topics).reshape(-1, _PREFERRED)


def topic_of(index: Ints, topics: int) -> Ints:
    """The topic of content words: two by two in turn, so that each topic has frequent and rare ones."""
    return index // 2 % topics


def in_topic(rank: Ints, topic: Ints, topics: int) -> Ints:
    """The word of a given rank within a topic: the inverse of :func:`topic_of`."""
    return (rank // 2 * topics + topic) * 2 + rank % 2


def draw(speech: Speech, stream: Stream, ids: Ints) -> Meanings:
    """Draw meanings of one or two clauses.

    Args:
        speech: dials and concepts.
        stream: of these sentences.
        ids: (n,) the sentences' numbers in the stream.
    """
    grammar = speech.world.grammar
    n = len(ids)
    topics = stream.child("topic").below(speech.world.concepts.topics, ids)
    concepts = np.full((n, len(SLOTS)), -1, np.int32)
    cells = np.zeros((n, len(SLOTS)), np.uint8)
    kinds = np.full((n, PHRASES), -1, np.int8)
    drawer = _Drawer(speech, stream, Meanings(ids=ids, concepts=concepts, cells=cells, kinds=kinds, topics=topics))
    everywhere = np.ones(n, np.bool_)
    two = drawer.chance("clause", grammar.clause)
    drawer.clause("0", everywhere)
    drawer.clause("1", two)
    coordinated = drawer.chance("coordinated clause", 500)
    drawer.put("comma", two, "comma")
    drawer.put("coordinator", two & coordinated, "coordinator")
    drawer.put("subordinator", two & ~coordinated, "subordinator")
    drawer.put("stop", everywhere, "stop")
    return drawer.meanings


def draw_requests(speech: Speech, stream: Stream, ids: Ints) -> Meanings:
    """Draw requests: a bare verb, its object, and perhaps a time, a place or a person."""
    n = len(ids)
    meanings = draw(speech, stream, ids)
    rows = np.arange(n)
    _clear(meanings, rows, lambda name: name.startswith(_NOT_REQUESTED))
    drawer = _Drawer(speech, stream.child("request"), meanings)
    everywhere = np.ones(n, np.bool_)
    meanings.kinds[:, [0, 1, 3, 4, 5]] = -1
    meanings.cells[:, NUMBER["0.verb"]] = 0
    verbs = meanings.column("0.verb") - speech.inventory.starts["verb"]
    drawer.noun("0.object", everywhere, 1, drawer.nouns("0.object", verbs.astype(np.int64)))
    drawer.put("0.particle", everywhere, "particle")
    return meanings


# The object is drawn anew: a request is about a thing.
_NOT_REQUESTED = ("1.", "comma", "coordinator", "subordinator", "0.subject", "0.auxiliary", "0.negation", "0.object")


def clear_slots(meanings: Meanings, rows: Ints, prefix: str) -> None:
    """Empty the slots whose name starts with ``prefix``."""
    _clear(meanings, rows, lambda name: name.startswith(prefix))


def _clear(meanings: Meanings, rows: Ints, matches: Callable[[str], bool]) -> None:
    slots = np.array([NUMBER[name] for name in SLOTS if matches(name)])
    meanings.concepts[rows[:, None], slots] = -1
    meanings.cells[rows[:, None], slots] = 0


@dataclass(frozen=True)
class _Drawer:
    # Writes into ``meanings`` while they are drawn.
    speech: Speech
    stream: Stream
    meanings: Meanings

    def chance(self, name: str, share: int) -> Bools:
        return self.stream.child(name).chance(share, self.meanings.ids)

    def below(self, name: str, n: int) -> Ints:
        return self.stream.child(name).below(n, self.meanings.ids)

    def ranked(self, name: str, kind: str) -> Ints:
        return self.stream.child(name).pick(self.speech.weights[kind], self.meanings.ids)

    def topical(self, name: str, kind: str) -> Ints:
        # The index within the class.
        topics = self.speech.world.concepts.topics
        inside = in_topic(self.ranked(f"{name} in topic", f"topical {kind}"), self.meanings.topics, topics)
        anywhere = self.ranked(name, kind)
        return np.where(self.chance(f"{name} topical", self.speech.world.grammar.topical), inside, anywhere)

    def put(self, slot: str, where: Bools, kind: str, index: Ints | None = None, cell: Ints | int = 0) -> None:
        if index is None:
            index = self.ranked(slot, kind)
        column = NUMBER[slot]
        self.meanings.concepts[where, column] = (index + self.speech.inventory.starts[kind])[where]
        self.meanings.cells[where, column] = cell[where] if isinstance(cell, np.ndarray) else cell

    def nouns(self, phrase: str, verbs: Ints) -> Ints:
        # Nouns for an object: often one that the verb prefers.
        liked = self.speech.preferred[verbs, self.below(f"{phrase} preferred", _PREFERRED)]
        selected = self.chance(f"{phrase} selected", self.speech.world.grammar.selection)
        return np.where(selected, liked, self.topical(f"{phrase}.noun", "noun"))

    def clause(self, clause: str, where: Bools) -> None:
        grammar, topics = self.speech.world.grammar, self.speech.world.concepts.topics
        verbs = self.topical(f"{clause}.verb", "verb")
        # A verb decides what its subject and object may be if they are names.
        group = verbs // 2 // topics
        subject_kind = np.where(group % 2 == 0, _PERSON, _ORGANISATION)
        object_kind = group // 2 % len(NAME_KINDS)
        plural = self.phrase(clause, "subject", where, self.topical(f"{clause}.subject.noun", "noun"), subject_kind)
        with_object = where & self.chance(f"{clause}.object", grammar.object)
        self.phrase(clause, "object", with_object, self.nouns(f"{clause}.object", verbs), object_kind)
        self.put(f"{clause}.particle", with_object & self._noun_or_name(f"{clause}.object"), "particle")

        with_oblique = where & self.chance(f"{clause}.oblique", grammar.oblique)
        adpositions = self.ranked(f"{clause}.adposition", "adposition")
        local = adpositions < self.speech.inventory.sizes["adposition"] // 2
        kind = np.where(local, _PLACE, _PERSON)
        self.phrase(clause, "oblique", with_oblique, self.topical(f"{clause}.oblique.noun", "noun"), kind)
        self.put(f"{clause}.adposition", with_oblique, "adposition", adpositions)

        tense = np.array([0, 0, 1, 2])[self.below(f"{clause}.tense", 4)]
        helped = where & self.chance(f"{clause}.auxiliary", grammar.auxiliary)
        self.put(f"{clause}.auxiliary", helped, "auxiliary")
        # After an auxiliary stands the bare form.
        self.put(f"{clause}.verb", where, "verb", verbs, np.where(helped, 0, 2 * tense + plural))
        self.put(f"{clause}.negation", where & self.chance(f"{clause}.negation", grammar.negation), "negation")
        self.put(f"{clause}.manner", where & self.chance(f"{clause}.manner", grammar.manner), "manner")
        self.put(f"{clause}.time", where & self.chance(f"{clause}.time", grammar.time), "time")

    def _noun_or_name(self, phrase: str) -> Bools:
        return (self.meanings.column(f"{phrase}.noun") >= 0) | (self.meanings.column(f"{phrase}.name1") >= 0)

    def phrase(self, clause: str, role: str, where: Bools, nouns: Ints, kind: Ints) -> Ints:
        """Fill a phrase with a pronoun, a name or a noun; gives the number that the verb agrees with."""
        grammar = self.speech.world.grammar
        prefix = f"{clause}.{role}"
        case = ROLES.index(role)
        what = self.below(f"{prefix} what", 1000)
        pronoun, name = what < grammar.pronoun, (what >= grammar.pronoun) & (what < grammar.pronoun + grammar.name)
        pronouns = self.below(f"{prefix}.pronoun", self.speech.inventory.sizes["pronoun"])
        self.put(f"{prefix}.pronoun", where & pronoun, "pronoun", pronouns, case)
        self.name(prefix, where & name, case, kind)
        self.meanings.kinds[where & name, 3 * int(clause) + ROLES.index(role)] = kind[where & name]
        plural = self.noun(prefix, where & ~pronoun & ~name, case, nouns)
        return np.where(pronoun, pronouns % 2, np.where(name, 0, plural))

    def noun(self, prefix: str, where: Bools, case: int, nouns: Ints) -> Ints:
        grammar = self.speech.world.grammar
        counted = self.chance(f"{prefix}.numeral", grammar.numeral)
        plural = (self.chance(f"{prefix}.plural", grammar.plural) | counted).astype(np.int64)
        cell = CASES * plural + case
        shown = self.chance(f"{prefix}.demonstrative", grammar.demonstrative)
        self.put(f"{prefix}.numeral", where & counted, "numeral")
        self.put(f"{prefix}.demonstrative", where & shown & ~counted, "demonstrative")
        self.put(f"{prefix}.article", where & ~shown & ~counted, "article", self.below(f"{prefix}.article", 2))
        described = where & self.chance(f"{prefix}.adjective", grammar.adjective)
        self.put(f"{prefix}.adjective", described, "adjective", self.topical(f"{prefix}.adjective", "adjective"), cell)
        self.put(f"{prefix}.degree", described & self.chance(f"{prefix}.degree", grammar.degree), "degree")
        self.put(f"{prefix}.noun", where, "noun", nouns, cell)
        joined = where & self.chance(f"{prefix}.coordinator", grammar.coordination)
        seconds = self.topical(f"{prefix}.second", "noun")
        self.put(f"{prefix}.coordinator", joined, "coordinator")
        self.put(f"{prefix}.second", joined, "noun", seconds, case + CASES * self.below(f"{prefix}.second plural", 2))
        return np.where(joined, 1, plural)

    def name(self, prefix: str, where: Bools, case: int, kind: Ints) -> None:
        """One to three words: given and family name; place; an organisation named after either, with a noun."""
        shape = self.below(f"{prefix} shape", 4)
        person, place, organisation = (where & (kind == k) for k in (_PERSON, _PLACE, _ORGANISATION))
        names = {
            use: ranked[self.stream.child(f"{prefix} {use}").pick(self.speech.weights[use], self.meanings.ids)]
            for use, ranked in self.speech.ranked_names.items()
        }
        given = self.ranked(f"{prefix}.given", "given")
        first = f"{prefix}.name1"
        second = f"{prefix}.name2"
        self.put(first, person & (shape == 3), "given", given, case)
        self.put(first, person & (shape == 2), "name", names["family"], case)
        self.put(first, person & (shape < 2), "given", given)
        self.put(second, person & (shape < 2), "name", names["family"], case)

        new = self.ranked(f"{prefix}.new", "adjective")
        self.put(first, place & (shape != 0), "name", names["place"], case)
        self.put(first, place & (shape == 0), "adjective", new)
        self.put(second, place & (shape == 0), "name", names["place"], case)

        firm = self.ranked(f"{prefix}.firm", "noun")
        self.put(first, organisation & (shape == 0), "name", names["name"], case)
        self.put(first, organisation & (shape != 0) & (shape != 3), "name", names["name"])
        self.put(second, organisation & (shape != 0) & (shape != 3), "noun", firm, case)
        self.put(first, organisation & (shape == 3), "adjective", new)
        self.put(second, organisation & (shape == 3), "name", names["name"])
        self.put(f"{prefix}.name3", organisation & (shape == 3), "noun", firm, case)
