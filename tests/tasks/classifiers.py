"""Running random classifiers on tiny data, and what comes of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xlt.files.schemas import PREDICTIONS
from xlt.files.tables import open_table
from xlt.tasks.evaluate import evaluate
from xlt.tasks.options import EvalOptions, RescoreOptions, ScoringOptions
from xlt.tasks.results import Results

TAGS = ["B-L", "B-P", "I-L", "I-P", "O"]
POS = ["ADP", "NOUN", "VERB"]
QUICK = ScoringOptions(resamples=20)
Make = Callable[..., str]


def write_tags(path: Path, sentences: list[list[str]], labels: list[str] = POS, first: int = 0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "".join(f"{word}\t{labels[(first + i + len(word)) % len(labels)]}\n" for i, word in enumerate(s))
        for s in sentences
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def run(model: str, langs: list[str], *data: str, scoring: ScoringOptions = QUICK, **given: Any) -> Results:
    options = {k: given.pop(k) for k in list(given) if k in EvalOptions.__dataclass_fields__}
    return evaluate(model, langs, EvalOptions(data=data, device="cpu", scoring=scoring, **options), **given)


def rescoring(task: str | None = None) -> RescoreOptions:
    return RescoreOptions(task=task, scoring=QUICK)


def content(path: Path) -> pa.Table:
    """The table without its record."""
    return pq.read_table(path).replace_schema_metadata(None)


def predictions(path: Path) -> list[dict[str, Any]]:
    return [r for b in open_table(str(path), PREDICTIONS).batches(None) for r in b.to_pylist()]
