"""A small study as files: scores before and after fine-tuning and results, with the records that eval would leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlt.files.identity import model_identity
from xlt.files.provenance import Input, Record, make_record
from xlt.files.schemas import RESULTS, SCORES
from xlt.files.tables import write_table

Row = dict[str, Any]

MODELS, LANGS, SEEDS = ("small", "large"), ("ar", "es", "fr", "zh"), (31, 42)
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
    schema = (SCORES if scores else RESULTS).arrow(extra=tags)
    write_table(str(path), list(rows), schema, record, True)
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
