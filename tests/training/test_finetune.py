"""``finetune`` as a function: its outputs in transformers, joint training, the best weights, resuming."""

import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
import transformers
from torch.nn.modules.module import register_module_forward_pre_hook

from tests.checkpoints import FAMILIES
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.conftest import Model
from tests.training.task_files import tagged, write_tagged, write_texts
from tests.training.weights import CrashError, apart, crash_at, equal, log_of, weights
from xlt.encoders.load import load_encoder, model_input
from xlt.errors import FailedRunError, XltError
from xlt.files.identity import model_identity
from xlt.files.pairs import open_pairs
from xlt.files.provenance import file_sha256
from xlt.files.show import describe
from xlt.losses.contrastive import of_words
from xlt.losses.options import L2, LOSSES, Contrastive, Loss
from xlt.losses.words import Words
from xlt.options import options as options_group
from xlt.tasks.examples import task_examples
from xlt.training.finetune import Development, Plan, finetune, mean_score, plan
from xlt.training.options import Aim, FinetuneOptions, Joint, RealignOptions, TrainOptions
from xlt.training.pair_data import available_pairs, load_streams
from xlt.training.realign import realign
from xlt.training.run import Trained

LABELS = ["ADP", "DET", "NOUN", "VERB"]


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> Path:
    """Tagged sentences and texts of two languages, in a folder beside the outputs."""
    folder = tmp_path / "data"
    folder.mkdir()
    for i, lang in enumerate(("en", "fr")):
        for split, count in (("train", 20), ("dev", 6)):
            write_tagged(folder / f"{lang}-{split}.tsv", count, seed=i)
            write_texts(folder / f"{lang}-{split}-texts.tsv", count, seed=i)
    return folder


def options(**changed: Any) -> TrainOptions:
    usual: dict[str, Any] = {"lr": 1e-3, "device": "cpu", "seed": 3}
    return TrainOptions(**(usual | changed))


@pytest.fixture
def run(lively: Model, data: Path, tmp_path: Path) -> Callable[..., Trained]:
    def go(
        name: str = "out",
        how: TrainOptions | None = None,
        *,
        task: str = "pos",
        model: str | None = None,
        langs: tuple[str, ...] = ("en",),
        resume: bool = False,
        force: bool = False,
        progress: Any = None,
        tags: Any = None,
        validation: Any = mean_score,
        **learning: Any,
    ) -> Trained:
        ending = "-texts.tsv" if task == "topic" else ".tsv"
        usual: dict[str, Any] = {"data": (f"{data}/{{lang}}-{{split}}{ending}",), "epochs": 2, "batch_size": 8}
        return finetune(
            model or lively(),
            langs,
            FinetuneOptions(task=task, train=how or options(), **(usual | learning)),
            output=tmp_path / name,
            resume=resume,
            force=force,
            tags=tags,
            progress=progress,
            validation=validation,
        )

    return go


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    write_pairs(tmp_path / "pairs-fr.parquet", random_rows(12), pairs_record(aligner="dict"))
    write_pairs(tmp_path / "pairs-ar.parquet", random_rows(5, "en-ar", 1), pairs_record("en-ar", aligner="dict"))
    return str(tmp_path / "pairs-*.parquet")


def joint(pairs: str, weight: float = 1.0, loss: Loss = Contrastive(), **words: Any) -> Joint:
    return Joint(pairs=(pairs,), weight=weight, aim=Aim(loss=loss, **{"batch_size": 4} | words))


def moved(folder: Path) -> dict[str, torch.Tensor]:
    """The weights but for the biases of attention keys: they change no softmax, and Adam makes steps of rounding."""
    return {n: t for n, t in weights(folder).items() if not n.endswith("key.bias")}


def record_of(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "xlt.json").read_text(encoding="utf-8"))
    return record


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tagger_works_in_transformers(run: Callable[..., Trained], lively: Model, family: str) -> None:
    done = run(model=lively(family), how=options(lr=3e-3), epochs=12)
    model = transformers.AutoModelForTokenClassification.from_pretrained(done.output)
    assert [model.config.id2label[i] for i in range(4)] == LABELS
    tag = transformers.pipeline("token-classification", model=str(done.output), device="cpu")
    answers = tag("the cat sat on the mat")
    assert {answer["entity"] for answer in answers} <= set(LABELS)
    log = log_of(done.output)
    assert log[-1]["task"] < 0.6 * log[0]["task"]
    assert describe(str(done.output)).facts["kind"] == f"checkpoint - {family}"


