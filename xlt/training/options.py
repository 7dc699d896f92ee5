"""The options of the training steps: what all of them share, and what each has beside that."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from xlt.encoders.options import DeviceDial, DropBlankDial, MaxLengthDial, Pool
from xlt.errors import OptionError
from xlt.flat import Named
from xlt.losses.options import LOSSES, Contrastive, Loss
from xlt.options import OneOf, Option, Panel, SeedDial, options, params, recipe_heads, recipe_parts
from xlt.tasks.options import ColumnsDial, DataDial, DropBlankWordsDial, HeadDial, TaskDial, TaskOverlongDial

if TYPE_CHECKING:
    from xlt.arrays import LangPair

OptimizerRule = Literal["adam", "adamw"]
Schedule = Literal["linear", "constant"]
TrainDtype = Literal["auto", "float32", "bfloat16"]
# Windows have no place in a batch of sentence pairs.
PairOverlong = Literal["cut", "skip", "error"]

# Learning rates where none is told: gaschi2023 app. B.3, and that of small encoders from nothing.
FINETUNE_LR, PRETRAIN_LR = 2e-5, 5e-4

RuleDial = Annotated[OptimizerRule, Option("Rule that moves the weights.")]
ClipNormDial = Annotated[
    float | None,
    Option("Greatest norm of the gradients together.", metavar="X", min=1e-9, shown="no clipping"),
]
SaveEveryDial = Annotated[
    int | None,
    Option(
        "Keep the model of every N steps as DIR-stepN.", metavar="N", min=1, shown="no", defines=False, panel="Output"
    ),
]


@options
class TrainOptions:
    """How to train.

    ``device`` and ``deterministic`` say where and how it is computed, ``save_steps`` and ``save_minutes`` what a resume
    finds; the rest defines the run. So does ``micro_batch``: loss and gradient are those of the whole batch, but with
    dropout each forward pass draws a mask of its own. ``lr`` None takes the learning rate of the method.
    """

    help_panel: ClassVar[Panel] = "Training"

    lr: Annotated[float | None, Option("Learning rate.", metavar="RATE", min=0.0)] = None
    optimizer: RuleDial = "adam"
    schedule: Annotated[
        Schedule, Option("Learning rate over the steps: up and down in straight lines, or constant.")
    ] = "linear"
    warmup: Annotated[
        float,
        Option(
            "Share of the steps in which a linear schedule rises.",
            metavar="SHARE",
            min=0.0,
            max=0.9,
            only={"schedule": ("linear",)},
        ),
    ] = 0.1
    clip_norm: ClipNormDial = None
    freeze: Annotated[
        str | None,
        Option(
            "Parts that stay as they are: encoder, embeddings, front, back, or LO:HI (layers from 1); commas join.",
            metavar="BLOCKS",
            shown="nothing",
            recipe="freeze",
        ),
    ] = None
    micro_batch: Annotated[
        int | None,
        Option(
            "Sentences in one forward pass, to bound memory; loss and gradient stay those of the whole batch.",
            metavar="N",
            min=1,
            shown="the whole batch",
            panel="Resources",
        ),
    ] = None
    seed: SeedDial = 42
    device: DeviceDial = "auto"
    dtype: Annotated[
        TrainDtype,
        Option(
            "Arithmetic of training; bfloat16 is autocast, weights stay float32; auto is float32.", panel="Resources"
        ),
    ] = "auto"
    deterministic: Annotated[
        bool, Option("Only kernels that repeat bit for bit (CUDA).", defines=False, panel="Resources")
    ] = False
    save_steps: Annotated[
        int | None,
        Option(
            "Steps between checkpoints to resume from.",
            metavar="N",
            min=1,
            shown="by the minutes",
            defines=False,
            panel="Output",
        ),
    ] = None
    save_minutes: Annotated[
        float | None,
        Option("Minutes between checkpoints to resume from.", metavar="MIN", min=0.0, defines=False, panel="Output"),
    ] = 10.0

    def rate(self, usual: float) -> float:
        """The learning rate, where that of the method is ``usual``."""
        return usual if self.lr is None else self.lr

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record; the seed stands there by itself."""
        return params(self) | {"dtype": "float32" if self.dtype == "auto" else self.dtype}


@options
class FreshTrainOptions(TrainOptions):
    """How to train from nothing: with decay and clipping."""

    optimizer: RuleDial = "adamw"
    clip_norm: ClipNormDial = 1.0


def of_each_loss(text: Callable[[type[Loss]], str]) -> str:
    """A default in words: that of the usual loss, then what others have instead."""
    first, *others = ((name, text(loss)) for name, loss in LOSSES.items())
    usual = first[1]
    return "; ".join([usual, *(f"with --loss {name} {words}" for name, words in others if words != usual)])


