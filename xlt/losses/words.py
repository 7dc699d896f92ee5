"""What a realignment loss is computed of: the words of a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from xlt.losses.options import Loss
from xlt.work import by_name


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of a batch of sentence pairs at one layer of an encoder.

    Attributes:
        source: (Ws, d) floating point, vectors of all words of the source sentences, in a pair or not.
        target: (Wt, d) likewise for the target sentences, on the same device.
        source_ids, target_ids: (P,) int64; word pair k is source[source_ids[k]] ~ target[target_ids[k]].
        source_start, target_start: (Ws, d), (Wt, d) the same words as the encoder had them before the first step; None
            for a loss that does not ask for them.
    """

    source: Tensor
    target: Tensor
    source_ids: Tensor
    target_ids: Tensor
    source_start: Tensor | None = None
    target_start: Tensor | None = None


def formula_of(loss: Loss) -> Callable[[Words, Any], Tensor]:
    """The function that computes a loss from the words of a batch and the dials of the loss."""
    formula: Callable[[Words, Any], Tensor] = by_name(loss.formula)
    return formula
