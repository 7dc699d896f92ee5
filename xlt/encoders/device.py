"""Where to compute."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def full_precision() -> Iterator[None]:
    """No TF32 and no reduced-precision sums inside matrix products, whatever the process had set before."""
    matmul = torch.backends.cuda.matmul
    before = torch.get_float32_matmul_precision(), matmul.allow_bf16_reduced_precision_reduction
    torch.set_float32_matmul_precision("highest")
    matmul.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        matmul.allow_bf16_reduced_precision_reduction = before[1]