def rate_in_words(rate: float) -> str:
    """A learning rate as people write it, such as 2e-5."""
    mantissa, _, power = f"{rate:e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}"


@options
class Aim:
    """What realignment makes small, and on which batches; the same for ``realign`` and for joint fine-tuning.

    ``pool`` and ``batch_size`` None are those of the loss.
    """

    help_panel: ClassVar[Panel] = "Realignment"

    loss: Annotated[
        Loss, OneOf(LOSSES, f"Realignment loss: {', or '.join(loss.source for loss in LOSSES.values())}.")
    ] = Contrastive()
    layers: Annotated[
        str,
        Option(
            "Layers whose realignment losses are averaged: '-1', '4,8,-1', 'all'.", metavar="LAYERS", recipe="layers"
        ),
    ] = "-1"
    pool: Annotated[
        Pool | None, Option("How subwords make one vector.", shown=of_each_loss(lambda x: x.pool), recipe="pool")
    ] = None
    batch_size: Annotated[
        int | None,
        Option(
            "Sentence pairs of a step.",
            metavar="N",
            min=1,
            shown=of_each_loss(
                lambda x: f"{x.sentence_pairs}{' of each language pair' if x.of_each_language_pair else ''}"
            ),
        ),
    ] = None
    max_length: Annotated[
        int, Option("Longest sentence of the pairs in subwords; the rest is cut off.", metavar="N", min=4)
    ] = 96
    overlong: PairOverlong = "cut"

    def params(self) -> dict[str, Any]:
        """What defines the loss, for a record: of the dials those of the chosen loss."""
        return params(self) | {"pool": self.word_pool}

    @property
    def word_pool(self) -> Pool:
        """How subwords make a word."""
        return self.pool or self.loss.pool

    def pairs_in_batch(self, language_pairs: "Iterable[LangPair]") -> int:
        """Sentence pairs of a step; a language pair may come several times."""
        return self.batch_size or self.loss.pairs_in_batch(len(set(language_pairs)))

    def recipe(self, aligner: str, beside: Mapping[str, Any]) -> str:
        """As it stands in a model's recipe: ``contrastive,strong,dict``, then what differs from the default.

        Args:
            aligner: who found the word pairs.
            beside: what else defines the run, as a record has it; of it the weight and what is frozen are told.
        """
        values = dict(beside) | self.params()
        usual = {"weight": Joint.weight, "freeze": None} | Aim(loss=type(self.loss)()).params()
        differing = recipe_parts(values, usual, Aim, type(self.loss), Joint, TrainOptions)
        return ",".join([values["loss"], *recipe_heads(self.loss), aligner, *differing])


@options
class Joint:
    """Realignment beside the task.

    ``pairs`` may be patterns with ``*`` and ``?``. How words are tokenised is said by :class:`FinetuneOptions`.
    """

    help_panel: ClassVar[Panel] = "Realignment"

    pairs: Annotated[
        tuple[str, ...],
        Option(
            "Pairs tables, or quoted patterns of them, one or several: adds the realignment loss in every step.",
            metavar="PAIRS",
            defines=False,
        ),
    ]
    weight: Annotated[
        float,
        Option("Weight of the realignment loss (the code of gaschi2023: 0.1).", metavar="X", min=0.0, recipe="weight"),
    ] = 1.0
    aim: Aim = Aim()

    def __post_init__(self) -> None:
        """There are pairs.

        Raises:
            OptionError: there are none.
        """
        if not self.pairs:
            raise OptionError("pairs", "is empty: name a pairs table, or leave it out")

    def params(self) -> dict[str, Any]:
        """What defines the loss, for a record."""
        return {"weight": self.weight, **self.aim.params()}


