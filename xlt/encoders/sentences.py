"""Whole sentences: as inputs of the model, and one vector of each at every layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from xlt.arrays import Floats, Ints, Ragged
from xlt.encoders.batches import hidden_states, padded, weighted_sums
from xlt.encoders.device import full_precision
from xlt.encoders.library import library_errors
from xlt.encoders.load import Encoder
from xlt.encoders.options import Overlong, SentencePool
from xlt.encoders.pieces import with_special
from xlt.encoders.tokens import check_known
from xlt.encoders.vectors import Write, check_finite, token_batches
from xlt.errors import XltError
from xlt.work import Progress

# Running text, or words that were cut already.
Sentence = str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SentenceInputs:
    """Inputs of the model; a long sentence has several, and each of its subwords counts in one of them.

    Attributes:
        tokens: the token ids of each piece, special tokens included; a sentence without any subword, or that is left
            out, has an empty piece.
        sentence: (pieces,) the sentence that it is of.
        start, stop: (pieces,) the subwords of the piece that count.
        place: (pieces,) the place in the sentence of the first of these, from 0.
        subwords: (sentences,) those that count, without special tokens.
        prefix, suffix: how many special tokens stand around a piece.
        overlong: (k,) numbers of the sentences above the limit.
    """

    tokens: Ragged[np.int64]
    sentence: Ints
    start: Ints
    stop: Ints
    place: Ints
    subwords: Ints
    prefix: int
    suffix: int
    overlong: Ints

    def weights(self, pieces: Ints, pool: SentencePool) -> Floats:
        """What each token of some pieces weighs in the vector of its sentence, (n, longest).

        Args:
            pieces: (n,) their numbers.
            pool: see :func:`embed_sentences`.
        """
        start, stop, place = self.start[pieces], self.stop[pieces], self.place[pieces]
        total = self.subwords[self.sentence[pieces]]
        if pool != "mean":
            # The special tokens of a long sentence are those before its first and behind its last subword.
            first, last = place == 0, place + stop - start == total
            start, place = np.where(first, 0, start), np.where(first, 0, place + self.prefix)
            stop, total = np.where(last, stop + self.suffix, stop), total + self.prefix + self.suffix
        start, stop, place, total = (values[:, None] for values in (start, stop, place, total))
        at = np.arange(self.tokens.lengths[pieces].max(initial=0))
        number = at - start + place
        inside = (at >= start) & (at < stop)
        share = {
            "cls": number == 0,
            "last": number == total - 1,
            "weighted": (number + 1) / (total * (total + 1) / 2),
        }.get(pool, 1 / total)
        weights: Floats = inside * share.astype(np.float64)
        return weights


def make_sentences(
    encoder: Encoder, sentences: Sequence[Sentence], overlong: Overlong = "window", *, at_once: int = 4096
) -> SentenceInputs:
    """Tokenise sentences: running text as the model's tokenizer has it, words as :class:`WordTokenizer` does.

    ``overlong`` says what becomes of sentences above the limit. ``window``: windows that overlap by half, each subword
    counting where it has most context; ``cut``: the beginning alone; ``skip``: no piece; ``error``: refuse.

    Args:
        encoder: whose tokenizer and limit it is.
        sentences: texts, or tuples of words.
        overlong: see above.
        at_once: sentences tokenised in one call: bounds the tokenizer's own objects.

    Raises:
        XltError: an overlong sentence with ``error``, a limit that leaves no room for text, a token that the model does
            not know, or whatever the tokenizer's library raises.
    """
    prefix, suffix = len(encoder.tokenizer.prefix), len(encoder.tokenizer.suffix)
    room = encoder.max_length - prefix - suffix
    if room < 1:
        raise XltError(f"--max-length {encoder.max_length} leaves no room beside the model's special tokens")
    subwords = Ragged.join(
        [Ragged(np.empty(0, np.int64), np.zeros(1, np.int64)), *_subwords(encoder, sentences, at_once)]
    )
    lengths, begin = subwords.lengths, subwords.offsets[:-1]
    long = np.flatnonzero(lengths > room)
    if len(long) and overlong == "error":
        i = int(long[0])
        text = sentences[i] if isinstance(sentences[i], str) else " ".join(sentences[i][:8])
        raise XltError(
            f"sentence {i} ('{text[:40]} …') has {lengths[i]:,} subwords, the model takes {room}; "
            "--overlong window, cut or skip goes on"
        )
    counted = lengths.copy()
    if overlong != "window":
        counted[long] = room if overlong == "cut" else 0
    # One piece a sentence; that of a long one in windows is empty, and its windows stand behind.
    size = np.where(lengths > room, counted if overlong == "cut" else 0, lengths)
    windows = [(i, *window) for i in long.tolist() for window in _windows(int(lengths[i]), room)]
    of, at, low, high = np.array(windows if overlong == "window" else [], np.int64).reshape(-1, 4).T
    size = np.concatenate((size, np.minimum(room, lengths[of] - at)))
    return SentenceInputs(
        tokens=with_special(subwords.values, encoder.tokenizer, np.concatenate((begin, begin[of] + at)), size),
        sentence=np.concatenate((np.arange(len(lengths)), of)),
        start=np.concatenate((np.full(len(lengths), prefix), low - at + prefix)),
        stop=np.concatenate((size[: len(lengths)], high - at)) + prefix,
        place=np.concatenate((np.zeros(len(lengths), np.int64), low)),
        subwords=counted,
        prefix=prefix,
        suffix=suffix,
        overlong=long,
    )


def _subwords(encoder: Encoder, sentences: Sequence[Sentence], at_once: int) -> Iterator[Ragged[np.int64]]:
    # Of texts and words in any order; special tokens are left out.
    for i in range(0, len(sentences), at_once):
        part = sentences[i : i + at_once]
        texts = [k for k, sentence in enumerate(part) if isinstance(sentence, str)]
        words = [k for k, sentence in enumerate(part) if not isinstance(sentence, str)]
        both = [_of_texts(encoder, [str(part[k]) for k in texts]), encoder.tokenizer([part[k] for k in words]).tokens]
        order = np.argsort(np.array([*texts, *words], np.int64))
        yield Ragged.join(both).take(order)


def _of_texts(encoder: Encoder, texts: list[str]) -> Ragged[np.int64]:
    if not texts:
        return Ragged(np.empty(0, np.int64), np.zeros(1, np.int64))
    with library_errors(f"{encoder.name}: the tokenizer fails"):
        encoded = encoder.text_tokenizer(
            texts, add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False, verbose=False
        )
    tokens = Ragged.of(encoded["input_ids"], np.int64)
    check_known(tokens.values, encoder.tokenizer.rows, encoder.name)
    return tokens


def _windows(length: int, room: int) -> list[tuple[int, int, int]]:
    # Where each window starts, and from where to where its subwords count: up to half way between two windows, where
    # the next one has the more context. Context is the distance to the nearer edge; a sentence's own edges are no loss.
    last = length - room
    starts = [*range(0, last, max(1, room // 2)), last]
    bounds = [(a + b + room - 1) // 2 + 1 for a, b in pairwise(starts)]
    return list(zip(starts, [0, *bounds], [*bounds, length], strict=True))


def embed_sentences(
    encoder: Encoder,
    inputs: SentenceInputs,
    sentences: Ints,
    *,
    layers: Sequence[int],
    pool: SentencePool,
    batch_tokens: int,
    write: Write,
    progress: Progress | None = None,
    row: Callable[[int], str] = "sentence {}".format,
) -> None:
    """Run the encoder over some sentences, each once, and hand out their vectors.

    Args:
        encoder: the model.
        inputs: the model's inputs.
        sentences: (n,) numbers of the sentences, each once; each must have subwords.
        layers: layer numbers, 0 (embeddings) to ``encoder.num_layers``.
        pool: what makes one vector of the tokens' vectors. ``mean``: of the subwords, without special tokens
            (veitsman2026, section 4.5); ``mean-all``: of all tokens (XTREME); ``cls``: the first token; ``last``: the
            last one; ``weighted``: the mean of all T tokens, weighing 1, 2, … T (SGPT; MEXA, arXiv 2410.05873).
        batch_tokens: tokens in a batch, with padding.
        write: called with (m,) indices into ``sentences`` and their vectors, (layers, m, dim) float32.
        progress: called with tokens done and tokens in all.
        row: what the number of a sentence is called in messages.

    Memory: O(batch_tokens x dim x all layers of the model), and a vector for each long sentence under way.

    Raises:
        XltError: a vector with NaN or infinity, layers that the model does not have token by token, or whatever the
            model's code raises.
    """
    index = np.full(len(inputs.subwords), -1)
    index[sentences] = np.arange(len(sentences))
    lengths = inputs.tokens.lengths
    lengths[index[inputs.sentence] < 0] = 0
    if pool in ("cls", "last"):
        # Of a long sentence one piece holds the token.
        end = inputs.place + inputs.stop - inputs.start
        lengths[inputs.place > 0 if pool == "cls" else end < inputs.subwords[inputs.sentence]] = 0
    pieces = np.bincount(inputs.sentence[lengths > 0], minlength=len(inputs.subwords))
    left, sums = pieces.copy(), dict[int, npt.NDArray[np.float64]]()
    done, total = 0, int(lengths.sum())
    for batch in token_batches(lengths, batch_tokens, one_length=encoder.reads_padding):
        weights = inputs.weights(batch, pool)
        with library_errors(f"{encoder.name} fails"), torch.inference_mode(), full_precision():
            model_inputs = padded(inputs.tokens, batch, encoder.tokenizer.pad_id, encoder.device)
            hidden = hidden_states(encoder.model, model_inputs, layers, encoder.num_layers)
            vectors = torch.stack(weighted_sums(hidden, weights)).float().cpu().numpy()
        of = inputs.sentence[batch]
        check_finite(vectors, encoder, layers, of, row)
        whole = pieces[of] == 1
        write(index[of[whole]], vectors[:, whole])
        for k in np.flatnonzero(~whole).tolist():
            i = int(of[k])
            sums[i] = sums.get(i, 0.0) + vectors[:, k].astype(np.float64)
            left[i] -= 1
            if not left[i]:
                write(index[[i]], sums.pop(i)[:, None].astype(np.float32))
        done += int(lengths[batch].sum())
        if progress:
            progress(done, total)
