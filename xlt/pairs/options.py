"""Where word pairs come from: the options of ``extract-pairs`` that say so, each with the aligners it belongs to."""

from dataclasses import dataclass, fields
from typing import Literal

from xlt.errors import XltError

Aligner = Literal["dict", "fastalign", "awesome", "argmax", "itermax"]

NEURAL = ("awesome", "argmax", "itermax")


@dataclass(frozen=True)
class AlignOptions:
    """See ``xlt extract-pairs --help`` for each. None: not given, the aligner's own default."""

    aligner: Aligner | None = None
    dictionary: str | None = None
    dict_split: Literal["all", "train", "test"] | None = None
    links: str | None = None
    one_based: bool | None = None
    symmetrise: Literal["intersect", "union", "grow-diag", "grow-diag-final", "grow-diag-final-and"] | None = None
    save_priors: str | None = None
    load_priors: str | None = None
    chunk: int | None = None
    model: str | None = None
    layer: int | None = None
    pool: Literal["subwords", "first", "last", "mean"] | None = None
    threshold: float | None = None
    overlong: Literal["window", "skip", "error", "cut"] | None = None
    max_length: int | None = None
    batch_tokens: int | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] | None = None
    device: str | None = None
    keep_many: bool | None = None
    keep_identical: bool | None = None

    @property
    def source(self) -> str:
        """The aligner, or ``links`` for a file of links."""
        return "links" if self.links is not None else self.aligner or "dict"

    def check(self) -> None:
        """Refuse options that the chosen source of word pairs does not read.

        Raises:
            XltError: the option and where it belongs.
        """
        if self.links is not None and self.aligner is not None:
            raise XltError(f"--links reads links that are there already, --aligner {self.aligner} makes them: give one")
        for field in fields(self):
            owners = _OWNERS.get(field.name)
            if owners and getattr(self, field.name) is not None and self.source not in owners:
                named = [f"--aligner {o}" if o != "links" else "--links" for o in owners]
                option = {"dictionary": "dict"}.get(field.name, field.name.replace("_", "-"))
                raise XltError(f"--{option} belongs to {', '.join(named)}; the word pairs come from {self.source} here")
        if self.source in NEURAL and self.model is None:
            raise XltError(f"--aligner {self.source} needs --model: the encoder whose vectors are compared")


_ALIGNED = ("fastalign", *NEURAL, "links")
_OWNERS: dict[str, tuple[str, ...]] = {
    "dictionary": ("dict",),
    "dict_split": ("dict",),
    "one_based": ("links",),
    **dict.fromkeys(("symmetrise", "save_priors", "load_priors", "chunk"), ("fastalign",)),
    **dict.fromkeys(("model", "layer", "pool", "overlong", "max_length", "batch_tokens", "dtype"), NEURAL),
    "threshold": ("awesome",),
    "device": ("fastalign", *NEURAL),
    **dict.fromkeys(("keep_many", "keep_identical"), _ALIGNED),
}
