"""``realign`` as a function: what it writes, that nothing changes when it is stopped, split or resumed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
import transformers

from tests.checkpoints import FAMILIES
from tests.pair_files import pairs_record, random_rows, row, write_pairs
from tests.training.conftest import Model
from tests.training.weights import CrashError, apart, crash_at, equal, log_of, weights
from xlt.encoders.load import load_encoder, model_input
from xlt.errors import FailedRunError, XltError
from xlt.files.identity import model_identity, trained_on
from xlt.files.provenance import file_sha256
from xlt.files.show import describe
from xlt.files.tables import open_table
from xlt.losses.options import L2, LOSSES, Contrastive
from xlt.training.options import Aim, RealignOptions, TrainOptions
from xlt.training.realign import realign
from xlt.training.run import Trained

CPU = TrainOptions(lr=1e-3, device="cpu", seed=3)
LOSS = Aim(batch_size=4)
LEAST_SQUARES = Aim(loss=L2(), batch_size=4)
THREE_STEPS = RealignOptions(aim=LOSS, steps=3, train=CPU)


@pytest.fixture
def pairs(tmp_path: Path) -> list[str]:
    return [
        write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record(aligner="dict")),
        write_pairs(tmp_path / "ar.parquet", random_rows(5, "en-ar", 1), pairs_record("en-ar", aligner="dict")),
    ]


@pytest.fixture
def run(lively: Model, pairs: list[str], tmp_path: Path) -> Callable[..., Trained]:
    def go(
        name: str = "out",
        options: TrainOptions = CPU,
        aim: Aim = LOSS,
        *,
        model: str | None = None,
        steps: int | None = 6,
        save_every: int | None = None,
        **kwargs: Any,
    ) -> Trained:
        how = RealignOptions(aim=aim, steps=steps, train=options, save_every=save_every)
        return realign(model or lively(), pairs, how, output=tmp_path / name, **kwargs)

    return go


def options(**changed: Any) -> TrainOptions:
    usual: dict[str, Any] = {"lr": 1e-3, "device": "cpu", "seed": 3}
    return TrainOptions(**(usual | changed))


def moved(folder: Path) -> dict[str, torch.Tensor]:
    """The weights whose gradient is more than rounding, of which Adam makes whole steps.

    A bias of attention keys changes no softmax, and one of the last norm no distance of two words.
    """
    idle = ("key.bias", "layer.2.output.LayerNorm.bias")
    return {n: t for n, t in weights(folder).items() if not n.endswith(idle)}


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("aim", [LOSS, LEAST_SQUARES], ids=["contrastive", "l2"])
def test_a_plain_checkpoint(run: Callable[..., Trained], lively: Model, tmp_path: Path, family: str, aim: Aim) -> None:
    done = run(model=lively(family), aim=aim, steps=3)
    assert done.output == tmp_path / "out"
    assert names(tmp_path) == {"out", "fr.parquet", "ar.parquet"}
    assert {"config.json", "model.safetensors", "tokenizer.json", "xlt.json", "log.jsonl"} <= names(done.output)
    model = transformers.AutoModel.from_pretrained(done.output)
    tokenizer = transformers.AutoTokenizer.from_pretrained(done.output)
    before = transformers.AutoTokenizer.from_pretrained(lively(family))
    assert tokenizer("the cat")["input_ids"] == before("the cat")["input_ids"]
    assert model(**tokenizer("the cat", return_tensors="pt")).last_hidden_state.isfinite().all()
    old, new = weights(lively(family)), weights(done.output)
    assert old.keys() == new.keys()
    # All of it but what lies beside the hidden states.
    same = {n for n in old if torch.equal(old[n], new[n])}
    assert all("pooler" in n or "token_type" in n or "position" in n for n in same), same


def test_it_draws_translations_together(run: Callable[..., Trained], lively: Model) -> None:
    weak = Aim(loss=Contrastive(strength="weak"), batch_size=4)
    for aim in (LOSS, weak, Aim(layers="1,-1", batch_size=4), LEAST_SQUARES):
        log = log_of(run(aim=aim, model=lively("bert", 0.0), steps=40, force=True).output)
        assert log[-1]["realignment"] < 0.8 * log[0]["realignment"], aim


def test_l2_holds_one_side_where_the_encoder_began(
    run: Callable[..., Trained], lively: Model, pairs: list[str]
) -> None:
    model = lively("bert", 0.0)
    start = transformers.AutoModel.from_pretrained(model).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    sentences = {side: [r[f"{side}_tokens"] for r in random_rows(12)] for side in ("src", "tgt")}

    def drift(folder: Path, side: str) -> float:
        now = transformers.AutoModel.from_pretrained(folder).eval()
        total = 0.0
        for sentence in sentences[side]:
            inputs = tokenizer(sentence, is_split_into_words=True, return_tensors="pt")
            with torch.no_grad():
                total += float((now(**inputs)[0] - start(**inputs)[0]).square().sum())
        return total

    drifts: dict[tuple[str, float], float] = {}
    first: set[float] = set()
    settings: list[tuple[Literal["src", "tgt"], float]] = [("src", 0.0), ("src", 4.0), ("tgt", 4.0)]
    for keep, weight in settings:
        losses: list[float] = []
        aim = Aim(loss=L2(keep=keep, regularisation=weight), batch_size=4)
        done = run(aim=aim, model=model, steps=60, force=True, progress=lambda *now: losses.append(now[2]))  # noqa: B023
        drifts[keep, weight] = drift(done.output, "src") / drift(done.output, "tgt")
        first.add(losses[0])
    # Nothing has moved before the first step.
    assert len(first) == 1
    assert drifts["src", 4.0] < drifts["src", 0.0] < drifts["tgt", 4.0]


def test_the_record(run: Callable[..., Trained], lively: Model, pairs: list[str], tmp_path: Path) -> None:
    done = run(tags={"note": "x"})
    record = json.loads((done.output / "xlt.json").read_text(encoding="utf-8"))
    assert (record["step"], record["seed"], record["tags"]) == ("realign", 3, {"note": "x"})
    assert (record["recipe"], record["task"]) == ("realign(contrastive,strong,dict)", "")
    assert record["params"] == {
        "lr": 1e-3, "optimizer": "adam", "schedule": "linear", "warmup": 0.1, "clip_norm": None, "freeze": None,
        "micro_batch": None, "dtype": "float32", "loss": "contrastive", "strength": "strong", "temperature": 0.1,
        "layers": "-1", "pool": "first", "batch_size": 4, "max_length": 96, "overlong": "cut",
        "drop_blank_subwords": False, "steps": 6,
    }  # fmt: skip
    of_model, *of_pairs = record["inputs"]
    assert of_model["sha256"] == file_sha256(Path(lively()) / "model.safetensors")
    assert [i["sha256"] for i in of_pairs] == [file_sha256(Path(p)) for p in pairs]
    assert record["files"]["model.safetensors"]["sha256"] == file_sha256(done.output / "model.safetensors")
    assert record["training"] == {"best_step": None, "best_value": None, "resumed_from": 0, "processes": 1}
    assert record["summary"] == {
        "language pairs": "en-ar, en-fr", "sentence pairs": 17, "sentence pairs in these steps": 24,
        "left without a word pair by the length limit": 0, "sentences cut or left out": 0, "word pairs cut off": 0,
        "steps": 6, "frozen parameters": 0,
    }  # fmt: skip
    assert done.summary.items() >= record["summary"].items()
    assert done.summary["words a second"] > 0
    facts = describe(str(done.output)).facts
    assert facts["kind"] == "checkpoint - bert"
    assert facts["tag note"] == "x"
    assert facts["summary steps"] == "6"

    shutil.move(done.output, tmp_path / "moved")
    item = model_input(load_encoder(str(tmp_path / "moved"), device="cpu")).as_json()
    assert model_identity(item) == {
        "model": str(tmp_path / "moved"), "base_model": lively(), "recipe": "realign(contrastive,strong,dict)",
        "task": "", "seed": 3, "weights": record["files"]["model.safetensors"]["sha256"],
    }  # fmt: skip
    table = open_table(pairs[0])
    assert "trained on these very pairs" in str(trained_on(item, table.record, table.sha256))


def test_the_defaults_of_each_method(run: Callable[..., Trained]) -> None:
    facts = {}
    for name, loss in LOSSES.items():
        train = TrainOptions(device="cpu", seed=3, warmup=0.0)
        out = run(options=train, aim=Aim(loss=loss()), steps=2, force=True).output
        record = json.loads((out / "xlt.json").read_text())
        facts[name] = (record["params"]["lr"], record["params"]["pool"], log_of(out)[-1]["lr"], record["recipe"])
        assert ("keep" in record["params"], "strength" in record["params"]) == (name == "l2", name != "l2")
    assert facts == {
        "contrastive": (2e-5, "first", 1e-5, "realign(contrastive,strong,dict)"),
        "l2": (5e-5, "last", 2.5e-5, "realign(l2,dict)"),
    }


def test_a_rate_of_nothing_is_recorded_as_that(run: Callable[..., Trained], lively: Model) -> None:
    out = run(options=options(lr=0.0)).output
    assert json.loads((out / "xlt.json").read_text())["params"]["lr"] == 0
    assert equal(weights(out), weights(lively()))


def test_steps_unless_told_are_an_epoch(run: Callable[..., Trained]) -> None:
    # 12 turns of two files, 4 sentence pairs a step; L2 takes 2 of each language pair.
    assert run(steps=None).summary["steps"] == 6
    assert run(steps=None, aim=Aim(loss=L2()), force=True).summary["steps"] == 6
    assert run(steps=None, aim=Aim(), force=True).summary["steps"] == 2


def test_the_seed(run: Callable[..., Trained]) -> None:
    one, same, other = (weights(run(n, options=options(seed=s)).output) for n, s in (("a", 1), ("b", 1), ("c", 2)))
    assert equal(one, same)
    assert not equal(one, other)


@pytest.mark.parametrize("aim", [LOSS, LEAST_SQUARES], ids=["contrastive", "l2"])
def test_micro_batches_end_in_the_same_weights(run: Callable[..., Trained], lively: Model, aim: Aim) -> None:
    model = lively("bert", 0.0)
    ends = [moved(run(f"{m}", options(micro_batch=m, lr=2e-5), aim, model=model).output) for m in (None, 1, 3)]
    assert not equal(ends[0], ends[1])
    assert apart(ends[0], ends[1]) < 1e-5
    assert apart(ends[0], ends[2]) < 1e-5


BLOCKS: dict[str, Callable[[str], bool]] = {
    "embeddings": lambda n: "word_embeddings" in n or "tok_embeddings" in n,
    "front": lambda n: _layer(n) == 0,
    "back": lambda n: _layer(n) in (1, 2),
    "embeddings,2:2": lambda n: BLOCKS["embeddings"](n) or _layer(n) == 1,
}


def _layer(name: str) -> int | None:
    parts = name.split(".")
    return next((int(p) for p in parts if p.isdigit()), None)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("blocks", BLOCKS)
def test_frozen_parts_stay_bit_for_bit(run: Callable[..., Trained], lively: Model, family: str, blocks: str) -> None:
    # With decay, which would move what merely has no gradient.
    done = run(options=options(freeze=blocks, optimizer="adamw"), model=lively(family), steps=2)
    old, new = weights(lively(family)), weights(done.output)
    idle = {n for n in old if "pooler" in n or "token_type" in n}
    frozen = {n for n in old if BLOCKS[blocks](n)}
    assert frozen
    assert {n for n in old if torch.equal(old[n], new[n])} - idle == frozen
    assert done.summary["frozen parameters"] == sum(old[n].numel() for n in frozen)


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ("", "one of encoder, embeddings"),
        ("nonsense", "freeze nonsense: one of encoder, embeddings"),
        ("3:9", "has layers 1 to 3"),
        ("encoder", "every parameter is frozen: nothing is left to train"),
    ],
)
def test_refused_freezing(run: Callable[..., Trained], blocks: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(XltError, match=said):
        run(options=options(freeze=blocks))
    assert names(tmp_path) == {"fr.parquet", "ar.parquet"}


@pytest.mark.parametrize("step", [1, 4, 6])
@pytest.mark.parametrize("aim", [LOSS, LEAST_SQUARES], ids=["contrastive", "l2"])
def test_a_crash_changes_nothing(run: Callable[..., Trained], tmp_path: Path, step: int, aim: Aim) -> None:
    saving = options(save_steps=2)
    whole = run("whole", saving, aim)
    with pytest.raises(CrashError):
        run("out", saving, aim, progress=crash_at(step))
    assert "out" not in names(tmp_path)
    done = run("out", saving, aim, resume=True)
    assert equal(weights(done.output), weights(whole.output))
    assert log_of(done.output) == log_of(whole.output)
    record = json.loads((done.output / "xlt.json").read_text())
    assert record["training"]["resumed_from"] == {1: 0, 4: 2, 6: 4}[step]
    assert names(tmp_path) == {"whole", "out", "fr.parquet", "ar.parquet"}


def test_an_unfinished_run_needs_a_word(run: Callable[..., Trained], tmp_path: Path) -> None:
    saving = options(save_steps=2)
    with pytest.raises(CrashError):
        run(options=saving, progress=crash_at(3))
    with pytest.raises(XltError, match=r"out\.training holds an unfinished run; --resume goes on .* --force begins"):
        run(options=saving)
    changed: list[tuple[str, dict[str, Any]]] = [
        ("lr = 0.001, not 0.002", {"options": options(lr=2e-3)}),
        ("seed = 3, not 4", {"options": options(seed=4)}),
        ("steps = 6, not 7", {"steps": 7}),
        ("strength = 'strong', not 'weak'", {"aim": Aim(loss=Contrastive(strength="weak"), batch_size=4)}),
        ("freeze = None, not 'front'", {"options": options(freeze="front")}),
    ]
    for said, arguments in changed:
        with pytest.raises(XltError, match=f"was made with {said}; give the same options, or --force"):
            run(resume=True, **{"options": saving} | arguments)
    assert run(options=options(save_steps=1, save_minutes=5.0), resume=True).summary["steps"] == 6


def test_another_model_or_other_pairs_are_another_run(
    run: Callable[..., Trained], lively: Model, pairs: list[str]
) -> None:
    saving = options(save_steps=2)
    with pytest.raises(CrashError):
        run(options=saving, progress=crash_at(3))
    with pytest.raises(XltError, match=r"was made with input 1 \(model\) = '\w{64}', not '\w{64}'; give the same"):
        run(options=saving, resume=True, model=lively("roberta"))
    write_pairs(Path(pairs[0]), random_rows(12, seed=9), pairs_record())
    with pytest.raises(XltError, match=r"was made with input 2 \(pairs\) = "):
        run(options=saving, resume=True)
    assert run(options=saving, force=True).summary["steps"] == 6


def test_a_finished_run_is_left_alone(run: Callable[..., Trained]) -> None:
    # A resume before anything was begun begins.
    first = run(resume=True)
    before = (first.output / "xlt.json").stat().st_mtime_ns

    def never(*_: object) -> None:
        pytest.fail("trained again")

    assert run(resume=True, progress=never).already
    assert (first.output / "xlt.json").stat().st_mtime_ns == before
    with pytest.raises(XltError, match="is finished, but was made with other options or inputs"):
        run(resume=True, steps=7)
    with pytest.raises(XltError, match="exists already; give --force"):
        run()
    assert not run(force=True, steps=2).already


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_of_somebody_else_is_seen_before_the_work(
    run: Callable[..., Trained], tmp_path: Path, resume: bool
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years")
    with pytest.raises(XltError, match="exists already; give --force"):
        run(resume=resume, progress=crash_at(1))
    with pytest.raises(XltError, match="did not make"):
        run(force=True, progress=crash_at(1))
    assert names(tmp_path / "out") == {"thesis.tex"}


def test_models_in_between(run: Callable[..., Trained], tmp_path: Path) -> None:
    done = run(save_every=2)
    assert {n for n in names(tmp_path) if n.startswith("out")} == {"out", "out-step2", "out-step4", "out-step6"}
    assert equal(weights(tmp_path / "out-step6"), weights(done.output))
    assert not equal(weights(tmp_path / "out-step4"), weights(done.output))
    assert equal(weights(run("plain").output), weights(done.output))
    record = json.loads((tmp_path / "out-step4" / "xlt.json").read_text())
    assert (record["kept_step"], record["recipe"]) == (4, "realign(contrastive,strong,dict)")
    transformers.AutoModel.from_pretrained(tmp_path / "out-step4")

    # They are outputs like the last one: replaced when that is asked for, and before the work begins.
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(XltError, match="out-step2 exists already; give --force"):
        run(save_every=2, progress=crash_at(1))
    run(save_every=2, force=True)
    with pytest.raises(CrashError):
        run("other", options(save_steps=1), save_every=2, progress=crash_at(5))
    run("other", options(save_steps=1), save_every=2, resume=True)
    assert equal(weights(tmp_path / "other-step4"), weights(tmp_path / "out-step4"))


def test_no_number_any_more(run: Callable[..., Trained], lively: Model, tmp_path: Path) -> None:
    with pytest.raises(FailedRunError, match=r"step \d .*no finite number; .* stays in .*out\.training"):
        run(options=options(lr=1e38, save_steps=1, warmup=0.0))
    shutil.rmtree(tmp_path / "out.training", ignore_errors=True)
    poisoned = tmp_path / "poisoned"
    model = transformers.AutoModel.from_pretrained(lively())
    with torch.no_grad():
        next(iter(model.parameters())).fill_(float("nan"))
    model.save_pretrained(poisoned)
    transformers.AutoTokenizer.from_pretrained(lively()).save_pretrained(poisoned)
    with pytest.raises(FailedRunError, match="the realignment loss of step 1 is no finite number"):
        run(model=str(poisoned))
    assert "out" not in names(tmp_path)


@pytest.mark.parametrize("layers", ["4", "-5", "last"])
def test_layers_that_are_not_there(run: Callable[..., Trained], layers: str, tmp_path: Path) -> None:
    with pytest.raises(XltError, match=r"no layer|write 'all'"):
        run(aim=Aim(layers=layers))
    assert names(tmp_path) == {"fr.parquet", "ar.parquet"}


def test_pairs_that_share_no_side(lively: Model, tmp_path: Path) -> None:
    paths = [write_pairs(tmp_path / f"{p}.parquet", random_rows(3, p)) for p in ("en-fr", "ar-en")]
    with pytest.raises(XltError, match="must be on the same side"):
        realign(lively(), paths, RealignOptions(aim=LOSS, train=CPU), output=tmp_path / "out")
    bare = write_pairs(tmp_path / "bare.parquet", [row(0, "a", "b", "")])
    with pytest.raises(XltError, match="holds no word pair"):
        realign(lively(), [bare], RealignOptions(aim=LOSS, train=CPU), output=tmp_path / "out")


def test_one_file_for_both_languages(lively: Model, tmp_path: Path, pairs: list[str]) -> None:
    rows = random_rows(12) + random_rows(5, "en-ar", 1)
    both = write_pairs(tmp_path / "both.parquet", rows)
    done = realign(lively(), [both], THREE_STEPS, output=tmp_path / "out")
    apart_ = realign(lively(), pairs, THREE_STEPS, output=tmp_path / "two")
    assert done.summary["language pairs"] == "en-ar, en-fr"
    assert equal(weights(done.output), weights(apart_.output))
    assert json.loads((done.output / "xlt.json").read_text())["recipe"] == "realign(contrastive,strong,pairs)"


def test_pairs_through_a_pipe(
    run: Callable[..., Trained], lively: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = random_rows(12)
    for name in ("x.arrow", "x.parquet"):
        write_pairs(tmp_path / name, rows, batch=5)
    with (tmp_path / "x.arrow").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        piped = realign(lively(), ["-"], THREE_STEPS, output=tmp_path / "piped")
    read = realign(lively(), [str(tmp_path / "x.parquet")], THREE_STEPS, output=tmp_path / "read")
    assert equal(weights(piped.output), weights(read.output))
