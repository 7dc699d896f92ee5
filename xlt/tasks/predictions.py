"""What a model answered for the sentences of a task: as a table, and what of its record defines the numbers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xlt.arrays import Ints
from xlt.corpora.tagged import Tagged
from xlt.errors import OptionError, XltError
from xlt.files.identity import model_identity
from xlt.files.inputs import check_inputs
from xlt.files.provenance import Input, Record
from xlt.files.schemas import PREDICTIONS
from xlt.files.signature import Signature
from xlt.files.tables import Source, open_table, rows_to_batch
from xlt.tasks.data import Data
from xlt.tasks.kinds import Task, task_of

_BATCH_ROWS = 4096
# What predictions that xlt wrote say in their record.
_PARAMS = {"task", "labels", "overlong", "sentences"}


@dataclass(frozen=True)
class Answers:
    """Sentences, each with its labels.

    Attributes:
        gold, predicted: labels of each sentence, as many of both; None where the model gave none.
        unseen: (sentences,) words, or of texts subwords, that the model did not see.
    """

    gold: list[list[str]]
    predicted: list[list[str | None]]
    unseen: Ints


@dataclass(frozen=True)
class Predicted:
    """Gold labels and answers of one language and split, all sentences in order.

    Attributes:
        task: what was asked.
        lang, split: of the data.
        answers: sentence by sentence.
        identity: the columns that say which model it was.
        signature: what defines the answers.
        known: labels of the model; None where nobody says them.
        where: name for messages.
    """

    task: Task
    lang: str
    split: str
    answers: Answers
    identity: dict[str, Any]
    signature: Signature
    known: frozenset[str] | None
    where: str


def predicted_of(record: Record, task: Task, lang: str, split: str, answers: Answers, where: str) -> Predicted:
    """Answers with what the record of the run says of them.

    Args:
        record: of step ``eval``.
        task: what was asked.
        lang, split: of the data.
        answers: sentence by sentence.
        where: name for messages.
    """
    params = record["params"]
    item = next((i for i in record["inputs"] if i["role"] == "model"), None)
    trained = ((item or {}).get("record") or {}).get("params") or {}
    identity = model_identity(item) | {"task": task.name, "train_lang": "+".join(trained.get("train_langs") or ())}
    used = [i for i in record["inputs"] if i["role"] == "data" and (i["lang"], i["split"]) == (lang, split)]
    resource = "".join(f"{i['resource']}@" for i in used[:1] if i.get("resource"))
    cutter = (params.get("segment") or {}).get(lang)
    parts = {
        "data": f"{resource}{'+'.join(str(i['sha256'])[:8] for i in used)}",
        "split": split,
        "overlong": params["overlong"],
        **{key.replace("_", "-"): params[key] for key in ("max_length", "limit") if params.get(key)},
        **({"drop-blank-subwords": ""} if params.get("drop_blank_subwords") else {}),
        **({"segment": cutter} if cutter else {}),
        **({"dtype": params.get("dtype")} if params.get("dtype") != "float32" else {}),
    }
    return Predicted(
        task=task,
        lang=lang,
        split=split,
        answers=answers,
        identity=identity,
        signature=Signature().with_parts(parts),
        known=frozenset(params["labels"]),
        where=where,
    )


def predictions_schema(data: Data) -> pa.Schema:
    """The columns of a predictions table: those of the texts that there are."""
    if isinstance(data, Tagged):
        return PREDICTIONS.arrow(without=["first", "second"])
    return PREDICTIONS.arrow(without=["words"] + ["second"] * (data.second is None))


def prediction_batches(data: Data, sent_ids: Ints, predicted: Predicted, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a predictions table, a batch at a time."""
    texts: dict[str, Sequence[Any] | None] = (
        {"words": data.words} if isinstance(data, Tagged) else {"first": data.first, "second": data.second}
    )
    columns: dict[str, Sequence[Any]] = {
        "sent_id": sent_ids.tolist(),
        "gold": predicted.answers.gold,
        "predicted": predicted.answers.predicted,
        "truncated": predicted.answers.unseen.tolist(),
        **{name: values for name, values in texts.items() if values is not None},
    }
    same = {"lang": predicted.lang, "split": predicted.split}
    for start in range(0, len(sent_ids), _BATCH_ROWS):
        rows = zip(*(values[start : start + _BATCH_ROWS] for values in columns.values()), strict=True)
        yield rows_to_batch([{**same, **dict(zip(columns, row, strict=True))} for row in rows], schema)


