"""Names that an option chooses from; light to import."""

from typing import Literal

Heuristic = Literal["intersect", "union", "grow-diag", "grow-diag-final", "grow-diag-final-and"]
