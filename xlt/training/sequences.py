"""Which sequences a process runs in which forward pass, and what arithmetic it runs them in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Arithmetic:
    """Where and in which numbers forward passes run.

    Attributes:
        device: where the model is.
        autocast: bfloat16 where torch holds it safe (weights and losses stay float32).
        micro_batch: most sequences in one forward pass; None takes all.
    """

    device: torch.device
    autocast: bool = False
    micro_batch: int | None = None

    def context(self) -> torch.autocast:
        """The context of a forward pass."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.autocast)


def share(lengths: Ints, rank: int, size: int, micro_batch: int | None) -> Iterator[Ints]:
    """The forward passes of one process: numbers of sequences, at most ``micro_batch`` in each.

    Sequences are dealt out by length, so that processes get equal work, and those of one pass are of like length.
    """
    mine = np.argsort(-lengths, kind="stable")[rank::size]
    for i in range(0, len(mine), micro_batch or max(1, len(mine))):
        yield mine[i : i + (micro_batch or len(mine))]
