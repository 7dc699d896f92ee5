"""The measures, and what they can be asked: the settings that they share, each told once.

A new measure is a function in a file of its name and a line of :data:`MEASURES` here; ``--measure`` then offers it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from xlt.errors import OptionError
from xlt.options import Option, Panel, options, params, signed

Strength = Literal["weak", "strong"]
Direction = Literal["src-tgt", "tgt-src"]
Similarity = Literal["cosine", "csls"]
Candidates = Literal["pairs", "corpus", "types"]


class Case(NamedTuple):
    """What of a measure a number is of.

    Attributes:
        direction: which side searches; ``both``: no side does; ``mean``: the mean of the two.
        strength: among which candidates; empty where nothing is searched.
        set: the parameter of the measure, such as ``eps=0.1``, or the side it is of; empty where it has neither.
    """

    direction: Direction | Literal["both", "mean"] = "both"
    strength: Strength | Literal[""] = ""
    set: str = ""


# Of a measure for which the settings make no difference.
WHOLE = Case()


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """An option of several values, for each of which a measure gives a number; ``name`` is that in column ``set``."""

    option: str
    name: str

    def sets(self, settings: "ScoreOptions") -> dict[str, float]:
        """The values asked for, by what stands in column ``set``."""
        return {f"{self.name}={value:.12g}": value for value in getattr(settings, self.option)}


@dataclass(frozen=True)
class Measure:
    """A measure.

    Attributes:
        function: of pairs, see :data:`xlt.measures.measure.Function`; told by its name, ``module:name``, because
             options are read without loading torch.
        strengths, directions, similarity: whether it tells them apart; what has strengths searches candidates.
        with_facts: the same with the facts of each pair, where these cost more than the outcomes alone.
        ranks: it takes the ranks of the right candidates, which serve all such measures at once.
        with_ranks: the same out of these ranks, where it has a quicker way when nothing else takes them.
        parameter: of what it gives a number each.
        sets: the parts that it gives a number each.
        anchored: with ``--anchored`` it searches, so that it is of a direction and weak.
        searches: among all candidates, although it has no strengths.
        over_layers: the mean and the maximum over layers are numbers of their own.
        uses: options that only some measures have an effect of; those that are signed are signed with these alone.
    """

    function: str | Callable[..., Any]
    strengths: bool = False
    directions: bool = False
    similarity: bool = False
    with_facts: str | Callable[..., Any] | None = None
    ranks: bool = False
    with_ranks: str | Callable[..., Any] | None = None
    parameter: Parameter | None = None
    sets: tuple[str, ...] = ("",)
    anchored: bool = False
    searches: bool = False
    over_layers: bool = False
    uses: tuple[str, ...] = ()

    def cases(self, settings: "ScoreOptions") -> list[Case]:
        """What the settings ask of it."""
        strengths: list[Strength | Literal[""]] = [*settings.strengths()] if self.strengths else [""]
        directions: list[Direction | Literal["both", "mean"]] = (
            [*settings.directions()] if self.directions else ["both"]
        )
        if self.anchored and settings.anchored:
            directions, strengths = [*settings.directions()], ["weak"]
        sets = self.sets if self.parameter is None else self.parameter.sets(settings)
        return [Case(*each) for each in product(directions, strengths, sets)]

    def candidates(self, settings: "ScoreOptions") -> Candidates:
        """What it searches, for the column of that name: where nothing is searched the pairs are compared."""
        searches = self.strengths or self.searches or (self.anchored and settings.anchored)
        return settings.candidates if searches else "pairs"


EPSILON, DELTA = Parameter(option="epsilon", name="eps"), Parameter(option="delta", name="delta")

# By the name that stands in the column ``measure`` of scores.
MEASURES: dict[str, Measure] = {
    "accuracy": Measure(
        "xlt.measures.accuracy:accuracy",
        strengths=True,
        directions=True,
        similarity=True,
        with_facts="xlt.measures.accuracy:accuracy_with_ranks",
        ranks=True,
        with_ranks="xlt.measures.accuracy:accuracy_of_ranks",
    ),
    "accuracy@5": Measure(
        "xlt.measures.top:accuracy_at_5", strengths=True, directions=True, similarity=True, ranks=True
    ),
    "accuracy@10": Measure(
        "xlt.measures.top:accuracy_at_10", strengths=True, directions=True, similarity=True, ranks=True
    ),
    "mrr": Measure("xlt.measures.mrr:mrr", strengths=True, directions=True, similarity=True, ranks=True),
    "mexa": Measure("xlt.measures.mexa:mexa", ranks=True, searches=True, over_layers=True),
    "reciprocity": Measure("xlt.measures.reciprocity:reciprocity", searches=True),
    "cosine": Measure("xlt.measures.cosine:cosine"),
    "distance": Measure("xlt.measures.cosine:distance"),
    "violation": Measure(
        "xlt.measures.violation:violation", parameter=EPSILON, anchored=True, uses=("epsilon", "anchored")
    ),
    "margin": Measure("xlt.measures.margin:margin", parameter=DELTA, anchored=True, uses=("delta", "anchored")),
    "auc": Measure("xlt.measures.auc:auc"),
    "graded": Measure("xlt.measures.graded:graded", parameter=EPSILON, uses=("epsilon", "grade_reading")),
    "hubness": Measure(
        "xlt.measures.hubness:hubness", directions=True, similarity=True, searches=True, uses=("hub_k",)
    ),
    "anisotropy": Measure("xlt.measures.anisotropy:anisotropy", sets=("src", "tgt")),
    "cka": Measure("xlt.measures.cka:cka"),
    "neurons": Measure("xlt.measures.neurons:neurons"),
}


def _only(option: str) -> dict[str, tuple[object, ...]]:
    return {"measure": tuple(name for name, measure in MEASURES.items() if option in measure.uses)}


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
    direction: Annotated[
        Literal["src-tgt", "tgt-src", "both", "mean"],
        Option("Which side searches its translation; mean: both, and the mean of the two beside them."),
    ] = "both"
    similarity: Annotated[
        Similarity | None,
        Option(
            "CSLS corrects the cosine for crowded neighbourhoods.",
            shown="cosine; csls, where whole corpora are searched",
        ),
    ] = None
    csls_k: Annotated[int, Option("Neighbours in CSLS.", metavar="K", min=1)] = 10
    center: Annotated[bool, Option("Subtract each language's mean vector first.")] = False
    epsilon: Annotated[
        tuple[float, ...],
        Option(
            "Margins of violation, and errors of graded, joined by commas.",
            metavar="X,...",
            min=0,
            max=2,
            joined=True,
            only=_only("epsilon"),
            defines="changed",
        ),
    ] = (0.0,)
    delta: Annotated[
        tuple[float, ...],
        Option(
            "Shares of violations, below 1, for which margin tells the greatest margin; joined by commas.",
            metavar="X,...",
            min=0,
            joined=True,
            only=_only("delta"),
            defines="changed",
        ),
    ] = (0.05,)
    anchored: Annotated[
        bool,
        Option(
            "Compare a pair with the nearest wrong word of its own, not with all pairs that are none.",
            only=_only("anchored"),
            defines="changed",
            sign="changed",
        ),
    ] = False
    grade_reading: Annotated[
        Literal["calibrated", "order"],
        Option(
            "What graded compares: calibrated, cosines with grades; order, which of two pairs is nearer.",
            only=_only("grade_reading"),
            defines="changed",
            sign="changed",
        ),
    ] = "calibrated"
    hub_k: Annotated[
        int,
        Option(
            "Nearest neighbours counted by hubness.",
            metavar="K",
            min=1,
            only=_only("hub_k"),
            defines="changed",
            sign="changed",
        ),
    ] = 10
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

    def __post_init__(self) -> None:
        for name in ("measure", "epsilon", "delta"):
            if not getattr(self, name):
                raise OptionError(name, "is empty: give at least one")
        if "graded" in self.measure and self.grade_reading == "calibrated" and 0 in self.epsilon:
            text = "0: no cosine is its grade to the last digit; give an error, such as 0.2, or {option} order"
            raise OptionError("epsilon", text, "grade_reading")
        for value in self.delta:
            if value >= 1:
                raise OptionError("delta", f"{value:g}: give a share below 1")

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
        """The directions that are searched."""
        if self.direction == "both" or self.direction == "mean":
            return ["src-tgt", "tgt-src"]
        return [self.direction]

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for the record."""
        strengths = self.strengths()
        return params(self) | {
            "strength": "both" if len(strengths) > 1 else strengths[0],
            "similarity": self.nearness,
            "csls_k": self.csls_k if self.nearness == "csls" else None,
        }

    def signature(self, measure: Measure) -> dict[str, object]:
        """What of this defines a number of a measure, beyond the columns of the scores table."""
        usual = vars(ScoreOptions())
        parts: dict[str, object] = {}
        if measure.similarity and self.nearness == "csls":
            parts["k"] = self.csls_k
        if self.center:
            parts["center"] = ""
        return parts | signed(type(self), usual | {name: getattr(self, name) for name in measure.uses}, usual)
