"""Step ``realign``: draw translated words together in an encoder, before any task is learned."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import torch

from xlt.encoders.load import Encoder, load_encoder, model_input, save_checkpoint
from xlt.encoders.model_place import check_encoder
from xlt.errors import check_all
from xlt.files.inputs import check_inputs
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.patterns import matching_files
from xlt.files.provenance import make_record
from xlt.training.freeze import freeze
from xlt.training.loop import Hooks, LoopOptions, TrainingProgress
from xlt.training.optimizer import OptimizerOptions
from xlt.training.options import RealignOptions
from xlt.training.order import seeded
from xlt.training.pair_data import aligner_of, available_pairs, epoch_steps, load_streams, stream_summary
from xlt.training.parallel import local_device, world
from xlt.training.realignment import realignment_term
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.sequences import arithmetic_of

logger = logging.getLogger(__name__)


def realign(
    model: str,
    pairs: Sequence[str],
    options: RealignOptions = RealignOptions(),
    *,
    output: str | Path,
    resume: bool = False,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
) -> Trained:
    """Realign an encoder on pairs tables and write it as a plain checkpoint folder.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, or patterns of them, taken in turn.
        options: what is made small, and how.
        output: the folder to write.
        resume: go on with the unfinished run of this output; begin one where there is none.
        force: replace what is there.
        tags: kept in the record.
        progress: called after every step.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    target = Output(Path(output), resume, force)
    target.check(model)
    aim, train = options.aim, options.train
    files = matching_files(pairs)
    check_all(partial(check_inputs, files), partial(check_encoder, model, local_device(train.device)))
    sources = [open_pairs(p) for p in files]
    available = available_pairs(sources)
    batch_size = aim.pairs_in_batch(a.langs for a in available)
    steps = options.steps or epoch_steps(available, batch_size)
    # A pooler that the checkpoint lacks is drawn anew, and written with the rest.
    with seeded(torch.device("cpu"), train.seed, "encoder"):
        encoder = load_encoder(
            model, device=local_device(train.device), drop_blank_subwords=options.drop_blank_subwords
        )
    lr = train.rate(aim.loss.lr)
    optimizer = OptimizerOptions(rule=train.optimizer, lr=lr, betas=aim.loss.betas, eps=aim.loss.eps)
    record = make_record(
        "realign",
        params=options.params() | {"batch_size": batch_size, "steps": steps, "lr": lr},
        inputs=[model_input(encoder), *pair_inputs(sources)],
        seed=train.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": f"realign({aim.recipe(aligner_of(sources), train.params())})", "task": ""}
    if target.finished(record):
        return Trained(target.path, {"steps": steps}, already=True)
    _warn_of_classifier(encoder)
    streams = load_streams(available, encoder, aim, steps, train.seed)
    with world(encoder.device) as processes:
        arithmetic = arithmetic_of(train, encoder.device)
        term = realignment_term(encoder, streams, aim, arithmetic, processes, seed=train.seed)
        frozen = 0 if train.freeze is None else freeze(encoder.body, train.freeze, model)
        summary = stream_summary(available, streams, steps * batch_size)
        summary |= {"steps": steps, "frozen parameters": frozen}
        record["summary"] = summary
        finished = run(
            encoder.model,
            [term],
            LoopOptions(steps=steps, optimizer=optimizer, train=train),
            target,
            record,
            processes,
            partial(save_checkpoint, encoder.model, encoder.text_tokenizer),
            Hooks(keep_steps=options.save_every, progress=progress),
        )
    return Trained(target.path, summary | {"words a second": finished.words_a_second})


def _warn_of_classifier(encoder: Encoder) -> None:
    made_for = [str(name) for name in getattr(encoder.model.config, "architectures", None) or []]
    if any("Classification" in name for name in made_for):
        logger.warning("%s: its classifier is left behind; realign before fine-tuning, or jointly", encoder.name)
