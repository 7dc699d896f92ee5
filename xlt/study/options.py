"""What is correlated, compared or imported, and how."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from xlt.errors import OptionError
from xlt.options import Option, Panel, SeedDial, options, params
from xlt.stats.options import Adjust, Method
from xlt.tasks.kinds import TASKS

# What correlations are grouped by unless told otherwise.
BY = ("task", "recipe", "stage", "direction", "depth", "strength")

_OWN_METRIC = "the task's own: accuracy; " + "".join(
    f"{metric} for {', '.join(name for name, task in TASKS.items() if task.select == metric)}"
    for metric in dict.fromkeys(task.select for task in TASKS.values())
    if metric != "accuracy"
)
# What is said of scores and results, and of no other table.
_OF_A_STUDY = {"x": (None,), "y": (None,)}

# Whether it changes a number is told by the file, an input of the record.
GroupsDial = Annotated[
    Path | None,
    Option(
        "Groups of language pairs, a CSV file of src_lang, tgt_lang, group: a column 'group'.",
        metavar="FILE",
        defines=False,
        panel="Input",
    ),
]
SplitDial = Annotated[str | None, Option("Split of the results.", metavar="S", shown="all")]
DdofDial = Annotated[
    int, Option("Standard deviations divide by seeds less this; the papers' code has 0.", min=0, max=1)
]
# What points and changes are of unless told otherwise: a model scored at every layer has far more points than a panel.
POINT_LAYERS, CHANGE_LAYERS = "-1", "all"
# Edges of the bins that numbers are put in unless told otherwise.
BINS = {
    "rank-difference": "0,1,3,10,30,100,300,1000,3000,10000",
    "overlap": "0,0.2,0.4,0.6,0.8,1",
    "length": "1,2,3,4,5,6,8,10,15",
}
_LAYERS = "Layers: 'all', '-1' (the last), '0,4,-1'."
LayersDial = Annotated[str, Option(_LAYERS, metavar="LAYERS")]
# Of several figures, each with its own.
FigureLayersDial = Annotated[
    str | None, Option(_LAYERS, metavar="LAYERS", shown=f"{POINT_LAYERS}; of layers {CHANGE_LAYERS}")
]


@options
class CorrelateOptions:
    """What is correlated, and how."""

    help_panel: ClassVar[Panel] = "Method"

    by: Annotated[
        tuple[str, ...] | None,
        Option(
            "Columns, joined by commas: a correlation for each combination of their values. 'model' is the model "
            "that training started from.",
            metavar="COLS",
            joined=True,
            shown=f"{','.join(BY)}; with --x and --y none",
        ),
    ] = None
    across: Annotated[
        tuple[str, ...],
        Option(
            "Columns that may vary inside a group, beside model, language and seed; 'signature' for how it was "
            "measured.",
            metavar="COLS",
            joined=True,
            only=_OF_A_STUDY,
        ),
    ] = ()
    metric: Annotated[
        str | None, Option("Metric behind transfer.", metavar="M", shown=_OWN_METRIC, only=_OF_A_STUDY)
    ] = None
    split: Annotated[str | None, Option("Split of the results.", metavar="S", shown="all", only=_OF_A_STUDY)] = None
    method: Annotated[Method, Option("The coefficient; kendall is tau-b.")] = "spearman"
    interval: Annotated[
        str,
        Option(
            "95 % interval: bca draws points; cluster:model,lang,seed draws models and languages, crossed, and seeds "
            "inside of both; none.",
            metavar="bca|cluster:COLS|none",
        ),
    ] = "bca"
    resamples: Annotated[int, Option("Bootstrap samples.", metavar="N", min=2)] = 2000
    adjust: Annotated[
        Adjust | None,
        Option("Adjust p-values for the number of rows: Holm, or Benjamini and Hochberg.", shown="no"),
    ] = None
    differences: Annotated[
        tuple[str, ...],
        Option(
            "Difference of two correlations over the same points, by paired bootstrap, in place of correlations: "
            "strength=strong,weak; may be repeated.",
            metavar="COL=A,B",
            flag="difference",
            only=_OF_A_STUDY,
        ),
    ] = ()
    groups: Annotated[
        Path | None,
        Option(
            "Groups of language pairs, a CSV file of src_lang, tgt_lang, group: a column 'group', for --by.",
            metavar="FILE",
            defines=False,
            panel="Input",
            only=_OF_A_STUDY,
        ),
    ] = None
    x: Annotated[str | None, Option("With --y: a column of a plain table.", metavar="COL")] = None
    y: Annotated[str | None, Option("The column that --x goes with.", metavar="COL")] = None
    seed: SeedDial = 42

    def __post_init__(self) -> None:
        """Refuse an interval that there is not, and one of two columns.

        Raises:
            OptionError: such a value.
        """
        if self.interval not in ("bca", "none") and not (self.levels and all(self.levels)):
            text = f"{self.interval}: write bca, none, or cluster: and columns: cluster:model,lang,seed"
            raise OptionError("interval", text)
        if self.levels and set(self.levels) <= {"seed"}:
            text = f"{self.interval}: seeds are drawn inside of clusters; name these, too: model,lang,seed"
            raise OptionError("interval", text)
        if (self.x is None) != (self.y is None):
            raise OptionError("x", "and {option} go together: two columns of a table", "y")

    @property
    def columns(self) -> tuple[str, str] | None:
        """The two columns of any table, where these are correlated rather than scores and results."""
        return None if self.x is None or self.y is None else (self.x, self.y)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that groups are made by."""
        return self.by if self.by is not None else () if self.columns else BY

    @property
    def levels(self) -> tuple[str, ...] | None:
        """The columns of a cluster bootstrap; None for another interval."""
        kind, _, columns = self.interval.partition(":")
        return tuple(columns.split(",")) if kind == "cluster" else None

    def params(self) -> dict[str, Any]:
        """What defines the numbers, for a record."""
        return params(self) | {"by": list(self.keys)}

    def signed(self) -> dict[str, object]:
        """What of this defines a number, as parts of its signature."""
        parts: dict[str, object] = {"interval": self.interval}
        return parts if self.interval == "none" else parts | {"resamples": self.resamples, "seed": self.seed}


