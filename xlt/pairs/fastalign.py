"""Links by FastAlign: the whole text is read, a model is trained on it or loaded, and every sentence pair aligned."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xlt.aligners.cooccurrence import Bitext, cooccurrences, scratch_folder
from xlt.aligners.fastalign import Settings, align, taken_links, train
from xlt.aligners.links import Links, no_links, part
from xlt.aligners.symmetrise import Heuristic, symmetrise
from xlt.arrays import offsets
from xlt.corpora.words import Tokens
from xlt.encoders.device import resolve_device
from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.pairs.priors import Priors, read_priors, write_priors
from xlt.pairs.segment import Fold, TokenBlock, WordRule, distinct_words

logger = logging.getLogger(__name__)

# Sentence pairs whose cells are held in memory at once, unless told.
CHUNK = 1_000_000


class FastAlignLinks:
    """FastAlign in both directions, symmetrised; memory: the words, the model, and the cells of a chunk."""

    scored = True

    def __init__(
        self,
        rule: WordRule,
        *,
        heuristic: Heuristic = "grow-diag-final-and",
        device: str = "auto",
        chunk: int = CHUNK,
        load: str | None = None,
        save: str | None = None,
        force: bool = False,
        text: Sequence[Input] = (),
    ) -> None:
        self._rule, self._heuristic, self._chunk = rule, heuristic, chunk
        self._save, self._force, self._text = save, force, text
        self._settings = Settings()
        self._device = _with_float64(resolve_device(device))
        self._priors = read_priors(load, rule) if load else None
        self._summary: dict[str, Any] = {}
        self.inputs: list[Input] = [self._priors.input] if self._priors else []
        self.params: dict[str, Any] = {"aligner": "fastalign", "symmetrise": heuristic, **vars(self._settings)}

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order."""
        fold = self._rule.fold
        src, tgt = WordSide(fold), WordSide(fold)
        held: list[TokenBlock] = []
        for block in blocks:
            src.add(block.src)
            tgt.add(block.tgt)
            held.append(block)
        found = self._aligned(bitext(src, tgt), src, tgt, workers)
        first = 0
        for block in held:
            yield block, part(found, first, first + len(block))
            first += len(block)

    def summary(self) -> dict[str, Any]:
        """What the model was made of."""
        return self._summary

    def _aligned(self, text: Bitext, src: "WordSide", tgt: "WordSide", workers: int) -> Links:
        left_out = len(text.too_long)
        if left_out:
            self._summary["sentence pairs too long to align"] = left_out
            logger.warning("%d sentence pairs are too long to align; their rows have no word pair", left_out)
        if not len(text.usable):
            if self._save:
                raise XltError("--save-priors: no sentence pair that could be aligned, so there is no model to save")
            return no_links(scored=True)
        with ExitStack() as stack:
            large = len(text) > self._chunk
            folder = Path(stack.enter_context(scratch_folder())) if large else None
            cells = cooccurrences(text, workers=workers, folder=folder)
            if self._priors:
                model, unknown = self._priors.model(cells, src.numbers, tgt.numbers)
                self._summary["words unknown to the priors"] = unknown
            else:
                model = train(cells, self._settings, device=self._device, workers=workers)
            self._summary |= {
                "distinct co-occurrences": len(cells),
                "tension, forward and backward": f"{model['forward'].tension:.2f}, {model['backward'].tension:.2f}",
            }
            taken = align(cells, model, self._settings, device=self._device, workers=workers)
        if self._save:
            priors = Priors.of(cells, model, list(src.numbers), list(tgt.numbers))
            write_priors(self._save, priors, self._rule, self._text, self._force)
        forward, backward = taken_links(taken, text.src_offsets, text.tgt_offsets)
        lengths = np.diff(text.src_offsets), np.diff(text.tgt_offsets)
        return symmetrise(forward, backward, *lengths, self._heuristic)


def bitext(src: "WordSide", tgt: "WordSide") -> Bitext:
    """The two sides as the aligner takes them."""
    return Bitext(src.words(), tgt.words(), src.offsets(), tgt.offsets(), len(src.numbers), len(tgt.numbers))


class WordSide:
    """The words of one language, numbered as they come; ``numbers`` says which word has which."""

    def __init__(self, fold: Callable[[str], str] | None) -> None:
        self.numbers: dict[str, int] = {}
        self._fold: Fold | None = fold
        self._words: list[np.ndarray[Any, np.dtype[np.int32]]] = []
        self._lengths: list[np.ndarray[Any, np.dtype[np.int64]]] = []

    def add(self, tokens: Tokens) -> None:
        """Number the words of more sentences."""
        distinct, index = distinct_words(tokens)
        keys = map(self._fold, distinct) if self._fold else distinct
        numbers = [self.numbers.setdefault(w, len(self.numbers)) for w in keys]
        self._words.append(np.array(numbers, np.int32)[index])
        self._lengths.append(np.diff(tokens.offsets))

    def words(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """(tokens,) the number of each."""
        return np.concatenate(self._words) if self._words else np.empty(0, np.int32)

    def offsets(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """(sentences + 1,) where each sentence starts."""
        return offsets(np.concatenate(self._lengths) if self._lengths else np.empty(0, np.int64))


def _with_float64(device: torch.device) -> torch.device:
    # Translation probabilities span more than float32 does, and Apple's GPUs have nothing wider.
    if device.type != "mps":
        return device
    logger.warning("FastAlign needs float64, which mps does not have: running on the CPU")
    return torch.device("cpu")
