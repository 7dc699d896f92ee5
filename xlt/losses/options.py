"""The losses of realignment: the dials of each, and how one trains with it unless told otherwise.

A new loss is its mathematics in a file of its name, and its class and a line of :data:`LOSSES` here. What the command
line offers and refuses, what a record holds and a recipe names, and the defaults that a help tells follow from them.
"""

from typing import Annotated, ClassVar, Literal

from xlt.options import Option, Panel, options

Strength = Literal["strong", "weak"]
KeptSide = Literal["src", "tgt"]


class Loss:
    """What a loss brings beside its dials, which are the fields of its class.

    Attributes:
        formula: the function that computes it, ``module:name``; it takes :class:`xlt.losses.words.Words` and the dials,
            and gives a scalar. Told by its name, because options are read without loading torch.
        source: where it comes from, for the help.
        lr: learning rate.
        betas, eps: of Adam; those of torch, unless the paper has others.
        pool: how the subwords of a word make one vector.
        sentence_pairs: of a step; with ``of_each_language_pair`` so many of each.
        needs_start: whether it looks at the words as the encoder had them before the first step.
    """

    help_panel: ClassVar[Panel] = "Realignment"
    formula: ClassVar[str]
    source: ClassVar[str]
    lr: ClassVar[float]
    betas: ClassVar[tuple[float, float]] = (0.9, 0.999)
    eps: ClassVar[float] = 1e-8
    pool: ClassVar[Literal["first", "last", "mean"]] = "first"
    sentence_pairs: ClassVar[int] = 16
    of_each_language_pair: ClassVar[bool] = False
    needs_start: ClassVar[bool] = False

    @classmethod
    def pairs_in_batch(cls, language_pairs: int) -> int:
        """Sentence pairs of a step that takes from so many language pairs."""
        return cls.sentence_pairs * (language_pairs if cls.of_each_language_pair else 1)


@options
class Contrastive(Loss):
    """Translations near, all other words far (gaschi2023); how one trains: its appendix B.3."""

    formula: ClassVar[str] = "xlt.losses.contrastive:of_words"
    source: ClassVar[str] = "gaschi2023 eq. 2"
    lr: ClassVar[float] = 2e-5

    strength: Annotated[
        Strength,
        Option("Negatives of the contrastive loss: words of both languages, or of the other one only.", recipe=""),
    ] = "strong"
    temperature: Annotated[
        float, Option("Temperature of the contrastive loss.", metavar="T", min=1e-6, recipe="temperature")
    ] = 0.1


@options
class L2(Loss):
    """Translations near, the kept language where it was (cao2020); how one trains: its section 4."""

    formula: ClassVar[str] = "xlt.losses.l2:of_words"
    source: ClassVar[str] = "cao2020 section 3.3"
    lr: ClassVar[float] = 5e-5
    betas: ClassVar[tuple[float, float]] = (0.9, 0.98)
    eps: ClassVar[float] = 1e-9
    pool: ClassVar[Literal["first", "last", "mean"]] = "last"
    sentence_pairs: ClassVar[int] = 2
    of_each_language_pair: ClassVar[bool] = True
    needs_start: ClassVar[bool] = True

    keep: Annotated[
        KeptSide, Option("Side of the pairs whose words the L2 loss holds where they were.", recipe="keep")
    ] = "src"
    regularisation: Annotated[
        float, Option("Weight of that holding (lambda of cao2020).", metavar="X", min=0.0, recipe="lambda")
    ] = 1.0


LOSSES: dict[str, type[Loss]] = {"contrastive": Contrastive, "l2": L2}
