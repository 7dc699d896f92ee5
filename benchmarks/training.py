"""Training: a realignment step against the encoder's own forward and backward pass, and whole loops against bare ones.

The optimiser is in neither side of the step's figures. The papers' way stands in a loop over words, as their published
code has it.
"""

import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch

from benchmarks.data import bible, data_folder
from benchmarks.model import make_checkpoint
from benchmarks.timing import line, paired
from xlt.encoders.batches import padded
from xlt.encoders.load import Encoder, load_encoder
from xlt.files.pairs import open_pairs
from xlt.pairs.extract_pairs import extract_pairs
from xlt.pairs.options import DictOptions, ExtractOptions
from xlt.tasks.examples import tagged_examples
from xlt.training.loop import LoopOptions, Term, train
from xlt.training.optimizer import OptimizerOptions
from xlt.training.options import Aim, EncoderShape, TrainOptions
from xlt.training.pair_data import PairBatch, available_pairs, load_streams
from xlt.training.parallel import Processes
from xlt.training.pretraining import BatchPlan, MaskedLanguageModelling, line_sequences
from xlt.training.realignment import Realignment, realignment_term
from xlt.training.sequences import Arithmetic, arithmetic_of
from xlt.training.store import Store
from xlt.training.task import TaskLoss
from xlt.training.vocabulary import learn_tokenizer, new_encoder

_CPU = torch.device("cpu")


