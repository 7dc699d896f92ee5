"""What the options of training are by default, what of them is refused, recorded and told in a recipe."""

from dataclasses import replace
from typing import Any

import pytest

from xlt.errors import OptionError
from xlt.flat import from_flat
from xlt.losses.options import L2, Contrastive, Loss
from xlt.training.options import (
    Aim,
    EncoderShape,
    FinetuneOptions,
    FreshTrainOptions,
    Joint,
    PretrainOptions,
    RealignOptions,
    TrainOptions,
    of_each_loss,
    rate_in_words,
)


def refused(kind: type, given: dict[str, Any]) -> str:
    with pytest.raises(OptionError) as error:
        from_flat(kind, given)
    return str(error.value)


@pytest.mark.parametrize(
    ("given", "aim"),
    [
        ({}, Aim()),
        ({"strength": "weak", "temperature": 0.2, "layers": "all"},
         Aim(loss=Contrastive(strength="weak", temperature=0.2), layers="all")),
        ({"loss": "contrastive", "temperature": 0.1}, Aim()),
        ({"loss": "l2", "keep": "tgt", "regularisation": 0.0, "pool": "mean"},
         Aim(loss=L2(keep="tgt", regularisation=0.0), pool="mean")),
    ],
)  # fmt: skip
def test_what_is_given_by_name_stands(given: dict[str, Any], aim: Aim) -> None:
    assert from_flat(RealignOptions, given) == RealignOptions(aim=aim)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"keep": "src"}, "keep has no effect with loss contrastive, only with l2; leave it out"),
        ({"loss": "contrastive", "regularisation": 0.0}, "regularisation has no effect with loss contrastive"),
        ({"loss": "l2", "strength": "strong"}, "strength has no effect with loss l2"),
        ({"loss": "l2", "temperature": 0.1}, "temperature has no effect with loss l2"),
        ({"loss": "l3"}, "loss 'l3': choose from contrastive, l2"),
        ({"schedule": "constant", "warmup": 0.1}, "warmup has no effect with schedule constant; leave it out"),
        ({"lr": float("nan")}, "lr nan: give a finite number"),
    ],
)
def test_what_would_change_nothing_or_cannot_be_is_refused(given: dict[str, Any], text: str) -> None:
    assert refused(RealignOptions, given).startswith(text)


def test_a_task_takes_pairs_beside_it_by_names_of_their_own() -> None:
    plain = from_flat(FinetuneOptions, {"task": "pos", "batch_size": 8, "max_length": 20})
    assert plain == FinetuneOptions(task="pos", batch_size=8, max_length=20)
    beside = {"joint": ["x"], "joint_weight": 0.1, "pair_batch_size": 4, "pair_max_length": 9, "loss": "l2"}
    assert from_flat(FinetuneOptions, {"task": "pos", **beside}).joint == Joint(
        pairs=("x",), weight=0.1, aim=Aim(loss=L2(), batch_size=4, max_length=9)
    )
    assert (
        refused(FinetuneOptions, {"task": "pos", "joint": []}) == "joint is empty: name a pairs table, or leave it out"
    )
    assert refused(FinetuneOptions, {"task": "pos", "pair_batch_size": 16}) == (
        "pair_batch_size has no effect without joint; leave it out"
    )
    assert refused(FinetuneOptions, {"task": "pos", "batch_size": 0}) == "batch_size 0: give at least 1"
    assert refused(FinetuneOptions, {"task": "pos", "joint": ["x"], "pair_batch_size": 0}).startswith("pair_batch_size")


def test_languages_of_the_selection_need_one() -> None:
    assert from_flat(FinetuneOptions, {"task": "pos", "select": "best", "select_on": "fr,en"}).select_on == ("fr", "en")
    assert refused(FinetuneOptions, {"task": "pos", "select_on": "fr"}) == (
        "select_on has no effect without select best; leave it out"
    )


def test_training_from_nothing_decays_and_clips_whatever_else_is_said() -> None:
    for options in (
        PretrainOptions(train=FreshTrainOptions(device="cuda")),
        from_flat(PretrainOptions, {"device": "cuda"}),
    ):
        assert (options.train.optimizer, options.train.clip_norm) == ("adamw", 1.0)
    with pytest.raises(TypeError, match="train: give FreshTrainOptions, not TrainOptions"):
        PretrainOptions(train=TrainOptions(device="cuda"))  # type: ignore[arg-type]


def test_steps_in_place_of_epochs() -> None:
    assert PretrainOptions(steps=5).epochs == 3
    assert (
        refused(PretrainOptions, {"steps": 5, "epochs": 3}) == "epochs has no effect with steps 5; give one of the two"
    )


def test_heads_share_the_dimensions() -> None:
    assert refused(PretrainOptions, {"hidden_size": 25}) == "hidden_size 25 is not a multiple of num_heads 4"
    assert EncoderShape(hidden_size=25, num_heads=5).hidden_size == 25


