"""A study of methods as files: two models, three methods, three seeds, scores at three layers before and after."""

from pathlib import Path

import numpy as np

from tests.study import tables_of_a_study as s
from xlt.files.provenance import Input

LANGS, SEEDS, LAYERS = ("ar", "es", "fr", "zh"), (31, 42, 66), ((0, -3), (2, -2), (4, -1))
METHODS = ("none", "before", "joint")


def trained(model: str, method: str, seed: int, task: str) -> Input:
    """The record that realign and finetune would leave."""
    start = s.base(model)
    name = f"{model}-{method}-{task}-{seed}"
    if method == "before":
        start = s.realigned(f"{name}-r", start, seed)
    done = s.tuned(name, start, seed, task)
    if method == "joint" and done.record is not None:
        done.record["recipe"] = f"joint({task},contrastive,strong,dict)"
    return done


def make(folder: Path, tasks: tuple[str, ...] = ("pos",), suffix: str = ".parquet") -> dict[str, list[str]]:
    """Write scores and results; their names by kind."""
    rng = np.random.default_rng(7)
    found: dict[str, list[str]] = {"before": [], "after": [], "results": []}
    for m, model in enumerate(("org/small", "org/large")):
        rows = [
            s.score(s.base(model), lang, round(0.1 + 0.1 * m + 0.05 * i + 0.1 * k, 3), layer=layer, depth=depth)
            for i, lang in enumerate(LANGS)
            for k, (layer, depth) in enumerate(LAYERS)
        ]
        path = folder / f"before-{model.partition('/')[2]}{suffix}"
        found["before"].append(s.write(path, rows, [s.base(model)]))
        for task in tasks:
            for method in METHODS:
                for seed in SEEDS:
                    end = trained(model, method, seed, task)
                    gain = METHODS.index(method) * 0.1
                    scores = [
                        row | s.score(end, row["tgt_lang"], round(row["value"] * (0.6 + gain) + 0.03 * rng.random(), 3),
                                      layer=row["layer"], depth=row["depth"])
                        for row in rows
                    ]  # fmt: skip
                    noise = 0.02 * rng.random(len(LANGS) + 1)
                    results = [s.result(end, "en", round(0.9 + noise[-1], 4))] + [
                        s.result(end, lang, round(0.5 + 0.08 * i + 0.05 * m + 0.5 * gain * (i < 3) + noise[i], 4))
                        for i, lang in enumerate(LANGS)
                    ]
                    name = f"{model.partition('/')[2]}-{method}-{task}-{seed}{suffix}"
                    tags = {"method": method}
                    found["after"].append(s.write(folder / f"after-{name}", scores, [end]))
                    path = folder / f"results-{name}"
                    found["results"].append(s.write(path, [row | tags for row in results], [end], tags=["method"]))
    return found