def run(runs: int = 9) -> None:
    """Print the figures for 1 and 2 threads."""
    folder = data_folder()
    if folder is None:
        line("training", "skipped: no test data (XLT_TEST_DATA)")
        return
    src, tgt = bible(folder, "en", "fr")
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for side, text in (("en", src), ("fr", tgt)):
            (work / f"text.{side}").write_text("\n".join(text[::20]) + "\n", encoding="utf-8")
        dictionary = DictOptions(dictionary=str(folder / "dictionaries" / "muse"))
        options = ExtractOptions(corpus=str(work / "text"), aligner=dictionary)
        pairs = extract_pairs("en", "fr", options, output=str(work / "pairs.parquet")).output
        large = make_checkpoint(work / "large", src[::4] + tgt[::4])
        small = _tiny(work / "small", src[::4] + tgt[::4])
        for count in (1, 2):
            torch.set_num_threads(count)
            for size, model, times in (("2 x 128", small, runs), ("DistilmBERT size", large, max(2, runs // 4))):
                _step(f"{size}, {_threads()}", str(model), str(pairs), times)
            _loop(str(small), str(pairs), src, work, max(2, runs // 3))
            _pretraining(src[::4] + tgt[::4], max(3, runs // 2))
        torch.set_num_threads(threads)


def _tiny(folder: Path, text: list[str]) -> Path:
    tokenizer = learn_tokenizer(text, 8000, 128)
    torch.manual_seed(1)
    model = new_encoder(tokenizer, EncoderShape(num_layers=2, hidden_size=128))
    model.base_model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _step(what: str, model: str, pairs: str, runs: int) -> None:
    encoder = load_encoder(model, device="cpu")
    encoder.model.train()
    term = _term(encoder, pairs)
    batch = term.batch(3)
    words, links = len(batch.row), len(batch.src_ids)

    def ours(arithmetic: Realignment = term) -> None:
        encoder.model.zero_grad()
        arithmetic.backward(batch, lambda i: nullcontext())

    def alone() -> None:
        encoder.model.zero_grad()
        _hidden(encoder, batch).sum().backward()  # type: ignore[no-untyped-call]

    def loops() -> None:
        encoder.model.zero_grad()
        _word_by_word(encoder, batch).backward()  # type: ignore[no-untyped-call]

    found = paired(ours, alone, runs)
    line(
        f"realignment step, {what}: {words} words, {links} pairs",
        f"{1000 * found.ours:.1f} ms, {found.ratio:.3f} x the encoder alone ({1000 * found.bound:.1f} ms)",
    )
    line("  the papers' way (a loop over words)", f"{paired(loops, alone, runs).ratio:.2f} x the encoder alone")
    rough = _term(encoder, pairs, arithmetic_of(TrainOptions(dtype="bfloat16"), _CPU))
    line("  in bfloat16 autocast", f"{paired(lambda: ours(rough), alone, runs).ratio:.2f} x the encoder alone")


def _term(encoder: Encoder, pairs: str, arithmetic: Arithmetic | None = None) -> Realignment:
    streams = load_streams(available_pairs([open_pairs(pairs)]), encoder, Aim(), 50, 42)
    arithmetic = arithmetic or arithmetic_of(TrainOptions(), _CPU)
    return realignment_term(encoder, streams, Aim(), arithmetic, Processes(), seed=42)


def _hidden(encoder: Encoder, batch: PairBatch) -> torch.Tensor:
    rows = np.arange(len(batch.sequences))
    hidden: torch.Tensor = encoder.model(
        **padded(batch.sequences, rows, encoder.tokenizer.pad_id, _CPU)
    ).last_hidden_state
    return hidden


def _word_by_word(encoder: Encoder, batch: PairBatch) -> torch.Tensor:
    hidden = _hidden(encoder, batch)
    vectors = torch.stack(
        [hidden[r, s : s + 1].sum(dim=0) for r, s in zip(batch.row.tolist(), batch.start.tolist(), strict=True)]
    )
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    chosen = torch.cat((torch.from_numpy(batch.src_ids), torch.from_numpy(batch.tgt_ids) + batch.n_source))
    partner = torch.cat((torch.from_numpy(batch.tgt_ids) + batch.n_source, torch.from_numpy(batch.src_ids)))
    logits = (unit @ unit.T / 0.1)[chosen]
    logits[torch.arange(len(chosen)), chosen] -= 1e6
    return torch.nn.functional.cross_entropy(logits, partner)


def _loop(model: str, pairs: str, text: list[str], work: Path, runs: int, steps: int = 30) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        encoder = load_encoder(model, head="tokens", labels=[str(i) for i in range(17)], device="cpu")
    words = [line.split() for line in text[: 32 * steps]]
    tags = [[str(len(word) % 17) for word in line] for line in words]
    examples = tagged_examples(words, tags, {str(i): i for i in range(17)}, encoder.tokenizer, 128)
    arithmetic = arithmetic_of(TrainOptions(), _CPU)
    task = TaskLoss(encoder.model, examples, arithmetic, Processes(), batch_size=32, pad_id=0, seed=42)
    terms: list[Term] = [task, _term(encoder, pairs)]
    start = {n: p.detach().clone() for n, p in encoder.model.named_parameters()}

    def again() -> None:
        with torch.no_grad():
            for n, p in encoder.model.named_parameters():
                p.copy_(start[n])

    def ours() -> None:
        again()
        store = Store(work / "run.training")
        store.open({}, resume=False, force=True)
        train(
            encoder.model,
            terms,
            LoopOptions(steps=steps, optimizer=OptimizerOptions(rule="adam", lr=1e-4)),
            store,
            Processes(),
        )

    def bare() -> None:
        again()
        encoder.model.train()
        optimizer = torch.optim.Adam(encoder.model.parameters(), lr=1e-4, fused=True)
        for batch in batches:
            optimizer.zero_grad()
            for term, data in zip(terms, batch, strict=True):
                term.backward(data, lambda i: nullcontext())
            optimizer.step()

    batches = [[term.batch(i) for term in terms] for i in range(steps)]
    found = paired(ours, bare, runs)
    line(
        f"joint fine-tuning, the loop against a bare one over made batches, 2 x 128, {_threads()}",
        f"{100 / found.ratio:.0f} % of its rate",
    )


def _threads() -> str:
    count = torch.get_num_threads()
    return f"{count} thread{'s' * (count > 1)}"


def _pretraining(text: list[str], runs: int) -> None:
    tokenizer = learn_tokenizer(text, 8000, 128)
    torch.manual_seed(1)
    model = new_encoder(tokenizer, EncoderShape())
    model.train()
    sequences = line_sequences(tokenizer, text, 128)
    plan = BatchPlan(sequences.ids.lengths, 64, 42)
    term = MaskedLanguageModelling(model, sequences, plan, Arithmetic(_CPU), Processes(), tokenizer=tokenizer, seed=42)
    batch = term.batch(0)
    rows = np.arange(64)
    inputs = padded(batch.sequences.ids, rows, tokenizer.pad_token_id, _CPU)

    def ours() -> None:
        model.zero_grad()
        term.backward(term.batch(0), lambda i: nullcontext())

    def body() -> None:
        model.zero_grad()
        model.base_model(**inputs).last_hidden_state.sum().backward()

    def whole() -> None:
        model.zero_grad()
        model(**inputs, labels=inputs["input_ids"]).loss.backward()

    against = paired(ours, whole, runs)
    line(
        f"pretraining step (4 x 192, 8,000 subwords), batch made anew, {_threads()}",
        f"{1 / against.ratio:.2f} x the rate of the model's forward and backward pass with its loss",
    )
    line("  against the transformer alone, without vocabulary", f"{1 / paired(ours, body, runs).ratio:.2f} x its rate")