@pytest.mark.parametrize("family", ["bert", "roberta", "modernbert"])
def test_a_text_classifier_works_in_transformers(run: Callable[..., Trained], lively: Model, family: str) -> None:
    done = run(task="topic", model=lively(family))
    model = transformers.AutoModelForSequenceClassification.from_pretrained(done.output)
    assert sorted(model.config.label2id) == LABELS
    classify = transformers.pipeline("text-classification", model=str(done.output), device="cpu")
    assert classify("the cat sat on the mat")[0]["label"] in LABELS
    record = record_of(done.output)
    assert (record["task"], record["recipe"]) == ("topic", "finetune(topic)")


def test_inference_takes_pairs_of_texts(run: Callable[..., Trained], tmp_path: Path) -> None:
    words = [" ".join(w) for w in tagged(9)[0]]
    rows = [f"{a}\t{b}\t{'entailment' if len(a) > len(b) else 'neutral'}\n" for a, b in itertools.pairwise(words)]
    path = tmp_path / "nli.tsv"
    path.write_text("premise\thypothesis\tlabel\n" + "".join(rows), encoding="utf-8")
    done = run(task="nli", data=(str(path),), epochs=1)
    assert transformers.AutoModelForSequenceClassification.from_pretrained(done.output).config.num_labels == 2
    assert done.summary["training sentences"] == 8


