"""FastAlign: IBM Model 2, reparameterised (Dyer, Chahuneau and Smith 2013).

Each predicted word takes one given word or the null word: the null word with a fixed probability, position i by the
prior that favours the diagonal, and the predicted word by t(predicted | given). Both directions are trained at once,
since they share the co-occurrences. The defaults are those of the C++ tool with ``-d -o -v``.

The work is array code in float64 on any device that has it; a result does not depend on the number of threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from xlt.aligners.cooccurrence import Cooccurrences, Int32s, Run, Slab, by_threads
from xlt.aligners.diagonal import distances, moved_tension, prior
from xlt.aligners.links import Links
from xlt.arrays import Floats, Ints, members
from xlt.work import Progress

# A pair of words that training has not seen, as in the C++ tool.
UNSEEN = 1e-9

# Given and predicted axis of the cells (sentence pair, source word, target word).
_AXES = {"forward": (1, 2), "backward": (2, 1)}
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Settings:
    """How the model is trained.

    Attributes:
        iterations: passes over the text, the last of which only aligns.
        null: probability of the null word.
        tension: where the tension starts.
        alpha: of the symmetric Dirichlet prior over t(· | given), by variational Bayes.
    """

    iterations: int = 5
    null: float = 0.08
    tension: float = 4.0
    alpha: float = 0.01


@dataclass
class Direction:
    """The parameters of one direction.

    Attributes:
        translation: (co-occurrences,) t(predicted | given) of each.
        null: (predicted types,) t(predicted | null word).
        tension: of the prior.
    """

    translation: Floats
    null: Floats
    tension: float


Model = dict[str, Direction]


@dataclass(frozen=True)
class Taken:
    """What each word takes: the alignments of both directions.

    Attributes:
        forward: (target tokens,) position in the source sentence, -1 for none.
        backward: (source tokens,) position in the target sentence, -1 for none.
        forward_score, backward_score: posterior probability of each of these links.
    """

    forward: Int32s
    backward: Int32s
    forward_score: Floats
    backward_score: Floats


def train(
    corpus: Cooccurrences,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    workers: int = 1,
    progress: Progress | None = None,
) -> Model:
    """Estimate both directions by expectation maximisation.

    Args:
        corpus: all its cells.
        settings: default: those of the C++ tool with ``-d -o -v``.
        device: where the arrays are; it must have float64.
        workers: threads on a CPU.
        progress: called with passes done and in all.

    Returns:
        The parameters that the last pass, which aligns, reads.

    Memory: 40 bytes a distinct co-occurrence and 4 bytes a cell (see ``cooccurrences``).
    """
    settings = settings or Settings()
    backward_words, forward_words = (corpus.size_counts @ corpus.sizes).tolist()
    words = {"forward": forward_words, "backward": backward_words}
    model = {name: _uniform(corpus, name, settings) for name in DIRECTIONS}
    for iteration in range(settings.iterations - 1):
        counts = _expected_counts(corpus, model, settings, torch.device(device), workers)
        for name in DIRECTIONS:
            one, seen = model[name], counts[name]
            if iteration > 0:
                sizes = corpus.sizes if name == "forward" else corpus.sizes[:, ::-1]
                one.tension = moved_tension(one.tension, seen.distance / words[name], sizes, corpus.size_counts)
            one.translation, one.null = _normalised(corpus, name, seen, settings.alpha)
        if progress:
            progress(iteration + 1, settings.iterations)
    return model


def align(
    corpus: Cooccurrences,
    model: Model,
    settings: Settings | None = None,
    *,
    device: torch.device | str = "cpu",
    workers: int = 1,
) -> Taken:
    """The best given word of every predicted word; the null word wins a tie, then the first position."""
    settings, device = settings or Settings(), torch.device(device)
    predicted = {"forward": corpus.bitext.tgt, "backward": corpus.bitext.src}
    position = {name: np.full(len(words.values), -1, np.int32) for name, words in predicted.items()}
    score = {name: np.zeros(len(words.values)) for name, words in predicted.items()}

    def work(number: int) -> dict[str, tuple[Int32s, Floats]]:
        slab = _on_device(corpus.slabs[number], device)
        with _one_thread(device):
            return {name: slab.best(name, model[name], settings) for name in DIRECTIONS}

    results = by_threads(work, range(len(corpus.slabs)), workers if device.type == "cpu" else 1)
    for slab, best in zip(corpus.slabs, results, strict=True):
        for name in DIRECTIONS:
            at = members(predicted[name].offsets, slab.sentences)[0]
            position[name][at], score[name][at] = best[name]
    return Taken(
        forward=position["forward"],
        backward=position["backward"],
        forward_score=score["forward"],
        backward_score=score["backward"],
    )


def taken_links(taken: Taken, src_offsets: Ints, tgt_offsets: Ints) -> tuple[Links, Links]:
    """The links of the two directions, each sorted by sentence, source position and target position."""
    at = np.flatnonzero(taken.forward >= 0)
    sentence = np.searchsorted(tgt_offsets, at, side="right") - 1
    src, tgt = taken.forward[at].astype(np.int64), at - tgt_offsets[sentence]
    order = np.lexsort((tgt, src, sentence))
    forward = Links(sentence, src, tgt, taken.forward_score[at]).take(order)
    at = np.flatnonzero(taken.backward >= 0)
    sentence = np.searchsorted(src_offsets, at, side="right") - 1
    tgt = taken.backward[at].astype(np.int64)
    return forward, Links(sentence, at - src_offsets[sentence], tgt, taken.backward_score[at])


@dataclass
class _Counts:
    # Expected counts of every co-occurrence and of the null word, and the summed -|i/n - j/m| of the links.
    pairs: Floats
    null: Floats
    distance: float


def _uniform(corpus: Cooccurrences, name: str, settings: Settings) -> Direction:
    types = corpus.bitext.tgt_types if name == "forward" else corpus.bitext.src_types
    return Direction(np.ones(len(corpus)), np.ones(types), settings.tension)


def _expected_counts(
    corpus: Cooccurrences, model: Model, settings: Settings, device: torch.device, workers: int
) -> dict[str, _Counts]:
    total = {name: _Counts(np.zeros(len(corpus)), np.zeros(len(model[name].null)), 0.0) for name in DIRECTIONS}

    def work(number: int) -> dict[str, _Counts]:
        slab = _on_device(corpus.slabs[number], device)
        with _one_thread(device):
            return {name: slab.counts(name, model[name], settings) for name in DIRECTIONS}

    results = by_threads(work, range(len(corpus.slabs)), workers if device.type == "cpu" else 1)
    for slab, counts in zip(corpus.slabs, results, strict=True):
        for name, one in counts.items():
            total[name].pairs[slab.pairs] += one.pairs
            total[name].null += one.null
            total[name].distance += one.distance
    return total


def _normalised(corpus: Cooccurrences, name: str, counts: _Counts, alpha: float) -> tuple[Floats, Floats]:
    # The mean-field estimate under the Dirichlet prior: exp(digamma(count + alpha) - digamma(sum over its words)).
    given, types = (corpus.src, corpus.bitext.src_types) if name == "forward" else (corpus.tgt, corpus.bitext.tgt_types)
    sums = np.bincount(given, counts.pairs, types) + alpha * np.bincount(given, minlength=types)
    translation = _digamma(counts.pairs + alpha)
    translation -= _digamma(np.where(sums > 0, sums, 1.0))[given]
    occurring = counts.null > 0
    null = _digamma(counts.null + alpha) - _digamma(np.array([counts.null.sum() + alpha * occurring.sum()]))
    return np.exp(translation, out=translation), np.where(occurring, np.exp(null), 0.0)


def _digamma(values: Floats) -> Floats:
    from scipy.special import digamma

    return np.asarray(digamma(values))


@contextmanager
def _one_thread(device: torch.device) -> Iterator[None]:
    # The threads are ours, a slab each; the library's own would only get in each other's way.
    before = torch.get_num_threads()
    if device.type == "cpu" and before > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if device.type == "cpu" and before > 1:
            torch.set_num_threads(before)


def _on_device(slab: Slab, device: torch.device) -> "_Working":
    return _Working(slab, torch.from_numpy(slab.cells).to(device), device)


@dataclass(frozen=True)
class _Working:
    # A slab with its cells on the device.
    slab: Slab
    cells: torch.Tensor
    device: torch.device

    def counts(self, name: str, model: Direction, settings: Settings) -> _Counts:
        given = _AXES[name][0]
        translation, null, words = self._tables(name, model)
        pairs, null_counts = torch.zeros_like(translation), torch.zeros_like(null)
        observed = torch.zeros((), dtype=torch.float64, device=self.device)
        for run, shares, of_null in self._weighted(name, model.tension, settings, translation, null, words):
            total = shares.sum(dim=given).add_(of_null)
            shares.div_(total.unsqueeze(given))
            of_null.div_(total)
            cells = self.cells[run.cell : run.cell + shares.numel()]
            pairs.index_add_(0, cells, shares.view(-1))
            null_counts.index_add_(0, words[self._span(name, run)], of_null.view(-1))
            observed -= (shares.sum(dim=0) * self._observed_distances(name, run)).sum()
        return _Counts(pairs.cpu().numpy(), null_counts.cpu().numpy(), float(observed))

    def best(self, name: str, model: Direction, settings: Settings) -> tuple[Int32s, Floats]:
        given = _AXES[name][0]
        translation, null, words = self._tables(name, model)
        best = torch.empty(len(words), dtype=torch.int32, device=self.device)
        posterior = torch.empty(len(words), dtype=torch.float64, device=self.device)
        for run, shares, of_null in self._weighted(name, model.tension, settings, translation, null, words):
            value, position = shares.max(dim=given)
            span = self._span(name, run)
            best[span] = torch.where(value > of_null, position, -1).view(-1).to(torch.int32)
            posterior[span] = (value / shares.sum(dim=given).add_(of_null)).view(-1)
        return best.cpu().numpy(), posterior.cpu().numpy()

    def _tables(self, name: str, model: Direction) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        words = self.slab.tgt if name == "forward" else self.slab.src
        arrays = (model.translation[self.slab.pairs], model.null, words)
        translation, null, predicted = (torch.from_numpy(a).to(self.device) for a in arrays)
        return translation, null, predicted

    def _weighted(
        self,
        name: str,
        tension: float,
        settings: Settings,
        translation: torch.Tensor,
        null: torch.Tensor,
        words: torch.Tensor,
    ) -> Iterator[tuple[Run, torch.Tensor, torch.Tensor]]:
        # Prior times translation probability of every cell of a run, and of the null word for every predicted word.
        for run in self.slab.runs:
            b, n, m = run.shape
            given, predicted = (n, m) if name == "forward" else (m, n)
            weights = prior(given, predicted, tension, settings.null)
            weights = weights if name == "forward" else weights.T
            shares = translation.index_select(0, self.cells[run.cell : run.cell + b * n * m]).view(b, n, m)
            shares.mul_(torch.from_numpy(weights).to(self.device))
            of_null = null.index_select(0, words[self._span(name, run)]).mul_(settings.null)
            yield run, shares, of_null.view(b, predicted)

    def _span(self, name: str, run: Run) -> slice:
        b, n, m = run.shape
        return slice(run.tgt, run.tgt + b * m) if name == "forward" else slice(run.src, run.src + b * n)

    def _observed_distances(self, name: str, run: Run) -> torch.Tensor:
        # The C++ tool counts the predicted position from 0 here, and from 1 in the prior.
        _, n, m = run.shape
        table = distances(n, m, shift=1) if name == "forward" else distances(m, n, shift=1).T
        return torch.from_numpy(table).to(self.device)
