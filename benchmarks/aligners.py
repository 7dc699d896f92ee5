"""Word aligners: FastAlign's passes against the memory traffic that they need, and the encoder's own forward pass."""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.data import bible, data_folder
from benchmarks.model import make_checkpoint
from benchmarks.timing import line, paired
from benchmarks.words import forward_only
from xlt.aligners.cooccurrence import Bitext, Cooccurrences, cooccurrences
from xlt.aligners.fastalign import align, taken_links, train
from xlt.aligners.symmetrise import symmetrise
from xlt.corpora.choose import Block
from xlt.corpora.words import segmentation
from xlt.encoders.load import load_encoder
from xlt.pairs.fastalign import WordSide, bitext
from xlt.pairs.options import AwesomeOptions, ItermaxOptions, VectorOptions
from xlt.pairs.segment import TokenBlock, WordRule, segmenter
from xlt.pairs.similarity import SimilarityLinks

_CLI = [sys.executable, "-m", "xlt", "extract-pairs", "-q", "--force", "--aligner", "fastalign", "--pretokenized"]


def run(runs: int = 3, million: bool = True, n_sentences: int = 600) -> None:
    """Print the figures."""
    folder = data_folder()
    if folder is None:
        line("aligners", "skipped: no test data (XLT_TEST_DATA)")
        return
    src, tgt = bible(folder, "en", "fr")
    for workers in (1, 2):
        _fastalign(src, tgt, workers, runs)
    with tempfile.TemporaryDirectory() as name:
        _end_to_end(Path(name), src, tgt, million)
        _encoders(Path(name), src[::50][:n_sentences], tgt[::50][:n_sentences], src[::4] + tgt[::4], runs)


def _bitext(src: list[str], tgt: list[str]) -> Bitext:
    sides = WordSide(str.lower), WordSide(str.lower)
    for side, lang, sentences in zip(sides, ("en", "fr"), (src, tgt), strict=True):
        side.add(segmentation(lang).segment(sentences))
    return bitext(*sides)


def _fastalign(src: list[str], tgt: list[str], workers: int, runs: int) -> None:
    text = _bitext(src, tgt)
    found = cooccurrences(text, workers=workers)

    def whole() -> None:
        cells = cooccurrences(text, workers=workers)
        taken = align(cells, train(cells, workers=workers), workers=workers)
        links = taken_links(taken, text.src.offsets, text.tgt.offsets)
        symmetrise(*links, text.src.lengths, text.tgt.lengths, "grow-diag-final-and")

    timed = paired(whole, lambda: _traffic(found), runs)
    cells = sum(len(s.cells) for s in found.slabs)
    line(f"FastAlign, Bible en-fr, both directions and symmetrised, {workers} threads", f"{timed.ours:.1f} s")
    line(
        f"  {cells:,} cells: against reading and adding each once a pass, 1 thread",
        f"{timed.ratio:.2f} x ({timed.bound:.1f} s)",
    )


def _traffic(found: Cooccurrences) -> None:
    # What no array code can do without: four passes that read and add each cell in both directions, one that reads.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for last in (False, False, False, False, True):
        for slab in found.slabs:
            table = torch.zeros(len(slab.pairs), dtype=torch.float64)
            cells = torch.from_numpy(slab.cells)
            for _ in range(2):
                values = table.index_select(0, cells)
                if not last:
                    table.index_add_(0, cells, values)
    torch.set_num_threads(threads)


def _end_to_end(work: Path, src: list[str], tgt: list[str], million: bool) -> None:
    # Short sentences as in subtitles: the first twelve words of each verse, over and over with a number behind.
    short = [[" ".join(s.split()[:12]) for s in side] for side in (src, tgt)]
    copies = 33 if million else 2
    for lang, sentences in zip(("en", "fr"), short, strict=True):
        with (work / f"short.{lang}").open("w", encoding="utf-8", newline="\n") as file:
            for copy in range(copies):
                file.writelines(f"{s} {copy}\n" for s in sentences)
    for more in ([], ["--chunk", "100000"]):
        start = time.perf_counter()
        command = [*_CLI, "--workers", "2", *more, "--corpus", str(work / "short"), "-o", str(work / "x.parquet")]
        process = subprocess.Popen([*command, "en", "fr"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            raise RuntimeError("extract-pairs failed")
        line(
            " ".join(["extract-pairs --aligner fastalign", *more, f"{copies * len(src):,} pairs of some 12 words"]),
            f"{seconds:.0f} s, {usage.ru_maxrss / 2**20:.1f} GiB",
        )


def _encoders(work: Path, src: list[str], tgt: list[str], text: list[str], runs: int) -> None:
    model = make_checkpoint(work / "model", text)
    encoder = load_encoder(str(model), device="cpu", dtype="float32")
    rule = WordRule("en", "fr", {})
    block = Block(np.arange(len(src)), src, tgt, np.zeros(len(src), np.bool_))
    tokens = segmenter(rule)(block)
    sentences = [
        side.values.to_pylist()[a:b]
        for side in (tokens.src, tokens.tgt)
        for a, b in zip(side.offsets[:-1].tolist(), side.offsets[1:].tolist(), strict=True)
    ]
    kinds: dict[str, type[VectorOptions]] = {"awesome": AwesomeOptions, "itermax": ItermaxOptions}
    for method, kind in kinds.items():
        linker = SimilarityLinks(kind(model=str(model), layer=-1, device="cpu"))
        timed = paired(partial(_links, linker, tokens), lambda: forward_only(encoder, sentences), runs)
        line(f"links by {method}: share of the bare forward rate", f"{100 / timed.ratio:.0f} %")


def _links(linker: SimilarityLinks, tokens: TokenBlock) -> None:
    for _ in linker.links([tokens], 1):
        pass
