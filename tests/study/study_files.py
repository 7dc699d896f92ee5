"""Studies as files: scores before and after fine-tuning and results, with the records that eval would leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.files.identity import model_identity
from xlt.files.provenance import Input, Record, make_record
from xlt.files.rows import Row
from xlt.files.schemas import RESULTS, SCORES
from xlt.files.tables import write_table

MODELS, LANGS, SEEDS = ("small", "large"), ("ar", "es", "fr", "zh"), (31, 42)
METHODS, METHOD_SEEDS, LAYERS = ("none", "before", "joint"), (31, 42, 66), ((0, -3), (2, -2), (4, -1))
SCORE = {"layer": 4, "depth": -1, "direction": "src-tgt", "measure": "accuracy", "strength": "strong",
         "similarity": "cosine", "n": 1000, "se": 0.01}  # fmt: skip
SIGNED = "pairs:1000|seed:42|data:{}|pool:first|overlong:window|xlt:0.1.0"
RESULT = {"train_lang": "en", "split": "test", "metric": "accuracy", "n": 5000, "n_truncated": 0}


def base(name: str) -> Input:
    return Input("model", name, f"weights of {name}")


def tuned(name: str, parent: Input, seed: int, task: str = "pos") -> Input:
    record = make_record("finetune", params={}, inputs=[parent], seed=seed)
    return Input("model", name, f"weights of {name}", record | {"recipe": f"finetune({task})", "task": task})


def realigned(name: str, parent: Input, seed: int) -> Input:
    record = make_record("realign", params={}, inputs=[parent], seed=seed)
    return Input("model", name, f"weights of {name}", record | {"recipe": "realign(l2)", "task": ""})


def score(model: Input, lang: str, value: float | None, **changed: Any) -> Row:
    known = model_identity(model.as_json()) | SCORE | {"src_lang": "en", "tgt_lang": lang, "value": value}
    return known | {"signature": SIGNED.format(lang)} | changed


def result(model: Input, lang: str, value: float | None, **changed: Any) -> Row:
    signature = f"data:{lang}|split:test|overlong:window|resamples:1000|seed:42|xlt:0.1.0"
    known = model_identity(model.as_json()) | RESULT | {"lang": lang, "value": value, "signature": signature}
    return known | changed


def write(
    path: Path, rows: Sequence[Row], models: Sequence[Input] = (), predictions: bool = False, tags: Sequence[str] = ()
) -> str:
    """Write rows as a table; ``models`` are the inputs in its record, with ``predictions`` one level deeper."""
    scores = "layer" in rows[0]
    inputs = list(models)
    if predictions:
        answered = make_record("eval", params={}, inputs=inputs)
        inputs = [Input("predictions", "p.parquet", "p", answered)]
    record: Record = make_record("align-score" if scores else "eval", params={}, inputs=inputs)
    kind = SCORES if scores else RESULTS
    write_table(str(path), list(rows), kind.arrow(extra=tags, unusual=kind.unusual(rows)), record, True)
    return str(path)


@dataclass(frozen=True)
class Study:
    """Names of the files, and alignment and transfer by (stage, model, lang, seed)."""

    before: list[str]
    after: list[str]
    results: list[str]
    alignment: dict[tuple[str, str, str, int], float]
    ctl: dict[tuple[str, str, int], float]

    @property
    def all(self) -> list[str]:
        return [*self.before, *self.after, *self.results]


def make_study(folder: Path, *, suffix: str = ".parquet", predictions: bool = False) -> Study:
    """Two models, four languages, two seeds: one file of scores a model, one of scores and results a seed."""
    rng = np.random.default_rng(0)
    study = Study([], [], [], {}, {})
    for model in MODELS:
        start = base(model)
        values = {lang: round(rng.random(), 3) for lang in LANGS}
        rows = [score(start, lang, value) for lang, value in values.items()]
        study.before.append(write(folder / f"before-{model}{suffix}", rows, [start]))
        for seed in SEEDS:
            end = tuned(f"{model}-{seed}", start, seed)
            scores, results = [], [result(end, "en", 0.8)]
            for lang in LANGS:
                after, target = (round(values[lang] + 0.3 * rng.random(), 3) for _ in range(2))
                scores.append(score(end, lang, after))
                results.append(result(end, lang, target / 2))
                study.alignment["before", model, lang, seed] = values[lang]
                study.alignment["after", model, lang, seed] = after
                study.ctl[model, lang, seed] = (target / 2 - 0.8) / 0.8
            study.after.append(write(folder / f"after-{model}-{seed}{suffix}", scores, [end]))
            path = folder / f"results-{model}-{seed}{suffix}"
            study.results.append(write(path, results, [end], predictions))
    return study


def _trained(model: str, method: str, seed: int, task: str) -> Input:
    """The record that realign and finetune would leave."""
    start = base(model)
    name = f"{model}-{method}-{task}-{seed}"
    if method == "before":
        start = realigned(f"{name}-r", start, seed)
    end = tuned(name, start, seed, task)
    if method == "joint" and end.record is not None:
        end.record["recipe"] = f"joint({task},contrastive,strong,dict)"
    return end


def make_methods(folder: Path, tasks: tuple[str, ...] = ("pos",), suffix: str = ".parquet") -> dict[str, list[str]]:
    """Two models, three methods, three seeds, scores at three layers before and after: names of the files by kind."""
    rng = np.random.default_rng(7)
    names: dict[str, list[str]] = {"before": [], "after": [], "results": []}
    for m, model in enumerate(("org/small", "org/large")):
        rows = [
            score(base(model), lang, round(0.1 + 0.1 * m + 0.05 * i + 0.1 * k, 3), layer=layer, depth=depth)
            for i, lang in enumerate(LANGS)
            for k, (layer, depth) in enumerate(LAYERS)
        ]
        path = folder / f"before-{model.partition('/')[2]}{suffix}"
        names["before"].append(write(path, rows, [base(model)]))
        for task in tasks:
            for method in METHODS:
                for seed in METHOD_SEEDS:
                    end = _trained(model, method, seed, task)
                    gain = METHODS.index(method) * 0.1
                    scores = [
                        row | score(end, row["tgt_lang"], round(row["value"] * (0.6 + gain) + 0.03 * rng.random(), 3),
                                      layer=row["layer"], depth=row["depth"])
                        for row in rows
                    ]  # fmt: skip
                    noise = 0.02 * rng.random(len(LANGS) + 1)
                    results = [result(end, "en", round(0.9 + noise[-1], 4))] + [
                        result(end, lang, round(0.5 + 0.08 * i + 0.05 * m + 0.5 * gain * (i < 3) + noise[i], 4))
                        for i, lang in enumerate(LANGS)
                    ]
                    name = f"{model.partition('/')[2]}-{method}-{task}-{seed}{suffix}"
                    tags = {"method": method}
                    names["after"].append(write(folder / f"after-{name}", scores, [end]))
                    path = folder / f"results-{name}"
                    names["results"].append(write(path, [row | tags for row in results], [end], tags=["method"]))
    return names
