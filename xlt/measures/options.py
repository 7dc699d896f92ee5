"""What measures can be asked: the settings that they share, each told once."""

from typing import Annotated, Any, Literal

from xlt.options import Option, options, params

Strength = Literal["weak", "strong"]
Direction = Literal["src-tgt", "tgt-src"]
Similarity = Literal["cosine", "csls"]


@options
class ScoreOptions:
    """What is measured."""

    strength: Annotated[
        Literal["weak", "strong", "both"], Option("Candidates: weak, the other language; strong, both languages.")
    ] = "both"
    direction: Annotated[Literal["src-tgt", "tgt-src", "both"], Option("Which side searches its translation.")] = "both"
    similarity: Annotated[Similarity, Option("CSLS corrects the cosine for crowded neighbourhoods.")] = "cosine"
    csls_k: Annotated[int, Option("Neighbours in CSLS.", metavar="K", min=1)] = 10
    center: Annotated[bool, Option("Subtract each language's mean vector first.")] = False
    block: Annotated[
        int,
        Option("Rows in a block of similarities; memory grows with its square.", metavar="N", min=16, defines=False),
    ] = 1024

    def strengths(self) -> list[Strength]:
        """The strengths asked for."""
        return ["weak", "strong"] if self.strength == "both" else [self.strength]

    def directions(self) -> list[Direction]:
        """The directions asked for."""
        return ["src-tgt", "tgt-src"] if self.direction == "both" else [self.direction]

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for the record."""
        return params(self) | {"csls_k": self.csls_k if self.similarity == "csls" else None}

    def signature(self, *, similarity: bool) -> dict[str, object]:
        """What of this defines a number, beyond the columns of the scores table.

        Args:
            similarity: whether the measure compares by the similarity chosen.
        """
        k = {"k": self.csls_k} if similarity and self.similarity == "csls" else {}
        return k | ({"center": ""} if self.center else {})
