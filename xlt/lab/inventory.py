"""The numbering of concepts: what a meaning is made of, the same for all languages."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlt.arrays import Ints
from xlt.lab.world import Concepts

# Paradigm cells of a word: 3 cases x 2 numbers of what inflects like a noun, 3 tenses x 2 numbers of a verb.
CELLS = 6
CASES = 3
OPEN_CLASSES = ("noun", "verb", "adjective", "manner")
NOMINAL = ("noun", "adjective", "pronoun", "given", "name")
_CLOSED = {
    "degree": 3, "article": 2, "demonstrative": 4, "pronoun": 6, "coordinator": 3, "subordinator": 4, "negation": 1,
    "auxiliary": 3, "particle": 1, "comma": 1, "stop": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """Concepts 0 to ``total`` - 1, class by class.

    Attributes:
        concepts: the dials.
    """

    concepts: Concepts

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Concepts of each class."""
        c = self.concepts
        return {
            "noun": c.nouns, "verb": c.verbs, "adjective": c.adjectives, "manner": c.adverbs,
            "time": max(1, c.adverbs // 2), "adposition": c.adpositions, "numeral": c.numerals,
            "given": max(1, c.names // 2), "name": c.names, **_CLOSED,
        }  # fmt: skip

    @cached_property
    def starts(self) -> dict[str, int]:
        """First concept of each class."""
        ends = np.cumsum(list(self.sizes.values())).tolist()
        return {name: end - size for (name, size), end in zip(self.sizes.items(), ends, strict=True)}

    @property
    def total(self) -> int:
        """Number of concepts."""
        return sum(self.sizes.values())

    @cached_property
    def class_of(self) -> list[str]:
        """Class of each concept."""
        return [name for name, size in self.sizes.items() for _ in range(size)]

    @cached_property
    def families(self) -> Ints:
        """Name concepts that serve persons: the first ones, those that serve both among them."""
        return np.arange((self.concepts.names + self._both) // 2)

    @cached_property
    def places(self) -> Ints:
        """Name concepts that serve places: the last ones, those that serve both among them."""
        return np.arange((self.concepts.names - self._both) // 2, self.concepts.names)

    @property
    def _both(self) -> int:
        return self.concepts.names * self.concepts.ambiguous_names // 1000
