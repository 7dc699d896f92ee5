"""What every Tab press and every --help costs."""

import subprocess
import sys

from benchmarks.timing import line, paired


def run(runs: int = 7) -> None:
    """Print the time of ``xlt --help``, and of the help with most options, against importing typer and rich alone."""
    bare = [sys.executable, "-c", "import typer, rich.console"]
    for words in (["--help"], ["finetune", "--help"]):
        help_ = [sys.executable, "-m", "xlt", *words]
        times = paired(
            lambda: subprocess.run(help_, stdout=subprocess.DEVNULL, check=True),
            lambda: subprocess.run(bare, check=True),
            runs,
        )
        what = f"xlt {' '.join(words)} / importing typer and rich"
        line(what, f"{times.ratio:.2f}  ({times.ours:.3f} s / {times.bound:.3f} s)")
