"""Reports from many rows, and what reading them alone takes."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.timing import line, paired
from xlt.files.schemas import RESULTS, SCORES
from xlt.report.comparisons import comparison_layouts
from xlt.report.layout import write_layouts
from xlt.report.page import make_page
from xlt.study.changes import measure_changes
from xlt.study.comparisons import compare_methods

METHODS, SEEDS, LANGS = ("finetune(pos)", "realign(l2)+finetune(pos)", "joint(pos,strong)"), 5, 40


def _about(model: str, recipe: str, seed: int) -> dict[str, Any]:
    bare = not recipe
    name = model if bare else f"{model}-{recipe}-{seed}"
    return {
        "model": name, "base_model": model, "recipe": recipe, "task": "" if bare else "pos",
        "seed": None if bare else seed, "weights": None,
    }  # fmt: skip


def results(rows: int) -> pa.Table:
    """Models x methods x seeds x languages."""
    rng = np.random.default_rng(0)
    known = {"train_lang": "en", "split": "test", "metric": "accuracy", "n": 5000, "n_truncated": 0, "ci_low": None}
    known |= {"ci_high": None, "signature": "overlong:window"}
    models = -(-rows // (len(METHODS) * SEEDS * LANGS))
    found = [
        _about(f"m{m}", method, seed) | known | {"lang": "en" if not k else f"l{k}", "value": float(rng.random())}
        for m in range(models) for method in METHODS for seed in range(SEEDS) for k in range(LANGS)
    ]  # fmt: skip
    return pa.Table.from_pylist(found[:rows], RESULTS.arrow())


def scores(rows: int, layers: int = 13) -> pa.Table:
    """Models before training, and after it with each method and seed, at all layers."""
    rng = np.random.default_rng(0)
    known: dict[str, Any] = {"src_lang": "en", "direction": "src-tgt", "measure": "accuracy", "strength": "strong"}
    known |= {"similarity": "cosine", "n": 1000, "se": 0.01, "signature": "pool:first"}
    runs = [("", 0), *((method, seed) for method in METHODS for seed in range(SEEDS))]
    models = -(-rows // (len(runs) * LANGS * layers))
    found = [
        _about(f"m{m}", recipe, seed) | known
        | {"tgt_lang": f"l{k}", "layer": layer, "depth": layer - layers, "value": float(rng.random())}
        for m in range(models) for recipe, seed in runs for k in range(LANGS) for layer in range(layers)
    ]  # fmt: skip
    return pa.Table.from_pylist(found[:rows], SCORES.arrow())


def run(rows: int = 100_000, runs: int = 3) -> None:
    """Print the figures; one core."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.parquet" for name in ("results", "scores")}
        pq.write_table(results(rows), files["results"])
        pq.write_table(scores(rows), files["scores"])

        def transfer() -> None:
            comparisons = compare_methods([str(files["results"])])
            write_layouts(Path(folder) / "t.tex", comparison_layouts(comparisons.rows), force=True)

        for name, what, make in (
            ("results", "report transfer, laid out as LaTeX", transfer),
            ("scores", "report change", lambda: measure_changes([str(files["scores"])])),
        ):
            timed = paired(make, lambda path=files[name]: pq.read_table(path).to_pylist(), runs)  # type: ignore[misc]
            line(
                f"{what}, {rows:,} rows: ours / rows read into Python",
                f"{timed.ratio:.1f}  ({timed.ours:.2f} s / {timed.bound:.2f} s)",
            )
        start = time.perf_counter()
        _page(files, Path(folder) / "page.html")
        line(f"report html, {rows:,} results and {rows:,} scores", f"{time.perf_counter() - start:.1f} s")


def _page(files: dict[str, Path], output: Path) -> None:
    make_page([str(path) for path in files.values()], output=output)
