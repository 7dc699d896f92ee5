"""Pairs files and folders of vectors for the tests of the steps and of the command line."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xlt.arrays import AnyFloats
from xlt.encoders.load import Encoder, load_for
from xlt.encoders.options import EncodeOptions
from xlt.files.provenance import KEY, Input, Record, make_record, to_bytes
from xlt.files.schemas import PAIRS, WORDS
from xlt.files.tables import write_table

Rows = list[dict[str, Any]]
ARROW = PAIRS.arrow(without=["score"])

_ENGLISH = "the cat sat on a mat and looked at light of morning God created heavens earth beginning In"
_FRENCH = "le chat était assis sur tapis et regardait lumière du matin Dieu créa les cieux terre commencement Au"


@cache
def loaded(model: str, options: EncodeOptions) -> Encoder:
    """What ``load_for`` gives, but once for all tests: loading takes longer than all else, and has tests of its own."""
    return load_for(model, options)


def row(sent_id: int, src: str, tgt: str, links: str, langs: str = "en-fr") -> dict[str, Any]:
    """A row by hand: sentences with blanks between the words, links as ``0-0 1-2``."""
    pairs = [tuple(map(int, link.split("-"))) for link in links.split()]
    return {
        "sent_id": sent_id, "src_lang": langs.split("-")[0], "tgt_lang": langs.split("-")[1],
        "src_tokens": src.split(), "tgt_tokens": tgt.split(),
        "src_idx": [i for i, _ in pairs], "tgt_idx": [j for _, j in pairs],
    }  # fmt: skip


def random_rows(count: int, langs: str = "en-fr", seed: int = 0, first: int = 0, longest: int = 6) -> Rows:
    """Sentence pairs of random words, a word pair in every second position.

    Two in three words are the same on both sides, so that random models find some of them.
    """
    draw = random.Random(f"{langs}{seed}")
    rows = []
    for n in range(first, first + count):
        size = draw.randint(3, longest)
        src, other = draw.choices(_ENGLISH.split(), k=size), draw.choices(_FRENCH.split(), k=size)
        tgt = [b if draw.random() < 1 / 3 else a for a, b in zip(src, other, strict=True)]
        links = sorted(draw.sample(range(size), size // 2))
        rows.append(row(n, " ".join(src), " ".join(tgt), " ".join(f"{i}-{i}" for i in links), langs))
    return rows


def pairs_record(langs: str = "en-fr", corpus: str = "c0ffee", **params: Any) -> Record:
    """The record of a pairs file, as extract-pairs writes it."""
    src, tgt = langs.split("-")
    whole = {"src_lang": src, "tgt_lang": tgt} | params
    return make_record("extract-pairs", params=whole, inputs=[Input("corpus", "corpus.tsv", corpus)])


def write_pairs(path: Path, rows: Rows, record: Record | None = None, batch: int = 1000) -> str:
    """Write a pairs file in batches (.arrow) or row groups (.parquet) of a size; without a record it is anybody's."""
    table = pa.Table.from_pylist(rows, PAIRS.arrow(without=["score"], unusual=PAIRS.unusual(rows)))
    if record is not None:
        table = table.replace_schema_metadata({KEY: to_bytes(record)})
    if path.suffix == ".arrow":
        with pa.ipc.new_stream(str(path), table.schema) as stream:
            stream.write_table(table, max_chunksize=batch)
    else:
        pq.write_table(table, path, row_group_size=batch)
    return str(path)


def word_pairs(rows: Rows) -> list[tuple[int, str, str, str, str, int, int]]:
    """All word pairs in file order, as rows of words.parquet."""
    return [
        (r["sent_id"], r["src_lang"], r["tgt_lang"], r["src_tokens"][i], r["tgt_tokens"][j], i, j)
        for r in rows
        for i, j in zip(r["src_idx"], r["tgt_idx"], strict=True)
    ]


def write_folder(path: Path, src: AnyFloats, tgt: AnyFloats, words: Sequence[dict[str, Any]] | None = None) -> str:
    """A folder of embeddings as anybody's script makes it."""
    path.mkdir()
    np.save(path / "src.npy", src)
    np.save(path / "tgt.npy", tgt)
    if words is not None:
        write_table(str(path / "words.parquet"), list(words), WORDS.arrow(unusual=WORDS.unusual(words)), {}, False)
    return str(path)


def related_vectors(
    n: int, dim: int, layers: int = 1, noise: float = 0.7, seed: int = 0
) -> tuple[AnyFloats, AnyFloats]:
    """(layers, n, dim) float32 vectors of two languages that share a signal, so that scores are neither 0 nor 1."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, dim))
    both = [
        (shared + noise * rng.standard_normal((layers, n, dim)) + 0.4 * rng.standard_normal(dim)).astype(np.float32)
        for _ in range(2)
    ]
    return both[0], both[1]
