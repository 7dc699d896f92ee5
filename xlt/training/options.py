"""The options that all training steps share, as their users state them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from xlt.encoders.options import Pool
from xlt.errors import XltError
from xlt.training.loop import LoopOptions
from xlt.training.optimizer import OptimizerOptions, Rule
from xlt.training.realignment import LossName, Side, Strength
from xlt.training.schedule import Schedule
from xlt.training.sequences import Arithmetic

Dtype = Literal["auto", "float32", "bfloat16"]
# Windows have no place in a batch of sentence pairs.
PairOverlong = Literal["cut", "skip", "error"]

# Tokens that take as long on a CPU as what a forward and backward pass costs by itself (measured: 30 to 100).
_PASS_COST = 64

# What each loss does not look at.
_IDLE = {"contrastive": ("keep", "regularisation"), "l2": ("strength", "temperature")}
# What of a loss is named in a recipe where it differs from the default, and how.
_NAMED = {"layers": "layers", "pool": "pool", "temperature": "temperature", "keep": "keep", "regularisation": "lambda"}


def stated(**options: Any) -> dict[str, Any]:
    """The options that somebody gave: not None."""
    return {name: value for name, value in options.items() if value is not None}


def check_finite(**options: Any) -> None:
    """Refuse numbers that are none.

    Raises:
        XltError: an option is infinite or not a number.
    """
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise XltError(f"--{name.replace('_', '-')} {value}: give a finite number")


def refuse_idle(options: Mapping[str, Any], why: str) -> None:
    """Refuse options that would change nothing.

    Args:
        options: value of each, None where it was not given, by its name on the command line.
        why: such as ``without --joint``.

    Raises:
        XltError: one was given.
    """
    for name in stated(**options):
        raise XltError(f"{name} has no effect {why}; leave it out")


def in_recipe(name: str, value: object) -> str:
    """An option as it stands in a recipe, such as ``layers=4/8``: commas are what separates options."""
    return f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}".replace(",", "/")


@dataclass(frozen=True)
class TrainOptions:
    """How to train; see ``xlt finetune --help`` for the words.

    ``device`` and ``deterministic`` say where and how it is computed, ``save_steps`` and ``save_minutes`` what a resume
    finds; the rest defines the run. So does ``micro_batch``: loss and gradient are those of the whole batch, but with
    dropout each forward pass draws a mask of its own. ``lr`` None takes the default of the method.
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

    @classmethod
    def given(cls, **options: Any) -> "TrainOptions":
        """As a command line gives them: what is None takes its default.

        Raises:
            XltError: an option that would have no effect.
        """
        check_finite(**options)
        if options.get("schedule") == "constant":
            refuse_idle({"--warmup": options.get("warmup")}, "with --schedule constant")
        return cls(**stated(**options))

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
    overlong: PairOverlong = "cut"
    drop_blank_subwords: bool = False

    @classmethod
    def given(cls, **options: Any) -> "RealignOptions":
        """As a command line gives them: what is None takes its default.

        Raises:
            XltError: an option that the chosen loss does not look at.
        """
        check_finite(**options)
        chosen = cls(**stated(**options))
        refuse_idle({f"--{name}": options.get(name) for name in _IDLE[chosen.loss]}, f"with --loss {chosen.loss}")
        return chosen

    def params(self) -> dict[str, Any]:
        """What defines the loss, for a record: only what the chosen loss looks at."""
        told = asdict(self)
        for name in _IDLE[self.loss]:
            del told[name]
        return told | {"pool": self.word_pool}

    @property
    def word_pool(self) -> Pool:
        """How subwords make a word."""
        return self.pool or ("first" if self.loss == "contrastive" else "last")

    def pairs_in_batch(self, language_pairs: Iterable[tuple[str, str]]) -> int:
        """Sentence pairs of a step; a language pair may come several times."""
        return self.batch_size or (16 if self.loss == "contrastive" else 2 * len(set(language_pairs)))

    def recipe(self, aligner: str, *, weight: float = 1.0, freeze: str | None = None) -> str:
        """As it stands in a model's recipe: ``contrastive,strong,dict``, then what differs from the default.

        Args:
            aligner: who found the word pairs.
            weight: of this loss beside that of a task.
            freeze: parts of the encoder that stay.
        """
        mine, usual = self.params(), RealignOptions(self.loss).params()
        parts = [self.loss, *([self.strength] if self.loss == "contrastive" else []), aligner]
        parts += [in_recipe(name, mine[k]) for k, name in _NAMED.items() if k in mine and mine[k] != usual[k]]
        parts += [in_recipe("weight", weight)] if weight != 1 else []
        parts += [in_recipe("freeze", freeze)] if freeze else []
        return ",".join(parts)
