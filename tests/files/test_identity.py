"""Who a model is and what it was trained on, from records built by hand."""

from typing import Any

import pytest

from xlt.files.identity import lineages, model_identity, trained_on
from xlt.files.provenance import Input, InputRecord, Record, make_record


def pairs(part: str = "all", corpus: str = "bible", seed: int | None = None, **params: Any) -> Record:
    known = {"src_lang": "en", "tgt_lang": "fr", "hold_out": None, "sample": None, "limit": None, "part": part}
    return make_record("extract-pairs", params=known | params, inputs=[Input("corpus", "c.tsv", corpus)], seed=seed)


def trained(step: str, parent: Input, seed: int, recipe: str, task: str | None = None, *more: Input) -> Record:
    return make_record(step, params={}, inputs=[parent, *more], seed=seed) | {"recipe": recipe, "task": task}


BASE = Input("model", "xlm-roberta-base", "w0")
REALIGNED = trained("realign", BASE, 31, "realign(contrastive,strong,dict)", None, Input("pairs", "p", "s1", pairs()))
TUNED = trained("finetune", Input("model", "realigned", "w1", REALIGNED), 42, "finetune(udpos)", "udpos")


def item(name: str = "tuned", weights: str = "w2", record: Record | None = TUNED) -> InputRecord:
    return Input("model", name, weights, record).as_json()


def test_a_model_that_was_realigned_and_tuned() -> None:
    assert model_identity(item()) == {
        "model": "tuned",
        "base_model": "xlm-roberta-base",
        "recipe": "realign(contrastive,strong,dict)+finetune(udpos)",
        "task": "udpos",
        "seed": 42,
        "weights": "w2",
    }


def test_the_step_before() -> None:
    assert model_identity(item("realigned", "w1", REALIGNED)) == {
        "model": "realigned",
        "base_model": "xlm-roberta-base",
        "recipe": "realign(contrastive,strong,dict)",
        "task": "",
        "seed": 31,
        "weights": "w1",
    }


def test_a_bare_model_and_vectors_made_elsewhere() -> None:
    bare = {"recipe": "", "task": "", "seed": None}
    assert model_identity(BASE.as_json()) == bare | {
        "model": "xlm-roberta-base",
        "base_model": "xlm-roberta-base",
        "weights": "w0",
    }
    assert model_identity(None) == bare | {"model": "", "base_model": "", "weights": None}


def test_a_moved_folder_still_knows_where_it_came_from() -> None:
    moved = model_identity(item("/elsewhere/tuned"))
    assert moved == model_identity(item()) | {"model": "/elsewhere/tuned"}


def test_realigned_after_tuning_keeps_the_task() -> None:
    last = trained("realign", Input("model", "tuned", "w2", TUNED), 7, "realign(l2)")
    found = model_identity(item("again", "w3", last))
    assert (found["task"], found["seed"]) == ("udpos", 7)
    assert found["recipe"] == "realign(contrastive,strong,dict)+finetune(udpos)+realign(l2)"


def test_a_step_that_trains_nothing_is_no_part_of_the_recipe() -> None:
    converted = make_record("convert", params={}, inputs=[Input("model", "tuned", "w2", TUNED)], seed=9)
    found = model_identity(item("x", "w3", converted))
    assert (found["recipe"], found["seed"]) == ("realign(contrastive,strong,dict)+finetune(udpos)", 42)


def test_lineages_of_all_models_in_a_record() -> None:
    scored = make_record("align-score", params={}, inputs=[Input("model", "tuned", "w2", TUNED), Input("pairs", "p")])
    expected = {"w2": ["w2", "w1", "w0"], "w1": ["w1", "w0"], "w0": ["w0"]}
    assert lineages(scored) == expected
    # Through predictions that were scored again, and vectors that were scored without the model.
    answered = make_record("eval", params={}, inputs=[Input("model", "tuned", "w2", TUNED)])
    assert lineages(make_record("eval", params={}, inputs=[Input("predictions", "p", "x", answered)])) == expected
    two = [Input("model", "tuned", "w2", TUNED), Input("model", "bert", "v0")]
    assert lineages(make_record("x", params={}, inputs=two)) == expected | {"v0": ["v0"]}


def test_lineages_of_what_is_not_known() -> None:
    assert lineages(None) == {}
    assert lineages({}) == {}
    unknown = trained("finetune", Input("model", "hub", None), 1, "finetune(pos)", "pos")
    assert lineages(make_record("eval", params={}, inputs=[Input("model", "m", "w", unknown)])) == {"w": ["w"]}
    assert lineages(make_record("eval", params={}, inputs=[Input("model", "m", None, TUNED)])) == {
        "w1": ["w1", "w0"],
        "w0": ["w0"],
    }


@pytest.mark.parametrize("model", [item(), item("realigned", "w1", REALIGNED)])
def test_the_same_pairs_are_warned_about(model: InputRecord) -> None:
    assert "trained on these very pairs (p)" in str(trained_on(model, None, "s1"))
    # The same data in another file: as CSV, or made again.
    assert "trained on these very pairs (p)" in str(trained_on(model, pairs(), "s2"))


def test_the_same_corpus_is_warned_about() -> None:
    said = str(trained_on(item(), pairs(limit=10), "s2"))
    assert "same corpus (p)" in said
    assert "--hold-out" in said


def test_other_pairs_are_not() -> None:
    assert trained_on(item(), pairs(corpus="ntrex"), "s2") is None
    assert trained_on(item(), None, "s2") is None
    assert trained_on(item(), None, None) is None
    assert trained_on(BASE.as_json(), pairs(), "s1") is None
    assert trained_on(None, pairs(), "s1") is None


def realigned_on(record: Record) -> InputRecord:
    return item(record=trained("realign", BASE, 1, "realign(l2)", None, Input("pairs", "kept", "s1", record)))


def test_the_held_out_part_is_not() -> None:
    model = realigned_on(pairs("kept", hold_out=100, seed=42))
    assert trained_on(model, pairs("held-out", hold_out=100, seed=42), "s2") is None
    # Set apart by another draw, or by a draw from other sentences: the two may overlap.
    assert trained_on(model, pairs("held-out", hold_out=100, seed=43), "s2") is not None
    assert trained_on(model, pairs("held-out", hold_out=99, seed=42), "s2") is not None
    assert trained_on(model, pairs("held-out", hold_out=100, limit=500, seed=42), "s2") is not None
    assert trained_on(model, pairs("kept", hold_out=100, seed=42, lowercase=True), "s2") is not None


def test_pairs_without_a_record_are_no_hold_out() -> None:
    assert trained_on(realigned_on(pairs("all")), pairs("all", lowercase=True), "s2") is not None
