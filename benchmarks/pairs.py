"""Dictionary pairs: sentence pairs a second, end to end and matching alone, and memory; against a plain loop."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.data import bible, data_folder
from benchmarks.timing import line, paired
from xlt.aligners.dictionary import dictionary_links
from xlt.corpora.dictionaries import dictionary_files, load_dictionary
from xlt.corpora.words import segmentation
from xlt.pairs.dictionary import look_up, pair_rule
from xlt.pairs.segment import WordRule

_CLI = [sys.executable, "-m", "xlt", "extract-pairs", "-q", "--force"]


def plain_loop(sentences: list[tuple[list[str], list[str]]], table: dict[str, set[str]]) -> int:
    """The rule in one pass of plain Python, as the papers' code does it."""
    found = 0
    for src, tgt in sentences:
        present = set(tgt)
        hits = [(w, table[w] & present) for w in src if w in table]
        holds: dict[str, int] = {}
        for _, words in hits:
            for word in words:
                holds[word] = holds.get(word, 0) + 1
        for _, words in hits:
            if len(words) == 1:
                (word,) = words
                found += holds[word] == 1 and tgt.count(word) == 1
    return found


def run(runs: int = 3, million: bool = True) -> None:
    """Print the figures; one core each unless said."""
    folder = data_folder()
    if folder is None:
        line("pairs", "skipped: no test data (XLT_TEST_DATA)")
        return
    src, tgt = bible(folder, "en", "fr")
    n = len(src)
    entries = load_dictionary(*dictionary_files(str(folder / "dictionaries" / "muse"), "en", "fr")).entries
    rule = pair_rule(entries, WordRule("en", "fr", {}))
    cut = segmentation("en").segment
    blocks = [(cut(src[i : i + 4096]), cut(tgt[i : i + 4096])) for i in range(0, n, 4096)]

    def ours() -> int:
        total = 0
        for a, b in blocks:
            left, _ = look_up(a, rule.table.src_ids, None)
            right, _ = look_up(b, rule.table.tgt_ids, None)
            total += len(dictionary_links(rule.table, left, right))
        return total

    table: dict[str, set[str]] = {}
    for s, t in entries:
        table.setdefault(s, set()).add(t)
    sentences = [
        (a.values.to_pylist()[a.offsets[i] : a.offsets[i + 1]], b.values.to_pylist()[b.offsets[i] : b.offsets[i + 1]])
        for a, b in blocks[:1]
        for i in range(len(a.offsets) - 1)
    ]
    found = paired(ours, lambda: plain_loop(sentences, table), runs)
    line("matching alone, look-up included, Bible en-fr", f"{n / found.ours:,.0f} sentence pairs/s")
    line("  plain loop over words", f"{len(sentences) / found.bound:,.0f} sentence pairs/s")
    with tempfile.TemporaryDirectory() as name:
        _end_to_end(folder, Path(name), src, tgt, million)


def _end_to_end(data: Path, folder: Path, src: list[str], tgt: list[str], million: bool) -> None:
    copies = 33 if million else 4
    for lang, sentences in (("en", src), ("fr", tgt)):
        text = "\n".join(sentences) + "\n"
        with (folder / f"big.{lang}").open("w", encoding="utf-8", newline="\n") as file:
            for _ in range(copies):
                file.write(text)
    dictionary = str(data / "dictionaries" / "muse")
    n = len(src) * copies
    empty, floor = _command(folder, ["--limit", "1", "--dict", dictionary], 1)
    for workers in (1, 2):
        seconds, memory = _command(folder, ["--workers", str(workers), "--dict", dictionary], workers)
        line(
            f"extract-pairs, {n:,} pairs, Parquet written, {workers} worker{'s' * (workers > 1)}",
            f"{n / (seconds - empty):,.0f} sentence pairs/s (start-up of {empty:.2f} s aside), "
            f"{memory:,.0f} MB at peak, {memory - floor:,.0f} MB above a run of one sentence",
        )


def _command(folder: Path, options: list[str], cores: int) -> tuple[float, float]:
    command = [*_CLI, "--corpus", str(folder / "big"), "-o", str(folder / "out.parquet"), *options, "en", "fr"]
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, allowed))
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024
