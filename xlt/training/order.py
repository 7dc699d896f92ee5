"""Order and chance in training: pure functions of seed and step, so that nothing has to be saved.

Random state belongs to a step, not to the process: a resume, or another loss beside it, changes no dropout.
"""

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from xlt.arrays import Ints


def derived_seed(*parts: object) -> int:
    """A seed below 2^63 that depends on all ``parts`` (by their text), the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def permutation(n: int, seed: int, name: str, epoch: int) -> Ints:
    """A permutation of ``range(n)``: one for each epoch of each named stream."""
    return np.random.default_rng(derived_seed(seed, name, epoch)).permutation(n)


# Asked for in every step: an epoch of each of some dozens of streams is kept.
shuffled = functools.lru_cache(maxsize=64)(permutation)


def epoch_batch(n: int, batch_size: int, step: int, seed: int, name: str) -> Ints:
    """Numbers of the examples of step ``step`` (from 0), where every epoch sees each example once.

    An epoch has ceil(n / batch_size) steps; its last batch holds what is left.
    """
    epoch, within = divmod(step, -(-n // batch_size))
    return shuffled(n, seed, name, epoch)[within * batch_size : (within + 1) * batch_size]


def stream(n: int, first: int, count: int, seed: int, name: str) -> Ints:
    """Entries ``first`` to ``first + count`` of an endless stream that runs through shuffled epochs of ``n``."""
    positions = np.arange(first, first + count)
    epochs = positions // n
    parts = [shuffled(n, seed, name, int(e))[positions[epochs == e] % n] for e in np.unique(epochs)]
    return np.concatenate(parts) if parts else positions


@contextmanager
def seeded(device: torch.device, *parts: object) -> Iterator[None]:
    """Run a block under torch's generators seeded by ``parts``; what they held before comes back after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices, device_type="cuda"):
        torch.manual_seed(derived_seed(*parts))
        yield
