"""Paired timing: two ways in turn, in one process on the same data, so that a drifting machine hits both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Paired:
    """Median seconds of both ways and the median of the ratios pair by pair."""

    ours: float
    bound: float
    ratio: float


def paired(ours: Callable[[], object], bound: Callable[[], object], runs: int) -> Paired:
    """Run bound, ours, bound, ours, … after one warm-up of each that is not counted where ``runs`` is above 1."""
    if runs > 1:
        bound()
        ours()
    times = [(_seconds(bound), _seconds(ours)) for _ in range(runs)]
    return Paired(
        statistics.median(o for _, o in times),
        statistics.median(b for b, _ in times),
        statistics.median(o / b for b, o in times),
    )


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def line(what: str, figure: str) -> None:
    """One printed result."""
    print(f"{what:<72} {figure}", flush=True)
