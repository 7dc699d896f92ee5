"""Vectors made ready for the cosine: checked, optionally centred, of length 1."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xlt.arrays import Ints
from xlt.errors import XltError

# Rows added up in float64 at a time.
_CHUNK = 4096


def check_rows(vectors: npt.NDArray[Any], where: str, numbers: Ints | None = None) -> None:
    """Refuse rows that have no cosine.

    Args:
        vectors: (N, d) floating point.
        where: name for messages.
        numbers: (N,) what the rows are called in messages; None for 0, 1, …

    Raises:
        XltError: NaN, infinity (also what float32 cannot hold) or zeros in all of a row.
    """
    with np.errstate(over="ignore"):
        rows = np.asarray(vectors, np.float32)
    finite = np.isfinite(rows).all(axis=1)
    bad = np.flatnonzero(~finite) if not finite.all() else np.flatnonzero(~rows.any(axis=1))
    if not len(bad):
        return
    names = sorted((bad if numbers is None else numbers[bad]).tolist())
    shown = f"{'row' if len(names) == 1 else 'rows'} {', '.join(map(str, names[:5]))}{', …' if len(names) > 5 else ''}"
    if finite.all():
        raise XltError(f"{where}, {shown}: all zeros; a zero vector has no cosine, leave these rows out")
    raise XltError(f"{where}, {shown}: NaN or infinity; compute these vectors again or leave the rows out")


def unit_rows(vectors: npt.NDArray[Any], device: torch.device, *, center: bool = False) -> Tensor:
    """The rows divided by their Euclidean length, as a new float32 tensor; the input is left as it is.

    Args:
        vectors: (N, d) floating point that :func:`check_rows` has passed.
        device: where the result lies.
        center: subtract the mean row first (language centering, kulshreshtha2020, section 3).

    Raises:
        XltError: a row that is nothing but the mean, with ``center``.
    """
    rows = torch.from_numpy(np.array(vectors, np.float32)).to(device)
    if center:
        mean = torch.stack([part.double().sum(dim=0) for part in torch.split(rows, _CHUNK)]).sum(dim=0) / len(rows)
        rows -= mean.float()
        check_rows(rows.cpu().numpy(), "centred vectors")
    # The largest entry first: squares of very small or very large ones leave float32.
    rows /= rows.abs().amax(dim=1, keepdim=True)
    rows /= torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows
