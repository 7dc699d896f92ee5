"""What the tests of training share: tiny checkpoints, task data in files, gradients and weights by name."""

import contextlib
import json
import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.checkpoints import make_checkpoint
from xlt.arrays import Ints
from xlt.encoders.tokens import WordTokenizer
from xlt.training.loop import Random, Term
from xlt.training.randomness import seeded

CPU = torch.device("cpu")
_WORDS = {
    "DET": "the a every no",
    "NOUN": "cat mat light morning God heavens earth beginning",
    "VERB": "sat looked created was said went",
    "ADP": "on at in of",
}


def make_trainable(folder: Path, family: str = "bert", dropout: float = 0.0, seed: int = 0) -> str:
    """A tiny checkpoint, each of whose dropouts has the same rate."""
    make_checkpoint(folder, family, seed=seed)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {key: dropout for key in config if "dropout" in key}
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(folder)


def tagged(count: int, seed: int = 0, longest: int = 7) -> tuple[list[list[str]], list[list[str]]]:
    """Sentences of random words and the part of speech of each."""
    draw = random.Random(f"tagged{seed}")
    words, tags = [], []
    for _ in range(count):
        tags.append(draw.choices(list(_WORDS), k=draw.randint(2, longest)))
        words.append([draw.choice(_WORDS[tag].split()) for tag in tags[-1]])
    return words, tags


def write_tagged(path: Path, count: int, seed: int = 0, longest: int = 7) -> str:
    """Tagged sentences as two columns."""
    words, tags = tagged(count, seed, longest)
    sentences = ["".join(f"{w}\t{t}\n" for w, t in zip(*s, strict=True)) for s in zip(words, tags, strict=True)]
    path.write_text("\n".join(sentences), encoding="utf-8")
    return str(path)


def write_texts(path: Path, count: int, seed: int = 0) -> str:
    """Texts whose label is the part of speech of their first word, as TSV with a header."""
    words, tags = tagged(count, seed)
    rows = [f"{' '.join(w)}\t{t[0]}\n" for w, t in zip(words, tags, strict=True)]
    path.write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    return str(path)


def no_random(i: int) -> contextlib.AbstractContextManager[None]:
    """Nothing is drawn where nothing is dropped out."""
    return contextlib.nullcontext()


def fixed_random(*parts: object) -> Random:
    """The random state of a step, as the loop hands it to a term."""
    return partial(seeded, CPU, *parts)


def gradients(model: Any, term: Term, batch: Any, random: Random = no_random) -> tuple[float, dict[str, Tensor]]:
    """Value of a term and the gradients that it leaves, by parameter."""
    model.zero_grad()
    value, _ = term.backward(batch, random)
    return float(value), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def slow_gradients(model: Any, value: Callable[[], Tensor]) -> tuple[float, dict[str, Tensor]]:
    """The same of a loss that is computed in one go."""
    model.zero_grad()
    loss = value()
    loss.backward()  # type: ignore[no-untyped-call]
    return float(loss.detach()), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def apart(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The greatest difference of two sets of tensors, relative to the greatest entry."""
    assert one.keys() == other.keys()
    largest = max(float(t.abs().max()) for t in one.values())
    return max(float((one[n] - other[n]).abs().max()) for n in one) / largest


def weights(folder: Path | str) -> dict[str, Tensor]:
    """The weights of a checkpoint folder."""
    return load_file(Path(folder) / "model.safetensors")


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two sets of tensors are the same, bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


def log_of(folder: Path, without: Sequence[str] = ("words_per_second",)) -> list[dict[str, Any]]:
    """The metrics log, without what depends on the hour."""
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in without} for line in lines]


def spelled(unknown: int | None = None) -> WordTokenizer:
    """One subword a letter, its code point as id; 1 and 2 stand around a sentence; an empty word has no subword."""

    def split(sentences: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
        import numpy as np

        words = [w for s in sentences for w in s]
        ids = np.array([ord(c) for w in words for c in w], np.int64)
        return ids, np.repeat(np.arange(len(words)), [len(w) for w in words])

    return WordTokenizer([1], [2], 0, unknown, False, split, chr)
