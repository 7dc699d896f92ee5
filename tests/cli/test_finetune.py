"""``xlt finetune``: what a script sees of it, its figures, and what is said about bad input."""

import json
import re
import shutil
from pathlib import Path

import pytest
import transformers

from tests.cli.conftest import Call
from tests.pair_files import pairs_record, random_rows, write_pairs
from tests.training.task_files import write_tagged, write_texts

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> None:
    for i, lang in enumerate(("en", "fr")):
        for split, count in (("train", 20), ("dev", 5)):
            write_tagged(tmp_path / f"{lang}-{split}.tsv", count, seed=i)
    write_texts(tmp_path / "texts.tsv", 9)
    write_pairs(tmp_path / "fr.parquet", random_rows(12), pairs_record(aligner="dict"))
    write_pairs(tmp_path / "ar.parquet", random_rows(5, "en-ar", 1), pairs_record("en-ar", aligner="dict"))


def pos(model: str, *more: str, langs: str = "en") -> list[str]:
    shared = f"finetune --device cpu --lr 1e-3 --task pos --data {{lang}}-{{split}}.tsv --batch-size 8 {model} {langs}"
    return [*shared.split(), *more]


def outputs(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()} - {
        "en-train.tsv", "en-dev.tsv", "fr-train.tsv", "fr-dev.tsv", "texts.tsv", "fr.parquet", "ar.parquet"
    }  # fmt: skip


def test_the_path_the_summary_and_show(call: Call, tmp_path: Path, lively: str) -> None:
    command = pos(lively, "--epochs", "2", "-o", "tagger", "--tag", "a=b", "--select", "best", "--select-on", "fr,en")
    done = call(*command)
    assert done.out == "tagger\n"
    lines = dict(line.strip().rsplit("  ", 1) for line in done.err.splitlines()[1:])
    shown = {k.strip(): v for k, v in lines.items()}
    assert shown.items() >= {"training sentences": "20", "labels": "4", "steps": "6"}.items()
    assert {"best dev accuracy", "of step"} < shown.keys()
    assert outputs(tmp_path) == {"tagger"}
    told_by_show = call("show", "tagger").out
    assert "kind: checkpoint - bert\n" in told_by_show
    assert "architecture: BertForTokenClassification\n" in told_by_show
    assert "tag a: b\n" in told_by_show
    record = json.loads(call("show", "--json", "tagger").out)
    assert (record["recipe"], record["task"], record["seed"]) == ("finetune(pos)", "pos", 42)
    tag = transformers.pipeline("token-classification", model=str(tmp_path / "tagger"), device="cpu")
    assert tag("the cat sat")
    assert call(*command, "--resume") == (0, "tagger\n", "tagger is finished already; nothing was done\n")
    assert call(*pos(lively, "--epochs", "1", "-q", "-o", "quiet")) == (0, "quiet\n", "")


def test_columns_and_blank_words_are_those_of_the_evaluation_too(call: Call, tmp_path: Path, lively: str) -> None:
    for split in ("train", "dev"):
        rows = (tmp_path / f"en-{split}.tsv").read_text(encoding="utf-8").splitlines()
        turned = ["\t".join(["7", *reversed(row.split("\t"))]) if row else "" for row in rows]
        (tmp_path / f"turned-{split}.tsv").write_text("7\tX\t \n" + "\n".join(turned), encoding="utf-8")
    data = "--data", "turned-{split}.tsv", "--columns", "word=3,label=2"
    command = "finetune", "--device", "cpu", "--lr", "1e-3", "--task", "pos", "--epochs", "1", lively, "en"
    assert "the word is missing" in call(*command, *data, "-o", "turned", status=2).err
    done = call(*command, *data, "--drop-blank-words", "-o", "turned")
    assert re.search(r"blank words left out +1\n", done.err)
    call(*command, "--data", "en-{split}.tsv", "-o", "plain")
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("turned", "plain")]
    assert weights[0] == weights[1]
    # The checkpoint knows how its data are read.
    call("eval", "--device", "cpu", "--split", "dev", "turned", "en", "-o", "results.csv")