@options
class ChangeOptions:
    """Which changes of alignment are told, and how they spread."""

    help_panel: ClassVar[Panel] = "Method"

    layers: LayersDial = CHANGE_LAYERS
    absolute: Annotated[
        bool,
        Option(
            "Tell the difference, after - before, as well, and print it in place of the relative change: of measures "
            "that may be 0 or less.",
            defines="changed",
        ),
    ] = False
    groups: GroupsDial = None
    ddof: DdofDial = 1


Grouping = Literal["tag", "rank-difference", "overlap", "script", "length"]
_BY_TAG, _BY_RANK = {"by": ("tag",)}, {"by": ("rank-difference",)}


@options
class BreakdownOptions:
    """What words are grouped by."""

    help_panel: ClassVar[Panel] = "Method"

    by: Annotated[
        Grouping,
        Option(
            "tag: part of speech of the word that searches; rank-difference: of the frequency ranks of both words; "
            "overlap: of their letters, 1 - Levenshtein distance / length; script: whether it is the same; length: "
            "letters of the word that searches.",
        ),
    ]
    tags: Annotated[
        tuple[str, ...],
        Option(
            "Tags of a language: CoNLL-U or a word and its tag a line, sentences as in the corpus; may be repeated.",
            metavar="LANG=FILE",
            only=_BY_TAG,
            defines=False,
            panel="Input",
        ),
    ] = ()
    pairs: Annotated[
        tuple[str, ...],
        Option(
            "Pairs file whose columns src_tags and tgt_tags tell the tags; may be repeated.",
            metavar="FILE",
            only=_BY_TAG,
            defines=False,
            panel="Input",
        ),
    ] = ()
    counts: Annotated[
        tuple[str, ...],
        Option(
            "Counts of the words of a language, a word, a tab and its count a line; may be repeated.",
            metavar="LANG=FILE",
            only=_BY_RANK,
            defines=False,
            panel="Input",
        ),
    ] = ()
    counts_from: Annotated[
        tuple[str, ...],
        Option(
            "Pairs file whose words are counted, say that of training; may be repeated.",
            metavar="FILE",
            only=_BY_RANK,
            defines=False,
            panel="Input",
        ),
    ] = ()
    bins: Annotated[
        str | None,
        Option(
            "Edges of bins: low <= number < high; or quantile:10 for bins of equal size.",
            metavar="EDGES",
            shown="; ".join(f"{name} {edges}" for name, edges in BINS.items()),
            only={"by": tuple(BINS)},
        ),
    ] = None
    signed: Annotated[bool, Option("Keep the sign of the difference of ranks, source less target.", only=_BY_RANK)] = (
        False
    )
    seed: SeedDial = 42

    def __post_init__(self) -> None:
        """Refuse counts told in two ways.

        Raises:
            OptionError: lists of counts, and tables to count in.
        """
        if self.counts and self.counts_from:
            raise OptionError("counts", "has no effect with {option}; give one of the two", "counts_from")

    @property
    def edges(self) -> str:
        """The bins asked for, or the usual ones; of differences with a sign those below 0 as well."""
        usual = BINS.get(self.by, "")
        if self.signed:
            below = [f"-{edge}" for edge in reversed(usual.split(",")) if edge != "0"]
            usual = ",".join([*below, usual])
        return self.bins or usual


