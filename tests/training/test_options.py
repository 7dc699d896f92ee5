"""What a command line gives, what of it is refused, and how it is told in a recipe."""

from typing import Any

import pytest

from xlt.errors import XltError
from xlt.training.options import RealignOptions, TrainOptions, in_recipe


def test_nothing_given_is_the_default() -> None:
    nothing = dict.fromkeys(RealignOptions.__dataclass_fields__)
    assert RealignOptions.given(**nothing) == RealignOptions.given() == RealignOptions()
    assert TrainOptions.given(lr=None, warmup=None, seed=1) == TrainOptions(seed=1)


@pytest.mark.parametrize(
    "options",
    [
        {"strength": "weak", "temperature": 0.2, "layers": "all"},
        {"loss": "contrastive", "temperature": 0.1},
        {"loss": "l2", "keep": "tgt", "regularisation": 0.0, "pool": "mean"},
    ],
)
def test_what_is_given_stands(options: dict[str, Any]) -> None:
    assert RealignOptions.given(**options) == RealignOptions(**options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keep": "src"}, "--keep has no effect with --loss contrastive; leave it out"),
        ({"loss": "contrastive", "regularisation": 0.0}, "--regularisation has no effect with --loss contrastive"),
        ({"loss": "l2", "strength": "strong"}, "--strength has no effect with --loss l2"),
        ({"loss": "l2", "temperature": 0.1}, "--temperature has no effect with --loss l2"),
    ],
)
def test_what_the_loss_does_not_look_at_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(XltError, match=said):
        RealignOptions.given(**options)


def test_a_constant_rate_does_not_warm_up() -> None:
    assert TrainOptions.given(schedule="linear", warmup=0.0).warmup == 0.0
    assert TrainOptions.given(schedule="constant", warmup=None).schedule == "constant"
    with pytest.raises(XltError, match="--warmup has no effect with --schedule constant"):
        TrainOptions.given(schedule="constant", warmup=0.1)


@pytest.mark.parametrize(
    ("loss", "beside", "recipe"),
    [
        ({}, {}, "contrastive,strong,dict"),
        ({"pool": "first", "temperature": 0.1, "layers": "-1", "batch_size": 4}, {}, "contrastive,strong,dict"),
        ({"strength": "weak", "keep": "tgt", "regularisation": 0.5}, {}, "contrastive,weak,dict"),
        ({"layers": "4,8,-1"}, {}, "contrastive,strong,dict,layers=4/8/-1"),
        ({"pool": "mean", "temperature": 0.05}, {}, "contrastive,strong,dict,pool=mean,temperature=0.05"),
        ({"loss": "l2", "pool": "last", "temperature": 0.5, "strength": "weak"}, {}, "l2,dict"),
        ({"loss": "l2", "pool": "first"}, {}, "l2,dict,pool=first"),
        ({"loss": "l2", "keep": "tgt", "regularisation": 0.0}, {}, "l2,dict,keep=tgt,lambda=0"),
        ({}, {"freeze": "embeddings,1:2"}, "contrastive,strong,dict,freeze=embeddings/1:2"),
        ({"layers": "all"}, {"weight": 0.1, "freeze": "front"},
         "contrastive,strong,dict,layers=all,weight=0.1,freeze=front"),
        ({}, {"weight": 1.0, "freeze": None}, "contrastive,strong,dict"),
    ],
)  # fmt: skip
def test_the_recipe_names_what_differs(loss: dict[str, Any], beside: dict[str, Any], recipe: str) -> None:
    assert RealignOptions(**loss).recipe("dict", **beside) == recipe


def test_values_in_a_recipe() -> None:
    assert in_recipe("freeze", "1:2,front") == "freeze=1:2/front"
    assert in_recipe("weight", 0.25) == "weight=0.25"
