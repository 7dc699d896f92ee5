"""Where to compute."""

import re

import torch

from xlt.errors import XltError


def resolve_device(name: str) -> torch.device:
    """``auto`` is the first of cuda, mps, cpu that is there.

    Raises:
        XltError: not a device, or one that is not there.
    """
    if name == "auto":
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", name):
        raise XltError(f"--device {name}: one of auto, cpu, cuda, cuda:N, mps")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise XltError(f"--device {name}: this machine has {torch.cuda.device_count()} CUDA devices; try --device cpu")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise XltError(f"--device {name}: not there; try --device cpu")
    return device
