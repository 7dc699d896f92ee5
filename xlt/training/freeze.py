"""Parts of an encoder that stay as they are: one grammar for realignment and fine-tuning."""

import re
from collections.abc import Collection
from typing import Any

import torch

from xlt.errors import OptionError

_GRAMMAR = "encoder, embeddings, front, back, or LO:HI (layers from 1, both included)"


def freeze(body: Any, blocks: str, name: str, spared: Collection[torch.nn.Parameter] = ()) -> int:
    """Take the parameters of some parts of an encoder out of training.

    Args:
        body: the transformer without a classifier.
        blocks: parts joined by commas: ``encoder`` (all of it), ``embeddings`` (those of the tokens), ``front``
            (the lower half of the layers), ``back`` (the upper half), ``LO:HI`` (layers from 1, both included).
        name: of the model, for messages.
        spared: parameters that stay in training although they stand in the body, such as a pooler that the checkpoint
            did not have.

    Returns:
        How many parameters are frozen.

    Raises:
        OptionError: not the grammar, layers that are not there, or an architecture whose layers cannot be told.
    """
    frozen: dict[int, torch.nn.Parameter] = {}
    for block in blocks.split(","):
        frozen |= {id(p): p for module in _modules(body, block.strip(), name) for p in module.parameters()}
    for parameter in spared:
        frozen.pop(id(parameter), None)
    for parameter in frozen.values():
        parameter.requires_grad_(False)
    return sum(p.numel() for p in frozen.values())


def _modules(body: Any, block: str, name: str) -> list[torch.nn.Module]:
    if block == "encoder":
        return [body]
    if block == "embeddings":
        return [body.get_input_embeddings()]
    layers = _layers(body, name)
    half = len(layers) // 2
    if block in ("front", "back"):
        return list(layers[:half] if block == "front" else layers[half:])
    match = re.fullmatch(r"(\d+):(\d+)", block)
    if not match:
        raise OptionError("freeze", f"{block}: one of {_GRAMMAR}")
    low, high = int(match[1]), int(match[2])
    if not 1 <= low <= high <= len(layers):
        raise OptionError("freeze", f"{block}: {name} has layers 1 to {len(layers)}")
    return list(layers[low - 1 : high])


def _layers(body: Any, name: str) -> torch.nn.ModuleList:
    count = body.config.num_hidden_layers
    lists = [m for m in body.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == count]
    if len(lists) != 1:
        raise OptionError(
            "freeze",
            f"can be only 'encoder' and 'embeddings' here: {name} has {len(lists)} lists of {count} modules, so that "
            "its layers cannot be told",
        )
    return lists[0]
