"""Word vectors at all layers: against the bare forward pass over the unique sentences, sorted by length."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.data import bible, data_folder
from benchmarks.model import make_checkpoint
from benchmarks.timing import line, paired
from xlt.alignment.from_model import encode, prepare
from xlt.alignment.sample import draw, word_pairs
from xlt.encoders.load import Encoder, load_encoder
from xlt.encoders.options import EncodeOptions
from xlt.files.pairs import open_pairs
from xlt.files.vectors import create_array
from xlt.pairs.extract_pairs import extract_pairs
from xlt.pairs.options import DictOptions, ExtractOptions


def forward_only(encoder: Encoder, sentences: list[list[str]], size: int = 32) -> int:
    """The model's forward pass over sentences sorted by length, in batches of 32; returns the tokens."""
    ids = [
        encoder.tokenizer.prefix + encoder.tokenizer([s]).tokens.values.tolist() + encoder.tokenizer.suffix
        for s in sentences
    ]
    ids.sort(key=len)
    tokens = 0
    with torch.inference_mode():
        for start in range(0, len(ids), size):
            batch = ids[start : start + size]
            width = max(map(len, batch))
            padded = torch.tensor([row + [encoder.tokenizer.pad_id] * (width - len(row)) for row in batch])
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
            encoder.model(input_ids=padded, attention_mask=mask)
            tokens += sum(map(len, batch))
    return tokens


def _ids(encoder: Encoder, sentence: list[str]) -> list[int]:
    tokens: list[int] = encoder.tokenizer([sentence]).tokens[0].tolist()
    return encoder.tokenizer.prefix + tokens + encoder.tokenizer.suffix


def word_by_word(encoder: Encoder, sentences: list[list[str]], size: int = 32) -> None:
    """The papers' way: batches in corpus order, padded, and a Python loop over the words of each sentence."""
    with torch.inference_mode():
        for start in range(0, len(sentences), size):
            part = sentences[start : start + size]
            cut = [encoder.tokenizer([s]) for s in part]
            rows = [encoder.tokenizer.prefix + c.tokens[0].tolist() + encoder.tokenizer.suffix for c in cut]
            width = max(map(len, rows))
            padded = torch.tensor([row + [encoder.tokenizer.pad_id] * (width - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
            hidden = encoder.model(input_ids=padded, attention_mask=mask, output_hidden_states=True).hidden_states
            for layer in hidden:
                for i, c in enumerate(cut):
                    np.stack([layer[i, int(s) + 1].numpy() for s in c.start])


def run(n_sentences: int = 150, runs: int = 2) -> None:
    """Print the figures for 1 and 2 threads, and for bfloat16."""
    folder = data_folder()
    if folder is None:
        line("word vectors", "skipped: no test data (XLT_TEST_DATA)")
        return
    src, tgt = bible(folder, "en", "fr")
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        model = make_checkpoint(work / "model", src[::4] + tgt[::4])
        for side, text in (("en", src), ("fr", tgt)):
            (work / f"text.{side}").write_text("\n".join(text[::50][:n_sentences]) + "\n", encoding="utf-8")
        dictionary = DictOptions(dictionary=str(folder / "dictionaries" / "muse"))
        options = ExtractOptions(corpus=str(work / "text"), aligner=dictionary)
        pairs = extract_pairs("en", "fr", options, output=str(work / "pairs.parquet")).output
        exact = load_encoder(str(model), device="cpu", dtype="float32")
        for count in (1, 2):
            torch.set_num_threads(count)
            _figures(work, exact, load_encoder(str(model), device="cpu", dtype="bfloat16"), pairs, count, runs)
    torch.set_num_threads(threads)


def _figures(work: Path, exact: Encoder, rough: Encoder, pairs: str, count: int, runs: int) -> None:
    sources = [open_pairs(pairs)]
    (sampled,) = word_pairs(sources, draw(sources, None, 42))
    sentences = sampled.sentences
    tokens = forward_only(exact, sentences)
    for encoder in (exact, rough):
        timed = paired(lambda: write_vectors(encoder, pairs, work), lambda: forward_only(exact, sentences), runs)
        line(
            f"word vectors, all layers, {encoder.dtype}, {count} threads: share of the bare float32 forward rate",
            f"{100 / timed.ratio:.0f} %  ({tokens / timed.ours:,.0f} / {tokens / timed.bound:,.0f} tokens/s)",
        )
    timed = paired(lambda: word_by_word(exact, sentences), lambda: forward_only(exact, sentences), 1)
    line(f"  the papers' way, {count} threads: share of that rate", f"{100 / timed.ratio:.0f} %")


def write_vectors(encoder: Encoder, pairs: str, work: Path) -> None:
    """What ``xlt embed`` does after loading the model: read the pairs, tokenise, embed, write the vectors to disk."""
    sources = [open_pairs(pairs)]
    (sampled,) = word_pairs(sources, draw(sources, None, 42))
    prepared = prepare(encoder, sampled, "window")
    layers = list(range(encoder.num_layers + 1))
    shape = (len(layers), len(prepared.src), encoder.dim)
    src, tgt = (create_array(work / f"{side}.npy", shape, np.float32) for side in ("src", "tgt"))
    encode(encoder, prepared, layers, EncodeOptions(), src, tgt)
    for array in (src, tgt):
        array.flush()  # type: ignore[attr-defined]
