"""Tables of items for the tests: as align-score writes them, by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.study.study_files import base
from xlt.files.provenance import Input, Record, make_record
from xlt.files.rows import Row
from xlt.files.schemas import FOUND, ITEMS
from xlt.files.tables import write_table

ITEM = {
    "src_lang": "en", "tgt_lang": "fr", "layer": 4, "direction": "src-tgt", "measure": "accuracy", "strength": "weak",
    "similarity": "csls", "set": "", "right": 0.5, "best_wrong": 0.25,
}  # fmt: skip


def item(row: int, hit: float, src: str = "cat", tgt: str = "chat", sent_id: int | None = None, **changed: Any) -> Row:
    """A hit (1) or a miss (0) of a word pair; by default each is alone in its sentence, at its beginning."""
    place = {"row": row, "sent_id": row if sent_id is None else sent_id, "src_idx": 0, "tgt_idx": 0}
    return ITEM | place | {"src_word": src, "tgt_word": tgt, "rank": 1 if hit else 2} | changed


def both_ways(items: Sequence[Row], backward: Sequence[float]) -> list[Row]:
    """Items, and those of the other direction with other hits."""
    other = [row | {"direction": "tgt-src", "rank": 1 if hit else 3} for row, hit in zip(items, backward, strict=True)]
    return [*items, *other]


def scored(model: Input | None = None, **params: Any) -> Record:
    """The record of a table of items of a model of four layers."""
    model = model or base("org/small")
    inputs = [Input("model", model.name, model.sha256, model.record, {"num_layers": 4})]
    return make_record("align-score", params=params, inputs=inputs, seed=42)


def write_items(path: Path, rows: Sequence[Row], record: Record | None = None, *, found: bool = False) -> str:
    """Write a table of items; a record of None is left out."""
    unusual = ITEMS.unusual(rows)
    without = [*([] if any("outcome" in row for row in rows) else ["outcome"]), *([] if found else FOUND)]
    write_table(str(path), list(rows), ITEMS.arrow(unusual=unusual, without=without), record or {}, True)
    return str(path)
