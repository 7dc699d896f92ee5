"""Sentence vectors at all layers: against the bare forward pass over the unique sentences, sorted by length."""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.data import bible, data_folder
from benchmarks.model import make_checkpoint
from benchmarks.timing import line, paired
from xlt.alignment.from_sentences import encode_sentences
from xlt.alignment.sentence_pairs import prepare_sentences
from xlt.arrays import Ints
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.options import EncodeOptions, SentencePool
from xlt.files.pairs import open_pairs
from xlt.pairs.extract_pairs import extract_pairs
from xlt.pairs.options import ExtractOptions, NoAligner

POOLS: tuple[SentencePool, ...] = ("mean", "weighted", "cls")


def forward_only(encoder: Encoder, texts: list[str], size: int = 32) -> int:
    """The model's forward pass over texts sorted by length, in batches of 32; returns the tokens."""
    ids = sorted(encoder.text_tokenizer(texts)["input_ids"], key=len)
    with torch.inference_mode():
        for start in range(0, len(ids), size):
            batch = ids[start : start + size]
            width = max(map(len, batch))
            padded = torch.tensor([row + [encoder.tokenizer.pad_id] * (width - len(row)) for row in batch])
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
            encoder.model(input_ids=padded, attention_mask=mask)
    return sum(map(len, ids))


def run(n_sentences: int = 60, runs: int = 2) -> None:
    """Print the figures of one thread."""
    folder = data_folder()
    if folder is None:
        line("sentence vectors", "skipped: no test data (XLT_TEST_DATA)")
        return
    src, tgt = bible(folder, "en", "fr")
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        model = make_checkpoint(work / "model", src[::4] + tgt[::4])
        for side, text in (("en", src), ("fr", tgt)):
            (work / f"text.{side}").write_text("\n".join(text[::50][:n_sentences]) + "\n", encoding="utf-8")
        options = ExtractOptions(corpus=str(work / "text"), aligner=NoAligner())
        pairs = extract_pairs("en", "fr", options, output=str(work / "pairs.parquet")).output
        encoder = load_encoder(str(model), device="cpu")
        texts = list(dict.fromkeys([*src[::50][:n_sentences], *tgt[::50][:n_sentences]]))
        torch.set_num_threads(1)
        tokens = forward_only(encoder, texts)
        for pool in POOLS:
            timed = paired(lambda: vectors(encoder, pairs, pool), lambda: forward_only(encoder, texts), runs)
            line(
                f"sentence vectors ({pool}), all layers, 1 thread: share of the bare float32 forward rate",
                f"{100 / timed.ratio:.0f} %  ({tokens / timed.ours:,.0f} / {tokens / timed.bound:,.0f} tokens/s)",
            )
    torch.set_num_threads(threads)


def vectors(encoder: Encoder, pairs: str, pool: SentencePool) -> npt.NDArray[np.float32]:
    """What ``align-score --unit sentence`` does before it scores: read the pairs, tokenise, embed."""
    prepared = prepare_sentences(encoder, [open_pairs(pairs)], None, 42, "window")
    layers = list(range(encoder.num_layers + 1))
    out = np.empty((len(layers), len(prepared.used), encoder.dim), np.float32)

    def write(at: Ints, values: npt.NDArray[np.float32]) -> None:
        out[:, at] = values

    encode_sentences(encoder, prepared, layers, EncodeOptions(), pool, write=write)
    return out
