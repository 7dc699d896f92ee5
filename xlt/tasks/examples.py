"""Labelled sentences as inputs of a model, ragged; what training and evaluation share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xlt.arrays import Ints, Ragged, members, offsets
from xlt.corpora.tagged import Tagged
from xlt.encoders.library import library_errors
from xlt.encoders.load import Encoder
from xlt.encoders.options import Overlong
from xlt.encoders.pieces import make_pieces
from xlt.encoders.texts import OverlongText, tokenise_texts
from xlt.encoders.tokens import WordTokenizer, check_known
from xlt.errors import OptionError
from xlt.tasks.data import Data


@dataclass(frozen=True)
class Examples:
    """Sentences (or texts) with something to predict in each.

    Attributes:
        ids, offsets: sequences for the model, ragged, special tokens included.
        type_ids: segment of each token, parallel to ``ids``, or None.
        seq_offsets: (examples + 1,) the sequences of example i (several where it was cut in windows, none where it was
            left out).
        target_seq: (targets,) the sequence in which a word or text is classified, -1 where none holds it.
        target_at: (targets,) the word's first subword there; None where whole sequences are classified.
        target_offsets: (examples + 1,) the targets of example i: its words, or itself.
        gold: (targets,) numbers of the right labels, -1 for one that the model does not know.
        unseen: (examples,) what the model does not see of each: words without a sequence, or subwords of a text.
    """

    ids: Ints
    offsets: Ints
    type_ids: Ints | None
    seq_offsets: Ints
    target_seq: Ints
    target_at: Ints | None
    target_offsets: Ints
    gold: Ints
    unseen: Ints

    def __len__(self) -> int:
        return len(self.seq_offsets) - 1

    @property
    def truncated(self) -> int:
        """Words, or texts, that the model does not see or sees in part."""
        return int(self.unseen.sum() if self.target_at is not None else (self.unseen > 0).sum())

    def take(self, rows: Ints) -> "Examples":
        """The examples ``rows``, in that order."""
        seqs, seq_counts = members(self.seq_offsets, rows)
        tokens, lengths = members(self.offsets, seqs)
        targets, target_counts = members(self.target_offsets, rows)
        # The sequence of a target moves with its example.
        shift = offsets(seq_counts)[:-1] - self.seq_offsets[rows]
        seq = self.target_seq[targets]
        return Examples(
            ids=self.ids[tokens],
            offsets=offsets(lengths),
            type_ids=None if self.type_ids is None else self.type_ids[tokens],
            seq_offsets=offsets(seq_counts),
            target_seq=np.where(seq < 0, -1, seq + np.repeat(shift, target_counts)),
            target_at=None if self.target_at is None else self.target_at[targets],
            target_offsets=offsets(target_counts),
            gold=self.gold[targets],
            unseen=self.unseen[rows],
        )


def task_examples(
    data: Data, labels: Sequence[str], encoder: Encoder, overlong: Overlong | None, max_length: int | None = None
) -> Examples:
    """Tokenised sentences with the numbers of their labels.

    Args:
        data: of one language and split.
        labels: the model's, in the order of its outputs.
        encoder: whose tokenizer and limit hold.
        overlong: of longer sentences; None: windows for tagged words, ``cut`` for texts.
        max_length: a limit below the model's.

    Raises:
        OptionError: windows for texts.
        XltError: a text that the tokenizer cannot take, or with tokens that the model does not have.
    """
    numbers = {label: i for i, label in enumerate(labels)}
    limit = min(encoder.max_length, max_length or encoder.max_length)
    if isinstance(data, Tagged):
        return tagged_examples(data.words, data.labels, numbers, encoder.tokenizer, limit, overlong or "window")
    how = text_overlong(overlong)
    with library_errors(f"{encoder.name}: the tokenizer fails"):
        texts = text_examples(data.first, data.second, data.labels, numbers, encoder.text_tokenizer, limit, how)
    check_known(texts.ids, encoder.tokenizer.rows, encoder.name)
    return texts


def text_overlong(overlong: Overlong | None) -> OverlongText:
    """What becomes of texts above the limit; None is ``cut``.

    Raises:
        OptionError: windows.
    """
    if overlong == "window":
        raise OptionError(
            "overlong", "window: a text has one label, so that it cannot be cut in windows; use cut or skip"
        )
    return overlong or "cut"


def tagged_examples(
    words: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    labels: Mapping[str, int],
    tokenizer: WordTokenizer,
    max_length: int,
    overlong: Overlong = "window",
) -> Examples:
    """Sentences of tagged words. A word is classified on its first subword, in the window where it has most context.

    Args:
        words: of each sentence.
        tags: one for each word.
        labels: number of each label.
        tokenizer: of the model.
        max_length: longest input in subwords.
        overlong: what becomes of longer sentences.
    """
    pieces = make_pieces(tokenizer, words, max_length, overlong)
    held = np.flatnonzero(pieces.piece >= 0)
    sentence = np.repeat(np.arange(len(words)), np.diff(pieces.word_offsets))
    # Pieces in the order of their sentences; those that no word is taken from are not run.
    pairs, seq = np.unique(np.stack((sentence[held], pieces.piece[held])), axis=1, return_inverse=True)
    tokens = pieces.tokens.take(pairs[1])
    target_seq = np.full(len(sentence), -1)
    target_seq[held] = seq.reshape(-1)
    gold = np.fromiter((labels.get(t, -1) for sent in tags for t in sent), np.int64, len(sentence))
    return Examples(
        ids=tokens.values,
        offsets=tokens.offsets,
        type_ids=None,
        seq_offsets=np.searchsorted(pairs[0], np.arange(len(words) + 1)),
        target_seq=target_seq,
        target_at=pieces.start,
        target_offsets=pieces.word_offsets,
        gold=gold,
        unseen=np.bincount(sentence[pieces.piece < 0], minlength=len(words)),
    )


def text_examples(
    first: Sequence[str],
    second: Sequence[str] | None,
    tags: Sequence[str],
    labels: Mapping[str, int],
    tokenizer: Any,
    max_length: int,
    overlong: OverlongText = "cut",
) -> Examples:
    """Texts or pairs of texts, each with one label.

    Args:
        first: texts, or the first of each pair (NLI: the premise).
        second: the second of each pair (NLI: the hypothesis), or None.
        tags: the label of each.
        labels: number of each label.
        tokenizer: of transformers.
        max_length: longest input in subwords.
        overlong: what becomes of longer ones.
    """
    inputs = tokenise_texts(tokenizer, first, second, max_length, overlong)
    lengths = inputs.tokens.lengths
    run = lengths > 0
    return Examples(
        ids=inputs.tokens.values,
        offsets=offsets(lengths[run]),
        type_ids=inputs.type_ids,
        seq_offsets=offsets(run.astype(np.int64)),
        target_seq=np.where(run, np.cumsum(run) - 1, -1),
        target_at=None,
        target_offsets=np.arange(len(first) + 1),
        gold=np.fromiter((labels.get(t, -1) for t in tags), np.int64, len(tags)),
        unseen=inputs.lost,
    )


def joined(parts: Sequence[Examples]) -> Examples:
    """Several sets of examples as one, in order."""
    # The sequences of a part come behind those of the parts before it.
    before = np.cumsum([0, *(len(p.offsets) - 1 for p in parts)])[:-1]
    tokens = Ragged.join([Ragged(p.ids, p.offsets) for p in parts])
    targets = Ragged.join([Ragged(p.gold, p.target_offsets) for p in parts])
    types = [p.type_ids for p in parts if p.type_ids is not None]
    at = [p.target_at for p in parts if p.target_at is not None]
    return Examples(
        ids=tokens.values,
        offsets=tokens.offsets,
        type_ids=np.concatenate(types) if types else None,
        seq_offsets=offsets(np.concatenate([np.diff(p.seq_offsets) for p in parts])),
        target_seq=np.concatenate(
            [np.where(p.target_seq < 0, -1, p.target_seq + n) for p, n in zip(parts, before, strict=True)]
        ),
        target_at=np.concatenate(at) if at else None,
        target_offsets=targets.offsets,
        gold=targets.values,
        unseen=np.concatenate([p.unseen for p in parts]),
    )
