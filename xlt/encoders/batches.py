"""Ragged inputs to padded tensors, and hidden states to vectors; with gradients where the caller keeps them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from xlt.arrays import Bools, Floats, Ints, Ragged, members
from xlt.encoders.options import Pool
from xlt.errors import XltError


def padded(
    tokens: Ragged[np.int64], rows: Ints, pad_id: int, device: torch.device, type_ids: Ints | None = None
) -> dict[str, torch.Tensor]:
    """The inputs of one forward pass: the sequences ``rows``, padded at the end to the longest of them.

    Args:
        tokens: the token ids of each sequence.
        rows: (n,) the sequences that go in.
        pad_id: id of the padding token.
        device: where the tensors go.
        type_ids: segment of each token, parallel to their ids, for tokenizers that tell segments apart.

    Returns:
        ``input_ids``, ``attention_mask`` and, with ``type_ids``, ``token_type_ids``, each (n, longest) int64.
    """
    at, lengths = members(tokens.offsets, rows)
    mask = np.arange(int(lengths.max())) < lengths[:, None]
    inputs = {"input_ids": _filled(mask, tokens.values[at], pad_id), "attention_mask": mask.astype(np.int64)}
    if type_ids is not None:
        inputs["token_type_ids"] = _filled(mask, type_ids[at], 0)
    return {name: torch.from_numpy(array).to(device, non_blocking=True) for name, array in inputs.items()}


def _filled(mask: Bools, values: Ints, padding: int) -> Ints:
    array = np.full(mask.shape, padding, np.int64)
    array[mask] = values
    return array


def hidden_states(model: Any, inputs: dict[str, torch.Tensor], layers: Sequence[int], num_layers: int) -> list[Any]:
    """The hidden states of some layers, each (n, width, dim); 0 is the embedding layer, ``num_layers`` the last.

    Raises:
        XltError: the model gives other hidden states than its config says: another number, or of other widths.
    """
    if list(layers) == [num_layers]:
        return [model(**inputs, return_dict=True).last_hidden_state]
    out = model(**inputs, output_hidden_states=True, return_dict=True)
    hidden = list(out.hidden_states)
    # Some architectures put characters or subwords together on the way (CANINE, Funnel): no word is found there.
    widths = {h.shape[1] for h in hidden}
    if len(hidden) != num_layers + 1 or widths != {inputs["input_ids"].shape[1]}:
        raise XltError(
            f"the model gives {len(hidden)} hidden states, expected {num_layers + 1}, all as wide as its input: only "
            "layer -1 can be had"
        )
    # Some architectures normalise once more after the last layer; that is what a task head reads.
    hidden[-1] = out.last_hidden_state
    return [hidden[i] for i in layers]


def word_vectors(hidden: Sequence[torch.Tensor], rows: Ints, start: Ints, stop: Ints, pool: Pool) -> list[torch.Tensor]:
    """Vectors of words out of hidden states.

    Args:
        hidden: layers, each (n, width, dim).
        rows: (words,) the sequence of each word.
        start, stop: (words,) its span there.
        pool: ``first`` (gaschi2023) or ``last`` (cao2020) subword, or their ``mean`` (kulshreshtha2020).

    Returns:
        A float32 tensor (words, dim) per layer (float64 where the model is).
    """
    width, dim = hidden[0].shape[1:]
    device = hidden[0].device
    if pool == "mean":
        most = int((stop - start).max(initial=1))
        at = start[:, None] + np.arange(most)
        inside = torch.from_numpy(at < stop[:, None]).to(device)
        at = np.minimum(at, stop[:, None] - 1)
        index = torch.from_numpy(rows[:, None] * width + at).to(device)
        weights = inside / inside.sum(dim=1, keepdim=True)
        return [(_full(h.reshape(-1, dim)[index]) * weights[..., None]).sum(dim=1) for h in hidden]
    index = torch.from_numpy(rows * width + (start if pool == "first" else stop - 1)).to(device)
    return [_full(h.reshape(-1, dim).index_select(0, index)) for h in hidden]


def weighted_sums(hidden: Sequence[torch.Tensor], weights: Floats) -> list[torch.Tensor]:
    """The sum of the vectors of each sequence, weighted.

    Args:
        hidden: layers, each (n, width, dim).
        weights: (n, width) of each token; those of padding are 0.

    Returns:
        A float32 tensor (n, dim) per layer (float64 where the model is).
    """
    factors = torch.from_numpy(weights[:, None]).to(hidden[0].device, _full(hidden[0][:0]).dtype)
    return [torch.bmm(factors, _full(h))[:, 0] for h in hidden]


def _full(vectors: torch.Tensor) -> torch.Tensor:
    return vectors if vectors.dtype == torch.float64 else vectors.float()
