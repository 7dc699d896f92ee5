"""What tables of items hold, and whose items their records say they are."""

from pathlib import Path

import numpy as np
import pytest

from tests.study.item_files import item, scored, write_items
from tests.study.study_files import base, tuned
from xlt.errors import XltError
from xlt.files.provenance import Input, make_record
from xlt.study.items import read_items


def test_the_model_is_that_of_the_record(tmp_path: Path) -> None:
    model = tuned("here/pos", base("org/small"), 31)
    items = read_items(write_items(tmp_path / "i.parquet", [item(0, 1)], scored(model, candidates="types")))
    assert items.identity["model"] == "here/pos"
    assert items.identity["base_model"] == "org/small"
    assert items.identity["recipe"] == "finetune(pos)"
    assert (items.identity["seed"], items.num_layers, items.candidates, items.subset) == (31, 4, "types", "")


def test_items_of_folders_have_the_model_of_these(tmp_path: Path) -> None:
    embedded = make_record("embed", params={}, inputs=[base("org/small")]) | {"num_layers": 12}
    folders = [Input("embeddings", name, name, embedded) for name in ("one", "two")]
    record = make_record("align-score", params={}, inputs=folders)
    items = read_items(write_items(tmp_path / "i.parquet", [item(0, 1)], record))
    assert (items.identity["model"], items.num_layers) == ("org/small", 12)
    other = make_record("embed", params={}, inputs=[base("org/large")])
    record = make_record("align-score", params={}, inputs=[*folders, Input("embeddings", "three", "3", other)])
    with pytest.raises(XltError, match=r"several models \(org/large, org/small\)"):
        read_items(write_items(tmp_path / "several.parquet", [item(0, 1)], record))


def test_items_without_a_record(tmp_path: Path) -> None:
    name = write_items(tmp_path / "i.csv", [item(0, 1)])
    items = read_items(name)
    assert (items.identity["model"], items.num_layers, items.candidates) == (name, None, "pairs")
    found = item(0, 1, found_lang="fr", found_sent_id=0, found_word="chat", found_idx=0)
    with pytest.raises(XltError, match=r"f\.csv has no record"):
        read_items(write_items(tmp_path / "f.csv", [found], found=True))


def test_outcomes_and_settings(tmp_path: Path) -> None:
    rows = [
        item(0, 1, layer=2), item(0, 0), item(1, 0, layer=2), item(1, 1),
        item(0, 0, measure="cosine", outcome=0.75, rank=None, strength="", direction="both"),
        # The mean of both directions follows from the two.
        item(0, 0, direction="mean", rank=None, outcome=0.5),
    ]  # fmt: skip
    items = read_items(write_items(tmp_path / "i.parquet", rows, scored()))
    assert items.outcome.tolist() == [1, 0, 0, 1, 0.75]
    assert items.searching() == ["src"] * 5
    settings = [(setting, members.tolist()) for setting, members in items.settings(("layer", "measure"))]
    assert settings == [
        ({"layer": 2, "measure": "accuracy"}, [0, 2]),
        ({"layer": 4, "measure": "accuracy"}, [1, 3]),
        ({"layer": 4, "measure": "cosine"}, [4]),
    ]


def test_what_is_not_known(tmp_path: Path) -> None:
    rows = [item(3, 1, sent_id=7), item(4, 1, src_word=None) | {"sent_id": None}, item(5, 0, rank=None)]
    items = read_items(write_items(tmp_path / "i.parquet", rows, scored()))
    assert np.array_equal(items.cluster, [7, 4, 5])
    with pytest.raises(XltError, match=r"i\.parquet:row 1: src_word is empty"):
        items.known("src_word")
    with pytest.raises(XltError, match=r"i\.parquet:row 2: there is neither rank nor outcome"):
        _ = items.outcome
