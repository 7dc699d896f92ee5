"""Which word pairs are embedded and scored, and how: the options of ``embed`` and ``align-score``."""

from typing import Annotated, Any, ClassVar

from xlt.encoders.options import EncodeOptions, ShardDial
from xlt.errors import OptionError
from xlt.measures.options import ScoreOptions
from xlt.options import Option, Panel, SeedDial, options

# Word pairs that are drawn where nobody says how many, as in gaschi2023.
_N_PAIRS = 1000


@options
class EmbedOptions:
    """Which word pairs are embedded, and how."""

    help_panel: ClassVar[Panel] = "Input"

    encode: EncodeOptions = EncodeOptions()
    n_pairs: Annotated[
        int | None, Option("Random word pairs of each language pair.", metavar="N", min=1, shown="all")
    ] = None
    seed: SeedDial = 42
    shard: ShardDial = None

    def params(self) -> dict[str, Any]:
        """What defines the vectors, for the record; the seed stands beside it."""
        return {**self.encode.params(), "n_pairs": self.n_pairs, "shard": self.shard}


@options
class AlignScoreOptions:
    """Which word pairs are scored, and how; of vectors that are made already only the layers and the device count."""

    help_panel: ClassVar[Panel] = "Method"

    encode: EncodeOptions = EncodeOptions()
    score: ScoreOptions = ScoreOptions()
    n_pairs: Annotated[
        int | None,
        Option(
            "Random word pairs of each language pair; 0 takes all.",
            metavar="N",
            min=0,
            shown=f"{_N_PAIRS}; all, where whole corpora are searched",
        ),
    ] = None
    unique_types: Annotated[bool, Option("Draw no source word and no target word twice.")] = False
    unseen: Annotated[
        tuple[str, ...],
        Option(
            "Score only word pairs that are not linked in this pairs file, say that of training; may be repeated.",
            metavar="PAIRS",
            defines="changed",
        ),
    ] = ()
    unseen_lowercase: Annotated[bool, Option("Compare with those files without regard to case.", defines="changed")] = (
        False
    )
    seed: SeedDial = 42

    @property
    def most(self) -> int | None:
        """Word pairs drawn of each language pair; None takes all."""
        if self.n_pairs is None:
            return _N_PAIRS if self.score.candidates == "pairs" else None
        return self.n_pairs or None

    def __post_init__(self) -> None:
        searched = self.score.candidates
        if searched == "pairs" and self.unseen:
            raise OptionError("unseen", "has no effect without {option} corpus; leave it out", "candidates")
        if self.unseen_lowercase and not self.unseen:
            raise OptionError("unseen_lowercase", "has no effect without {option}; leave it out", "unseen")
        if searched != "pairs" and self.unique_types:
            raise OptionError(
                "unique_types", "is for drawn pairs; {option} types takes one word of each form", "candidates"
            )

    def params(self) -> dict[str, Any]:
        """What of this defines the numbers once there are vectors, for the record; the seed stands beside it."""
        lowercase = {"unseen_lowercase": True} if self.unseen_lowercase else {}
        return {**self.score.params(), "n_pairs": self.most, "unique_types": self.unique_types, **lowercase}
