"""Contrastive realignment (gaschi2023, equation 2, after Chen et al. 2020): translations near, all other words far."""

from typing import Any, get_args

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from xlt.losses.options import Contrastive, Strength
from xlt.losses.words import Words


def of_words(words: Words, dials: Contrastive) -> Tensor:
    """:func:`contrastive_loss` of a batch."""
    return contrastive_loss(
        words.source,
        words.target,
        words.source_ids,
        words.target_ids,
        temperature=dials.temperature,
        strength=dials.strength,
    )


def contrastive_loss(
    source: Tensor,
    target: Tensor,
    source_ids: Tensor,
    target_ids: Tensor,
    *,
    temperature: float,
    strength: Strength,
) -> Tensor:
    """Mean over both words of every pair of the cross-entropy with which its cosines find the other word.

    Each of the 2P queries (the P source words of the pairs, then their P target words) has the logits
    cos(query, key) / temperature. Keys are, with ``strong``, all words of both sides but the query itself (equation 2);
    with ``weak``, all words of the other side. Another occurrence of the same word is a key like any other. The cosine
    of a zero vector is 0, and no gradient flows to it.

    Args:
        source: (Ws, d) floating point, vectors of all words of the source sentences, in a pair or not.
        target: (Wt, d) likewise for the target sentences, on the same device.
        source_ids, target_ids: (P,) int64; word pair k is source[source_ids[k]] ~ target[target_ids[k]].
        temperature: divides the cosines.
        strength: which keys a query has.

    Returns:
        Scalar, float32 (also for narrower inputs and under autocast) or float64; differentiable once.
        Memory O(P (Ws + Wt)).

    Raises:
        ValueError: no word pair, not as many source ids as target ids, or an unknown strength.
        IndexError, RuntimeError: an id out of range (torch's own, on CUDA the device's assertion).
    """
    if strength not in get_args(Strength):
        raise ValueError(f"strength is one of {', '.join(get_args(Strength))}, got {strength!r}")
    if len(source_ids) != len(target_ids) or not len(source_ids):
        raise ValueError(f"need one word pair or more, got {len(source_ids)} source and {len(target_ids)} target ids")
    dtype = torch.promote_types(torch.promote_types(source.dtype, target.dtype), torch.float32)
    source, target = source.to(dtype), target.to(dtype)
    if strength == "weak":
        total = _cross_entropy(source, source_ids, target_ids, target, temperature)
        total = total + _cross_entropy(target, target_ids, source_ids, source, temperature)
    else:
        # Taken out of its own side's numbers, an id out of range is refused, not read as a word of the other side.
        numbers = torch.arange(len(source) + len(target), device=source_ids.device)
        from_source = numbers[: len(source)].index_select(0, source_ids)
        from_target = numbers[len(source) :].index_select(0, target_ids)
        queries, right = torch.cat((from_source, from_target)), torch.cat((from_target, from_source))
        total = _cross_entropy(torch.cat((source, target)), queries, right, None, temperature)
    return total / (2 * len(source_ids))


def _cross_entropy(words: Tensor, queries: Tensor, right: Tensor, keys: Tensor | None, temperature: float) -> Tensor:
    # The stubs of torch leave `apply` untyped.
    loss: Tensor = _CosineCrossEntropy.apply(words, queries, right, keys, temperature)  # type: ignore[no-untyped-call]
    return loss


class _CosineCrossEntropy(torch.autograd.Function):
    # Sum over the queries words[queries[i]] of the cross-entropy of their cosines to the keys, divided by the
    # temperature, with key right[i] as the target. Without keys the words are the keys, the query itself left out.
    # Written by hand because the keys are many and the queries few: beside the three products that any gradient needs,
    # unit keys are never stored, and the keys are gone through once for their lengths and once for the lengths' slope.

    @staticmethod
    def forward(
        ctx: Any, words: Tensor, queries: Tensor, right: Tensor, other: Tensor | None, temperature: float
    ) -> Tensor:
        keys = words if other is None else other
        with torch.autocast(keys.device.type, enabled=False):
            unit = words.index_select(0, queries)
            query_scale, key_scale = _inverse_lengths(unit), _inverse_lengths(keys)
            unit *= query_scale[:, None]
            logits = (unit @ keys.T).mul_(key_scale / temperature)
            if other is None:
                logits.scatter_(1, queries[:, None], -torch.inf)
            logs = torch.log_softmax(logits, dim=1)
            ctx.save_for_backward(words, queries, right, other, unit, query_scale, key_scale, logs)
            ctx.temperature = temperature
            return -logs.gather(1, right[:, None]).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        words, queries, right, other, unit, query_scale, key_scale, logs = ctx.saved_tensors
        keys = words if other is None else other
        with torch.autocast(keys.device.type, enabled=False):
            # Gradient at unit @ keys.T: softmax minus the one-hot target, through the scale of each key.
            at_products = logs.exp()
            at_products.scatter_add_(1, right[:, None], at_products.new_full((len(right), 1), -1))
            at_products.mul_(key_scale * (slope / ctx.temperature))
            # Only the part across a vector changes its direction: the part along it is taken out.
            at_queries = at_products @ keys
            at_queries.addcmul_(unit, (at_queries * unit).sum(dim=1, keepdim=True), value=-1).mul_(query_scale[:, None])
            at_keys = at_products.T @ unit
            along = (at_keys * keys).sum(dim=1) * key_scale.square()
            at_keys.addcmul_(keys, along[:, None], value=-1)
            at_words = at_keys if other is None else torch.zeros_like(words)
            at_words.index_add_(0, queries, at_queries)
        return at_words, None, None, None if other is None else at_keys, None


def _inverse_lengths(vectors: Tensor) -> Tensor:
    # 0 for vectors too short for their squares to be held: their cosine is 0, and so is their gradient.
    lengths = torch.linalg.vector_norm(vectors, dim=1)
    return torch.where(lengths > torch.finfo(lengths.dtype).tiny ** 0.5, lengths.reciprocal(), 0)
