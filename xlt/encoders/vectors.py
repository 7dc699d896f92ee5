"""Word vectors at every layer: batches by token budget, one forward pass each, vectorised gathers."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from xlt.arrays import Ints, members
from xlt.encoders.batches import hidden_states, padded, word_vectors
from xlt.encoders.device import full_precision
from xlt.encoders.library import library_errors
from xlt.encoders.load import Encoder
from xlt.encoders.options import Pool
from xlt.encoders.pieces import Pieces
from xlt.errors import XltError
from xlt.work import Progress

Write = Callable[[Ints, npt.NDArray[np.float32]], None]


def token_batches(lengths: Ints, batch_tokens: int, *, one_length: bool = False) -> Iterator[Ints]:
    """Indices of the pieces of each batch, longest first, at most ``batch_tokens`` with padding.

    Pieces of length 0 are left out; a piece above the budget makes a batch of its own. With ``one_length`` there is no
    padding: the pieces of a batch are of one length.
    """
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        stop = start + max(1, batch_tokens // longest)
        if one_length:
            stop = start + int((lengths[order[start:stop]] == longest).sum())
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
    row: Callable[[int], str] = "word {}".format,
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
        row: what an index into ``words`` is called in messages.

    Memory: O(batch_tokens x dim x all layers of the model).

    Raises:
        XltError: a vector with NaN or infinity, layers that the model does not have word by word, or whatever the
            model's code raises.
    """
    lengths = pieces.tokens.lengths
    needed = np.zeros(len(lengths), np.bool_)
    needed[pieces.piece[words]] = True
    lengths[~needed] = 0
    by_piece = np.argsort(pieces.piece[words], kind="stable")
    bounds = np.searchsorted(pieces.piece[words][by_piece], np.arange(len(lengths) + 1))
    done, total = 0, int(lengths.sum())
    for batch in token_batches(lengths, batch_tokens, one_length=encoder.reads_padding):
        at, counts = members(bounds, batch)
        chosen = by_piece[at]
        rows = np.repeat(np.arange(len(batch)), counts)
        start, stop = pieces.start[words[chosen]], pieces.stop[words[chosen]]
        with library_errors(f"{encoder.name} fails"), torch.inference_mode(), full_precision():
            inputs = padded(pieces.tokens, batch, encoder.tokenizer.pad_id, encoder.device)
            hidden = hidden_states(encoder.model, inputs, layers, encoder.num_layers)
            vectors = torch.stack(word_vectors(hidden, rows, start, stop, pool)).float().cpu().numpy()
        check_finite(vectors, encoder, layers, chosen, row)
        write(chosen, vectors)
        done += int(lengths[batch].sum())
        if progress:
            progress(done, total)


def check_finite(
    vectors: npt.NDArray[np.float32], encoder: Encoder, layers: Sequence[int], words: Ints, row: Callable[[int], str]
) -> None:
    """Refuse vectors with NaN or infinity.

    Args:
        vectors: (layers, m, dim).
        encoder: the model, for the message.
        layers: numbers of the layers.
        words: (m,) numbers of the words, or sentences.
        row: what such a number is called.

    Raises:
        XltError: such a vector; model, layer and number are named.
    """
    finite = np.isfinite(vectors)
    if finite.all():
        return
    layer, word, _ = (int(at[0]) for at in np.nonzero(~finite))
    others = int((~finite[layer]).any(axis=1).sum()) - 1
    names = row(int(words[word])) + (f" and {others} more of its batch" if others else "")
    why = "take --dtype float32" if encoder.dtype in ("float16", "bfloat16") else "its weights are broken or diverged"
    raise XltError(f"{encoder.name}: layer {layers[layer]}, {names}: NaN or infinity; {why}")
