"""Links between word positions of many sentence pairs, and what is left out of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlt.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Links:
    """Links of many sentence pairs: ``sentence[k]``, ``src[k]``, ``tgt[k]``, sorted by these three.

    Attributes:
        sentence: (k,) number of the sentence pair.
        src, tgt: (k,) word positions, from 0.
        score: (k,) probability of each link in [0, 1], where the aligner knows one.
    """

    sentence: Ints
    src: Ints
    tgt: Ints
    score: Floats | None = None

    def __len__(self) -> int:
        return len(self.sentence)

    def take(self, rows: Ints | Bools | slice) -> "Links":
        """Some of the links."""
        score = None if self.score is None else self.score[rows]
        return Links(self.sentence[rows], self.src[rows], self.tgt[rows], score)


def no_links(*, scored: bool = False) -> Links:
    """No link at all."""
    nothing = np.empty(0, np.int64)
    return Links(nothing, nothing, nothing, np.empty(0) if scored else None)


def distinct_links(sentence: Ints, src: Ints, tgt: Ints) -> Links:
    """Links in any order, some perhaps several times, each once and sorted."""
    keys = np.unique(np.stack((sentence, src, tgt), axis=1), axis=0)
    return Links(keys[:, 0].copy(), keys[:, 1].copy(), keys[:, 2].copy())


def part(links: Links, first: int, stop: int) -> Links:
    """The links of some consecutive sentence pairs, which are numbered from 0 then."""
    own = links.take(slice(*np.searchsorted(links.sentence, (first, stop)).tolist()))
    return Links(own.sentence - first, own.src, own.tgt, own.score)


def joined(parts: Sequence[Links]) -> Links:
    """The links of consecutive parts of a corpus in one; all have scores or none has."""
    if not parts:
        return no_links()
    sentence, src, tgt = (np.concatenate([getattr(p, name) for p in parts]) for name in ("sentence", "src", "tgt"))
    scores = [p.score for p in parts if p.score is not None]
    return Links(sentence, src, tgt, np.concatenate(scores) if len(scores) == len(parts) else None)


def one_to_one(links: Links, src_offsets: Ints, tgt_offsets: Ints) -> Bools:
    """Which links are the only one of their source position and of their target position (gaschi2023, section 3.2).

    Args:
        links: the links.
        src_offsets, tgt_offsets: (sentences + 1,) where each sentence starts.
    """
    src, tgt = src_offsets[links.sentence] + links.src, tgt_offsets[links.sentence] + links.tgt
    alone_src = np.bincount(src, minlength=int(src_offsets[-1])) == 1
    alone_tgt = np.bincount(tgt, minlength=int(tgt_offsets[-1])) == 1
    return np.asarray(alone_src[src] & alone_tgt[tgt])
