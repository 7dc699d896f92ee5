"""The options of ``embed`` and ``align-score``: what stands in a record, and by which names they are given."""

import pytest

from xlt.alignment.options import AlignScoreOptions, EmbedOptions
from xlt.encoders.options import EncodeOptions
from xlt.errors import OptionError
from xlt.flat import from_flat
from xlt.measures.options import ScoreOptions


def test_what_a_record_holds() -> None:
    encoding = EncodeOptions().params()
    assert EmbedOptions().params() == {**encoding, "n_pairs": None, "shard": None}
    assert EmbedOptions(n_pairs=3, seed=1, shard="1/2").params() == {**encoding, "n_pairs": 3, "shard": "1/2"}
    # How vectors are made is told where they are made.
    score = ScoreOptions().params()
    assert AlignScoreOptions().params() == {**score, "n_pairs": 1000, "unique_types": False}
    assert AlignScoreOptions(n_pairs=0, unique_types=True).params() == {**score, "n_pairs": None, "unique_types": True}


def test_sentences_have_ways_of_their_own() -> None:
    encoding = EncodeOptions().params()
    how = {"unit": "sentence", "sentence_pool": "cls"}
    of_words = {"pool": "first", "drop_blank_subwords": False}
    made = EmbedOptions(unit="sentence", sentence_pool="cls").params()
    assert made | of_words == {**encoding, **how, "n_pairs": None, "shard": None}
    assert not set(made) & set(of_words)
    options = AlignScoreOptions(unit="sentence", sentence_pool="cls")
    assert options.vector_params() | of_words == {**encoding, **how}
    assert options.most is None
    assert options.scoring.strengths() == ["weak"]
    assert options.params()["strength"] == "weak"
    both = AlignScoreOptions(unit="sentence", score=ScoreOptions(strength="both"))
    assert both.scoring.strengths() == ["weak", "strong"]
    assert AlignScoreOptions().scoring.strengths() == ["weak", "strong"]


def test_no_pairs_are_all_pairs() -> None:
    assert AlignScoreOptions().most == 1000
    assert AlignScoreOptions(n_pairs=0).most is None


def test_flat_names_are_unique() -> None:
    options = from_flat(AlignScoreOptions, {"layers": "-1", "pool": "mean", "similarity": "csls", "seed": 7})
    assert options == AlignScoreOptions(
        encode=EncodeOptions(layers="-1", pool="mean"), score=ScoreOptions(similarity="csls"), seed=7
    )
    assert from_flat(EmbedOptions, {"shard": "1/3", "device": "cpu"}).encode.device == "cpu"


def test_bounds() -> None:
    with pytest.raises(OptionError, match="n_pairs 0: give at least 1"):
        EmbedOptions(n_pairs=0)
    with pytest.raises(OptionError, match="n_pairs -1: give at least 0"):
        AlignScoreOptions(n_pairs=-1)
    with pytest.raises(OptionError, match="seed -1: give at least 0"):
        AlignScoreOptions(seed=-1)
