"""Learning rates over the steps."""

import math
from typing import Literal

Schedule = Literal["linear", "constant"]


def rate_factor(step: int, steps: int, schedule: Schedule, warmup: float) -> float:
    """What the learning rate is multiplied with at ``step`` (from 0) of ``steps``.

    ``linear``: rises over the first ``warmup`` share of the steps to 1, then falls in a straight line towards 0
    (gaschi2023 app. B.3: 10 % warm-up); no step has a rate of 0. ``constant``: 1, as the published code of gaschi2023
    realigns before fine-tuning.
    """
    if schedule == "constant":
        return 1.0
    rising = math.ceil(warmup * steps)
    if step < rising:
        return (step + 1) / rising
    return (steps - step) / (steps - rising)