def test_a_loss_brings_its_pool_and_its_batch() -> None:
    langs = [("en", "fr"), ("en", "ar"), ("en", "fr")]
    assert (Aim().word_pool, Aim().pairs_in_batch(langs)) == ("first", 16)
    assert (Aim(loss=L2()).word_pool, Aim(loss=L2()).pairs_in_batch(langs)) == ("last", 4)
    both = Aim(loss=L2(), pool="mean", batch_size=5)
    assert (both.word_pool, both.pairs_in_batch(langs)) == ("mean", 5)


def test_defaults_of_each_loss_in_words() -> None:
    assert of_each_loss(lambda loss: loss.pool) == "first; with --loss l2 last"
    assert of_each_loss(lambda loss: rate_in_words(loss.lr)) == "2e-5; with --loss l2 5e-5"
    assert of_each_loss(lambda loss: "same") == "same"


def test_a_rate_of_nothing_is_one() -> None:
    assert [TrainOptions(lr=lr).rate(2e-5) for lr in (None, 0.0, 0.5)] == [2e-5, 0.0, 0.5]


def test_a_record_holds_what_defines_the_weights() -> None:
    of_train = {
        "lr": None, "optimizer": "adam", "schedule": "linear", "warmup": 0.1, "clip_norm": None, "freeze": None,
        "micro_batch": None, "dtype": "float32",
    }  # fmt: skip
    elsewhere = TrainOptions(seed=1, device="cuda", deterministic=True, save_steps=3, save_minutes=None)
    assert TrainOptions().params() == elsewhere.params() == of_train
    words = {"layers": "-1", "batch_size": None, "max_length": 96, "overlong": "cut"}
    contrastive = {"loss": "contrastive", "strength": "strong", "temperature": 0.1, "pool": "first"}
    assert RealignOptions(train=elsewhere, save_every=2).params() == {
        **of_train, **words, **contrastive, "steps": None, "drop_blank_subwords": False,
    }  # fmt: skip
    l2 = {"loss": "l2", "keep": "src", "regularisation": 1.0, "pool": "last"}
    assert Joint(pairs=("x",), aim=Aim(loss=L2())).params() == {"weight": 1.0, **words, **l2}
    params = FinetuneOptions(task="pos", joint=Joint(pairs=("x",))).params()
    assert params["joint"] == {"weight": 1.0, **words, **contrastive}
    assert "joint" not in FinetuneOptions(task="pos").params()
    assert params.items() >= {**of_train, "task": "pos", "data": [], "select_on": []}.items()
    assert PretrainOptions().params()["shape"]["hidden_size"] == 192


WEAK = Contrastive(strength="weak")


@pytest.mark.parametrize(
    ("aim", "beside", "recipe"),
    [
        (Aim(), {}, "contrastive,strong,dict"),
        (Aim(pool="first", layers="-1", batch_size=4), {}, "contrastive,strong,dict"),
        (Aim(loss=WEAK), {}, "contrastive,weak,dict"),
        (Aim(layers="4,8,-1"), {}, "contrastive,strong,dict,layers=4/8/-1"),
        (Aim(loss=Contrastive(temperature=0.05), pool="mean"), {},
         "contrastive,strong,dict,pool=mean,temperature=0.05"),
        (Aim(loss=L2(), pool="last"), {}, "l2,dict"),
        (Aim(loss=L2(), pool="first"), {}, "l2,dict,pool=first"),
        (Aim(loss=L2(keep="tgt", regularisation=0.0)), {}, "l2,dict,keep=tgt,lambda=0"),
        (Aim(), {"freeze": "embeddings,1:2"}, "contrastive,strong,dict,freeze=embeddings/1:2"),
        (Aim(layers="all"), {"weight": 0.1, "freeze": "front"},
         "contrastive,strong,dict,layers=all,weight=0.1,freeze=front"),
        (Aim(), {"weight": 1.0, "freeze": None, "micro_batch": 3}, "contrastive,strong,dict"),
    ],
)  # fmt: skip
def test_the_recipe_names_what_differs(aim: Aim, beside: dict[str, Any], recipe: str) -> None:
    assert aim.recipe("dict", beside) == recipe


def test_options_are_checked_by_whoever_makes_them() -> None:
    loss: Loss = Contrastive(temperature=0.5)
    assert replace(Aim(), loss=loss).loss == loss
    with pytest.raises(OptionError, match=r"temperature 0\.0: give at least"):
        Contrastive(temperature=0.0)


@pytest.mark.parametrize(("rate", "words"), [(2e-5, "2e-5"), (5e-4, "5e-4"), (7.5e-6, "7.5e-6"), (0.01, "1e-2")])
def test_a_rate_in_words(rate: float, words: str) -> None:
    assert rate_in_words(rate) == words
