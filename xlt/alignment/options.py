"""Which pairs, of words or sentences, are embedded and scored, and how: options of ``embed`` and ``align-score``."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar

from xlt.encoders.options import EncodeOptions, SentencePool, SentencePoolDial, ShardDial, Unit, UnitDial
from xlt.errors import OptionError
from xlt.measures.options import ScoreOptions
from xlt.options import Option, Panel, SeedDial, options

# Word pairs that are drawn where nobody says how many, as in gaschi2023.
_N_PAIRS = 1000


@options
class EmbedOptions:
    """Which word pairs are embedded, and how."""

    help_panel: ClassVar[Panel] = "Input"

    encode: EncodeOptions = EncodeOptions()
    n_pairs: Annotated[
        int | None, Option("Random word pairs of each language pair.", metavar="N", min=1, shown="all")
    ] = None
    unit: UnitDial = "word"
    sentence_pool: SentencePoolDial = "mean"
    seed: SeedDial = 42
    shard: ShardDial = None

    def __post_init__(self) -> None:
        _check_unit(self.encode, self.unit)

    def params(self) -> dict[str, Any]:
        """What defines the vectors, for the record; the seed stands beside it."""
        how = _vector_params(self.encode, self.unit, self.sentence_pool)
        return {**how, "n_pairs": self.n_pairs, "shard": self.shard}


def _check_unit(encode: EncodeOptions, unit: Unit) -> None:
    usual = EncodeOptions()
    for name, remedy in (("pool", "give {sentence_pool}"), ("drop_blank_subwords", "leave it out")):
        if unit == "sentence" and getattr(encode, name) != getattr(usual, name):
            raise OptionError(name, f"is of words and has no effect with {{option}} {{value}}; {remedy}", "unit", unit)


def _vector_params(encode: EncodeOptions, unit: Unit, pool: SentencePool) -> dict[str, Any]:
    # Records of word vectors are as they were before there were others.
    values = encode.params()
    if unit == "word":
        return values
    del values["pool"], values["drop_blank_subwords"]
    return {**values, "unit": unit, "sentence_pool": pool}


@options
class AlignScoreOptions:
    """Which word pairs are scored, and how; of vectors that are made already only the layers and the device count."""

    help_panel: ClassVar[Panel] = "Method"

    encode: EncodeOptions = EncodeOptions()
    score: ScoreOptions = ScoreOptions()
    unit: UnitDial = "word"
    sentence_pool: SentencePoolDial = "mean"
    n_pairs: Annotated[
        int | None,
        Option(
            "Random word pairs of each language pair; 0 takes all.",
            metavar="N",
            min=0,
            shown=f"{_N_PAIRS}; all, of sentences or where whole corpora are searched",
        ),
    ] = None
    unique_types: Annotated[bool, Option("Draw no source word and no target word twice.")] = False
    unseen: Annotated[
        tuple[str, ...],
        Option(
            "Score only word pairs that are not linked in this pairs file, say that of training; may be repeated.",
            metavar="FILE",
            defines="changed",
        ),
    ] = ()
    unseen_lowercase: Annotated[bool, Option("Compare with those files without regard to case.", defines="changed")] = (
        False
    )
    seed: SeedDial = 42

    @property
    def most(self) -> int | None:
        """Word pairs drawn of each language pair; None takes all."""
        if self.n_pairs is None:
            return _N_PAIRS if self.score.candidates == "pairs" and self.unit == "word" else None
        return self.n_pairs or None

    @property
    def scoring(self) -> ScoreOptions:
        """What is measured; sentences search those of the other language alone unless more is asked for."""
        if self.unit == "sentence" and self.score.strength is None:
            return replace(self.score, strength="weak")
        return self.score

    def __post_init__(self) -> None:
        searched = self.score.candidates
        _check_unit(self.encode, self.unit)
        if self.unit == "sentence" and searched != "pairs":
            text = "is of words; with {option} sentence all sentences are candidates already; leave it out"
            raise OptionError("candidates", f"{searched} {text}", "unit")
        if self.unit == "sentence" and self.unique_types:
            raise OptionError("unique_types", "is of words and has no effect with {option} sentence", "unit")
        if searched == "pairs" and self.unseen:
            raise OptionError("unseen", "is for whole corpora: it needs {option} corpus, or types", "candidates")
        if self.unseen_lowercase and not self.unseen:
            raise OptionError("unseen_lowercase", "has no effect without {option}; leave it out", "unseen")
        if searched != "pairs" and self.unique_types:
            raise OptionError(
                "unique_types", "is for drawn pairs; {option} types takes one word of each form", "candidates"
            )

    def vector_params(self) -> dict[str, Any]:
        """What defines the vectors, for the record."""
        return _vector_params(self.encode, self.unit, self.sentence_pool)

    def params(self) -> dict[str, Any]:
        """What of this defines the numbers once there are vectors, for the record; the seed stands beside it."""
        lowercase = {"unseen_lowercase": True} if self.unseen_lowercase else {}
        return {**self.scoring.params(), "n_pairs": self.most, "unique_types": self.unique_types, **lowercase}
