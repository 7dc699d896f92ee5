"""Step ``pretrain``: a small encoder from nothing, by masked language modelling on any text."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from xlt.corpora.text import existing, line_blocks
from xlt.encoders.device import resolve_device
from xlt.encoders.load import save_checkpoint
from xlt.errors import XltError, check_all
from xlt.files.inputs import check_inputs
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import Input, file_sha256, make_record
from xlt.files.tables import Source
from xlt.training.loop import Hooks, LoopOptions, TrainingProgress
from xlt.training.optimizer import OptimizerOptions
from xlt.training.options import PRETRAIN_LR, PretrainOptions
from xlt.training.order import seeded
from xlt.training.parallel import local_device, world
from xlt.training.pretraining import (
    BatchPlan,
    MaskedLanguageModelling,
    Sequences,
    line_sequences,
    pair_sequences,
)
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.sequences import arithmetic_of
from xlt.training.vocabulary import learn_tokenizer, new_encoder


def pretrain(
    texts: Sequence[str],
    options: PretrainOptions = PretrainOptions(),
    *,
    output: str | Path,
    tlm: Sequence[str] = (),
    resume: bool = False,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
) -> Trained:
    """Learn a vocabulary, then train an encoder by masked language modelling, and write it as a plain checkpoint.

    Args:
        texts: text files, a sequence a line; each also compressed.
        options: the encoder's size, and how it is trained.
        output: the folder to write.
        tlm: pairs tables, or patterns of them, whose sentence pairs are read together (translation language modelling).
        resume: go on with the unfinished run of this output; begin one where there is none.
        force: replace what is there.
        tags: kept in the record.
        progress: called after every step.

    Raises:
        XltError: no such file, an empty text, a vocabulary larger than the text can fill.
    """
    target = Output(Path(output), resume, force)
    target.check()
    if len(set(texts)) < len(texts):
        raise XltError("a text file is given twice; each counts once")
    train = options.train
    tables = matching_files(tlm, "tlm")
    check_all(*(partial(_existing, name) for name in texts), partial(check_inputs, tables))
    files = [_existing(name) for name in texts]
    lines = [line for file in files for line in _lines(file, options.limit)]
    sources = [open_pairs(name) for name in tables]
    pairs = [_sentences(source) for source in sources]
    optimizer = OptimizerOptions(rule=train.optimizer, lr=train.rate(PRETRAIN_LR))
    record = make_record(
        "pretrain",
        params=options.params() | {"lr": optimizer.lr},
        inputs=[*(Input("text", str(f), file_sha256(f)) for f in files), *pair_inputs(sources)],
        seed=train.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": "pretrain(mlm+tlm)" if tlm else "pretrain(mlm)", "task": ""}
    if target.finished(record):
        return Trained(target.path, {}, already=True)
    device = resolve_device(local_device(train.device))
    tokenizer, model, sequences = _made(options, lines, pairs)
    model.to(device)
    plan = BatchPlan(sequences.ids.lengths, options.batch_size, train.seed)
    steps = options.steps or plan.steps_per_epoch * options.epochs
    summary: dict[str, Any] = {
        "lines": len(lines),
        "sentence pairs": sum(len(src) for src, _ in pairs),
        "sequences": len(sequences),
        "subwords": len(sequences.ids.values),
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": steps,
    }
    record["summary"] = summary
    with world(device) as processes:
        arithmetic = arithmetic_of(train, device)
        term = MaskedLanguageModelling(
            model, sequences, plan, arithmetic, processes, tokenizer=tokenizer, seed=train.seed
        )
        finished = run(
            model,
            [term],
            LoopOptions(steps=steps, optimizer=optimizer, train=train),
            target,
            record,
            processes,
            partial(save_checkpoint, model, tokenizer),
            Hooks(keep_steps=options.save_every, progress=progress),
        )
    return Trained(target.path, summary | {"subwords a second": finished.words_a_second})


def _made(
    options: PretrainOptions, lines: Sequence[str], pairs: Sequence[tuple[list[str], list[str]]]
) -> tuple[Any, Any, Sequences]:
    # Tokenizer, model, and the text as the model reads it.
    longest = options.shape.max_length
    text = [*lines, *(sentence for src, tgt in pairs for sentence in (*src, *tgt))]
    tokenizer = learn_tokenizer(text, options.vocab_size, longest)
    with seeded(torch.device("cpu"), options.train.seed, "encoder"):
        model = new_encoder(tokenizer, options.shape)
    of_pairs = [pair_sequences(tokenizer, src, tgt, longest) for src, tgt in pairs]
    return tokenizer, model, Sequences.join([line_sequences(tokenizer, lines, longest), *of_pairs])


def _existing(name: str) -> Path:
    file = existing(Path(name))
    if file is None:
        raise XltError(f"{name}: no such text file (nor with .gz)")
    return file


def _lines(file: Path, limit: int | None) -> list[str]:
    lines = list(islice((line for block in line_blocks(file) for line in block if line.strip()), limit))
    if not lines:
        raise XltError(f"{file} holds no text")
    return lines


def _sentences(source: Source) -> tuple[list[str], list[str]]:
    sides: tuple[list[str], list[str]] = ([], [])
    for batch in source.batches(["src_tokens", "tgt_tokens"]):
        for side, column in zip(sides, batch.columns, strict=True):
            side += [" ".join(words) for words in column.to_pylist()]
    if not sides[0]:
        raise XltError(f"{source.where} holds no sentence pair")
    return sides