def test_a_chain_knows_where_it_comes_from(call: Call, tmp_path: Path, lively: str) -> None:
    call("realign", "-q", "--device", "cpu", "--steps", "2", "--seed", "7", "-o", "first", lively, "fr.parquet")
    call(*pos("first", "--epochs", "1", "-q", "--seed", "8", "-o", "second"))
    shutil.rmtree(tmp_path / "first")
    call("align-score", "-q", "--device", "cpu", "--n-pairs", "5", "-o", "scores.csv", "second", "fr.parquet")
    header, row = (line.split(",") for line in (tmp_path / "scores.csv").read_text().splitlines()[:2])
    quoted = (tmp_path / "scores.csv").read_text().splitlines()[1]
    assert header[:6] == ["model", "base_model", "recipe", "task", "seed", "weights"]
    assert row[:2] == ["second", lively]
    assert '"realign(contrastive,strong,dict)+finetune(pos)",pos,8,' in quoted


def test_dry_run(call: Call, tmp_path: Path) -> None:
    # 20 and 20 sentences; nothing is loaded or written, the model need not be there.
    command = pos("./nowhere", "--dry-run", "--epochs", "3", langs="en fr")
    assert call(*command) == (0, "examples\t40\nsteps_per_epoch\t5\nsteps\t15\n", "")
    limited = pos("./nowhere", "--dry-run", "--limit", "9")
    assert call(*limited).out == "examples\t9\nsteps_per_epoch\t2\nsteps\t10\n"
    assert outputs(tmp_path) == set()
    call(*pos("./nowhere", "--dry-run", langs="de"), status=2)


def test_options_reach_the_run(call: Call, tmp_path: Path, lively: str) -> None:
    more = (
        "--epochs 1 --limit 10 --max-length 20 --overlong cut --joint ?r.parquet --joint-weight 0.5 --strength weak "
        "--temperature 0.2 --layers 2,-1 --pool mean --pair-batch-size 3 --pair-max-length 20 --head-lr 0.01 "
        "--optimizer adamw --warmup 0.2 --clip-norm 1 --freeze front --micro-batch 3 --seed 9 --drop-blank-subwords"
    )
    call(*pos(lively, *more.split(), "-o", "x"))
    record = json.loads((tmp_path / "x" / "xlt.json").read_text())
    assert record["recipe"] == (
        "joint(pos,contrastive,weak,dict,layers=2/-1,pool=mean,temperature=0.2,weight=0.5,freeze=front)"
    )
    assert record["params"] == {
        "lr": 1e-3, "optimizer": "adamw", "schedule": "linear", "warmup": 0.2, "clip_norm": 1.0, "freeze": "front",
        "micro_batch": 3, "dtype": "float32", "task": "pos", "data": ["{lang}-{split}.tsv"], "epochs": 1,
        "batch_size": 8, "limit": 10, "max_length": 20, "overlong": "cut", "drop_blank_subwords": True, "head_lr": 0.01,
        "select": "last", "select_on": [], "train_langs": ["en"],
        "joint": {
            "weight": 0.5, "loss": "contrastive", "strength": "weak", "temperature": 0.2, "layers": "2,-1",
            "pool": "mean", "batch_size": 3, "max_length": 20, "overlong": "cut",
        },
    }  # fmt: skip
    assert [i["name"] for i in record["inputs"] if i["role"] == "pairs"] == ["ar.parquet", "fr.parquet"]


def test_pairs_stand_before_or_after_the_model_one_or_several(call: Call, tmp_path: Path, lively: str) -> None:
    shared = "finetune --device cpu --lr 1e-3 --task pos --data {lang}-{split}.tsv --batch-size 8 --epochs 1"
    commands = {
        "once-each": f"--joint ar.parquet --joint fr.parquet {lively} en",
        "before": f"--joint ar.parquet fr.parquet {lively} en",
        "after": f"{lively} en --joint=ar.parquet fr.parquet",
        "quoted": f"{lively} --joint ??.parquet en",
    }
    for name, rest in commands.items():
        call(*shared.split(), "-o", name, *rest.split())
    weights = {name: (tmp_path / name / "model.safetensors").read_bytes() for name in commands}
    assert len(set(weights.values())) == 1
    # What looks like no table ends the row: here the options of the run and a language.
    named = call(*shared.split(), "--joint", "ar.parquet", "-o", "x.csv", lively, "en", "de", status=2).err
    assert "no data for de, split train" in named
    nothing = call(*shared.split(), "-o", "x", "--joint", "z*.parquet", lively, "en", status=2).err
    assert "--joint z*.parquet: no file matches" in nothing


def test_pairs_of_other_languages_are_warned_about(call: Call, lively: str) -> None:
    done = call(*pos(lively, "--epochs", "1", "--joint", "ar.parquet", "-o", "x", langs="fr"))
    assert "warning: the pairs of en-ar hold none of the training languages\n" in done.err


