"""``xlt eval``: from tiny data to numbers, with and without the model."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.checkpoints import TEXT
from tests.cli.conftest import Call, Shell, names
from tests.cli.test_align_score import LOADED
from tests.conftest import ROOT

LINES = {"en": TEXT[:7], "fr": TEXT[1:6]}
LANGS = tuple(LINES)
WORDS = {lang: sum(len(line.split()) for line in lines) for lang, lines in LINES.items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, checkpoints: Callable[..., Path]) -> Path:
    """A folder with data of two languages and a model that the real ``finetune`` trained on one."""
    from xlt.training.finetune import finetune
    from xlt.training.options import FinetuneOptions, TrainOptions

    folder = tmp_path_factory.mktemp("trained")
    for lang, lines in LINES.items():
        (folder / lang).mkdir()
        rows = ["".join(f"{w}\t{'XYZ'[len(w) % 3]}\n" for w in line.split()) for line in lines]
        for split in ("train", "dev", "test"):
            # A comment in each, so that no two files are the same.
            (folder / lang / f"{split}.tsv").write_text(f"# is = {split}\n" + "\n".join(rows), encoding="utf-8")
    finetune(
        str(checkpoints("bert")),
        ["en"],
        FinetuneOptions(
            task="pos",
            data=(f"{folder}/{{lang}}/{{split}}.tsv",),
            epochs=8,
            batch_size=4,
            train=TrainOptions(lr=3e-3, device="cpu"),
        ),
        output=folder / "pos",
    )
    return folder


pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_model_knows_its_task_and_data(call: Call, tmp_path: Path, trained: Path) -> None:
    model = str(trained / "pos")
    done = call("eval", "--device", "cpu", "--split", "test,dev", model, "en", "fr")
    lines = done.out.splitlines()
    assert lines[0] == f"{model}: pos, with 95 % intervals"
    cells = [re.findall(r"[^│┃ ]+(?: \[\d\.\d+, \d\.\d+\])?", line) for line in lines]
    assert ["lang", "split", "n", "accuracy", "macro_f1"] in cells
    assert [c[:3] for c in cells if c[:1] in (["en"], ["fr"])] == [
        [lang, split, str(WORDS[lang])] for split in ("test", "dev") for lang in LANGS
    ]
    assert re.search(rf"en test\n  sentences +7\n  words +{WORDS['en']}\n  not seen whole +0\n", done.err)
    assert names(tmp_path) == set()
    # It learnt something, and what the table says is what the file says.
    call("eval", "--device", "cpu", "--split", "test,dev", "-o", "r.parquet", model, "en", "fr")
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    shown = [cell for c in cells if c[:1] in (["en"], ["fr"]) for cell in c[3:]]
    assert shown == [f"{r['value']:.3f} [{r['ci_low']:.3f}, {r['ci_high']:.3f}]" for r in rows]
    assert rows[0]["value"] > 0.6
    assert {(r["train_lang"], r["recipe"], r["seed"]) for r in rows} == {("en", "finetune(pos)", 42)}


def test_outputs_and_streams(call: Call, shell: Shell, tmp_path: Path, trained: Path) -> None:
    model = str(trained / "pos")
    done = call("eval", "--device", "cpu", "-o", "x.csv", "--predictions", "p.parquet", model, "en", "fr")
    assert done.out == "x.csv\np.parquet\n"
    assert "with 95 % intervals" in done.err
    again = call("eval", "--from", "-q", "-o", "y.csv", "p.parquet")
    assert again == (0, "y.csv\n", "")
    assert (tmp_path / "y.csv").read_bytes() == (tmp_path / "x.csv").read_bytes()
    stream = call("eval", "--device", "cpu", "--predictions", "-", model, *LANGS)
    assert "with 95 % intervals" in stream.err
    assert "with 95 % intervals" not in stream.out
    for i in (1, 2):
        shard = call("eval", "--device", "cpu", "-q", "--shard", f"{i}/2", "--predictions", f"{i}.arrow", model, *LANGS)
        assert shard == (0, f"{i}.arrow\n", "")
    call("eval", "-q", "1.arrow", "--from", "2.arrow", "-o", "s.csv")
    assert (tmp_path / "s.csv").read_bytes() == (tmp_path / "x.csv").read_bytes()
    assert "kind: predictions - " in call("show", "p.parquet").out
    call("eval", "--device", "cpu", "-q", "--predictions", "p.arrow", model, *LANGS)
    piped = shell("cat p.arrow | xlt eval --from -q -o - - | xlt show -")
    assert "kind: results - " in piped.out
    assert "rows: 4\n" in piped.out


def test_scoring_again_needs_no_model_library(call: Call, tmp_path: Path, trained: Path) -> None:
    call("eval", "--device", "cpu", "-q", "--predictions", "p.parquet", str(trained / "pos"), "en")
    watched = LOADED.replace('{"transformers"', '{"torch", "transformers"')
    assert watched != LOADED
    done = subprocess.run(
        [sys.executable, "-c", watched, "eval", "--from", "-q", "--per-label", "p.parquet"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "loaded:\n")
    assert done.stdout == call("eval", "--from", "-q", "--per-label", "p.parquet").out


def predictions(path: Path, gold: list[str], predicted: list[str | None]) -> None:
    row = {"sent_id": 0, "lang": "en", "split": "test", "gold": gold, "predicted": predicted}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")


def table(text: str, title: str) -> list[list[str]]:
    """The cells of a printed table."""
    lines = text[text.index(title) + len(title) :].splitlines()
    end = next(i for i, line in enumerate(lines) if line.startswith("└"))
    return [re.split(" *[│┃] *", line.strip("│┃ ")) for line in lines[:end] if line[:1] in ("│", "┃")]


def test_scores_by_label(call: Call, tmp_path: Path) -> None:
    predictions(tmp_path / "p.jsonl", list("AABBC"), ["A", "B", "B", None, "A"])
    out = call("eval", "--from", "--task", "pos", "--per-label", "p.jsonl").out
    assert table(out, "en test: words by label") == [
        ["label", "gold", "predicted", "right", "precision", "recall", "f1"],
        ["A", "2", "2", "1", "0.500", "0.500", "0.500"],
        ["B", "2", "2", "1", "0.500", "0.500", "0.500"],
        ["C", "1", "0", "0", "0.000", "0.000", "0.000"],
    ]
    assert table(out, "en test: gold labels (lines) by predicted ones") == [
        ["gold", "A", "B", "C", "(none)"],
        ["A", "1", "1", "0", "0"],
        ["B", "0", "1", "0", "1"],
        ["C", "1", "0", "0", "0"],
    ]
    # One sentence has no interval.
    assert table(out, "with 95 % intervals")[1] == ["en", "test", "5", "0.400", "0.333"]


def test_scores_by_type_of_span(call: Call, tmp_path: Path) -> None:
    predictions(tmp_path / "p.jsonl", ["B-X", "I-X", "O", "I-Y"], ["B-X", "I-X", "B-Y", "O"])
    by_type = "en test: spans by type"
    lenient = table(call("eval", "--from", "--task", "ner", "--per-label", "p.jsonl").out, by_type)
    assert [row[:4] for row in lenient[1:]] == [["X", "1", "1", "1"], ["Y", "1", "1", "0"]]
    out = call("eval", "--from", "--task", "ner", "--per-label", "--reading", "iob2:strict", "p.jsonl").out
    # The gold I-Y counts in both readings: no gold span is dropped.
    assert [row[:4] for row in table(out, by_type)[1:]] == [["X", "1", "1", "1"], ["Y", "1", "1", "0"]]


def test_many_labels_are_listed_by_mistake(call: Call, tmp_path: Path) -> None:
    labels = [f"L{i:02}" for i in range(25)]
    predictions(tmp_path / "p.jsonl", [*labels, "L03", "L04"], [*labels, "L07", "L08"])
    out = call("eval", "--from", "--task", "pos", "--per-label", "p.jsonl").out
    assert table(out, "en test: most frequent mistakes") == [
        ["gold", "predicted", "words"], ["L03", "L07", "1"], ["L04", "L08", "1"],
    ]  # fmt: skip


def test_columns_and_blank_words(call: Call, tmp_path: Path, trained: Path) -> None:
    # Label, number, word; two words are blank. As word and label the same sentences give the same numbers.
    lines = [[(word, "XYZ"[len(word) % 3]) for word in line.split()] for line in LINES["en"]]
    mixed = [[("\u3000", "X"), *line, ("", "X")] if i == 2 else line for i, line in enumerate(lines)]
    plain, other = ("\n\n".join("\n".join(map(form, line)) for line in text) for form, text in (
        (lambda pair: f"{pair[0]}\t{pair[1]}", lines),
        (lambda pair: f"{pair[1]}\t7\t{pair[0]}", mixed),
    ))  # fmt: skip
    (tmp_path / "plain.tsv").write_text(plain, encoding="utf-8")
    (tmp_path / "other.tsv").write_text(other, encoding="utf-8")
    arguments = "eval", "--device", "cpu", trained / "pos", "en", "--data"
    call(*arguments, "plain.tsv", "-o", "plain.csv")
    blank = call(*arguments, "other.tsv", "--columns", "word=3,label=1", "-o", "x.csv", status=2).err
    assert re.search(
        r"^xlt: error: .*other\.tsv:\d+: the word is missing; .*--drop-blank-words leaves it out$", blank, re.M
    )
    done = call(*arguments, "other.tsv", "--columns", "word=3,label=1", "--drop-blank-words", "-o", "other.csv")
    assert re.search(r"blank words left out +2\n", done.err)
    values = [pd.read_csv(tmp_path / name).value.tolist() for name in ("plain.csv", "other.csv")]
    assert values[0] == values[1]
    wrong = call(*arguments, "other.tsv", "--columns", "word=3,label=9", status=2).err
    assert "other.tsv" in wrong
    assert "--columns" in call(*arguments, "other.tsv", "--columns", "label", status=2).err


BAD = [
    ("M", "name a language, such as en"),
    ("M en xx", "no data for xx, split test: .* that of the training of"),
    ("--data wikiann/{lang} M en", "no data for en, split test: --data wikiann/{lang}: wikiann/en "),
    ("--task ner M en", "--task ner: .* was trained for the task pos"),
    ("--task pso M en", "'pso' is not one of"),
    ("pos-42 en", "pos-42: there is no such folder here"),
    ("--split test,test M en", "split test is given twice"),
    ("--reading conlleval M en", "no BIO tags"),
    ("--overlong error --max-length 5 M en", "sentence 0 .* the model takes 3"),
    ("--shard 1/2 M en", "--shard writes --predictions and nothing else"),
    (
        "--shard 1/2 --predictions p.parquet --format csv M en",
        "--format has no effect with --shard, which scores nothing",
    ),
    ("--from --limit 2 p.jsonl", "--limit has no effect with --from, which scores answers that are there already"),
    ("--from --device cpu p.jsonl", "--device has no effect with --from"),
    ("--from --split test p.jsonl", "--split has no effect with --from"),
    ("--from --predictions p.csv p.jsonl", "--predictions has no effect with --from"),
    ("--from p.jsonl", "--task has to say what was predicted"),
    ("--from --task ner p.jsonl", "label 'A' is no BIO tag"),
    ("--from --task pos p.jsonl p.jsonl", "sentence 0 twice in p.jsonl"),
    ("--from --task pos --tag n=1 p.jsonl", "--tag n: a column of that name"),
    ("--from cut.parquet", "cut.parquet is damaged or cut off"),
    ("--from results.csv", "column 'sent_id' is missing; predictions need"),
    ("--from none.parquet", "none.parquet: no such file"),
]


def test_bad_input_is_one_line_and_no_output(call: Call, tmp_path: Path, trained: Path) -> None:
    model = str(trained / "pos")
    predictions(tmp_path / "p.jsonl", ["A"], ["A"])
    call("eval", "--from", "--task", "pos", "-q", "-o", "results.csv", "p.jsonl")
    call("eval", "--from", "--task", "pos", "-q", "-o", "cut.parquet", "p.jsonl")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "cut.parquet").read_bytes()[:-9])
    before = names(tmp_path)
    for command, said in BAD:
        words = [model if word == "M" else word for word in command.split()]
        done = call("eval", *words, *([] if "--shard" in words else ["-o", "x.parquet"]), status=2)
        assert done.out == "", command
        assert done.err.count("\n") == 1, (command, done.err)
        assert done.err.startswith("xlt: error: "), (command, done.err)
        assert re.search(said, done.err), (command, done.err)
        assert names(tmp_path) == before, command
    refused = call("eval", "--from", "--task", "pos", "-o", "results.csv", "p.jsonl", status=2)
    assert "results.csv exists already" in refused.err
    call("eval", "--from", "--task", "pos", "-o", "results.csv", "--force", "p.jsonl")
