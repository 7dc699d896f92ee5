"""How words become vectors: the options that ``embed`` and ``align-score`` share."""

from dataclasses import dataclass
from typing import Literal

# Small batches stay in a processor's cache (measured: 768 to 1,536 are best); a GPU wants to be filled.
_BATCH_TOKENS_CPU = 1024
_BATCH_TOKENS_GPU = 16_384


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
    batch_tokens: int | None = None

    def params(self) -> dict[str, object]:
        """What defines the vectors, for the record."""
        return {
            "pool": self.pool,
            "overlong": self.overlong,
            "max_length": self.max_length,
            "drop_blank_subwords": self.drop_blank_subwords,
            "dtype": "float32" if self.dtype == "auto" else self.dtype,
        }


def batch_tokens_on(device: str, wanted: int | None = None) -> int:
    """Subwords in a forward pass on this type of device (``cpu``, ``cuda``, ``mps``), unless a number is wanted."""
    return wanted or (_BATCH_TOKENS_CPU if device == "cpu" else _BATCH_TOKENS_GPU)
