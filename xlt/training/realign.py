"""Step ``realign``: draw translated words together in an encoder, before any task is learned."""

import copy
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from xlt.encoders.load import Encoder, load_encoder, model_input, save_checkpoint
from xlt.encoders.options import parse_layers
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.provenance import make_record
from xlt.files.tables import Source
from xlt.training.freeze import freeze
from xlt.training.loop import TrainingProgress
from xlt.training.options import RealignOptions, TrainOptions
from xlt.training.pair_data import PairStream
from xlt.training.pair_streams import Available, available_pairs, epoch_steps, load_streams
from xlt.training.parallel import World, local_device, world
from xlt.training.randomness import seeded
from xlt.training.realignment import Realignment, RealignmentLoss
from xlt.training.run import PACKAGES, Output, Trained, run
from xlt.training.sequences import Arithmetic

logger = logging.getLogger(__name__)

# gaschi2023 app. B.3; cao2020 section 4.
_LR = {"contrastive": 2e-5, "l2": 5e-5}
_BETAS = {"contrastive": (0.9, 0.999), "l2": (0.9, 0.98)}
_EPS = {"contrastive": 1e-8, "l2": 1e-9}


def realign(
    model: str,
    pairs: Sequence[str],
    output: Output,
    options: TrainOptions,
    loss: RealignOptions,
    *,
    steps: int | None = None,
    keep_steps: int | None = None,
    tags: Mapping[str, str] | None = None,
    progress: TrainingProgress | None = None,
) -> Trained:
    """Realign an encoder on pairs tables and write it as a plain checkpoint folder.

    Args:
        model: checkpoint folder or hub name.
        pairs: pairs tables, taken in turn.
        output: where to.
        options: of the optimisation.
        loss: what is made small.
        steps: optimiser steps; None: until every sentence pair was seen once.
        keep_steps: every so many steps the model is kept besides.
        tags: kept in the record.
        progress: called after every step.

    Raises:
        XltError: bad input; see the readers and the loader.
    """
    output.check(model)
    sources = [open_pairs(p) for p in pairs]
    available = available_pairs(sources)
    steps = steps or epoch_steps(available, loss.pairs_in_batch([a.langs for a in available]))
    # A pooler that the checkpoint lacks is drawn anew, and written with the rest.
    with seeded(torch.device("cpu"), options.seed, "encoder"):
        encoder = load_encoder(model, device=local_device(options.device), drop_blank_subwords=loss.drop_blank_subwords)
    loop = options.loop(steps, _LR[loss.loss], betas=_BETAS[loss.loss], eps=_EPS[loss.loss])
    record = make_record(
        "realign",
        params={
            **options.params(),
            **loss.params(),
            "batch_size": loss.pairs_in_batch([a.langs for a in available]),
            "steps": steps,
            "lr": loop.optimizer.lr,
        },
        inputs=[model_input(encoder), *pair_inputs(sources)],
        seed=options.seed,
        tags=tags,
        packages=PACKAGES,
    )
    record |= {"recipe": f"realign({loss.recipe(aligner(sources), freeze=options.freeze)})", "task": ""}
    if output.finished(record):
        return Trained(output.path, {"steps": steps}, already=True)
    _warn_of_classifier(encoder)
    streams = load_streams(available, encoder, loss, steps, options.seed)
    with world(encoder.device) as processes:
        term = realignment_term(encoder, streams, loss, options.arithmetic(encoder.device), processes, options.seed)
        frozen = 0 if options.freeze is None else freeze(encoder.body, options.freeze, model)
        summary = stream_summary(available, streams, loss, steps) | {"steps": steps, "frozen parameters": frozen}
        record["summary"] = summary
        finished = run(
            encoder.model,
            [term],
            loop,
            output,
            record,
            processes,
            lambda folder: save_checkpoint(encoder.model, encoder.text_tokenizer, folder),
            keep_steps=keep_steps,
            progress=progress,
        )
    summary["words a second"] = round(finished.words / max(finished.seconds, 1e-9))
    return Trained(output.path, summary)


def realignment_term(
    encoder: Encoder,
    streams: Sequence[PairStream],
    loss: RealignOptions,
    arithmetic: Arithmetic,
    processes: World,
    seed: int,
    weight: float = 1.0,
) -> Realignment:
    """The term of the loop; for L2 with a frozen copy of the encoder as it is now."""
    layers = parse_layers(loss.layers, list(range(encoder.num_layers + 1)), encoder.num_layers)
    return Realignment(
        encoder.body,
        streams,
        RealignmentLoss(
            loss.loss,
            loss.strength,
            loss.temperature,
            loss.keep,
            loss.regularisation,
            tuple(layers),
            loss.word_pool,
        ),
        arithmetic,
        processes,
        batch_size=loss.pairs_in_batch([s.langs for s in streams]),
        pad_id=encoder.tokenizer.pad_id,
        seed=seed,
        weight=weight,
        frozen=copy.deepcopy(encoder.body).eval() if loss.loss == "l2" else None,
    )


def _warn_of_classifier(encoder: Encoder) -> None:
    made_for = [str(name) for name in getattr(encoder.model.config, "architectures", None) or []]
    if any("Classification" in name for name in made_for):
        logger.warning("%s: its classifier is left behind; realign before fine-tuning, or jointly", encoder.name)


def stream_summary(
    available: Sequence[Available], streams: Sequence[PairStream], loss: RealignOptions, steps: int
) -> dict[str, Any]:
    """What was kept of the pairs and what was left out."""
    return {
        "language pairs": ", ".join(sorted({"-".join(a.langs) for a in available})),
        "sentence pairs": sum(len(a.rows) for a in available),
        "sentence pairs in these steps": steps * loss.pairs_in_batch([s.langs for s in streams]),
        "left without a word pair by the length limit": sum(s.dropped for s in streams),
        "sentences cut or left out": sum(s.cut for s in streams),
        "word pairs cut off": sum(s.links_lost for s in streams),
    }


def aligner(sources: Sequence[Source]) -> str:
    """Who found the word pairs, for the recipe; ``pairs`` where the files do not say."""
    found = {str(((s.record or {}).get("params") or {}).get("aligner", "pairs")) for s in sources}
    return "/".join(sorted(found))
