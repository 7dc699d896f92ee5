"""What the numbers of a page are of, by rows and records: models, seeds, word pairs; and what its words mean."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from xlt import __version__
from xlt.files.provenance import Input, InputRecord, Record
from xlt.files.rows import Row
from xlt.files.schemas import POINTS, RESULTS, SCORES
from xlt.files.signature import Signature

# Lines of one fact: more are counted.
_MOST = 24

# What the words of the tables mean, and who defined them so; docs/definitions.md has the whole.
WORDS = {
    "alignment": "Share of words whose nearest neighbour by cosine, among the words of other sentences, is their "
    "translation.",
    "weak, strong": "Weak: the candidates are the words of the other language. Strong: a translation must also be "
    "nearer than every other word of its own language (Gaschi et al. 2023).",
    "CSLS": "Cosine less the mean cosine of both words to their ten nearest: words that are near to everything count "
    "less (Conneau et al. 2018).",
    "CTL, cross-lingual transfer": "(metric in the target language - metric in the language of training) / the latter: "
    "0 loses nothing, -1 everything (Gaschi et al. 2023, section 3.1).",
    "before, after": "Alignment of the model that fine-tuning started from, and of the fine-tuned model itself.",
    "realignment": "Training that draws translated words together: before fine-tuning, or joint with it (Cao et al. "
    "2020; Gaschi et al. 2023).",
    "layer, depth": "Layer 0 is that of the embeddings; depth counts from the end, -1 is the last layer.",
    "mean ± sd": "Over the seeds of training.",
    "signature": "One line beside each number in the tables that says all that defines it, such as "
    "pairs:1000|seed:42|pool:first; numbers whose signatures differ do not compare (after sacrebleu, Post 2018).",
    "interval": "95 %. bca: bootstrap of points, bias-corrected and accelerated (Efron and Tibshirani 1993); cluster: "
    "of models, languages and seeds; of differences to a baseline: the paired t-test.",
}


def facts(inputs: Sequence[Input], rows: Mapping[str, Sequence[Row]]) -> dict[str, list[str]]:
    """What a reader should know of some tables, by what it tells; what neither rows nor records tell is left out.

    Args:
        inputs: the tables, with their records.
        rows: theirs, by the kind of the table.
    """
    bases, every = _bases(inputs), [row for of_kind in rows.values() for row in of_kind]
    unrecorded = {str(row["base_model"]) for row in every if row.get("base_model")} - {name for name, _ in bases}
    seeds = sorted({row["seed"] for row in every if row.get("seed") is not None})
    told = {
        "Made": [f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by xlt {__version__}"],
        "Tables made by": sorted({f"xlt {record['xlt']}" for record in _records(inputs) if record.get("xlt")}),
        "Models at the start": sorted(
            [*unrecorded, *(f"{name}, weights {sha[:12]}" if sha else name for name, sha in bases)]
        ),
        "Tasks": _tasks(every),
        "Seeds": [", ".join(map(str, seeds))] if seeds else [],
        "Word pairs for alignment": _pairs(inputs, scored=True),
        "Word pairs for realignment": _pairs(inputs, scored=False),
        "Alignment measured with": _alike(rows, {SCORES.kind: "signature", POINTS.kind: "score_signature"}),
        "Metrics measured with": _alike(rows, {RESULTS.kind: "signature", POINTS.kind: "result_signature"}),
    }
    return {
        name: [*lines[:_MOST], *([f"… {len(lines) - _MOST:,} more"] if len(lines) > _MOST else [])]
        for name, lines in told.items()
        if lines
    }


def _items(inputs: Sequence[Input]) -> Iterator[tuple[Record, InputRecord]]:
    # Each input of each step, with the record of the step; what several tables go back to comes once.
    waiting = [item.record for item in inputs if item.record]
    seen: set[tuple[Any, ...]] = set()
    while waiting:
        record = waiting.pop()
        parts = record.get("inputs") or []
        run = (record.get("command"), record.get("time"), *((part["name"], part.get("sha256")) for part in parts))
        if run in seen:
            continue
        seen.add(run)
        for part in parts:
            yield record, part
            if below := part.get("record"):
                waiting.append(below)


def _records(inputs: Sequence[Input]) -> list[Record]:
    own = [item.record for item in inputs if item.record]
    return [*own, *(below for _, part in _items(inputs) if (below := part.get("record")))]


def _bases(inputs: Sequence[Input]) -> set[tuple[str, str]]:
    # Models that no step trained from another one.
    return {
        (part["name"], str(part.get("sha256") or ""))
        for _, part in _items(inputs)
        if part["role"] == "model" and not _trained_from(part.get("record"))
    }


def _trained_from(record: Record | None) -> bool:
    return any(part["role"] == "model" for part in (record or {}).get("inputs") or [])


def _tasks(rows: Sequence[Row]) -> list[str]:
    trained_on: dict[str, set[str]] = {}
    for row in rows:
        if row.get("task"):
            trained_on.setdefault(str(row["task"]), set()).update(filter(None, [row.get("train_lang")]))
    return [
        f"{task}, trained on {' or '.join(sorted(langs))}" if langs else task
        for task, langs in sorted(trained_on.items())
    ]


def _pairs(inputs: Sequence[Input], scored: bool) -> list[str]:
    lines = set()
    for record, part in _items(inputs):
        if part["role"] == "pairs" and (record.get("step") in ("align-score", "embed")) == scored:
            lines.add(_of_pairs(part))
    return sorted(lines)


_HOW = {"dict": "dictionary", "aligner": "aligner"}


def _of_pairs(part: InputRecord) -> str:
    record: Mapping[str, Any] = part.get("record") or {}
    dials, counts = record.get("params") or {}, record.get("summary") or {}
    langs = "-".join(str(dials[name]) for name in ("src_lang", "tgt_lang") if dials.get(name))
    number = counts.get("word pairs")
    told = [
        f"{number:,} word pairs" if isinstance(number, int) else "",
        f"dictionary {dials['dict']}"
        if dials.get("dict")
        else f"aligner {dials['aligner']}"
        if dials.get("aligner")
        else "",
        f"corpus {dials['corpus']}" if dials.get("corpus") else "",
    ]
    about = ", ".join(filter(None, told))
    return f"{langs or part['name']}: {about or 'no record of their making'}"


def _alike(rows: Mapping[str, Sequence[Row]], columns: Mapping[str, str]) -> list[str]:
    # What all signatures have in common; what they do not tells rows apart.
    signatures = {row[column] for kind, column in columns.items() for row in rows.get(kind, ()) if row.get(column)}
    parsed = [list(Signature.parse(text)) for text in sorted(signatures)]
    common = set.intersection(*map(set, parsed)) if parsed else set()
    shared = [part for part in parsed[0] if part in common] if parsed else []
    return ["|".join(shared)] if shared else []
