"""The losses of 20 steps of each method on a tiny model without dropout: an unintended change of any part shows.

Where a change is meant, the numbers are printed by the failing test.
"""

import json
from pathlib import Path

import pytest

from tests.checkpoints import make_trainable
from tests.pair_files import random_rows, write_pairs
from tests.training.task_files import write_tagged
from xlt.losses.options import L2, Contrastive
from xlt.training.finetune import finetune
from xlt.training.options import Aim, FinetuneOptions, Joint, RealignOptions, TrainOptions
from xlt.training.realign import realign

AIMS: dict[str, Aim] = {
    "strong": Aim(batch_size=4),
    "weak": Aim(loss=Contrastive(strength="weak", temperature=0.2), layers="1,-1", batch_size=4),
    "l2": Aim(loss=L2(), batch_size=4),
    "l2-tgt": Aim(loss=L2(keep="tgt", regularisation=2.0), pool="mean", batch_size=4),
}
CURVES: dict[str, list[float]] = {
    "strong": [
        2.7984, 2.0768, 2.5279, 1.92, 2.5596, 2.2679, 1.9405, 1.6299, 2.7039, 1.8982,
        2.2611, 2.2996, 2.3938, 1.6717, 2.8942, 2.1402, 2.7817, 1.584, 2.0428, 0.9361,
    ],
    "weak": [
        2.2487, 1.9623, 2.0619, 1.7241, 2.1841, 2.0684, 1.9281, 1.685, 2.0796, 1.9312,
        2.103, 1.9816, 2.0335, 1.6269, 2.4141, 1.9616, 2.1864, 1.8207, 1.8757, 1.2073,
    ],
    "l2": [
        68.4495, 77.6969, 66.8699, 37.153, 75.0459, 58.3875, 44.1159, 31.9899, 73.0134, 65.3691,
        56.1444, 39.3788, 40.5128, 33.5168, 89.2319, 57.8156, 93.9984, 47.4741, 40.8119, 3.3269,
    ],
    "l2-tgt": [
        24.8598, 26.9658, 36.6981, 15.957, 33.0948, 15.2909, 12.1953, 13.6862, 36.8878, 17.6281,
        17.0544, 16.144, 16.7241, 24.6969, 32.7582, 22.1708, 52.6421, 12.2834, 14.5491, 1.3148,
    ],
    "task": [
        1.3652, 1.3815, 1.4237, 1.3696, 1.3831, 1.3955, 1.4107, 1.3579, 1.3495, 1.3633,
        1.3708, 1.4089, 1.3807, 1.3404, 1.3643, 1.358, 1.409, 1.3683, 1.3597, 1.3468,
    ],
    "joint": [
        2.7644, 2.4199, 2.6879, 2.3318, 2.6659, 2.5336, 2.384, 2.1762, 2.705, 2.3191,
        2.5051, 2.5668, 2.5831, 2.1897, 2.818, 2.4297, 2.8105, 2.1683, 2.3925, 1.8244,
    ],
}  # fmt: skip


def make_fixed(folder: Path) -> str:
    """A tiny BERT whose vocabulary is stated: a trained one orders what is equally frequent anew in each process."""
    model = make_trainable(folder / "model")
    tokenizer = json.loads((folder / "model" / "tokenizer.json").read_text(encoding="utf-8"))
    letters = sorted({c for r in random_rows(99) for w in (*r["src_tokens"], *r["tgt_tokens"]) for c in w})
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "le", "chat", "##on", "##at", *letters]
    vocabulary = [*names, *(f"##{c}" for c in letters)]
    tokenizer["model"]["vocab"] = {name: i for i, name in enumerate(vocabulary)}
    (folder / "model" / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    return model


def curve(method: str, model: str, folder: Path, micro_batch: int | None = None) -> list[float]:
    """The loss of each step."""
    folder.mkdir()
    pairs = [write_pairs(folder / f"{tgt}.parquet", random_rows(n, f"en-{tgt}")) for n, tgt in ((14, "fr"), (5, "ar"))]
    data = write_tagged(folder / "train.tsv", 40)
    options = TrainOptions(lr=1e-4, device="cpu", seed=5, micro_batch=micro_batch)
    losses: list[float] = []

    def progress(done: int, total: int, loss: float, rate: float) -> None:
        losses.append(round(loss, 4))

    if method in AIMS:
        aims = RealignOptions(aim=AIMS[method], steps=20, train=options)
        realign(model, pairs, aims, output=folder / "out", progress=progress)
    else:
        joint = Joint(pairs=tuple(pairs), weight=0.5, aim=Aim(batch_size=4)) if method == "joint" else None
        learning = FinetuneOptions(task="pos", data=(data,), epochs=4, batch_size=8, joint=joint, train=options)
        finetune(model, ["en"], learning, output=folder / "out", progress=progress)
    return losses


@pytest.mark.parametrize("method", CURVES)
def test_curve(tmp_path: Path, method: str) -> None:
    model = make_fixed(tmp_path)
    whole = curve(method, model, tmp_path / "whole")
    assert whole == pytest.approx(CURVES[method], rel=1e-3), whole
    assert curve(method, model, tmp_path / "parts", 3) == pytest.approx(whole, rel=1e-3)
