"""Random state that belongs to a step, not to the process: a resume or another loss beside it changes no dropout."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from xlt.training.order import derived_seed


@contextmanager
def seeded(device: torch.device, *parts: object) -> Iterator[None]:
    """Run a block under torch's generators seeded by ``parts``; what they held before comes back after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices, device_type="cuda"):
        torch.manual_seed(derived_seed(*parts))
        yield
