"""Links by the similarity of contextual vectors: AWESOME (Dou and Neubig 2021), argmax and itermax (SimAlign, Jalili
Sabet et al. 2020). Vectors in, links out; many sentence pairs at once.

The vectors may be those of subwords: two words are linked where any of their subwords are, and the link has the
greatest of their scores.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from xlt.aligners.links import Links, joined, no_links
from xlt.arrays import Ints

# Similarities and which cells are of words: which cells are linked, and their scores.
Rule = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]

# Itermax: rounds in all, and what a similarity is worth of which one word is linked already.
_ROUNDS, _DISCOUNT = 2, 0.9


@dataclass(frozen=True)
class Units:
    """The vectors of one side of many sentence pairs.

    Attributes:
        vectors: (units, dim).
        word: (units,) position of the word, in its sentence, that each belongs to.
        offsets: (sentences + 1,) where each sentence starts.
    """

    vectors: torch.Tensor
    word: Ints
    offsets: Ints


def similarity_links(src: Units, tgt: Units, rule: Rule, *, cosine: bool, batch_cells: int = 1 << 20) -> Links:
    """Links of many sentence pairs.

    Args:
        src, tgt: vectors, on one device.
        rule: :func:`awesome` with its threshold, of inner products; or :func:`argmax` or :func:`itermax`, of cosines.
        cosine: whether the rule is of cosines.
        batch_cells: padded cells of the similarity matrices in hand at once.

    Returns:
        Links with the scores of the rule.
    """
    lengths = np.stack((np.diff(src.offsets), np.diff(tgt.offsets)), axis=1)
    sides = (_unit_length(src), _unit_length(tgt)) if cosine else (src, tgt)
    return _of_words(joined([_batch(*sides, rows, lengths[rows], rule) for rows in _batches(lengths, batch_cells)]))


def awesome(similarity: torch.Tensor, inside: torch.Tensor, threshold: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Bidirectional softmax (Dou and Neubig 2021, section 2.2).

    Args:
        similarity: (b, n, m) inner products.
        inside: (b, n, m) which cells are of words and not of padding.
        threshold: probability that a link must exceed in both directions; the paper's is 0.001.

    Returns:
        Which cells are linked, and the harmonic mean of the two probabilities.
    """
    masked = similarity.masked_fill(~inside, -torch.inf)
    over_targets = torch.softmax(masked, dim=2).masked_fill(~inside, 0.0)
    over_sources = torch.softmax(masked, dim=1).masked_fill(~inside, 0.0)
    linked = (over_targets > threshold) & (over_sources > threshold)
    both = over_targets + over_sources
    return linked, 2 * over_targets * over_sources / torch.where(both > 0, both, 1.0)


def argmax(similarity: torch.Tensor, inside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells that are the greatest of their row and of their column, the first on a tie (SimAlign, section 2.2).

    Args:
        similarity: (b, n, m) cosines.
        inside: (b, n, m) which cells are of words and not of padding.

    Returns:
        Which cells are linked, and (1 + cosine) / 2.
    """
    score = _positive(similarity, inside)
    return _mutual(score) & inside, score


def itermax(similarity: torch.Tensor, inside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Argmax, and once more on what is left (SimAlign, section 2.2, algorithm 1 with two rounds).

    In the second round a pair of which one word is linked counts 0.9 times, one of two linked words not at all.
    Arguments and result as of ``argmax``.
    """
    score = _positive(similarity, inside)
    linked = _mutual(score) & inside
    for _ in range(_ROUNDS - 1):
        used_src, used_tgt = linked.any(dim=2, keepdim=True), linked.any(dim=1, keepdim=True)
        worth = torch.where(used_src | used_tgt, _DISCOUNT, 1.0).masked_fill(used_src & used_tgt, 0.0)
        left = score * worth
        linked = linked | (_mutual(left) & inside & (left > 0))
    return linked, score


def _positive(similarity: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    return ((1 + similarity) / 2).clamp(0, 1).masked_fill(~inside, -1.0)


def _mutual(score: torch.Tensor) -> torch.Tensor:
    best_target = torch.zeros_like(score, dtype=torch.bool).scatter_(2, score.argmax(dim=2, keepdim=True), True)
    best_source = torch.zeros_like(score, dtype=torch.bool).scatter_(1, score.argmax(dim=1, keepdim=True), True)
    return best_target & best_source


def _unit_length(units: Units) -> Units:
    return Units(torch.nn.functional.normalize(units.vectors, dim=1), units.word, units.offsets)


def _batches(lengths: Ints, most_cells: int) -> Iterator[Ints]:
    # Sentence pairs of like length together, so that little is padding.
    order = np.lexsort((lengths[:, 1], lengths[:, 0]))
    order = order[(lengths[order] > 0).all(axis=1)]
    start = 0
    while start < len(order):
        widest = np.maximum.accumulate(lengths[order[start:]], axis=0).prod(axis=1)
        fits = widest * np.arange(1, len(widest) + 1) <= most_cells
        count = max(1, int(fits.argmin()) if not fits.all() else len(fits))
        yield order[start : start + count]
        start += count


def _batch(src: Units, tgt: Units, rows: Ints, lengths: Ints, rule: Rule) -> Links:
    left, left_inside = _padded(src, rows, lengths[:, 0])
    right, right_inside = _padded(tgt, rows, lengths[:, 1])
    inside = left_inside[:, :, None] & right_inside[:, None, :]
    linked, score = rule(torch.bmm(left, right.transpose(1, 2)), inside)
    where = linked.nonzero()
    scores = score[tuple(where.T)].double().cpu().numpy()
    b, i, j = where.T.cpu().numpy()
    sentence = rows[b]
    return Links(sentence, src.word[src.offsets[sentence] + i], tgt.word[tgt.offsets[sentence] + j], scores)


def _padded(units: Units, rows: Ints, lengths: Ints) -> tuple[torch.Tensor, torch.Tensor]:
    at = np.arange(int(lengths.max()))
    inside = at < lengths[:, None]
    index = np.where(inside, units.offsets[rows][:, None] + at, 0)
    device = units.vectors.device
    return units.vectors[torch.from_numpy(index).to(device)], torch.from_numpy(inside).to(device)


def _of_words(links: Links) -> Links:
    # Several subwords of two words may be linked: one link, the best score.
    if links.score is None:
        return no_links(scored=True)  # no sentence pair has words on both sides
    order = np.lexsort((-links.score, links.tgt, links.src, links.sentence))
    ordered = links.take(order)
    keys = np.stack((ordered.sentence, ordered.src, ordered.tgt))
    first = np.ones(len(ordered), np.bool_)
    first[1:] = np.any(keys[:, 1:] != keys[:, :-1], axis=0)
    return ordered.take(first)
