"""Word vectors at every layer: batches by token budget, one forward pass each, vectorised gathers."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from xlt.arrays import Ints, members
from xlt.encoders.batches import hidden_states, padded, word_vectors
from xlt.encoders.device import full_precision
from xlt.encoders.load import Encoder
from xlt.encoders.options import Pool
from xlt.encoders.pieces import Pieces
from xlt.work import Progress

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
    progress: Progress | None = None,
) -> None:
    """Run the encoder over all pieces that hold one of some words and hand out the words' vectors.

    Args:
        encoder: the model.
        pieces: the model's inputs.
        words: (n,) the words, as numbers over all sentences of ``pieces``; each must have a piece.
        layers: layer numbers, 0 (embeddings) to ``encoder.num_layers``.
        pool: ``first`` (gaschi2023) or ``last`` (cao2020) subword, or their ``mean`` (kulshreshtha2020).
        batch_tokens: subwords in a batch, with padding.
        write: called with (m,) indices into ``words`` and their vectors, (layers, m, dim) float32.
        progress: called with tokens done and tokens in all.

    Memory: O(batch_tokens x dim x all layers of the model).
    """
    lengths = pieces.tokens.lengths
    needed = np.zeros(len(lengths), np.bool_)
    needed[pieces.piece[words]] = True
    lengths[~needed] = 0
    by_piece = np.argsort(pieces.piece[words], kind="stable")
    bounds = np.searchsorted(pieces.piece[words][by_piece], np.arange(len(lengths) + 1))
    done, total = 0, int(lengths.sum())
    for batch in token_batches(lengths, batch_tokens):
        at, counts = members(bounds, batch)
        chosen = by_piece[at]
        rows = np.repeat(np.arange(len(batch)), counts)
        start, stop = pieces.start[words[chosen]], pieces.stop[words[chosen]]
        with torch.inference_mode(), full_precision():
            inputs = padded(pieces.tokens, batch, encoder.tokenizer.pad_id, encoder.device)
            hidden = hidden_states(encoder.model, inputs, layers, encoder.num_layers)
            vectors = torch.stack(word_vectors(hidden, rows, start, stop, pool)).float().cpu().numpy()
        write(chosen, vectors)
        done += int(lengths[batch].sum())
        if progress:
            progress(done, total)
