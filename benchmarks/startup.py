"""What every Tab press and every --help costs."""

import subprocess
import sys

from benchmarks.timing import line, paired


def run(runs: int = 7) -> None:
    """Print the time of ``xlt --help`` against importing typer and rich alone."""
    help_ = [sys.executable, "-m", "xlt", "--help"]
    bare = [sys.executable, "-c", "import typer, rich.console"]
    found = paired(
        lambda: subprocess.run(help_, stdout=subprocess.DEVNULL, check=True),
        lambda: subprocess.run(bare, check=True),
        runs,
    )
    line("xlt --help / importing typer and rich", f"{found.ratio:.2f}  ({found.ours:.3f} s / {found.bound:.3f} s)")