BAD = [
    ("--task pos -o x --data en-train.tsv M de en", r"en-train\.tsv would serve as de train and as en train"),
    ("--task pos -o x --data {lang}-{split}.tsv M de", r"no data for de, split train: .*de-train\.tsv"),
    ("--task pos -o x --data {lang}-{split}.tsv --select best --select-on ru M en", r"no data for ru, split dev"),
    ("--task pos -o x --data bare.tsv M en", r"bare\.tsv"),
    ("--task topic -o x --data nolabel.tsv M en", r"nolabel\.tsv:3: the label is missing"),
    ("--task topic -o x --data texts.tsv --overlong window M en", r"--overlong window: a text has one label"),
    ("--task pos -o x --data en-train.tsv --freeze nonsense M en", r"--freeze nonsense: one of encoder, embeddings"),
    ("--task pos -o x --data en-train.tsv --freeze 3:4 M en", r"--freeze 3:4: .* has layers 1 to 3"),
    ("--task pos -o x --data en-train.tsv --joint none*.parquet M en", r"--joint none\*\.parquet: no file matches"),
    ("--task pos -o x --data en-train.tsv --joint fr.parquet --freeze encoder M en", r"--freeze leaves nothing"),
    ("--task pos --data en-train.tsv M en", r"name the folder to write with -o DIR"),
    ("--task verbs -o x --data en-train.tsv M en", r"'verbs' is not one of 'pos', 'ner'"),
    ("--task pos -o x --data en-train.tsv ./nowhere en", r"\./nowhere: no such checkpoint folder"),
    ("--task pos -o nowhere/x --data en-train.tsv M en", r"the folder nowhere does not exist"),
    ("--task pos -o x --data en-train.tsv M en en", r"language en is given twice"),
    (
        "--task pos -o x --data {lang}-{split}.tsv --select-on fr M en",
        r"--select-on has no effect without --select best",
    ),
    (
        "--task pos -o x --data {lang}-{split}.tsv --select best --select-on fr, M en",
        r"--select-on fr,: write names with commas",
    ),
    ("--task ner -o x --data {lang}-{split}.tsv nowhere en", r"en-train\.tsv: label '\w+' is no BIO tag"),
    ("--task topic -o x --data texts.tsv --drop-blank-subwords M en", r"--drop-blank-subwords has no effect on texts"),
    (
        "--task pos -o x --data en-train.tsv --schedule constant --warmup 0.1 M en",
        r"--warmup has no effect with --sched",
    ),
    (
        "--task pos -o x --data en-train.tsv --joint fr.parquet --keep src M en",
        r"--keep has no effect with --loss cont",
    ),
    (
        "--task pos -o x --data en-train.tsv --joint fr.parquet --loss l2 --strength weak M en",
        r"--strength has no effect",
    ),
]
OF_JOINT = (
    "--loss contrastive", "--strength strong", "--temperature 0.1", "--layers -1", "--pool first", "--keep src",
    "--regularisation 1", "--pair-batch-size 16", "--pair-max-length 96", "--joint-weight 1",
)  # fmt: skip


def test_bad_input_is_one_line_and_no_output(call: Call, tmp_path: Path, lively: str) -> None:
    (tmp_path / "bare.tsv").write_text("the\ncat\n")
    (tmp_path / "nolabel.tsv").write_text("text\tlabel\na b\tX\nc d\t\n")
    before = outputs(tmp_path)
    for command, pattern in BAD:
        done = call("finetune", "--device", "cpu", *(lively if w == "M" else w for w in command.split()), status=2)
        assert done.out == "", command
        assert sum("warning:" not in line for line in done.err.splitlines()) == 1, (command, done.err)
        assert re.search(pattern, done.err), (command, done.err)
        assert outputs(tmp_path) == before, command


@pytest.mark.parametrize("option", OF_JOINT)
def test_options_of_the_pairs_need_pairs(call: Call, tmp_path: Path, option: str) -> None:
    for more in (["-o", "x"], ["--dry-run"]):
        done = call(*pos("./nowhere", *option.split(), *more), status=2)
        assert done == (2, "", f"xlt: error: {option.split()[0]} has no effect without --joint; leave it out\n")
    assert outputs(tmp_path) == set()


def test_no_number_any_more(call: Call, tmp_path: Path, lively: str) -> None:
    huge = [a if a != "1e-3" else "1e38" for a in pos(lively, "-o", "x", "--save-steps", "1")]
    done = call(*huge, status=1)
    assert re.fullmatch(r"xlt: error: .* step \d .*no finite number; stopped\. .* stays in x\.training; .*\n", done.err)
    assert outputs(tmp_path) == {"x.training"}
