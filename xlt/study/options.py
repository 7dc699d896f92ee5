"""What is correlated and how, as the command line and notebooks say it."""

from dataclasses import dataclass
from typing import Any

from xlt import __version__
from xlt.errors import XltError
from xlt.stats.options import Adjust, Method

BY = ("task", "recipe", "stage", "direction", "depth", "strength")


@dataclass(frozen=True)
class CorrelateOptions:
    """What is correlated, and how; see ``xlt correlate --help`` for each.

    ``by`` None is :data:`BY`, or with ``x`` and ``y`` nothing. ``differences`` are written COLUMN=FIRST,SECOND.
    """

    by: tuple[str, ...] | None = None
    across: tuple[str, ...] = ()
    metric: str | None = None
    split: str | None = None
    method: Method = "spearman"
    interval: str = "bca"
    resamples: int = 2000
    adjust: Adjust | None = None
    differences: tuple[str, ...] = ()
    x: str | None = None
    y: str | None = None

    @property
    def plain(self) -> bool:
        """Whether any table's two columns are correlated, rather than scores and results."""
        return self.x is not None or self.y is not None

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that groups are made by."""
        return self.by if self.by is not None else () if self.plain else BY

    @property
    def levels(self) -> tuple[str, ...] | None:
        """The columns of a cluster bootstrap; None for another interval."""
        kind, _, columns = self.interval.partition(":")
        return tuple(columns.split(",")) if kind == "cluster" else None

    def check(self) -> None:
        """Refuse options that contradict each other.

        Raises:
            XltError: such options, or an interval that there is not.
        """
        if self.interval not in ("bca", "none") and not (self.levels and all(self.levels)):
            raise XltError(
                f"--interval {self.interval}: write bca, none, or cluster: and columns: cluster:model,lang,seed"
            )
        if self.levels and set(self.levels) <= {"seed"}:
            raise XltError("--interval cluster: seeds are drawn inside of clusters; name these, too: model,lang,seed")
        if not self.plain:
            return
        if self.x is None or self.y is None:
            raise XltError("--x and --y go together: two columns of a table")
        idle = {"--metric": self.metric, "--split": self.split, "--across": self.across}
        idle |= {"--difference": self.differences}
        for option, given in idle.items():
            if given:
                raise XltError(f"{option}: is about scores and results; with --x and --y it does nothing")

    def params(self) -> dict[str, Any]:
        """What of this defines numbers, for a record."""
        return {
            "by": list(self.keys), "across": list(self.across), "metric": self.metric, "split": self.split,
            "method": self.method, "interval": self.interval, "resamples": self.resamples, "adjust": self.adjust,
            "differences": list(self.differences), "x": self.x, "y": self.y,
        }  # fmt: skip

    def signature(self, seed: int) -> list[str]:
        """What of this defines a number, in the words of a signature."""
        parts = [f"interval:{self.interval}"]
        if self.interval != "none":
            parts += [f"resamples:{self.resamples}", f"seed:{seed}"]
        return [*parts, f"xlt:{__version__}"]
