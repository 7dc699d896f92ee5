"""Templates such as ``{pair}/{split}-*.parquet`` in manifests."""

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def variables(template: str) -> set[str]:
    """The names of the variables in ``template``."""
    return set(_VARIABLE.findall(template))


def expand(template: str, values: Mapping[str, str]) -> str:
    """``template`` with every variable replaced.

    Raises:
        KeyError: a variable without a value.
    """
    return _VARIABLE.sub(lambda match: values[match.group(1)], template)


def as_pattern(template: str) -> str:
    """``template`` with every variable replaced by ``*``."""
    return _VARIABLE.sub("*", template)
