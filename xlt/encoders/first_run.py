"""A model's first run, when it is loaded: that it runs, gives a vector a subword, and what padding does to it."""

from typing import Any

import numpy as np
import torch

from xlt.encoders.batches import padded
from xlt.encoders.device import full_precision
from xlt.encoders.pieces import make_pieces
from xlt.encoders.tokens import PROBE, WordTokenizer
from xlt.errors import XltError

# A sum in another order moves a vector by some millionths of its size; a padding that is read, by a good part of it.
_CLOSE = {torch.float32: 1e-4, torch.float64: 1e-4, torch.float16: 0.05, torch.bfloat16: 0.1}


def reads_padding(model: Any, tokenizer: WordTokenizer, name: str, max_length: int, dim: int) -> bool:
    """Whether the output for a sentence depends on the padding behind it, as without an attention mask (FNet).

    Args:
        model: of transformers, in evaluation mode, on its device, with or without a head.
        tokenizer: of the model.
        name: for messages.
        max_length: longest input in subwords.
        dim: size of a hidden state, as the config says.

    Raises:
        XltError: an output that is not one vector of ``dim`` numbers for each subword.
    """
    device, dtype = next(model.parameters()).device, next(model.parameters()).dtype
    texts = make_pieces(tokenizer, [PROBE], max_length, "cut").tokens
    # Cut to a small limit, it stands behind the place of the whole.
    bare = padded(texts, np.array([len(texts) - 1]), tokenizer.pad_id, device)
    width = bare["input_ids"].shape[1]
    behind = (0, min(max_length - width, width))
    more = {
        "input_ids": torch.nn.functional.pad(bare["input_ids"], behind, value=tokenizer.pad_id),
        "attention_mask": torch.nn.functional.pad(bare["attention_mask"], behind),
    }
    with torch.inference_mode(), full_precision(), torch.random.fork_rng([device] if device.type == "cuda" else []):
        alone, with_padding = (_output(model, inputs) for inputs in (bare, more))
    # A head has outputs of its own; the transformer alone must give what word vectors are taken from.
    if model.base_model is model and alone.shape[1:] != (width, dim):
        shape = "x".join(map(str, alone.shape[1:]))
        raise XltError(f"{name} gives {shape} numbers for {width} subwords, xlt needs {dim} for each of them")
    with_padding = with_padding[:, : alone.shape[1]] if alone.ndim == 3 else with_padding
    difference, size = (alone[0] - with_padding[0]).abs().max(), alone.abs().max()
    return bool(difference > _CLOSE[dtype] * size)


def _output(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    out = model(**inputs, return_dict=True)
    values: torch.Tensor = out.logits if "logits" in out else out.last_hidden_state
    return values.float()
