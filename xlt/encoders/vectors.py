"""Word vectors at every layer: batches by token budget, one forward pass each, vectorised gathers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch

from xlt.encoders.device import full_precision
from xlt.encoders.load import Encoder
from xlt.encoders.pieces import Pieces
from xlt.errors import XltError

Ints = npt.NDArray[np.int64]
Pool = Literal["first", "last", "mean"]
Write = Callable[[Ints, npt.NDArray[np.float32]], None]


def token_batches(lengths: Ints, batch_tokens: int) -> Iterator[Ints]:
    """Indices of the pieces of each batch, longest first, at most ``batch_tokens`` with padding.

    Pieces of length 0 are left out; a piece above the budget makes a batch of its own.
    """
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    start = 0
    while start < len(order):
        stop = start + max(1, batch_tokens // int(lengths[order[start]]))
        yield order[start:stop]
        start = stop


def embed_words(
    encoder: Encoder,
    pieces: Pieces,
    words: Ints,
    *,
    layers: Sequence[int],
    pool: Pool,
    batch_tokens: int,
    write: Write,
    progress: Callable[[int, int | None], None] | None = None,
) -> None:
    """Run the encoder over all pieces that hold a wanted word and hand out the words' vectors.

    Args:
        encoder: the model.
        pieces: the model's inputs.
        words: (n,) wanted words, as numbers over all sentences of ``pieces``; each must have a piece.
        layers: layer numbers, 0 (embeddings) to ``encoder.num_layers``.
        pool: ``first`` (gaschi2023) or ``last`` (cao2020) subword, or their ``mean`` (kulshreshtha2020).
        batch_tokens: subwords in a batch, with padding.
        write: called with (m,) indices into ``words`` and their vectors, (layers, m, dim) float32.
        progress: called with tokens done and tokens in all.

    Memory: O(batch_tokens x dim x all layers of the model).
    """
    lengths = pieces.lengths.copy()
    needed = np.zeros(len(lengths), np.bool_)
    needed[pieces.piece[words]] = True
    lengths[~needed] = 0
    by_piece = np.argsort(pieces.piece[words], kind="stable")
    bounds = np.searchsorted(pieces.piece[words][by_piece], np.arange(len(lengths) + 1))
    done, total = 0, int(lengths.sum())
    for batch in token_batches(lengths, batch_tokens):
        counts = bounds[batch + 1] - bounds[batch]
        rows = np.repeat(np.arange(len(batch)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        wanted = by_piece[np.repeat(bounds[batch], counts) + within]
        hidden = _forward(encoder, pieces, batch, lengths)
        vectors = _pooled(
            [hidden[i] for i in layers], rows, pieces.start[words[wanted]], pieces.stop[words[wanted]], pool
        )
        write(wanted, vectors)
        done += int(lengths[batch].sum())
        if progress:
            progress(done, total)


@torch.inference_mode()
def _forward(encoder: Encoder, pieces: Pieces, batch: Ints, lengths: Ints) -> list[torch.Tensor]:
    width = int(lengths[batch].max())
    mask = np.arange(width) < lengths[batch][:, None]
    ids = np.full(mask.shape, encoder.tokenizer.pad_id, np.int64)
    within = np.broadcast_to(np.arange(width), mask.shape)[mask]
    ids[mask] = pieces.ids[np.repeat(pieces.offsets[batch], lengths[batch]) + within]
    inputs: dict[str, Any] = {
        "input_ids": torch.from_numpy(ids).to(encoder.device),
        "attention_mask": torch.from_numpy(mask.astype(np.int64)).to(encoder.device),
    }
    with full_precision():
        out = encoder.model(**inputs, output_hidden_states=True, return_dict=True)
    hidden = list(out.hidden_states)
    if len(hidden) != encoder.num_layers + 1:
        raise XltError(f"{encoder.name}: gives {len(hidden)} hidden states, expected {encoder.num_layers + 1}")
    # Some architectures normalise once more after the last layer; that is what a task head reads.
    hidden[-1] = out.last_hidden_state
    return hidden


@torch.inference_mode()
def _pooled(hidden: list[torch.Tensor], rows: Ints, start: Ints, stop: Ints, pool: Pool) -> npt.NDArray[np.float32]:
    width, dim = hidden[0].shape[1:]
    device = hidden[0].device
    if pool == "mean":
        most = int((stop - start).max(initial=1))
        at = start[:, None] + np.arange(most)
        inside = torch.from_numpy(at < stop[:, None]).to(device)
        at = np.minimum(at, stop[:, None] - 1)
        index = torch.from_numpy(rows[:, None] * width + at).to(device)
        weights = inside / inside.sum(dim=1, keepdim=True)
        picked = [(h.reshape(-1, dim)[index].float() * weights[..., None]).sum(dim=1) for h in hidden]
    else:
        index = torch.from_numpy(rows * width + (start if pool == "first" else stop - 1)).to(device)
        picked = [h.reshape(-1, dim).index_select(0, index).float() for h in hidden]
    vectors: npt.NDArray[np.float32] = torch.stack(picked).cpu().numpy()
    return vectors
