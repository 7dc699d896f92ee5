"""Vectors made ready for the cosine: checked, optionally centred, of length 1."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xlt.errors import XltError

# Rows added up in float64 at a time.
_CHUNK = 4096


def unit_rows(
    vectors: npt.NDArray[Any],
    device: torch.device,
    *,
    center: bool = False,
    where: str = "vectors",
    numbers: npt.NDArray[np.int64] | None = None,
) -> Tensor:
    """The rows divided by their Euclidean length, as a new float32 tensor; the input is left as it is.

    Args:
        vectors: (N, d) floating point.
        device: where the result lies.
        center: subtract the mean row first (language centering, kulshreshtha2020, section 3).
        where: name for messages.
        numbers: (N,) what the rows are called in messages; None for 0, 1, …

    Raises:
        XltError: a row with NaN or infinity, or one without length, whose cosine is not defined.
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
        rows = torch.from_numpy(np.array(vectors, np.float32)).to(device)
    bad = torch.nonzero(~torch.isfinite(rows).all(dim=1)).flatten()
    if len(bad):
        raise XltError(
            f"{where}: NaN or infinity in {_rows(bad, numbers)}; compute these vectors again or leave the rows out"
        )
    if center:
        mean = torch.stack([part.double().sum(dim=0) for part in torch.split(rows, _CHUNK)]).sum(dim=0) / len(rows)
        rows -= mean.float()
    # The largest entry first: squares of very small or very large ones leave float32.
    largest = rows.abs().amax(dim=1, keepdim=True)
    bad = torch.nonzero((largest[:, 0] == 0) | ~torch.isfinite(largest[:, 0])).flatten()
    if len(bad):
        raise XltError(
            f"{where}: all zeros in {_rows(bad, numbers)}; a zero vector has no cosine, leave these rows out"
        )
    rows /= largest
    rows /= torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows


def _rows(bad: Tensor, numbers: npt.NDArray[np.int64] | None) -> str:
    places = bad.cpu().numpy()
    named = sorted((places if numbers is None else numbers[places]).tolist())
    shown = ", ".join(map(str, named[:5]))
    return f"row {shown}" if len(named) == 1 else f"{len(named):,} rows ({shown}{', …' if len(named) > 5 else ''})"
