"""``python -m benchmarks [NAME …]``, such as ``correlate report``: all without a name."""

import sys
from collections.abc import Callable

from benchmarks import aligners, correlate, coverage, pairs, report, scores, startup, training, words

BENCHMARKS: dict[str, Callable[[], None]] = {
    "startup": startup.run,
    "pairs": pairs.run,
    "words": words.run,
    "scores": scores.run,
    "training": training.run,
    "correlate": correlate.run,
    "coverage": coverage.run,
    "aligners": aligners.run,
    "report": report.run,
}

if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"unknown benchmark {sorted(unknown)[0]}; there are {', '.join(BENCHMARKS)}")
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()
