"""The options that all training steps share, as their users state them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from xlt.encoders.batches import Pool
from xlt.encoders.pieces import Overlong
from xlt.errors import XltError
from xlt.training.loop import LoopOptions
from xlt.training.optimizer import OptimizerOptions, Rule
from xlt.training.realignment import LossName, Side, Strength
from xlt.training.schedule import Schedule
from xlt.training.sequences import Arithmetic

Dtype = Literal["auto", "float32", "bfloat16"]

# Tokens that take as long on a CPU as what a forward and backward pass costs by itself (measured: 30 to 100).
_PASS_COST = 64


@dataclass(frozen=True)
class TrainOptions:
    """How to train; see ``xlt finetune --help`` for the words.

    ``micro_batch`` and ``device`` change speed and memory; the rest defines the run. ``lr`` None takes the default of
    the method.
    """

    lr: float | None = None
    optimizer: Rule = "adam"
    schedule: Schedule = "linear"
    warmup: float = 0.1
    clip_norm: float | None = None
    freeze: str | None = None
    micro_batch: int | None = None
    seed: int = 42
    device: str = "auto"
    dtype: Dtype = "auto"
    deterministic: bool = False
    save_steps: int | None = None
    save_minutes: float | None = 10.0

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record; the seed stands there by itself."""
        told = asdict(self)
        for name in ("seed", "device", "deterministic", "save_steps", "save_minutes"):
            del told[name]
        return told | {"dtype": "float32" if self.dtype == "auto" else self.dtype}

    def arithmetic(self, device: torch.device) -> Arithmetic:
        """Where and in which numbers forward passes run.

        Raises:
            XltError: bfloat16 on a device that does not have it.
        """
        if self.dtype == "bfloat16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            raise XltError(f"--dtype bfloat16: {torch.cuda.get_device_name(device)} has no bfloat16; use float32")
        cost = _PASS_COST if device.type == "cpu" else None
        return Arithmetic(device, self.dtype == "bfloat16", self.micro_batch, cost)

    def loop(
        self,
        steps: int,
        lr: float,
        *,
        head_lr: float | None = None,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> LoopOptions:
        """The options of the loop, with the method's own learning rate and Adam settings."""
        return LoopOptions(
            steps,
            self.seed,
            OptimizerOptions(self.optimizer, lr if self.lr is None else self.lr, head_lr, betas, eps),
            self.schedule,
            self.warmup,
            self.clip_norm,
            self.save_steps,
            self.save_minutes,
            deterministic=self.deterministic,
        )


@dataclass(frozen=True)
class RealignOptions:
    """What realignment makes small, and on which batches; the same for ``realign`` and for joint fine-tuning.

    ``pool`` None: the first subword for the contrastive loss (gaschi2023), the last for L2 (cao2020). ``batch_size``
    None: 16 sentence pairs (gaschi2023 app. B.3), or 2 of each language pair for L2 (cao2020 section 4).
    """

    loss: LossName = "contrastive"
    strength: Strength = "strong"
    temperature: float = 0.1
    layers: str = "-1"
    pool: Pool | None = None
    keep: Side = "src"
    regularisation: float = 1.0
    batch_size: int | None = None
    max_length: int = 96
    overlong: Overlong = "cut"
    drop_blank_subwords: bool = False

    def params(self) -> dict[str, Any]:
        """What defines the loss, for a record: only what the chosen loss looks at."""
        told = asdict(self)
        for name in ("keep", "regularisation") if self.loss == "contrastive" else ("strength", "temperature"):
            del told[name]
        return told | {"pool": self.word_pool}

    @property
    def word_pool(self) -> Pool:
        """How subwords make a word."""
        return self.pool or ("first" if self.loss == "contrastive" else "last")

    def pairs_in_batch(self, language_pairs: Iterable[tuple[str, str]]) -> int:
        """Sentence pairs of a step; a language pair may come several times."""
        return self.batch_size or (16 if self.loss == "contrastive" else 2 * len(set(language_pairs)))

    def recipe(self, aligner: str) -> str:
        """As it stands in a model's recipe: ``contrastive,strong,dict``."""
        parts = [self.loss, *([self.strength] if self.loss == "contrastive" else []), aligner]
        return ",".join(parts)
