"""Signatures: one line beside every number that says how it was measured, such as ``pairs:1000|seed:42|pool:first``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xlt import __version__


@dataclass(frozen=True)
class Signature:
    """Named parts in order; a switch has an empty value. Names hold neither ``:`` nor ``|``, values no ``|``.

    >>> str(Signature.parse("pairs:5|center").with_parts({"seed": 42}))
    'pairs:5|center|seed:42'
    """

    parts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> "Signature":
        """From its text; None and the empty text are the empty signature."""
        cut = (part.partition(":") for part in (text or "").split("|") if part)
        return cls(tuple((name, value) for name, _, value in cut))

    def with_parts(self, parts: Mapping[str, object]) -> "Signature":
        """This one and further parts behind it."""
        return Signature((*self.parts, *((name, str(value)) for name, value in parts.items())))

    def with_version(self) -> "Signature":
        """This one and, at the end, which xlt made the number."""
        return self.with_parts({"xlt": __version__})

    def values(self) -> dict[str, str]:
        """The value of each part; of a switch its name."""
        return {name: value or name for name, value in self.parts}

    def __iter__(self) -> Iterator[str]:
        return (f"{name}:{value}" if value else name for name, value in self.parts)

    def __str__(self) -> str:
        return "|".join(self)
