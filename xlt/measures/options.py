"""The measures, and what they can be asked: the settings that they share, each told once.

A new measure is a function in a file of its name and a line of :data:`MEASURES` here; ``--measure`` then offers it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from xlt.options import Option, Panel, options, params

Strength = Literal["weak", "strong"]
Direction = Literal["src-tgt", "tgt-src"]
Similarity = Literal["cosine", "csls"]
Candidates = Literal["pairs", "corpus", "types"]


class Case(NamedTuple):
    """Which side searches (``both``: no side does) and among which candidates (empty: nothing is searched)."""

    direction: Direction | Literal["both"] = "both"
    strength: Strength | Literal[""] = ""


# Of a measure for which the settings make no difference.
WHOLE = Case()


@dataclass(frozen=True)
class Measure:
    """A measure.

    Attributes:
        function: of pairs, see :data:`xlt.measures.measure.Function`; told by its name, ``module:name``, because
             options are read without loading torch.
        strengths, directions, similarity: whether it tells them apart; what has strengths searches candidates.
        with_facts: the same with the facts of each pair, where these cost more than the outcomes alone.
    """

    function: str | Callable[..., Any]
    strengths: bool = False
    directions: bool = False
    similarity: bool = False
    with_facts: str | Callable[..., Any] | None = None

    def cases(self, settings: "ScoreOptions") -> list[Case]:
        """What the settings ask of it."""
        strengths: list[Strength | Literal[""]] = [*settings.strengths()] if self.strengths else [""]
        directions: list[Direction | Literal["both"]] = [*settings.directions()] if self.directions else ["both"]
        return [Case(direction, strength) for direction in directions for strength in strengths]


# By the name that stands in the column ``measure`` of scores.
MEASURES: dict[str, Measure] = {
    "accuracy": Measure(
        "xlt.measures.accuracy:accuracy",
        strengths=True,
        directions=True,
        similarity=True,
        with_facts="xlt.measures.accuracy:accuracy_with_ranks",
    ),
}


@options
class ScoreOptions:
    """What is measured."""

    help_panel: ClassVar[Panel] = "Method"

    measure: Annotated[
        tuple[str, ...],
        Option(
            f"What is measured, joined by commas: {', '.join(MEASURES)}.",
            metavar="NAMES",
            choices=tuple(MEASURES),
            joined=True,
            defines="changed",
        ),
    ] = ("accuracy",)
    candidates: Annotated[
        Candidates,
        Option(
            "What is searched: the words of the pairs drawn; every word of the corpus; one word of each form.",
            defines="changed",
        ),
    ] = "pairs"
    strength: Annotated[
        Literal["weak", "strong", "both"] | None,
        Option(
            "Candidates: weak, the other language; strong, both languages.",
            shown="both; weak, where whole corpora are searched",
        ),
    ] = None
    direction: Annotated[Literal["src-tgt", "tgt-src", "both"], Option("Which side searches its translation.")] = "both"
    similarity: Annotated[
        Similarity | None,
        Option(
            "CSLS corrects the cosine for crowded neighbourhoods.",
            shown="cosine; csls, where whole corpora are searched",
        ),
    ] = None
    csls_k: Annotated[int, Option("Neighbours in CSLS.", metavar="K", min=1)] = 10
    center: Annotated[bool, Option("Subtract each language's mean vector first.")] = False
    block: Annotated[
        int,
        Option(
            "Rows in a block of similarities; memory grows with its square.",
            metavar="N",
            min=16,
            defines=False,
            panel="Resources",
        ),
    ] = 1024

    @property
    def nearness(self) -> Similarity:
        """The similarity asked for, or the usual one.

        Papers that search whole corpora compare by CSLS, in the other language alone (cao2020, section 3.2).
        """
        return self.similarity or ("cosine" if self.candidates == "pairs" else "csls")

    def strengths(self) -> list[Strength]:
        """The strengths asked for."""
        strength = self.strength or ("both" if self.candidates == "pairs" else "weak")
        return ["weak", "strong"] if strength == "both" else [strength]

    def directions(self) -> list[Direction]:
        """The directions asked for."""
        return ["src-tgt", "tgt-src"] if self.direction == "both" else [self.direction]

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for the record."""
        strengths = self.strengths()
        return params(self) | {
            "strength": "both" if len(strengths) > 1 else strengths[0],
            "similarity": self.nearness,
            "csls_k": self.csls_k if self.nearness == "csls" else None,
        }

    def signature(self, *, similarity: bool) -> dict[str, object]:
        """What of this defines a number, beyond the columns of the scores table.

        Args:
            similarity: whether the measure compares by the similarity chosen.
        """
        k = {"k": self.csls_k} if similarity and self.nearness == "csls" else {}
        return k | ({"center": ""} if self.center else {})
