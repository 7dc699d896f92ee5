"""Which scored models belong to an evaluated one: itself, and those that it was made from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from xlt.errors import XltError
from xlt.files.rows import Row

# Who a row is about: the hash of the weights, or of a model without one what else is known.
Who = tuple[Any, ...]


def who_of(row: Row) -> Who:
    """The model of a row of scores or results."""
    # In CSV a null is an empty cell.
    return (row["weights"],) if row["weights"] else (row["model"], row["recipe"], row["task"], row["seed"])


def bases_of(scores: Iterable[Row]) -> dict[str, list[Who]]:
    """The scored models that were made from no other, by their names."""
    bases: dict[str, dict[Who, None]] = {}
    for row in scores:
        if row["model"] == row["base_model"]:
            bases.setdefault(row["model"], {})[who_of(row)] = None
    return {name: list(who) for name, who in bases.items()}


def base_of(row: Row, lineage: Mapping[str, list[str]]) -> str:
    """The weights that all training of a result's model started from, else the name."""
    line = lineage.get(row["weights"] or "")
    return line[-1] if line else row["base_model"] or row["model"]


def model_names(results: Iterable[Row], lineage: Mapping[str, list[str]]) -> dict[str, str]:
    """What to call the models that training started from, by what :func:`base_of` gives.

    One that was given by several paths is one model, and two of one name are two.
    """
    names: dict[str, str] = {}
    for row in results:
        base, name = base_of(row, lineage), row["base_model"] or row["model"]
        names[base] = min(name, names.get(base, name))
    times = Counter(names.values())
    return {base: name if times[name] == 1 else f"{name}@{base[:8]}" for base, name in names.items()}


def related(row: Row, lineage: Mapping[str, list[str]], bases: Mapping[str, list[Who]]) -> list[tuple[str, Who]]:
    """All whose scores belong to a result: ``after`` the evaluated model itself, ``before`` those it was made from.

    Args:
        row: the result.
        lineage: by the hash of weights those of itself and its ancestors, see :func:`xlt.files.identity.lineages`.
        bases: see :func:`bases_of`; serve where the lineage is not known.

    Raises:
        XltError: it is not known, and two scored models have the name of the base model.
    """
    own = who_of(row)
    line = lineage.get(row["weights"] or "")
    if line is not None:
        return [("after", own), *(("before", (weights,)) for weights in line if weights != row["weights"])]
    namesakes = [who for who in bases.get(row["base_model"], []) if who != own]
    if len(namesakes) > 1:
        raise XltError(
            f"{row['where']} does not say which {row['base_model']} its models come from, and the scores are of "
            f"{len(namesakes)} models of that name; give tables as Parquet or Arrow, which know"
        )
    return [("after", own), *(("before", who) for who in namesakes)]
