"""Pairs tables as streams of tokenised sentence pairs: read once for what is there, once for what is drawn."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Ints, LangPair
from xlt.encoders.load import Encoder
from xlt.errors import XltError
from xlt.files.pairs import link_batches
from xlt.files.tables import Source
from xlt.training.options import Aim
from xlt.training.order import permutation
from xlt.training.pair_data import PairStream, pair_stream

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Available:
    """The sentence pairs of a language pair in a file that hold a word pair, as row numbers of the file."""

    source: Source
    langs: LangPair
    rows: Ints


def available_pairs(sources: Sequence[Source]) -> list[Available]:
    """What the files hold, each language pair of each file by itself.

    Raises:
        XltError: no word pair in a file, a file given twice, or languages that share no side.
    """
    hashes = [source.sha256 for source in sources]
    for source in sources:
        if hashes.count(source.sha256) > 1:
            raise XltError(f"{source.where} is given twice, or under two names; each pairs file counts once")
    available: list[Available] = []
    for source in sources:
        rows: dict[LangPair, list[Ints]] = {}
        first = 0
        for batch in link_batches(source, with_tokens=False):
            linked = np.unique(batch.row)
            codes = {pair: i for i, pair in enumerate(dict.fromkeys(batch.langs))}
            of_row = np.fromiter((codes[pair] for pair in batch.langs), np.int64, len(batch.langs))
            for pair, code in codes.items():
                rows.setdefault(pair, []).append(first + linked[of_row[linked] == code])
            first += len(batch.langs)
        of_source = [Available(source, pair, np.concatenate(parts)) for pair, parts in rows.items()]
        if not any(len(a.rows) for a in of_source):
            raise XltError(f"{source.where} holds no word pair: nothing to align")
        available += [a for a in of_source if len(a.rows)]
    pairs = sorted({a.langs for a in available})
    if len({src for src, _ in pairs}) > 1 and len({tgt for _, tgt in pairs}) > 1:
        raise XltError(
            f"the pairs are of {', '.join('-'.join(p) for p in pairs)}: the language that all share must be on the "
            "same side in all of them; swap SRC and TGT in extract-pairs"
        )
    return available


def load_streams(
    available: Sequence[Available], encoder: Encoder, aim: Aim, steps: int | None, seed: int
) -> list[PairStream]:
    """Tokenise the sentence pairs that ``steps`` steps can need (None: all).

    Where a file holds far more than the steps will see, as many are drawn with ``seed`` and the others are never read.
    """
    size = aim.pairs_in_batch(a.langs for a in available)
    turns = None if steps is None else -(-steps * size // len(available))
    few = [a for a in available if len(a.rows) < size // len(available)]
    if few:
        logger.warning(
            "%s: %s-%s has %s sentence pairs, fewer than a batch takes: each stands in it several times, its copies "
            "among the negatives", few[0].source.where, *few[0].langs, len(few[0].rows),
        )  # fmt: skip
    return [_stream(i, pairs, encoder, aim, turns, seed) for i, pairs in enumerate(available)]


def epoch_steps(available: Sequence[Available], batch_size: int) -> int:
    """Steps until every sentence pair was seen, the streams taken in turn: the largest decides."""
    largest = max(len(a.rows) for a in available)
    return -(-largest * len(available) // batch_size)


def stream_summary(
    available: Sequence[Available], streams: Sequence[PairStream], sentence_pairs: int
) -> dict[str, Any]:
    """What was kept of the pairs and what was left out, where the steps take so many sentence pairs."""
    return {
        "language pairs": ", ".join(sorted({"-".join(a.langs) for a in available})),
        "sentence pairs": sum(len(a.rows) for a in available),
        "sentence pairs in these steps": sentence_pairs,
        "left without a word pair by the length limit": sum(s.dropped for s in streams),
        "sentences cut or left out": sum(s.cut for s in streams),
        "word pairs cut off": sum(s.links_lost for s in streams),
    }


def aligner_of(sources: Sequence[Source]) -> str:
    """Who made the word pairs, for the recipe; ``pairs`` where the files do not say."""
    return "/".join(sorted({str(((s.record or {}).get("params") or {}).get("aligner", "pairs")) for s in sources}))


def _stream(number: int, pairs: Available, encoder: Encoder, aim: Aim, turns: int | None, seed: int) -> PairStream:
    name = f"{pairs.langs[0]}-{pairs.langs[1]}/{number}"
    rows = pairs.rows
    # Some may drop out when they are cut, so that a few more are drawn than will be seen.
    if turns is not None and turns + turns // 10 + 100 < len(rows):
        rows = np.sort(rows[permutation(len(rows), seed, name + "/drawn", 0)[: turns + turns // 10 + 100]])
    src, tgt, links = _sentences(pairs.source, rows)
    stream = pair_stream(
        name,
        pairs.langs,
        src,
        tgt,
        links,
        encoder.tokenizer,
        min(aim.max_length, encoder.max_length),
        aim.overlong,
    )
    if turns is not None and len(stream) < turns < len(pairs.rows):
        logger.warning(
            "%s: so many sentence pairs lost their word pairs by the length limit that %s of them are seen again, "
            "although the file holds more", pairs.source.where, turns - len(stream),
        )  # fmt: skip
    if stream.cut:
        logger.info("%s: %s sentences above %s subwords", pairs.source.where, stream.cut, aim.max_length)
    return stream


def _sentences(source: Source, rows: Ints) -> tuple[list[list[str]], list[list[str]], list[tuple[Ints, Ints]]]:
    src: list[list[str]] = []
    tgt: list[list[str]] = []
    links: list[tuple[Ints, Ints]] = []
    first = 0
    for batch in link_batches(source, with_tokens=True):
        n = len(batch.langs)
        drawn = rows[(rows >= first) & (rows < first + n)] - first
        bounds = np.searchsorted(batch.row, np.arange(n + 1))
        taken = pa.array(drawn)
        src += batch.table.column("src_tokens").take(taken).to_pylist()
        tgt += batch.table.column("tgt_tokens").take(taken).to_pylist()
        links += [(batch.src[bounds[i] : bounds[i + 1]], batch.tgt[bounds[i] : bounds[i + 1]]) for i in drawn.tolist()]
        first += n
    return src, tgt, links
