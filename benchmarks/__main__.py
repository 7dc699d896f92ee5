"""``python -m benchmarks [NAME …]``: all without a name."""

import argparse
from importlib import import_module

NAMES = (
    "startup",
    "pairs",
    "words",
    "sentences",
    "scores",
    "measures",
    "training",
    "correlate",
    "coverage",
    "aligners",
    "report",
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ratios of our time to a bound, in one process on the same data."
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"{', '.join(NAMES)}; without a name, all of them")
    names = parser.parse_args().names
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"unknown benchmark {unknown[0]}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        import_module(f"benchmarks.{name}").run()
