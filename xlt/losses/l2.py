"""L2 alignment with a frozen start (cao2020, section 3.3): translations near, the kept language where it was."""

import torch
from torch import Tensor
from torch.nn import functional

from xlt.losses.options import L2
from xlt.losses.words import Words


def of_words(words: Words, dials: L2) -> Tensor:
    """:func:`l2_loss` and, with its weight λ, :func:`l2_regularisation` of the side that is kept.

    Raises:
        ValueError: the words do not say where they were before the first step.
    """
    now, start = (words.source, words.source_start) if dials.keep == "src" else (words.target, words.target_start)
    if start is None:
        raise ValueError("the words of the frozen start are missing")
    loss = l2_loss(words.source, words.target, words.source_ids, words.target_ids)
    return loss + dials.regularisation * l2_regularisation(now, start)


def l2_loss(source: Tensor, target: Tensor, source_ids: Tensor, target_ids: Tensor) -> Tensor:
    """Σ_k ‖source[source_ids[k]] − target[target_ids[k]]‖², the sum over word pairs L(f; C) of cao2020.

    Args:
        source: (Ws, d) floating point, vectors of the words of the source sentences.
        target: (Wt, d) likewise for the target sentences.
        source_ids, target_ids: (P,) int64; word pair k is source[source_ids[k]] ~ target[target_ids[k]].

    Returns:
        Scalar, float32 (also for narrower inputs) or float64; 0 without a pair.

    Raises:
        ValueError: not as many source ids as target ids.
    """
    if len(source_ids) != len(target_ids):
        raise ValueError(f"need as many source as target ids, got {len(source_ids)} and {len(target_ids)}")
    return _squared_distance(source.index_select(0, source_ids), target.index_select(0, target_ids))


def l2_regularisation(vectors: Tensor, frozen: Tensor) -> Tensor:
    """Σ over words ‖f − f₀‖², the penalty R(f; C) of cao2020, to be weighted with λ.

    Args:
        vectors: (W, d) floating point, vectors f of all words of the kept side, in a pair or not.
        frozen: (W, d) the same words as the frozen start f₀ sees them; no gradient flows to them.

    Returns:
        Scalar, float32 (also for narrower inputs) or float64.

    Raises:
        ValueError: different shapes.
    """
    if vectors.shape != frozen.shape:
        raise ValueError(f"need as many vectors as frozen ones, got {tuple(vectors.shape)} and {tuple(frozen.shape)}")
    return _squared_distance(vectors, frozen.detach())


def _squared_distance(a: Tensor, b: Tensor) -> Tensor:
    dtype = torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)
    return functional.mse_loss(a.to(dtype), b.to(dtype), reduction="sum")
