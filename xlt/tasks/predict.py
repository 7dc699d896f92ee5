"""A classifier's answers for examples: batches by token budget, no gradient."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch

from xlt.arrays import Ints, Ragged, members
from xlt.encoders.batches import padded
from xlt.encoders.device import full_precision
from xlt.encoders.library import library_errors
from xlt.encoders.load import Encoder
from xlt.encoders.vectors import token_batches
from xlt.tasks.examples import Examples


def predict(
    encoder: Encoder,
    examples: Examples,
    batch_tokens: int,
    *,
    autocast: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> Ints:
    """The label number of every target: (targets,) int64, -1 where no sequence held it.

    Args:
        encoder: with a classifier on top.
        examples: what to classify.
        batch_tokens: subwords in one forward pass, with padding.
        autocast: bfloat16 where torch holds it safe.
        progress: called with subwords done and in all.
    """
    answers = np.full(len(examples.gold), -1, np.int64)
    lengths = np.diff(examples.offsets)
    held = np.flatnonzero(examples.target_seq >= 0)
    by_seq = held[np.argsort(examples.target_seq[held], kind="stable")]
    bounds = np.searchsorted(examples.target_seq[by_seq], np.arange(len(lengths) + 1))
    seen, total = 0, int(lengths.sum())
    place = np.empty(len(lengths), np.int64)
    for rows in token_batches(lengths, batch_tokens, one_length=encoder.reads_padding):
        place[rows] = np.arange(len(rows))
        targets = by_seq[members(bounds, rows)[0]]
        with (
            library_errors(f"{encoder.name} fails"),
            torch.inference_mode(),
            full_precision(),
            torch.autocast(encoder.device.type, dtype=torch.bfloat16, enabled=autocast),
        ):
            inputs = padded(
                Ragged(examples.ids, examples.offsets),
                rows,
                encoder.tokenizer.pad_id,
                encoder.device,
                examples.type_ids,
            )
            logits = encoder.model(**inputs, return_dict=True).logits
            answers[targets] = picked(logits, examples, targets, place).argmax(dim=-1).cpu().numpy()
        seen += int(lengths[rows].sum())
        if progress:
            progress(seen, total)
    return answers


def picked(logits: torch.Tensor, examples: Examples, targets: Ints, place: Ints) -> torch.Tensor:
    """The logits of some targets, (targets, labels).

    Args:
        logits: of one forward pass: (n, width, labels) for words, (n, labels) for texts.
        examples: where ``targets`` are.
        targets: numbers of targets whose sequences are in the pass.
        place: (sequences,) where in the pass each sequence stands.
    """
    index = place[examples.target_seq[targets]]
    if examples.target_at is not None:
        index = index * logits.shape[1] + examples.target_at[targets]
    return logits.reshape(-1, logits.shape[-1]).index_select(0, torch.from_numpy(index).to(logits.device))


def predicted_labels(examples: Examples, answers: Ints, labels: Sequence[str]) -> list[list[str | None]]:
    """The names of the answers, sentence by sentence; None for a target that no sequence held."""
    names = [*labels, None]
    answer_names = [names[a] for a in answers.tolist()]
    bounds = examples.target_offsets.tolist()
    return [answer_names[a:b] for a, b in pairwise(bounds)]
