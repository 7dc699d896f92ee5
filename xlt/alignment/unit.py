"""Vectors made ready for the cosine: checked, optionally centred, of length 1."""

import numpy as np
import torch
from torch import Tensor

from xlt.errors import XltError


def unit_rows(vectors: np.ndarray, device: torch.device, *, center: bool = False, where: str = "vectors") -> Tensor:
    """The rows divided by their Euclidean length, as a new float32 tensor; the input is left as it is.

    Args:
        vectors: (N, d) floating point.
        device: where the result lies.
        center: subtract the mean row first (language centering, kulshreshtha2020, section 3).
        where: name for messages.

    Raises:
        XltError: a row with NaN or infinity, or one without length, whose cosine is not defined.
    """
    rows = torch.from_numpy(np.array(vectors, np.float32)).to(device)
    bad = torch.nonzero(~torch.isfinite(rows).all(dim=1)).flatten()
    if len(bad):
        raise XltError(f"{where}: NaN or infinity in {_rows(bad)}; compute these vectors again or leave the rows out")
    if center:
        rows -= rows.mean(dim=0, dtype=torch.float64).float()
    lengths = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64)
    bad = torch.nonzero(lengths == 0).flatten()
    if len(bad):
        raise XltError(f"{where}: all zeros in {_rows(bad)}; a zero vector has no cosine, leave these rows out")
    rows /= lengths[:, None].float()
    # One more step takes away the rounding of lengths that are very small or very large.
    rows /= torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows


def _rows(bad: Tensor) -> str:
    shown = ", ".join(map(str, bad[:5].tolist()))
    return f"row {shown}" if len(bad) == 1 else f"{len(bad):,} rows ({shown}{', …' if len(bad) > 5 else ''})"