@options
class RealignOptions:
    """How an encoder is realigned; ``steps`` None goes on until every sentence pair was seen once."""

    help_panel: ClassVar[Panel] = "Training"

    aim: Aim = Aim()
    steps: Annotated[int | None, Option("Optimiser steps.", metavar="N", min=1, shown="the largest file once")] = None
    drop_blank_subwords: DropBlankDial = False
    train: Annotated[TrainOptions, Named(shown={"lr": of_each_loss(lambda loss: rate_in_words(loss.lr))})] = (
        TrainOptions()
    )
    save_every: SaveEveryDial = None

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record."""
        return _flat(self, self.train, self.aim)


@options
class FinetuneOptions:
    """What is learned from what.

    ``overlong`` None: windows for words, texts are cut. ``head_lr`` None takes the learning rate of the encoder.
    ``select`` ``best`` keeps the weights that were best on development data after an epoch; those of the training
    languages, unless ``select_on`` names others.
    """

    help_panel: ClassVar[Panel] = "Training"

    task: TaskDial
    head: HeadDial = "linear"
    data: DataDial = ()
    columns: ColumnsDial = ()
    drop_blank_words: DropBlankWordsDial = False
    epochs: Annotated[int, Option("Passes over the training data.", metavar="N", min=1)] = 5
    batch_size: Annotated[int, Option("Sentences of a step.", metavar="N", min=1)] = 32
    limit: Annotated[
        int | None, Option("First sentences of each language.", metavar="N", min=1, shown="all", panel="Input")
    ] = None
    max_length: MaxLengthDial = None
    overlong: TaskOverlongDial = None
    drop_blank_subwords: DropBlankDial = False
    select: Annotated[
        Literal["last", "best"], Option("Weights kept: of the last step, or the best on development data.")
    ] = "last"
    select_on: Annotated[
        tuple[str, ...],
        Option(
            "Languages of that development data, joined by commas.",
            metavar="LANGS",
            shown="the training languages",
            joined=True,
            only={"select": ("best",)},
        ),
    ] = ()
    joint: Annotated[
        Joint | None,
        Named(
            {
                "pairs": "joint",
                "weight": "joint_weight",
                "batch_size": "pair_batch_size",
                "max_length": "pair_max_length",
            }
        ),
    ] = None
    head_lr: Annotated[
        float | None, Option("Learning rate of the classifier.", metavar="RATE", min=0.0, shown="as --lr")
    ] = None
    train: Annotated[TrainOptions, Named(shown={"lr": rate_in_words(FINETUNE_LR)})] = TrainOptions()

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record."""
        return _flat(self, self.train) | ({"joint": self.joint.params()} if self.joint else {})


@options
class EncoderShape:
    """The size of a new encoder (BERT architecture)."""

    help_panel: ClassVar[Panel] = "Model"

    num_layers: Annotated[int, Option("Transformer layers.", metavar="N", min=1)] = 4
    hidden_size: Annotated[int, Option("Dimensions.", metavar="N", min=8)] = 192
    num_heads: Annotated[int, Option("Attention heads.", metavar="N", min=1)] = 4
    intermediate_size: Annotated[
        int | None, Option("Feed-forward size.", metavar="N", min=8, shown="4 times --hidden-size")
    ] = None
    max_length: Annotated[int, Option("Longest input in subwords.", metavar="N", min=8)] = 128
    dropout: Annotated[float, Option("Dropout of the model.", metavar="SHARE", min=0.0, max=0.9)] = 0.1

    def __post_init__(self) -> None:
        """The heads share the dimensions.

        Raises:
            OptionError: they cannot.
        """
        if self.hidden_size % self.num_heads:
            raise OptionError(
                "hidden_size", f"{self.hidden_size} is not a multiple of {{option}} {{value}}", "num_heads",
                self.num_heads,
            )  # fmt: skip


@options
class PretrainOptions:
    """The encoder and what it is made from; of the pairs beside the text all are read, whatever the limit."""

    help_panel: ClassVar[Panel] = "Training"

    shape: EncoderShape = EncoderShape()
    vocab_size: Annotated[int, Option("Subwords in the vocabulary.", metavar="N", min=16, panel="Model")] = 8000
    epochs: Annotated[int, Option("Passes over the text.", metavar="N", min=1, only={"steps": (None,)})] = 3
    steps: Annotated[
        int | None, Option("Optimiser steps, in place of --epochs.", metavar="N", min=1, shown="by the epochs")
    ] = None
    batch_size: Annotated[int, Option("Sequences of a step.", metavar="N", min=1)] = 64
    limit: Annotated[
        int | None, Option("First lines of each file.", metavar="N", min=1, shown="all", panel="Input")
    ] = None
    train: Annotated[
        FreshTrainOptions, Named(without=frozenset({"freeze"}), shown={"lr": rate_in_words(PRETRAIN_LR)})
    ] = FreshTrainOptions()
    save_every: SaveEveryDial = None

    def params(self) -> dict[str, Any]:
        """What defines the weights, for a record."""
        return _flat(self, self.train)


def _flat(group: Any, *inner: TrainOptions | Aim) -> dict[str, Any]:
    # The parameters of a group and of those inside that stand in a record without a name of their own.
    own = params(group)
    for name in ("train", "aim", "joint"):
        own.pop(name, None)
    return {name: value for one in inner for name, value in one.params().items()} | own
