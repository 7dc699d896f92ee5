"""Step ``pretrain``: a small encoder from nothing, by masked language modelling on any text."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from xlt.corpora.text import existing, line_blocks
from xlt.encoders.device import resolve_device
from xlt.encoders.load import save_checkpoint
from xlt.errors import XltError
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.provenance import Input, file_sha256, make_record
from xlt.files.tables import Source
from xlt.training.loop import TrainingProgress
from xlt.training.masked_text import BatchPlan, both, line_sequences, pair_sequences
from xlt.training.options import TrainOptions
from xlt.training.parallel import local_device, world
from xlt.training.pretraining import MaskedLanguageModelling
from xlt.training.randomness import seeded
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.vocabulary import Shape, learn_tokenizer, new_encoder

logger = logging.getLogger(__name__)

_LR = 5e-4
DEFAULTS = TrainOptions(optimizer="adamw", clip_norm=1.0)


@dataclass(frozen=True)
class PretrainOptions:
    """The encoder and what it is made from.

    Attributes:
        shape: its size.
        vocab_size: subwords, special tokens included.
        epochs: passes over the text, unless ``steps`` says how many steps.
        steps: optimiser steps; None: by ``epochs``.
        batch_size: sequences of a step.
        limit: first lines of each text file; None takes all. Pairs are read whole.
    """

    shape: Shape
    vocab_size: int = 8000
    epochs: int = 3
    steps: int | None = None
    batch_size: int = 64
    limit: int | None = None


def pretrain(
    texts: Sequence[str],
    output: Output,
    pretraining: PretrainOptions,
    options: TrainOptions = DEFAULTS,
    *,
    tlm: Sequence[str] = (),
    keep_steps: int | None = None,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
) -> Trained:
    """Learn a vocabulary, then train an encoder by masked language modelling, and write it as a plain checkpoint.

    Args:
        texts: text files, a sequence a line; each also compressed.
        output: where to.
        pretraining: the encoder's size and the length of the training.
        options: of the optimisation.
        tlm: pairs tables whose sentence pairs are read together (translation language modelling).
        keep_steps: every so many steps the model is kept besides.
        tags: kept in the record.
        progress: called after every step.

    Raises:
        XltError: no such file, an empty text, a vocabulary larger than the text can fill.
    """
    output.check()
    if len(set(texts)) < len(texts):
        raise XltError("a text file is given twice; each counts once")
    files = [_existing(name) for name in texts]
    lines = [line for file in files for line in _lines(file, pretraining.limit)]
    sources = [open_pairs(name) for name in tlm]
    pairs = [_sentences(source) for source in sources]
    shape = pretraining.shape
    loop = options.loop(1, _LR)
    record = make_record(
        "pretrain",
        params={**options.params(), **asdict(pretraining), "lr": loop.optimizer.lr},
        inputs=[*(Input("text", str(f), file_sha256(f)) for f in files), *pair_inputs(sources)],
        seed=options.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": "pretrain(mlm+tlm)" if tlm else "pretrain(mlm)", "task": ""}
    if output.finished(record):
        return Trained(output.path, {}, already=True)
    device = resolve_device(local_device(options.device))
    every = [*lines, *(one for src, tgt in pairs for one in (*src, *tgt))]
    tokenizer = learn_tokenizer(every, pretraining.vocab_size, shape.max_length)
    with seeded(torch.device("cpu"), options.seed, "encoder"):
        model = new_encoder(tokenizer, shape).to(device)
    sequences = line_sequences(tokenizer, lines, shape.max_length)
    for src, tgt in pairs:
        sequences = both(sequences, pair_sequences(tokenizer, src, tgt, shape.max_length))
    plan = BatchPlan(sequences.offsets[1:] - sequences.offsets[:-1], pretraining.batch_size, options.seed)
    steps = pretraining.steps or plan.steps_per_epoch * pretraining.epochs
    summary: dict[str, Any] = {
        "lines": len(lines),
        "sentence pairs": sum(len(src) for src, _ in pairs),
        "sequences": len(sequences),
        "subwords": len(sequences.ids),
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": steps,
    }
    record["summary"] = summary

    with world(device) as processes:
        term = MaskedLanguageModelling(
            model,
            sequences,
            plan,
            options.arithmetic(device),
            processes,
            tokenizer=tokenizer,
            seed=options.seed,
        )
        finished = run(
            model,
            [term],
            replace(loop, steps=steps),
            output,
            record,
            processes,
            lambda folder: save_checkpoint(model, tokenizer, folder),
            keep_steps=keep_steps,
            progress=progress,
        )
    summary["subwords a second"] = round(finished.words / max(finished.seconds, 1e-9))
    return Trained(output.path, summary)


def _existing(name: str) -> Path:
    file = existing(Path(name))
    if file is None:
        raise XltError(f"{name}: no such text file (nor with .gz)")
    return file


def _lines(file: Path, limit: int | None) -> list[str]:
    found = list(islice((line for block in line_blocks(file) for line in block if line.strip()), limit))
    if not found:
        raise XltError(f"{file} holds no text")
    return found


def _sentences(source: Source) -> tuple[list[str], list[str]]:
    sides: tuple[list[str], list[str]] = ([], [])
    for batch in source.batches(["src_tokens", "tgt_tokens"]):
        for side, column in zip(sides, batch.columns, strict=True):
            side += [" ".join(words) for words in column.to_pylist()]
    if not sides[0]:
        raise XltError(f"{source.where} holds no sentence pair")
    return sides
