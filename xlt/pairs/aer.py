"""Step ``aer``: an aligner's links against gold links."""

import logging
import sys
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow.compute as pc

from xlt.aligners.aer import METRICS, match_counts, quality
from xlt.aligners.links import Links, distinct_links
from xlt.arrays import Bools, Ints
from xlt.corpora.gold_links import GoldLinks, read_gold
from xlt.corpora.text import existing, line_blocks
from xlt.errors import XltError
from xlt.files.pairs import link_batches, open_pairs
from xlt.files.pharaoh import parse_pharaoh
from xlt.files.shown import Shown
from xlt.files.table_readers import is_binary_table
from xlt.pairs.options import AerOptions
from xlt.stats.bootstrap import percentile_interval

logger = logging.getLogger(__name__)


# Gold links without a single 0 are numbered from 1 if there are so many.
_ENOUGH_TO_TELL = 100
_TEXT_TABLES = (b"{", b"sent_id")


@dataclass(frozen=True)
class ErrorRate(Shown):
    """What was measured.

    Attributes:
        values: aer, precision, recall and f1, from 0 to 1; NaN where undefined.
        intervals: lower and upper end of the 95 % interval of each.
        summary: sentences, links, sure and possible gold links, gold links out of range.
    """

    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    summary: dict[str, int]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a metric: its value and the ends of its interval, None for what is undefined."""
        names = ("metric", "value", "ci_low", "ci_high")
        return [
            dict(zip(names, (metric, *map(_or_none, (self.values[metric], *self.intervals[metric]))), strict=True))
            for metric in METRICS
        ]

    def as_json(self) -> dict[str, Any]:
        """Fractions, each with its interval, and counts; null for what is undefined."""
        ends = {f"{m}_ci": [_or_none(x) for x in self.intervals[m]] for m in METRICS}
        return {**{m: _or_none(self.values[m]) for m in METRICS}, **ends, **self.summary}


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value


def error_rate(gold: str, links: str, options: AerOptions = AerOptions()) -> ErrorRate:
    """Alignment error rate, precision, recall and F1, with percentile bootstrap intervals over sentences.

    Args:
        gold: gold links in any form of ``read_gold``.
        links: a Pharaoh file (numbered from 0), a pairs table, or ``-`` for either.
        options: how ``gold`` is numbered; the resampling.

    Raises:
        XltError: a broken file, or two files of different text.
    """
    right = read_gold(gold, one_based=options.one_based)
    if right.unlike and len(right.sentence) >= _ENOUGH_TO_TELL:
        logger.warning("%s: no gold link has number 0: if it is numbered from 1, give --one-based", gold)
    measured, sentences, beyond = _pairs(links, right, gold) if _is_table(links) else _pharaoh(links, right, gold)
    inside = np.flatnonzero(~beyond)
    golden = Links(right.sentence[inside], right.src[inside], right.tgt[inside])
    counts = match_counts(measured, golden, right.sure[inside], sentences)

    rng = np.random.default_rng(options.seed)
    low, high = percentile_interval(counts, quality, rng, resamples=options.resamples)
    values = quality(counts.sum(axis=0, dtype=np.float64)[None])[0]
    return ErrorRate(
        dict(zip(METRICS, values.tolist(), strict=True)),
        {m: (float(a), float(b)) for m, a, b in zip(METRICS, low, high, strict=True)},
        {
            "sentences": sentences,
            "links": len(measured),
            "sure": int(right.sure[inside].sum()),
            "possible": int((~right.sure[inside]).sum()),
            "out_of_range": right.out_of_range + int(beyond.sum()),
        },
    )


def _is_table(name: str) -> bool:
    if name == "-":
        head = cast(BufferedReader, sys.stdin.buffer).peek(8)[:8]
    else:
        if not Path(name).is_file():
            return False
        with Path(name).open("rb") as file:
            head = file.read(8)
    return is_binary_table(head) or head.lstrip().startswith(_TEXT_TABLES)


def _pharaoh(name: str, gold: GoldLinks, gold_name: str) -> tuple[Links, int, Bools]:
    if name == "-":
        where, blocks = "standard input", line_blocks(None, cast(BufferedReader, sys.stdin.buffer))
    else:
        path = existing(Path(name))
        if path is None:
            raise XltError(f"{name}: no such file")
        where, blocks = name, line_blocks(path)
    lines = [line for block in blocks for line in block]
    fits = len(lines) == gold.sentences if gold.complete else len(lines) >= gold.sentences
    if not fits:
        raise XltError(
            f"{where} has {len(lines):,} lines, {gold_name} is of {gold.sentences:,} sentence pairs: one line a "
            "sentence pair, empty where there is no link"
        )
    parsed = parse_pharaoh(lines, where, range(1, len(lines) + 1))
    row = np.repeat(np.arange(len(lines)), parsed.counts)
    if gold.lengths is not None:
        _check_inside(where, row, parsed.src, parsed.tgt, gold.lengths)
    return distinct_links(row, parsed.src, parsed.tgt), len(lines), np.zeros(len(gold.sentence), np.bool_)


def _pairs(name: str, gold: GoldLinks, gold_name: str) -> tuple[Links, int, Bools]:
    # Rows without a pair may be missing; the words of those that are there say which gold links are beyond them.
    source = open_pairs(name)
    parts: list[tuple[Ints, Ints, Ints]] = []
    langs: set[tuple[str, str]] = set()
    lengths: dict[int, tuple[int, int]] = {}
    for batch in link_batches(source, with_tokens=True):
        langs |= set(batch.langs)
        ids = batch.table.column("sent_id").to_pylist()
        sides = (pc.list_value_length(batch.table.column(f"{side}_tokens")).to_pylist() for side in ("src", "tgt"))
        for sent_id, *sizes in zip(ids, *sides, strict=True):
            if sent_id in lengths or sent_id < 0:
                raise XltError(f"{source.where}: sentence {sent_id} stands there twice, or is below 0")
            lengths[sent_id] = sizes[0], sizes[1]
        parts.append((batch.sent_id, batch.src, batch.tgt))
    if len(langs) > 1:
        raise XltError(f"{source.where} holds several language pairs: {gold_name} is of one")
    bounds = _length_bounds(source.where, lengths, gold, gold_name)
    beyond = (gold.src >= bounds[gold.sentence, 0]) | (gold.tgt >= bounds[gold.sentence, 1])
    row, src, tgt = (np.concatenate([p[i] for p in parts] or [np.empty(0, np.int64)]) for i in range(3))
    return distinct_links(row, src, tgt), len(bounds), np.asarray(beyond, np.bool_)


def _length_bounds(where: str, lengths: dict[int, tuple[int, int]], gold: GoldLinks, gold_name: str) -> Ints:
    # (sentences, 2) words on each side, without bound for a row that is missing.
    last = max(lengths, default=-1)
    if gold.complete and last >= gold.sentences:
        raise XltError(f"{where} has sentence {last}, {gold_name} only 0 to {gold.sentences - 1}")
    bounds = np.full((max(gold.sentences, last + 1), 2), np.iinfo(np.int64).max)
    for sent_id, sizes in lengths.items():
        bounds[sent_id] = sizes
        if gold.lengths is not None and sizes != tuple(gold.lengths[sent_id].tolist()):
            raise XltError(
                f"{where}: sentence {sent_id} has {sizes[0]} and {sizes[1]} words, in {gold_name} "
                f"{gold.lengths[sent_id, 0]} and {gold.lengths[sent_id, 1]}: extract with --pretokenized"
            )
    return bounds


def _check_inside(where: str, row: Ints, src: Ints, tgt: Ints, lengths: Ints) -> None:
    bad = np.flatnonzero((src >= lengths[row, 0]) | (tgt >= lengths[row, 1]))
    if len(bad):
        k = int(bad[0])
        raise XltError(
            f"{where}: line {row[k] + 1} links {src[k]}-{tgt[k]}, but its sentences have {lengths[row[k], 0]} and "
            f"{lengths[row[k], 1]} words (numbered from 0)"
        )
