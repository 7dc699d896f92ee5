"""Measures of sentences: all of them together against accuracy alone, which searches as well."""

from collections.abc import Sequence

import torch

from benchmarks.scores import vectors
from benchmarks.timing import line, paired
from xlt.measures.measure import Pairs, function_of
from xlt.measures.options import MEASURES, ScoreOptions

SEARCHED = ("accuracy", "accuracy@5", "accuracy@10", "mrr", "mexa", "cosine", "distance")


def measure(x: torch.Tensor, y: torch.Tensor, names: Sequence[str], settings: ScoreOptions) -> None:
    """What align-score does at a layer, without the standard errors."""
    pairs = Pairs(x, y)
    for name in names:
        function_of(MEASURES[name], ranks=len(names) > 1)(pairs, settings)


def run(n: int = 1_024, dim: int = 768, runs: int = 15) -> None:
    """Print the figures for one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for kind in ("plain", "cone"):
        x, y = vectors(n, dim, kind)
        for strength in ("weak", "both"):
            settings = ScoreOptions(strength=strength)
            for what, names in (("ranks and distances", SEARCHED), ("with reciprocity", (*SEARCHED, "reciprocity"))):
                timed = paired(
                    lambda: measure(x, y, names, settings), lambda: measure(x, y, ["accuracy"], settings), runs
                )
                line(
                    f"measures, {n:,} x {dim}, {kind}, {strength}, {what}: all / accuracy alone",
                    f"{timed.ratio:.2f}  ({1000 * timed.ours:.0f} ms / {1000 * timed.bound:.0f} ms)",
                )
    torch.set_num_threads(threads)
