"""How words become vectors: the options that ``embed`` and ``align-score`` share."""

from dataclasses import dataclass
from typing import Literal

DEFAULT_BATCH_TOKENS = 2048


@dataclass(frozen=True)
class EncodeOptions:
    """See ``xlt embed --help`` for each."""

    layers: str = "all"
    pool: Literal["first", "last", "mean"] = "first"
    overlong: Literal["window", "skip", "error", "cut"] = "window"
    max_length: int | None = None
    drop_blank_subwords: bool = False
    device: str = "auto"
    dtype: str = "auto"
    batch_tokens: int = DEFAULT_BATCH_TOKENS

    def params(self) -> dict[str, object]:
        """What defines the vectors, for the record."""
        return {
            "pool": self.pool,
            "overlong": self.overlong,
            "max_length": self.max_length,
            "drop_blank_subwords": self.drop_blank_subwords,
            "dtype": "float32" if self.dtype == "auto" else self.dtype,
        }