@dataclass(frozen=True)
class _Part:
    """The rows of one language and split in one file."""

    where: str
    sent_id: Ints
    answers: Answers


def read_predictions(names: Sequence[str], task: str | None = None) -> tuple[list[Predicted], list[Input]]:
    """Read predictions tables; shards of one run are put together again.

    Args:
        names: paths, or ``-``.
        task: for a table that xlt did not write; those of xlt say it themselves.

    Raises:
        XltError: no such table, one of an unknown or another task; a row without labels, or with other numbers of gold
            and predicted ones; sentences that are missing or stand there twice.
    """
    runs: dict[str, list[tuple[Source, dict[tuple[str, str], _Part]]]] = {}
    inputs = []
    check_inputs(names)
    for name in names:
        source = open_table(name, PREDICTIONS)
        inputs.append(Input(role="predictions", name=source.where, sha256=source.sha256, record=source.record))
        runs.setdefault(_run(source), []).append((source, _parts(source)))
    predicted = [p for files in runs.values() for p in _merged(files, task)]
    if not predicted:
        raise XltError(f"{', '.join(names)}: no row; nothing to score")
    return predicted, inputs


def _run(source: Source) -> str:
    # Shards come from one model and were made alike; who wrote a table without record, nobody knows.
    record = _record(source)
    if record is None:
        return source.where
    params = {name: value for name, value in record["params"].items() if name != "shard"}
    return json.dumps([params, [(i["role"], i["name"], i["sha256"]) for i in record["inputs"]]], sort_keys=True)


def _record(source: Source) -> Record | None:
    record = source.record
    if record is None or record.get("step") != "eval" or not record.get("params", {}).keys() >= _PARAMS:
        return None
    fault = _fault_of(record)
    if fault is not None:
        raise XltError(f"{source.where}: its record is not one that xlt wrote: {fault}")
    return record


def _fault_of(record: Record) -> str | None:
    # What is used of the parameters beyond their names, and may be anything in a file of somebody else.
    params = record["params"]
    if not _are_texts(params["labels"]) or not all(isinstance(params[name], str) for name in ("task", "overlong")):
        return "its task, labels or 'overlong' are no text"
    rows = params["sentences"] if isinstance(params["sentences"], list) else [None]
    for row in rows:
        match row:
            case [str(), str(), int(n)] if n >= 0:
                continue
        return "its numbers of sentences are none"
    segment, dtype = params.get("segment"), params.get("dtype")
    if not (segment is None or isinstance(segment, dict)) or not (dtype is None or isinstance(dtype, str)):
        return "its 'segment' or 'dtype' is none"
    for item in record.get("inputs", []):
        if item["role"] == "data" and not _are_texts([item.get("lang"), item.get("split")]):
            return "an input has no language or no split"
        trained = ((item.get("record") or {}).get("params") or {}).get("train_langs")
        if trained is not None and not _are_texts(trained):
            return "its model's languages are no text"
    return None


