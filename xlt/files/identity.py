"""Who a model is, from its provenance: base model, recipe, task, seed, weights; ancestors; what it was trained on."""

from collections.abc import Iterator
from typing import Any

from xlt.files.provenance import InputRecord, Record, ancestors, content_id


def model_identity(item: InputRecord | None) -> dict[str, Any]:
    """The identity columns of scores and results.

    A training step's record holds ``recipe`` (such as ``finetune(udpos)``), ``task`` and ``seed``; the recipe of a
    model joins those of all steps since its base model, oldest first.

    Args:
        item: the model as an input of a record (role ``model``); None for vectors made elsewhere.
    """
    if item is None:
        return {"model": "", "base_model": "", "recipe": "", "task": "", "seed": None, "weights": None}
    chain = list(_chain(item))
    trained = [record for _, record in chain if record and record.get("recipe")]
    task = next((str(r["task"]) for r in trained if r.get("task")), "")
    return {
        "model": str(item["name"]),
        "base_model": str(chain[-1][0]["name"]),
        "recipe": "+".join(str(r["recipe"]) for r in reversed(trained)),
        "task": task,
        "seed": trained[0].get("seed") if trained else None,
        "weights": item.get("sha256"),
    }


def _chain(item: InputRecord) -> Iterator[tuple[InputRecord, Record | None]]:
    # The model and the models it was trained from, newest first.
    record = item.get("record")
    yield item, record
    for parent in (record or {}).get("inputs", []):
        if parent.get("role") == "model":
            yield from _chain(parent)


def lineages(record: Record | None) -> dict[str, list[str]]:
    """Of every model anywhere in a record, the weights that it came from: itself, then its ancestors, nearest first.

    A record of ``eval --from`` names the predictions, whose record names the model; so all inputs are searched, however
    deep. Models without a known hash are left out.

    Returns:
        Lists of SHA-256 by the SHA-256 of the model's weights.
    """
    lines: dict[str, list[str]] = {}
    for item in (record or {}).get("inputs", []):
        for weights, line in lineages(item.get("record")).items():
            ancestry = lines.setdefault(weights, [])
            ancestry += [w for w in line if w not in ancestry]
        if item.get("role") == "model" and item.get("sha256"):
            ancestry = lines.setdefault(str(item["sha256"]), [])
            chain = dict.fromkeys(str(i["sha256"]) for i, _ in _chain(item) if i.get("sha256"))
            ancestry += [w for w in chain if w not in ancestry]
    return lines


def trained_on(item: InputRecord | None, pairs: Record | None, sha256: str | None) -> str | None:
    """Whether word pairs stand in the realignment data of a model: a sentence that says how, or None."""
    if item is None:
        return None
    for _, record in _chain(item):
        for used in (record or {}).get("inputs", []):
            if used.get("role") != "pairs":
                continue
            theirs = used.get("record")
            if (sha256 and used.get("sha256") == sha256) or (
                theirs and pairs and content_id(theirs, None) == content_id(pairs, None)
            ):
                return f"the model was trained on these very pairs ({used.get('name')})"
            if _corpora(theirs) & _corpora(pairs) and not _set_apart(theirs, pairs):
                return (
                    f"the model was trained on pairs of the same corpus ({used.get('name')}); extract-pairs --hold-out "
                    "sets pairs aside"
                )
    return None


def _corpora(record: Record | None) -> set[str]:
    return {
        str(i["sha256"])
        for r in ancestors(record)
        for i in r.get("inputs", [])
        if i.get("role") == "corpus" and i.get("sha256")
    }


def _set_apart(one: Record | None, other: Record | None) -> bool:
    # The two parts of one hold-out: made alike but for the part.
    if not one or not other:
        return False
    parts = {(r.get("params") or {}).get("part") for r in (one, other)}
    same = all(
        (one.get("params") or {}).get(k) == (other.get("params") or {}).get(k) for k in ("hold_out", "sample", "limit")
    )
    return parts == {"kept", "held-out"} and same and one.get("seed") == other.get("seed")