@options
class ExampleOptions:
    """Which words are shown, and where their sentences are."""

    help_panel: ClassVar[Panel] = "Method"

    pairs: Annotated[
        tuple[str, ...],
        Option("Pairs file that was scored: it holds the sentences; may be repeated.", metavar="FILE", panel="Input"),
    ] = ()
    word: Annotated[
        tuple[str, ...],
        Option(
            "Words, joined by commas.",
            metavar="WORDS",
            joined=True,
            shown="the 5 with the most translations, two of which are found",
        ),
    ] = ()
    side: Annotated[Literal["src", "tgt"], Option("The side of the words, which searches.")] = "src"
    layer: Annotated[int, Option("The layer, from the end where it is negative.", metavar="LAYER")] = -1
    most: Annotated[int, Option("Occurrences of each word.", metavar="N", min=1, flag="max")] = 4


@options
class CompareOptions:
    """Which methods are compared with which baseline, and how."""

    help_panel: ClassVar[Panel] = "Method"

    method: Annotated[
        tuple[str, ...],
        Option("Columns that tell methods apart, joined by commas: recipe, or tags.", metavar="COLS", joined=True),
    ] = ("recipe",)
    baseline: Annotated[
        str | None,
        Option("The method that others are compared with.", metavar="VALUE", shown="the one without realignment"),
    ] = None
    metric: Annotated[str | None, Option("Metric.", metavar="M", shown=_OWN_METRIC)] = None
    split: SplitDial = None
    ddof: DdofDial = 1


@options
class TransferOptions:
    """Which methods are compared, and over which languages the averages are."""

    help_panel: ClassVar[Panel] = "Method"

    compare: CompareOptions = CompareOptions()
    groups: GroupsDial = None


@options
class WideOptions:
    """What the columns of a wide table are called, and what they do not say."""

    help_panel: ClassVar[Panel] = "Input"

    source: Annotated[str, Option("Language of training; its column is called 'same'.", metavar="LANG")] = "en"
    split: Annotated[str, Option("Split of the results.", metavar="SPLIT")] = "test"
    strength: Annotated[
        Literal["weak", "strong"], Option("What the alignment scores are, where no {strength} says it.")
    ] = "strong"
    result_columns: Annotated[str, Option("What columns of results are called.", metavar="PATTERN")] = (
        "final_eval_{lang}_{metric}"
    )
    score_columns: Annotated[
        str, Option("What columns of alignment scores are called; {strength} may stand there, too.", metavar="PATTERN")
    ] = "alignment_{stage}_{direction}_{lang}_{layer}"
