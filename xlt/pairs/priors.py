"""A trained FastAlign model as a table: train once, align shards and new text with the same model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.aligners.cooccurrence import Cooccurrences
from xlt.aligners.fastalign import UNSEEN, Direction, Model
from xlt.arrays import Floats, Ints
from xlt.errors import XltError
from xlt.files.provenance import Input, make_record
from xlt.files.schemas import PRIORS
from xlt.files.tables import open_table, table_writer
from xlt.pairs.segment import WordRule

_ROWS = 1 << 18


@dataclass(frozen=True)
class Priors:
    """A model with the words it knows.

    Attributes:
        src_words, tgt_words: the words by number.
        src, tgt: (co-occurrences,) word numbers, sorted by ``src``, then ``tgt``.
        trained: the parameters.
        input: where they were read from.
    """

    src_words: Sequence[str]
    tgt_words: Sequence[str]
    src: Ints
    tgt: Ints
    trained: Model
    input: Input

    @staticmethod
    def of(corpus: Cooccurrences, model: Model, src_words: Sequence[str], tgt_words: Sequence[str]) -> "Priors":
        """The model of a corpus that was just trained on."""
        src, tgt = corpus.src.astype(np.int64), corpus.tgt.astype(np.int64)
        return Priors(src_words, tgt_words, src=src, tgt=tgt, trained=model, input=Input("priors", "-"))

    def model(
        self, corpus: Cooccurrences, src_numbers: Mapping[str, int], tgt_numbers: Mapping[str, int]
    ) -> tuple[Model, int]:
        """The parameters for the co-occurrences of another text, whose words have other numbers.

        Returns:
            The model, and how many distinct words of the text it has never seen.
        """
        src, tgt = _renumbered(src_numbers, self.src_words), _renumbered(tgt_numbers, self.tgt_words)
        known_src, known_tgt = src[corpus.src], tgt[corpus.tgt]
        width = len(self.tgt_words) + 1
        keys = self.src * width + self.tgt
        text_keys = known_src * width + known_tgt
        at = np.minimum(np.searchsorted(keys, text_keys), len(keys) - 1)
        hit = (known_src >= 0) & (known_tgt >= 0) & (keys[at] == text_keys)
        forward, backward = self.trained["forward"], self.trained["backward"]

        def null(values: Floats, numbers: Ints) -> Floats:
            return np.where(numbers >= 0, values[numbers], UNSEEN)

        model = {
            "forward": Direction(
                np.where(hit, forward.translation[at], UNSEEN), null(forward.null, tgt), forward.tension
            ),
            "backward": Direction(
                np.where(hit, backward.translation[at], UNSEEN), null(backward.null, src), backward.tension
            ),
        }
        return model, int((src < 0).sum() + (tgt < 0).sum())


def _renumbered(numbers: Mapping[str, int], words: Sequence[str]) -> Ints:
    # Number in the text to number in the model, -1 for a word that the model does not know.
    own = {word: i for i, word in enumerate(words)}
    return np.fromiter((own.get(word, -1) for word in numbers), np.int64, len(numbers))


def write_priors(output: str, priors: Priors, rule: WordRule, text: Sequence[Input] = (), force: bool = False) -> None:
    """Write a model: a row a co-occurrence; a row without a source or target word is of the null word of that side.

    Args:
        output: a path whose suffix says the format.
        priors: the model.
        rule: how the text was cut into words.
        text: what it was trained on, for the record.
        force: replace an existing output.
    """
    params = {"aligner": "fastalign", **_facts(rule), **_tensions(priors.trained)}
    record = make_record("extract-pairs", params=params, inputs=text)
    src_words, tgt_words = pa.array(priors.src_words, pa.string()), pa.array(priors.tgt_words, pa.string())
    forward, backward = priors.trained["forward"], priors.trained["backward"]
    with table_writer(output, PRIORS.arrow(), record, force) as writer:

        def write(**columns: pa.Array) -> None:
            rows = len(next(iter(columns.values())))
            arrays = [columns.get(f.name, pa.nulls(rows, f.type)) for f in PRIORS.arrow()]
            writer.write(pa.RecordBatch.from_arrays(arrays, schema=PRIORS.arrow()))

        write(tgt_word=tgt_words, forward=pa.array(forward.null))
        write(src_word=src_words, backward=pa.array(backward.null))
        for first in range(0, len(priors.src), _ROWS):
            part = slice(first, first + _ROWS)
            write(
                src_word=src_words.take(pa.array(priors.src[part])),
                tgt_word=tgt_words.take(pa.array(priors.tgt[part])),
                forward=pa.array(forward.translation[part]),
                backward=pa.array(backward.translation[part]),
            )


def read_priors(name: str, rule: WordRule) -> Priors:
    """Read a model and check that it was trained on text that was treated alike.

    Raises:
        XltError: no priors, broken, without a record, or of other languages or another treatment of words.
    """
    source = open_table(name, PRIORS)
    params = (source.record or {}).get("params") or {}
    if not all(_is_number(params.get(f"{name}_tension")) for name in ("forward", "backward")):
        raise XltError(f"{source.where}: no tension in its record; --load-priors reads what --save-priors wrote")
    for key, value in _facts(rule).items():
        if params.get(key) != value:
            raise XltError(
                f"{source.where}: the priors were trained with {key.replace('_', ' ')} {params.get(key)}, "
                f"this text has {value}; treat both alike"
            )
    src, tgt = _Column(), _Column()
    ahead: list[Floats] = []
    back: list[Floats] = []
    for batch in source.batches(["src_word", "tgt_word", "forward", "backward"]):
        src.add(batch.column("src_word"))
        tgt.add(batch.column("tgt_word"))
        ahead.append(batch.column("forward").to_numpy(zero_copy_only=False).astype(np.float64))
        back.append(batch.column("backward").to_numpy(zero_copy_only=False).astype(np.float64))
    return _assembled(source.where, src, tgt, np.concatenate(ahead), np.concatenate(back), params, source)


def _assembled(
    where: str, src: "_Column", tgt: "_Column", ahead: Floats, back: Floats, params: Mapping[str, Any], source: Any
) -> Priors:
    left, right = src.numbers(), tgt.numbers()
    of_null_src, of_null_tgt = left < 0, right < 0
    pairs = ~of_null_src & ~of_null_tgt
    used = np.concatenate((ahead[~of_null_tgt], back[~of_null_src]))
    if (of_null_src & of_null_tgt).any() or not ((used >= 0) & (used <= 1)).all() or not pairs.any():
        raise XltError(f"{where}: broken priors: probabilities must lie between 0 and 1, and a row needs a word")
    null_forward, null_backward = np.full(len(tgt.words), UNSEEN), np.full(len(src.words), UNSEEN)
    null_forward[right[of_null_src]] = ahead[of_null_src]
    null_backward[left[of_null_tgt]] = back[of_null_tgt]
    order = np.lexsort((right[pairs], left[pairs]))
    model = {
        "forward": Direction(ahead[pairs][order], null_forward, float(params["forward_tension"])),
        "backward": Direction(back[pairs][order], null_backward, float(params["backward_tension"])),
    }
    origin = Input("priors", where, source.sha256, source.record)
    return Priors(
        list(src.words),
        list(tgt.words),
        src=left[pairs][order],
        tgt=right[pairs][order],
        trained=model,
        input=origin,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


class _Column:
    # Words numbered as they come; -1 for null, which stands for the null word.

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self._parts: list[Ints] = []

    def add(self, column: pa.Array) -> None:
        encoded = pc.dictionary_encode(column.cast(pa.string()))
        numbers = [self.words.setdefault(w, len(self.words)) for w in encoded.dictionary.to_pylist()]
        index = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        self._parts.append(np.array([*numbers, -1], np.int64)[index])

    def numbers(self) -> Ints:
        return np.concatenate(self._parts)


def _facts(rule: WordRule) -> dict[str, Any]:
    # What must be alike for words to mean the same.
    return {
        "src_lang": rule.src,
        "tgt_lang": rule.tgt,
        "segmentation": rule.names(),
        "lowercase": rule.lowercase,
        "strip_diacritics": rule.strip_diacritics,
    }


def _tensions(model: Model) -> dict[str, float]:
    return {f"{name}_tension": one.tension for name, one in model.items()}
