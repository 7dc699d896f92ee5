"""A loss as a stranger would add it: what stands in a file of its own, and its class."""

from typing import Annotated, ClassVar, Literal

import torch

from xlt.losses.options import Loss
from xlt.losses.words import Words
from xlt.options import Option, options


@options
class Toy(Loss):
    """One minus the cosine, raised to a power, with a pull towards where the source words were."""

    formula: ClassVar[str] = f"{__name__}:of_words"
    source: ClassVar[str] = "nowhere"
    lr: ClassVar[float] = 1e-3
    pool: ClassVar[Literal["first", "last", "mean"]] = "mean"
    sentence_pairs: ClassVar[int] = 3
    needs_start: ClassVar[bool] = True

    power: Annotated[float, Option("Of the distance.", metavar="X", min=0.5, recipe="power")] = 1.0
    hold: Annotated[float, Option("Pull of the start.", metavar="X", min=0.0, recipe="hold")] = 0.1


def of_words(words: Words, dials: Toy) -> torch.Tensor:
    """The loss of a batch."""
    assert words.source_start is not None
    source, target = words.source[words.source_ids], words.target[words.target_ids]
    distances = (1 - torch.cosine_similarity(source, target)).clamp_min(1e-6)
    return distances.pow(dials.power).mean() + dials.hold * (words.source - words.source_start).square().mean()