def test_the_record(run: Callable[..., Trained], lively: Model, data: Path, pairs: str, tmp_path: Path) -> None:
    two_steps = RealignOptions(steps=2, train=options(seed=5))
    first = realign(lively(), [pairs.replace("*", "fr")], two_steps, output=tmp_path / "realigned")
    done = run(model=str(first.output), tags={"note": "x"}, how=options(freeze="front"))
    record = record_of(done.output)
    assert (record["step"], record["seed"], record["task"], record["tags"]) == ("finetune", 3, "pos", {"note": "x"})
    assert record["params"].items() >= {
        "task": "pos", "epochs": 2, "batch_size": 8, "train_langs": ["en"], "lr": 1e-3, "select": "last",
        "freeze": "front",
    }.items()  # fmt: skip
    of_model, of_data = record["inputs"]
    assert of_model["record"]["recipe"] == "realign(contrastive,strong,dict)"
    assert (of_data["role"], of_data["lang"], of_data["split"]) == ("data", "en", "train")
    assert of_data["sha256"] == file_sha256(data / "en-train.tsv")
    assert record["summary"].items() >= {"training sentences": 20, "labels": 4, "steps": 6}.items()
    shutil.move(done.output, tmp_path / "moved")
    shutil.rmtree(first.output)
    item = model_input(load_encoder(str(tmp_path / "moved"), head="tokens", device="cpu")).as_json()
    assert model_identity(item) == {
        "model": str(tmp_path / "moved"), "base_model": lively(), "task": "pos", "seed": 3,
        "recipe": "realign(contrastive,strong,dict)+finetune(pos,freeze=front)",
        "weights": file_sha256(tmp_path / "moved" / "model.safetensors"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("weight", "aim", "recipe"),
    [
        (1.0, {}, "joint(pos,contrastive,strong,dict)"),
        (0.1, {"loss": Contrastive(strength="weak")}, "joint(pos,contrastive,weak,dict,weight=0.1)"),
        (1.0, {"loss": L2()}, "joint(pos,l2,dict)"),
        (0.5, {"loss": L2(keep="tgt"), "layers": "1,-1"}, "joint(pos,l2,dict,layers=1/-1,keep=tgt,weight=0.5)"),
    ],
)
def test_joint_training(
    run: Callable[..., Trained], pairs: str, weight: float, aim: dict[str, Any], recipe: str
) -> None:
    done = run(joint=joint(pairs, weight, **aim), epochs=10)
    record = record_of(done.output)
    assert (record["recipe"], record["params"]["joint"]["weight"]) == (recipe, weight)
    assert [i["role"] for i in record["inputs"]] == ["model", "data", "pairs", "pairs"]
    assert done.summary["language pairs"] == "en-ar, en-fr"
    log = log_of(done.output)
    assert all(line["loss"] == pytest.approx(line["task"] + weight * line["realignment"]) for line in log)
    assert log[-1]["realignment"] < log[0]["realignment"]
    assert log[-1]["task"] < log[0]["task"]


SPIED: list[float] = []


def spied(words: Words, dials: Contrastive) -> torch.Tensor:
    """The contrastive loss, and what it was."""
    value = of_words(words, dials)
    SPIED.append(float(value.detach()))
    return value


@options_group
class Spied(Contrastive):
    """Under the name of the contrastive loss."""

    formula: ClassVar[str] = f"{__name__}:spied"


@pytest.mark.parametrize("micro", [None, 3])
def test_joint_with_weight_nothing_is_fine_tuning(
    run: Callable[..., Trained], pairs: str, monkeypatch: pytest.MonkeyPatch, micro: int | None
) -> None:
    monkeypatch.setitem(LOSSES, "contrastive", Spied)
    SPIED.clear()
    plain = run("plain", options(micro_batch=micro))
    assert not SPIED
    both = run("both", options(micro_batch=micro), joint=joint(pairs, 0.0, Spied()))
    assert equal(weights(plain.output), weights(both.output))
    assert len(SPIED) == 6
    assert min(SPIED) > 0
    assert all("realignment" in line for line in log_of(both.output))
    # And the term is no matter of course: with a weight the weights are others.
    other = run("other", options(micro_batch=micro), joint=joint(pairs, 0.01, Spied()))
    assert not equal(weights(other.output), weights(plain.output))


@contextmanager
def sizes_of_passes() -> Iterator[list[int]]:
    """How many sequences each forward pass looks up in a vocabulary."""
    sizes: list[int] = []

    def look(module: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        if isinstance(module, torch.nn.Embedding) and module.num_embeddings > 100:
            sizes.append(len(arguments[0]))

    hook = register_module_forward_pre_hook(look)
    try:
        yield sizes
    finally:
        hook.remove()


@pytest.mark.parametrize("loss", [None, Contrastive(), L2()], ids=["alone", "contrastive", "l2"])
@pytest.mark.parametrize("task", ["pos", "topic"])
def test_micro_batches_end_in_the_same_weights(
    run: Callable[..., Trained], lively: Model, pairs: str, loss: Loss | None, task: str
) -> None:
    model = lively("bert", 0.0)
    beside = joint(pairs, loss=loss) if loss else None
    largest, results = {}, []
    for micro in (None, 1, 3):
        with sizes_of_passes() as sizes:
            how = options(micro_batch=micro, lr=2e-5)
            results.append(moved(run(f"{micro}", how, model=model, joint=beside, task=task).output))
        largest[micro] = max(sizes)
    assert max(apart(results[0], other) for other in results[1:]) < 1e-5
    # And they did run in passes of so many sequences.
    assert largest[None] > 3
    assert (largest[1], largest[3]) == (1, 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_frozen_encoder_stays_and_the_head_learns(run: Callable[..., Trained], lively: Model, family: str) -> None:
    done = run(model=lively(family), how=options(freeze="encoder", optimizer="adamw"))
    before = transformers.AutoModel.from_pretrained(lively(family)).state_dict()
    model = transformers.AutoModelForTokenClassification.from_pretrained(done.output)
    body = model.base_model.state_dict()
    assert all(torch.equal(body[n], before[n]) for n in body)
    start = transformers.AutoModelForTokenClassification.from_pretrained(
        run("start", options(lr=0.0), model=lively(family)).output
    )
    assert not torch.equal(start.classifier.weight, model.classifier.weight)


def test_rates_of_encoder_and_head(run: Callable[..., Trained], lively: Model) -> None:
    start = weights(run("start", options(lr=0.0)).output)
    head = weights(run("head", options(lr=0.0), head_lr=1e-3).output)
    body = weights(run("body", head_lr=0.0).output)
    changed = {n for n in start if not torch.equal(start[n], head[n])}
    assert changed == {"classifier.weight", "classifier.bias"}
    assert not {n for n in start if not torch.equal(start[n], body[n])} & changed
    assert equal({n: t for n, t in start.items() if n not in changed},
                 {f"bert.{n}": t for n, t in weights(lively()).items() if "pooler" not in n})  # fmt: skip


def test_the_seed(run: Callable[..., Trained]) -> None:
    one, same, other = (weights(run(n, options(seed=s)).output) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    assert equal(one, same)
    assert not equal(one, other)
    first, second = (weights(run(f"d{s}", options(seed=s, lr=0.0)).output)["classifier.weight"] for s in (1, 2))
    assert not torch.equal(first, second)


def test_another_task_begins_with_a_head_of_its_own(run: Callable[..., Trained], tmp_path: Path, data: Path) -> None:
    first = run("first")
    other = tmp_path / "other.tsv"
    other.write_text((data / "en-train.tsv").read_text().replace("NOUN", "THING"), encoding="utf-8")
    still = options(lr=0.0)
    old = weights(first.output)["classifier.weight"]
    same, anew = (
        run(name, still, model=str(first.output), data=(path,)).output
        for name, path in (("same", str(data / "fr-train.tsv")), ("anew", str(other)))
    )
    assert torch.equal(weights(same)["classifier.weight"], old)
    drawn = weights(anew)["classifier.weight"]
    assert drawn.shape == old.shape
    assert not torch.isclose(drawn, old).any()
    # A classifier of texts on top of a tagger's encoder.
    texts = run("texts", still, model=str(first.output), task="topic").output
    assert torch.equal(
        weights(texts)["bert.encoder.layer.2.output.dense.weight"],
        weights(first.output)["bert.encoder.layer.2.output.dense.weight"],
    )


def test_several_languages(run: Callable[..., Trained], data: Path) -> None:
    done = run(langs=("en", "fr"))
    assert done.summary["training sentences"] == 40
    assert record_of(done.output)["params"]["train_langs"] == ["en", "fr"]
    assert run("limited", langs=("en", "fr"), limit=7).summary["training sentences"] == 14
    how = FinetuneOptions(task="pos", data=(f"{data}/{{lang}}-{{split}}.tsv",), epochs=3, batch_size=16)
    assert plan(("en", "fr"), how) == Plan(40, 3, 9)


def test_the_plan_is_what_the_run_does(run: Callable[..., Trained], data: Path) -> None:
    spec = (f"{data}/{{lang}}-{{split}}.tsv",)
    seen: list[int] = []
    for limit, size, epochs, expected in ((None, 8, 2, Plan(20, 3, 6)), (7, 3, 2, Plan(7, 3, 6))):
        how = FinetuneOptions(task="pos", data=spec, epochs=epochs, batch_size=size, limit=limit)
        assert plan(("en",), how) == expected
        run(force=True, limit=limit, batch_size=size, progress=lambda done, total, loss, rate: seen.append(total))
        assert seen[-1] == expected.steps


def test_the_best_of_the_epochs(run: Callable[..., Trained]) -> None:
    values = iter([0.1, 0.9, 0.5])
    best = run(
        select="best", epochs=3, how=options(schedule="constant"), validation=lambda development: lambda: next(values)
    )
    assert (best.summary["best dev accuracy"], best.summary["of step"]) == (0.9, 6)
    second = run("second", epochs=2, how=options(schedule="constant"))
    third = run("third", epochs=3, how=options(schedule="constant"))
    assert equal(weights(best.output), weights(second.output))
    assert not equal(weights(best.output), weights(third.output))
    training = record_of(best.output)["training"]
    assert (training["best_step"], training["best_value"]) == (6, 0.9)
    assert [i["split"] for i in record_of(best.output)["inputs"][1:]] == ["train", "dev"]


def test_development_data_of_other_languages(run: Callable[..., Trained], data: Path) -> None:
    done = run(select="best", select_on=("fr", "en"))
    validations = [line["validation"] for line in log_of(done.output) if "validation" in line]
    assert len(validations) == 2
    assert done.summary["best dev accuracy"] == max(validations)
    (data / "fr-dev.tsv").unlink()
    with pytest.raises(XltError, match="no data for fr, split dev"):
        run("other", select="best", select_on=("fr",), progress=crash_at(1))


def test_the_value_is_that_of_a_slow_count(run: Callable[..., Trained], data: Path) -> None:
    done = run(select="best", epochs=1)
    tagger = transformers.AutoModelForTokenClassification.from_pretrained(done.output).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(done.output)
    words, tags = tagged(6, seed=0)
    right = []
    for sentence, gold in zip(words, tags, strict=True):
        inputs = tokenizer(sentence, is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            answers = tagger(**inputs).logits[0].argmax(dim=1)
        for i, tag in enumerate(gold):
            at = inputs.word_ids().index(i)
            right.append(tagger.config.id2label[int(answers[at])] == tag)
    assert done.summary["best dev accuracy"] == pytest.approx(sum(right) / len(right))


@pytest.mark.parametrize("select", ["last", "best"])
@pytest.mark.parametrize("step", [2, 4, 6])
def test_a_crash_changes_nothing(
    run: Callable[..., Trained], pairs: str, tmp_path: Path, step: int, select: str
) -> None:
    how = options(save_steps=2)
    same = {"joint": joint(pairs), "select": select}
    whole = run("whole", how, **same)
    with pytest.raises(CrashError):
        run("out", how, **same, progress=crash_at(step))
    done = run("out", how, **same, resume=True)
    assert equal(weights(done.output), weights(whole.output))
    assert log_of(done.output) == log_of(whole.output)
    assert not list(tmp_path.glob("*.training"))
    assert run("out", how, **same, resume=True, progress=crash_at(1)).already


def test_other_options_are_another_run(run: Callable[..., Trained], pairs: str) -> None:
    how = options(save_steps=2)
    with pytest.raises(CrashError):
        run("out", how, joint=joint(pairs), progress=crash_at(3))
    changed: list[tuple[str, dict[str, Any]]] = [
        ("epochs = 2, not 3", {"epochs": 3}),
        ("head_lr = None, not 0.1", {"head_lr": 0.1}),
        ("joint.weight = 1.0, not 0.5", {"joint": joint(pairs, 0.5)}),
        ("joint.batch_size = 4, not None", {"joint": None}),
        ("train_langs = ['en'], not ['fr']", {"langs": ("fr",)}),
    ]
    for said, arguments in changed:
        with pytest.raises(XltError, match=re.escape(f"was made with {said}; give the same options")):
            run(**{"how": how, "joint": joint(pairs), "resume": True} | arguments)


def test_no_number_any_more(run: Callable[..., Trained], tmp_path: Path) -> None:
    with pytest.raises(FailedRunError, match=r"step \d .*no finite number"):
        run(how=options(lr=1e38, save_steps=1))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("drop", [False, True])
def test_lone_marks_are_dropped_from_task_and_pairs(
    run: Callable[..., Trained], lively: Model, pairs: str, drop: bool, beside: bool
) -> None:
    seen: list[Development] = []

    def validation(development: Development) -> Callable[[], float]:
        seen.append(development)
        return mean_score(development)

    model = lively("xlm-roberta")
    how: dict[str, Any] = {"drop_blank_subwords": drop, "select": "best", "epochs": 1}
    done = run(model=model, joint=joint(pairs) if beside else None, validation=validation, **how)
    params = record_of(done.output)["params"]
    assert params["drop_blank_subwords"] is drop
    assert "drop_blank_subwords" not in params.get("joint", {})
    # One tokenizer reads the data and the pairs.
    mark = transformers.AutoTokenizer.from_pretrained(model).convert_tokens_to_ids("▁")
    encoder = seen[0].encoder
    (data,) = seen[0].data
    ids = task_examples(data, LABELS, encoder, None).ids
    assert (ids == mark).any() != drop
    if beside:
        available = available_pairs([open_pairs(pairs.replace("*", "fr"))])
        stream = load_streams(available, encoder, Aim(), None, 1)[0]
        assert (stream.src.sequences.values == mark).any() != drop


@pytest.mark.parametrize("dtype", ["auto", "bfloat16"])
def test_development_data_are_answered_in_the_arithmetic_of_training(run: Callable[..., Trained], dtype: str) -> None:
    seen: list[bool] = []

    def validation(development: Development) -> Callable[[], float]:
        def validate() -> float:
            value = mean_score(development)()
            seen.append(passes[-1])
            return value

        passes: list[bool] = []
        development.encoder.model.classifier.register_forward_hook(
            lambda module, arguments, output: passes.append(output.dtype == torch.bfloat16)
        )
        return validate

    run(select="best", epochs=1, how=options(dtype=dtype), validation=validation)
    assert seen == [dtype == "bfloat16"]


def test_spans_need_tags_before_the_model_is_loaded(run: Callable[..., Trained], data: Path) -> None:
    for task in ("ner", "slots"):
        with pytest.raises(XltError, match=r"en-train\.tsv: label '\w+' is no BIO tag"):
            run(task=task, model="nowhere")
        with pytest.raises(XltError, match=r"en-train\.tsv: label '\w+' is no BIO tag"):
            plan(("en",), FinetuneOptions(task=task, data=(f"{data}/{{lang}}-{{split}}.tsv",)))
    (data / "en-train.tsv").write_text("the\tO\ncat\tB-X\n", encoding="utf-8")
    with pytest.raises(XltError, match=r"en-dev\.tsv: label '\w+' is no BIO tag"):
        run(task="ner", select="best", model="nowhere")


def test_long_sentences_are_trained_in_windows(run: Callable[..., Trained], tmp_path: Path) -> None:
    path = write_tagged(tmp_path / "long.tsv", 6, longest=60)
    seen = run("windows", data=(path,), epochs=1).summary
    assert seen["words or texts above --max-length"] == 0
    cut = run("cut", data=(path,), epochs=1, overlong="cut").summary
    assert cut["words or texts above --max-length"] > 20
    with pytest.raises(XltError, match=r"has .* subwords, the model takes"):
        run("error", data=(path,), epochs=1, overlong="error")
    with pytest.raises(XltError, match="max_length leaves no training sentence: all are above it"):
        long = write_tagged(tmp_path / "longer.tsv", 3, longest=7)
        run("none", data=(long,), max_length=4, overlong="skip")


def test_refusals(run: Callable[..., Trained], pairs: str, data: Path, tmp_path: Path) -> None:
    (data / "bare.tsv").write_text("the\ncat\n", encoding="utf-8")
    (data / "empty.tsv").write_text("", encoding="utf-8")
    (data / "texts.tsv").write_text("text\tlabel\na b\t\n", encoding="utf-8")
    write_pairs(tmp_path / "swapped.parquet", random_rows(3, "ru-en"))
    write_pairs(tmp_path / "none.parquet", [])
    both = Joint(pairs=(pairs, str(tmp_path / "swapped.parquet")))
    bad: list[tuple[str, dict[str, Any]]] = [
        ("no data for de, split train", {"langs": ("de",)}),
        ("column|label", {"data": (str(data / "bare.tsv"),)}),
        ("empty", {"data": (str(data / "empty.tsv"),)}),
        ("label is missing", {"data": (str(data / "texts.tsv"),), "task": "topic"}),
        ("overlong window: a text has one label", {"task": "topic", "overlong": "window"}),
        ("task 'verbs': choose from pos, ner", {"task": "verbs"}),
        ("freeze nonsense: one of encoder", {"how": options(freeze="nonsense")}),
        ("freeze : one of encoder", {"how": options(freeze="")}),
        ("freeze leaves nothing", {"how": options(freeze="encoder"), "joint": joint(pairs)}),
        ("on the same side", {"joint": both}),
        ("holds no word pair", {"joint": joint(str(tmp_path / "none.parquet"))}),
        (r"joint .*x\*: no file matches", {"joint": joint(str(tmp_path / "x*"))}),
        ("no such file", {"joint": joint(str(tmp_path / "nowhere.parquet"))}),
        ("no layer 9", {"joint": joint(pairs, layers="9")}),
        ("^pair_max_length leaves no word pair of en-ar/0 to align: none has both words within the first 4 subwords",
         {"joint": joint(pairs, max_length=4, overlong="skip")}),
        ("language en is given twice", {"langs": ("en", "fr", "en")}),
        ("name a language, such as en", {"langs": ()}),
        ("name a language, such as en", {"langs": ("en", "")}),
        ("select_on has no effect without select best", {"select_on": ("fr",)}),
        ("select_on fr,fr: language fr is given twice", {"select": "best", "select_on": ("fr", "fr")}),
        ("select_on ,fr: name a language, such as en", {"select": "best", "select_on": ("", "fr")}),
        ("drop_blank_subwords has no effect on texts without joint", {"task": "topic", "drop_blank_subwords": True}),
    ]  # fmt: skip
    for said, arguments in bad:
        with pytest.raises(XltError, match=said):
            run(**arguments)
        assert not list(tmp_path.glob("out*")), said
    spec = (f"{data}/{{lang}}-{{split}}.tsv",)
    with pytest.raises(XltError, match="language en is given twice"):
        plan(("en", "en"), FinetuneOptions(task="pos", data=spec))
