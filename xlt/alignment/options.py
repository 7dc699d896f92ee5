"""Which word pairs are embedded and scored, and how: the options of ``embed`` and ``align-score``."""

from typing import Annotated, Any, ClassVar

from xlt.encoders.options import EncodeOptions, ShardDial
from xlt.measures.options import ScoreOptions
from xlt.options import Option, Panel, SeedDial, options


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
    n_pairs: Annotated[int, Option("Random word pairs of each language pair; 0 takes all.", metavar="N", min=0)] = 1000
    unique_types: Annotated[bool, Option("Draw no source word and no target word twice.")] = False
    seed: SeedDial = 42

    @property
    def most(self) -> int | None:
        """Word pairs drawn of each language pair; None takes all."""
        return self.n_pairs or None

    def params(self) -> dict[str, Any]:
        """What of this defines the numbers once there are vectors, for the record; the seed stands beside it."""
        return {**self.score.params(), "n_pairs": self.most, "unique_types": self.unique_types}
