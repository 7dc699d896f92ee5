"""Step ``tag``: the words of a pairs table, tagged by a model that was fine-tuned to tag."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from xlt.encoders.load import Encoder, model_input
from xlt.encoders.options import batch_tokens_on
from xlt.errors import XltError
from xlt.files.pairs import open_pairs, pair_inputs
from xlt.files.provenance import Record, make_record
from xlt.files.schemas import PAIRS, TAGS
from xlt.files.shown import Shown
from xlt.files.tables import Source, check_table_outputs, table_writer
from xlt.options import params
from xlt.tasks.examples import tagged_examples
from xlt.tasks.heads import loader_of
from xlt.tasks.options import TagOptions
from xlt.tasks.origin import Origin
from xlt.tasks.predict import predict, predicted_labels
from xlt.work import Progress

logger = logging.getLogger(__name__)

_PACKAGES = ("numpy", "pyarrow", "torch", "transformers")


@dataclass(frozen=True)
class Tagging(Shown):
    """What was written and the counts that belong to it."""

    output: str
    summary: dict[str, Any]


def tag_pairs(
    model: str,
    pairs: str,
    options: TagOptions = TagOptions(),
    *,
    output: str,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Tagging:
    """Tag both sides of a pairs table; all that it holds beside tags stays as it is. Memory: O(a batch of rows).

    Args:
        model: checkpoint folder or hub name, with a classifier of words.
        pairs: the table, a path or ``-``.
        options: how the model runs.
        output: a path whose suffix says the format, or ``-``.
        force: replace an existing output.
        tags: kept in the provenance.
        progress: called with the sentence pairs done.

    Raises:
        XltError: no such table or model, or a model that does not classify words.
    """
    check_table_outputs((output,), [pairs], force, "the output")
    origin = Origin.of(model)
    task = origin.task(options.task)
    if task.shape != "words":
        raise XltError(f"{model} was trained for the task {task.name}, which has no labels of words; pos has")
    source = open_pairs(pairs)
    if set(TAGS) & set(source.schema.names):
        logger.warning("%s: its words are tagged already; these tags are replaced", source.where)
    drop_blank = bool(origin.params.get("drop_blank_subwords"))
    load = loader_of(origin.head)
    encoder = load(model, task, device=options.device, dtype=options.dtype, drop_blank_subwords=drop_blank)
    schema = _with_tags(source.schema)
    counts: Counter[str] = Counter()
    with table_writer(output, schema, _record(source, encoder, options, tags), force) as writer:
        for batch in source.batches(None):
            columns = {name: batch.column(name) for name in batch.schema.names if name not in TAGS}
            for side, name in zip(("src", "tgt"), TAGS, strict=True):
                words = [list(map(str, sentence)) for sentence in batch.column(f"{side}_tokens").to_pylist()]
                labels = sentence_tags(encoder, words, options)
                counts["words"] += sum(map(len, words))
                counts["without"] += sum(sentence.count(None) for sentence in labels)
                columns[name] = pa.array(labels, pa.list_(pa.string()))
            writer.write(pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema))
            counts["rows"] += batch.num_rows
            if progress:
                progress(counts["rows"], source.num_rows)
        summary = {
            "sentence pairs": counts["rows"], "words": counts["words"], "words that no window held": counts["without"],
        }  # fmt: skip
        writer.record["summary"] = _counts_of_pairs(source) | summary
    return Tagging(output, summary)


def sentence_tags(encoder: Encoder, words: Sequence[Sequence[str]], options: TagOptions) -> list[list[str | None]]:
    """The label of each word of some sentences, which may be empty; None for a word that no window held."""
    filled = [sentence for sentence in words if sentence]
    if not filled:
        return [[] for _ in words]
    limit = min(encoder.max_length, options.max_length or encoder.max_length)
    unknown = [[""] * len(sentence) for sentence in filled]
    examples = tagged_examples(filled, unknown, {}, encoder.tokenizer, limit, options.overlong)
    answers = predict(encoder, examples, batch_tokens_on(encoder.device.type, options.batch_tokens))
    labels = iter(predicted_labels(examples, answers, encoder.labels))
    return [next(labels) if sentence else [] for sentence in words]


def _with_tags(schema: pa.Schema) -> pa.Schema:
    own = PAIRS.arrow(unusual=TAGS)
    return pa.schema([*(field for field in schema if field.name not in TAGS), *(own.field(name) for name in TAGS)])


def _record(source: Source, encoder: Encoder, options: TagOptions, tags: Mapping[str, str] | None) -> Record:
    # The pairs are what they were: whoever asks how they came about finds it where it stood.
    of_pairs = (source.record or {}).get("params") or {}
    own = params(options) | {"labels": encoder.labels, "dtype": "float32" if options.dtype == "auto" else options.dtype}
    inputs = [model_input(encoder), *pair_inputs([source])]
    return make_record("tag", params={**of_pairs, "tags": own}, inputs=inputs, tags=tags, packages=_PACKAGES)


def _counts_of_pairs(source: Source) -> dict[str, Any]:
    return dict((source.record or {}).get("summary") or {})
