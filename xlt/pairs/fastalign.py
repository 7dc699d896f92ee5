"""Links by FastAlign: the whole text is read, a model is trained on it or loaded, and every sentence pair aligned."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xlt.aligners.cooccurrence import Bitext, cooccurrences, scratch_folder
from xlt.aligners.fastalign import Settings, align, taken_links, train
from xlt.aligners.links import Links, no_links, part
from xlt.aligners.symmetrise import symmetrise
from xlt.arrays import Ragged
from xlt.corpora.words import Tokens
from xlt.encoders.device import resolve_device
from xlt.errors import OptionError, check_all
from xlt.files.inputs import check_inputs
from xlt.files.provenance import Input
from xlt.pairs.options import FastAlignOptions
from xlt.pairs.priors import Priors, read_priors, write_priors
from xlt.pairs.segment import Fold, TokenBlock, WordRule, distinct_words
from xlt.pairs.table import LinkedPairs, Text
from xlt.work import Progress

logger = logging.getLogger(__name__)


def check_source(options: FastAlignOptions, rule: WordRule) -> None:
    """Before anything is read or fetched: refuse a device or a model that is not there.

    Raises:
        XltError: see :func:`resolve_device`; no such file.
    """
    del rule
    check_all(
        partial(resolve_device, options.device),
        partial(check_inputs, [options.load_priors] if options.load_priors else []),
    )


def open_source(options: FastAlignOptions, text: Text, *, force: bool, progress: Progress | None) -> LinkedPairs:
    """Word pairs by FastAlign; ``force`` replaces a model that is kept.

    Raises:
        XltError: a model that cannot be read, or is of text that was treated otherwise; an unknown device.
    """
    del progress
    return LinkedPairs(text.rule, FastAlignLinks(options, text, force=force), options)


class FastAlignLinks:
    """FastAlign in both directions, symmetrised; memory: the words, the model, and the cells of a chunk."""

    scored = True

    def __init__(self, options: FastAlignOptions, text: Text, *, force: bool = False) -> None:
        self._options, self._text, self._force = options, text, force
        self._settings = Settings()
        self._device = _with_float64(resolve_device(options.device))
        self._priors = read_priors(options.load_priors, text.rule) if options.load_priors else None
        self._summary: dict[str, Any] = {}
        self.inputs: list[Input] = [self._priors.input] if self._priors else []
        self.params: dict[str, Any] = dict(vars(self._settings))

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        """The links of every block, in order."""
        src, tgt = map(WordSide, self._text.rule.folds)
        all_blocks = list(blocks)
        for block in all_blocks:
            src.add(block.src)
            tgt.add(block.tgt)
        links = self._aligned(bitext(src, tgt), src, tgt, workers)
        first = 0
        for block in all_blocks:
            yield block, part(links, first, first + len(block))
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
            if self._options.save_priors:
                raise OptionError(
                    "save_priors", "finds no sentence pair that could be aligned, so there is no model to save"
                )
            return no_links(scored=True)
        with ExitStack() as stack:
            large = len(text) > self._options.chunk
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
        if self._options.save_priors:
            priors = Priors.of(cells, model, list(src.numbers), list(tgt.numbers))
            write_priors(self._options.save_priors, priors, self._text.rule, self._text.inputs, self._force)
        forward, backward = taken_links(taken, text.src.offsets, text.tgt.offsets)
        return symmetrise(forward, backward, text.src.lengths, text.tgt.lengths, self._options.symmetrise)


def bitext(src: "WordSide", tgt: "WordSide") -> Bitext:
    """The two sides as the aligner takes them."""
    return Bitext(src.words(), tgt.words(), src_types=len(src.numbers), tgt_types=len(tgt.numbers))


class WordSide:
    """The words of one language, numbered as they come; ``numbers`` says which word has which."""

    def __init__(self, fold: Callable[[str], str] | None) -> None:
        self.numbers: dict[str, int] = {}
        self._fold: Fold | None = fold
        self._parts: list[Ragged[np.int32]] = []

    def add(self, tokens: Tokens) -> None:
        """Number the words of more sentences."""
        distinct, index = distinct_words(tokens)
        keys = map(self._fold, distinct) if self._fold else distinct
        numbers = [self.numbers.setdefault(w, len(self.numbers)) for w in keys]
        self._parts.append(Ragged(np.array(numbers, np.int32)[index], tokens.offsets))

    def words(self) -> Ragged[np.int32]:
        """A row a sentence, the number of each word."""
        return Ragged.join([Ragged(np.empty(0, np.int32), np.zeros(1, np.int64)), *self._parts])


def _with_float64(device: torch.device) -> torch.device:
    # Translation probabilities span more than float32 does, and Apple's GPUs have nothing wider.
    if device.type != "mps":
        return device
    logger.warning("FastAlign needs float64, which mps does not have: running on the CPU")
    return torch.device("cpu")