def _are_texts(values: object) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def _parts(source: Source) -> dict[tuple[str, str], _Part]:
    names = [c.name for c in PREDICTIONS.columns if c.required]
    counted = "truncated" in source.schema.names
    by_set: dict[tuple[str, str], list[dict[str, Any]]] = {}
    first = 0
    for batch in source.batches(names + ["truncated"] * counted):
        for i, row in enumerate(batch.to_pylist(), first):
            if len(row["gold"]) != len(row["predicted"]):
                raise XltError(
                    f"{source.where}:row {i}: {len(row['predicted'])} predictions for {len(row['gold'])} gold labels; "
                    "a word without prediction is null"
                )
            by_set.setdefault((row["lang"], row["split"]), []).append(row)
        first += batch.num_rows
    return {
        key: _Part(
            source.where,
            np.array([r["sent_id"] for r in rows], np.int64),
            Answers(
                [r["gold"] for r in rows],
                [r["predicted"] for r in rows],
                np.array([r.get("truncated") or r["predicted"].count(None) for r in rows], np.int64),
            ),
        )
        for key, rows in by_set.items()
    }


def _merged(files: Sequence[tuple[Source, Mapping[tuple[str, str], _Part]]], task: str | None) -> Iterator[Predicted]:
    source = files[0][0]
    record = _record(source)
    asked = _task(source, record, task)
    keys = list(dict.fromkeys(key for _, parts in files for key in parts))
    totals = {(lang, split): n for lang, split, n in record["params"]["sentences"]} if record else {}
    if record:
        # In the order of the run, and with those of which every row is missing.
        keys = list(totals)
    where = ", ".join(source.where for source, _ in files)
    for lang, split in keys:
        parts = [parts[lang, split] for _, parts in files if (lang, split) in parts]
        answers = _whole(parts, totals.get((lang, split)), f"{lang} {split}", where)
        if record:
            yield predicted_of(record, asked, lang, split, answers, where)
        else:
            yield Predicted(
                task=asked,
                lang=lang,
                split=split,
                answers=answers,
                identity=model_identity(None) | {"model": where, "task": asked.name, "train_lang": ""},
                signature=Signature().with_parts({"predictions": source.sha256[:8], "split": split}),
                known=None,
                where=where,
            )


def _task(source: Source, record: Record | None, asked: str | None) -> Task:
    known = record["params"]["task"] if record else None
    if known is None and asked is None:
        raise XltError(
            f"{source.where}: it was not written by 'xlt eval', so that --task has to say what was predicted"
        )
    if asked is not None and known not in (None, asked):
        raise OptionError("task", f"{asked}: {source.where} holds predictions of the task {known}")
    return task_of(str(known or asked))


def _whole(parts: Sequence[_Part], total: int | None, data: str, where: str) -> Answers:
    # All rows of one language and split, by sentence; every sentence once.
    ids = np.concatenate([np.empty(0, np.int64), *(p.sent_id for p in parts)])
    order = np.argsort(ids, kind="stable")
    twice = np.flatnonzero(np.diff(ids[order]) == 0)
    if len(twice):
        owner = np.repeat(np.arange(len(parts)), [len(p.sent_id) for p in parts])
        one, other = (parts[owner[order[twice[0] + k]]].where for k in (0, 1))
        place = f"twice in {one}" if one == other else f"in {one} and in {other}"
        raise XltError(f"{data}: {len(twice):,} sentences stand there twice; sentence {ids[order[twice[0]]]} {place}")
    total = int(ids.max(initial=-1)) + 1 if total is None else total
    own = ids[order]
    inside = own[(own >= 0) & (own < total)]
    # Not a number for each sentence that there might be: a damaged one may be of any size.
    gaps = np.append(np.flatnonzero(inside != np.arange(len(inside))), len(inside))
    if len(inside) < total:
        raise XltError(
            f"{where}: {total - len(inside):,} of {total:,} sentences of {data} are missing, such as sentence "
            f"{gaps[0]}; name the files of all shards (sent_id counts from 0)"
        )
    strange = own[(own < 0) | (own >= total)]
    if len(strange):
        raise XltError(f"{where}: sentence {strange[0]} of {data}: its sentences are 0 to {total - 1}")
    gold = [labels for p in parts for labels in p.answers.gold]
    predicted = [labels for p in parts for labels in p.answers.predicted]
    unseen = np.concatenate([np.empty(0, np.int64), *(p.answers.unseen for p in parts)])
    return Answers([gold[i] for i in order], [predicted[i] for i in order], unseen[order])
