"""What the options of the study refuse, and what a record and a signature tell of them."""

from typing import Any

import pytest

from xlt.errors import OptionError
from xlt.study.options import BY, CompareOptions, CorrelateOptions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"interval": "bcca"}, "interval bcca: write bca, none, or cluster:"),
        ({"interval": "cluster:"}, "interval cluster:: write bca, none"),
        ({"interval": "cluster:model,,lang"}, "interval cluster:model,,lang: write"),
        ({"interval": "cluster:seed"}, "interval cluster:seed: seeds are drawn inside of clusters"),
        ({"x": "a"}, "x and y go together"),
        ({"y": "a"}, "x and y go together"),
        ({"x": "a", "y": "b", "metric": "f1"}, "metric has no effect with x a; give one of the two"),
        ({"x": "a", "y": "b", "across": ("task",)}, "across has no effect with x a"),
        ({"resamples": 1}, "resamples 1: give at least 2"),
        ({"method": "tau"}, "method 'tau': choose from spearman, pearson, kendall"),
        ({"adjust": "bonferroni"}, "adjust 'bonferroni': choose from holm, bh"),
    ],
)
def test_what_contradicts_itself_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=f"^{said}"):
        CorrelateOptions(**options)


def test_groups_of_a_study_and_of_a_plain_table() -> None:
    assert CorrelateOptions().keys == BY
    assert CorrelateOptions(by=()).keys == ()
    plain = CorrelateOptions(x="a", y="b")
    assert (plain.keys, plain.columns) == ((), ("a", "b"))
    assert CorrelateOptions(interval="cluster:model,lang").levels == ("model", "lang")
    assert CorrelateOptions().levels is None


def test_what_a_record_and_a_signature_tell() -> None:
    params = CorrelateOptions(x="a", y="b", resamples=9, seed=5).params()
    assert params["by"] == []
    assert params["resamples"] == 9
    # A record tells the seed beside the parameters.
    assert "seed" not in params
    assert CorrelateOptions(resamples=9, seed=5).signed() == {"interval": "bca", "resamples": 9, "seed": 5}
    assert CorrelateOptions(interval="none").signed() == {"interval": "none"}


def test_deviations_divide_by_seeds_or_one_less() -> None:
    with pytest.raises(OptionError, match="ddof 2: give at most 1"):
        CompareOptions(ddof=2)
