"""Products of unit rows: block by block, in low precision with a bound of the error, in float64 at single places."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

_U32 = 2.0**-24  # unit roundoff of float32
_U16 = 2.0**-8  # unit roundoff of bfloat16
_CHUNK = 1 << 9  # rows converted to float64 at a time: they stay in the cache


@dataclass(frozen=True)
class Operand:
    """A side as it enters the products: plain float32, or in bfloat16 and centred; made by :func:`operand`.

    Attributes:
        unit: (N, d) float32 unit rows.
        low: (N, d) what is multiplied.
        norm: (N,) length of each row once it is centred.
        rounding: (N,) length of what rounding took from it.
        mean: (d,) what was subtracted.
    """

    unit: Tensor
    low: Tensor
    norm: Tensor
    rounding: Tensor
    mean: Tensor


def blocks(n: int, block: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """(low, high) of the blocks from ``start`` to ``n``."""
    for low in range(start, n, block):
        yield low, min(n, low + block)


def operand(unit: Tensor, low: bool) -> Operand:
    """Make (N, d) float32 unit rows ready for products; with ``low`` in bfloat16."""
    # Centring shrinks what is rounded: the vectors of a language share a large component in most encoders.
    mean = unit.mean(dim=0) if low else torch.zeros_like(unit[0])
    rest = unit - mean if low else unit
    rounded = rest.bfloat16() if low else rest
    norm = torch.linalg.vector_norm(rest, dim=1)
    lost = torch.linalg.vector_norm(rest - rounded, dim=1) if low else torch.zeros_like(norm)
    return Operand(unit=unit, low=rounded, norm=norm, rounding=lost, mean=mean)


def offsets(a: Operand, b: Operand) -> tuple[Tensor, Tensor, Tensor]:
    """What x.y is beside the product of the centred rows: (Na,) of each x, (Nb,) of each y, and of all; float64."""
    # x.y = x'.y' + x.q + p.y - p.q with x = x' + p, y = y' + q.
    return (a.unit @ b.mean).double(), (b.unit @ a.mean).double(), -(a.mean.double() @ b.mean.double())


def error_bound(query: Operand, candidates: Operand, peak: Tensor) -> Tensor:
    """(Nq,) float64 bound of |computed - exact| for all candidates of each query, by Cauchy-Schwarz on what is lost.

    ``peak`` is the greatest absolute value that the products had; see :func:`peak_of`.
    """
    dim = query.low.shape[1]
    norm, lost = candidates.norm.max(), candidates.rounding.max()
    bound = query.rounding * norm + (query.norm + query.rounding) * lost
    # Three float32 products: of the centred vectors, which may be longer than 1, and of the unit vectors with a mean.
    sums = float32_error(dim) * (query.norm * norm + 3)
    return (bound + _U16 * 1.01 * peak + sums).double() * 1.001


def float32_error(dim: int) -> float:
    """A bound for a float32 dot product of two unit vectors of this dimension and the few additions around it."""
    return (dim + 32) * _U32


def row_dots(x: Tensor, y: Tensor) -> Tensor:
    """(N,) float64 dot products of row i of one with row i of the other."""
    parts = [(x[s : s + _CHUNK].double() * y[s : s + _CHUNK].double()).sum(dim=1) for s in range(0, len(x), _CHUNK)]
    return torch.cat(parts)


def dots_at(x: Tensor, y: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """(m,) float64 dot products of rows ``x[i]`` and ``y[j]``."""
    parts = [row_dots(x[i[s : s + _CHUNK]], y[j[s : s + _CHUNK]]) for s in range(0, len(i), _CHUNK)]
    return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.float64, device=x.device)


@cache
def bfloat16_is_quick(device: str, dim: int) -> bool:
    """Whether a machine's products of this dimension are much quicker in bfloat16 than in float32: found by trying."""
    # A processor without bfloat16 units emulates it slowly.
    if device == "mps":
        return False
    times = []
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.ones(512, dim, dtype=dtype, device=device)
        a @ a.T
        start = time.perf_counter()
        (a @ a.T).sum().item()
        times.append(time.perf_counter() - start)
    return times[1] < 0.7 * times[0]


def peak_of(product: Tensor) -> Tensor:
    """The greatest absolute value of a block, float32; 0 where the product is float32."""
    # Only the rounding of a bfloat16 result grows with its size.
    if product.dtype == torch.float32:
        return torch.zeros((), device=product.device)
    low, high = torch.aminmax(product)
    return torch.maximum(-low, high).float()
