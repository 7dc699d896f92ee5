"""Which sequences a process runs in which forward pass, and what arithmetic it runs them in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from xlt.arrays import Ints
from xlt.errors import OptionError
from xlt.training.options import TrainOptions

# Tokens that take as long on a CPU as what a forward and backward pass costs by itself (measured: 30 to 100).
_PASS_COST = 64


@dataclass(frozen=True)
class Arithmetic:
    """Where and in which numbers forward passes run.

    Attributes:
        device: where the model is.
        autocast: bfloat16 where torch holds it safe (weights and losses stay float32).
        micro_batch: most sequences in one forward pass; None takes all.
        pass_cost: what a forward pass costs by itself, in tokens; where that is less than the padding which two passes
            save, sequences of like length run together. None: all in one (a GPU pads quicker than it starts a pass).
    """

    device: torch.device
    autocast: bool = False
    micro_batch: int | None = None
    pass_cost: int | None = None

    def context(self) -> torch.autocast:
        """The context of a forward pass."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.autocast)


def arithmetic_of(options: TrainOptions, device: torch.device) -> Arithmetic:
    """Where and in which numbers forward passes run.

    Raises:
        OptionError: bfloat16 on a device that does not have it.
    """
    rough = options.dtype == "bfloat16"
    if rough and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise OptionError("dtype", f"bfloat16: {torch.cuda.get_device_name(device)} has no bfloat16; use float32")
    cost = _PASS_COST if device.type == "cpu" else None
    return Arithmetic(device, autocast=rough, micro_batch=options.micro_batch, pass_cost=cost)


def share(lengths: Ints, rank: int, size: int, micro_batch: int | None, pass_cost: int | None = None) -> Iterator[Ints]:
    """The forward passes of one process: numbers of sequences, at most ``micro_batch`` in each.

    Sequences are dealt out by length, so that processes get equal work, and those of one pass are of like length.

    Args:
        lengths: (n,) length of each sequence of the batch.
        rank: number of this process.
        size: number of processes.
        micro_batch: see :class:`Arithmetic`.
        pass_cost: see :class:`Arithmetic`.
    """
    own = np.argsort(-lengths, kind="stable")[rank::size]
    for i in range(0, len(own), micro_batch or max(1, len(own))):
        rows = own[i : i + (micro_batch or len(own))]
        yield from [rows] if pass_cost is None else np.split(rows, cheapest_cuts(lengths[rows], pass_cost))


def cheapest_cuts(lengths: Ints, pass_cost: int) -> list[int]:
    """Where to cut sequences, longest first, so that tokens with padding plus ``pass_cost`` a pass are the fewest.

    Dynamic programming over the cuts: the best of the first j sequences ends with a pass over i to j, which is padded
    to the length of sequence i.
    """
    n = len(lengths)
    best, last = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    for j in range(1, n + 1):
        costs = best[:j] + (j - np.arange(j)) * lengths[:j] + pass_cost
        last[j] = costs.argmin()
        best[j] = costs[last[j]]
    cuts: list[int] = []
    while n and last[n]:
        n = int(last[n])
        cuts.append(n)
    return cuts[::-1]
