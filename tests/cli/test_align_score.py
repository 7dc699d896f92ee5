"""``xlt align-score``: tables, streams, figures, and one line for all that is wrong."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Call, Shell, names
from tests.conftest import ROOT
from tests.pair_files import pairs_record, random_rows, related_vectors, row, write_folder, write_pairs
from xlt.files.schemas import SCORES
from xlt.files.tables import open_table

pytestmark = pytest.mark.usefixtures("one_thread")
ROWS = random_rows(12)
N = sum(len(r["src_idx"]) for r in ROWS)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record())
    return "pairs.parquet"


def test_the_table_for_people(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    done = call("align-score", "--n-pairs", "0", model, pairs)
    lines = done.out.splitlines()
    assert lines[0].strip() == f"{model}: en-fr, cosine, {N} word pairs"
    for label in ("weak en→fr", "weak fr→en", "strong en→fr", "strong fr→en"):
        assert label in done.out
    cells = [re.findall(r"\d\.\d{3} ±\d\.\d{3}", line) for line in lines]
    assert [len(c) for c in cells if c] == [4, 4, 4, 4]
    assert "en-fr\n  word pairs" in done.err
    assert names(tmp_path) == {"pairs.parquet"}
    # What the table says is what the file says.
    call("align-score", "--n-pairs", "0", "-o", "x.parquet", model, pairs)
    in_file = [f"{r['value']:.3f} ±{r['se']:.3f}" for r in pq.read_table(tmp_path / "x.parquet").to_pylist()]
    assert [c for line in cells for c in line] == in_file


def test_seen_pairs_stand_anywhere_among_the_arguments(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    # --unseen takes one file: what follows it are the pairs to score.
    for name, rows in (("a.parquet", ROWS[:1]), ("b.parquet", ROWS[1:2])):
        write_pairs(tmp_path / name, rows, pairs_record(corpus=name))
    first = ["--candidates", "corpus", "--layers", "-1", "--format", "csv", "-q"]
    seen = ["--unseen", "a.parquet", "--unseen", "b.parquet"]
    orders = [[*seen, model, pairs], [model, *seen, pairs], [model, pairs, *seen]]
    outputs = {call("align-score", *first, *order).out for order in orders}
    assert len(outputs) == 1
    assert ",unseen," in outputs.pop()


def test_with_an_output_only_its_path_is_on_stdout(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    done = call("align-score", "-o", "x.csv", "--per-item", "i.parquet", "--n-pairs", "9", model, pairs)
    assert done.out == "x.csv\ni.parquet\n"
    assert "weak en→fr" in done.err
    again = call("align-score", "-q", "-o", "y.csv", "--n-pairs", "9", model, pairs)
    assert again == (0, "y.csv\n", "")
    assert (tmp_path / "y.csv").read_bytes() == (tmp_path / "x.csv").read_bytes()
    many = call("align-score", "-q", "-o", "z.csv", model, pairs)
    warning = f"en-fr: 1,000 word pairs were asked for, {N} can be had: all are taken"
    assert many.err == f"xlt: warning: {warning}\n"
    quiet = call("align-score", "-q", "--n-pairs", "9", model, pairs)
    assert "weak en→fr" in quiet.out
    assert quiet.err == ""
    # A stream has standard output for itself.
    stream = call("align-score", "-q", "-o", "-", "--per-item", "j.parquet", "--n-pairs", "9", model, pairs)
    assert stream.err == "j.parquet\n"
    assert "j.parquet\n" not in stream.out


def test_the_figure(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_folder(tmp_path / "v", *related_vectors(30, 6, layers=3))
    for name in ("a.svg", "b.svg", "a.png", "a.pdf"):
        assert call("align-score", "--embeddings", "-q", "-o", f"{name}.csv", "--plot", name, "v").out.endswith(
            f"\n{name}\n"
        )
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    # A figure that cannot be drawn is refused before anything is scored.
    before = names(tmp_path)
    refused = call("align-score", "--embeddings", "-o", "x.csv", "--plot", "x.jpg", "v", status=2)
    assert refused.err == "xlt: error: --plot x.jpg: the suffix says the format; use one of .svg, .pdf, .png\n"
    assert "a.svg exists already" in call("align-score", "--embeddings", "--plot", "a.svg", "v", status=2).err
    assert names(tmp_path) == before


def test_measures_with_their_options(call: Call, tmp_path: Path) -> None:
    write_folder(tmp_path / "v", *related_vectors(30, 6, layers=2))
    done = call(
        *("align-score", "-q", "--measure", "violation,margin,mexa,accuracy", "--epsilon", "0,0.1", "--delta", "0.05"),
        *("--direction", "mean", "--strength", "weak", "--n-pairs", "0", "--plot", "p.svg", "--embeddings", "v"),
    )
    titles = [line.strip() for line in done.out.splitlines() if line.startswith("v: ") or " v: " in line]
    assert titles == [
        "v: violation, eps=0, 30 word pairs", "v: violation, eps=0.1, 30 word pairs",
        "v: margin, delta=0.05, 30 word pairs", "v: mexa, 30 word pairs", "v: accuracy, cosine, 30 word pairs",
    ]  # fmt: skip
    for text in ("│ mean  │", "│ max   │"):
        assert done.out.count(text) == 1
    assert "mean src↔tgt" in done.out
    assert (tmp_path / "p.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--epsilon 0.1", "--epsilon has no effect without --measure violation or graded; leave it out"),
        ("--measure auc --anchored", "--anchored has no effect with --measure auc; leave it out"),
        ("--measure violation --epsilon 0,x", "--epsilon 0,x: write numbers with commas between"),
        ("--measure violation --epsilon 0,,1", "--epsilon 0,,1: write numbers with commas between"),
        ("--measure violation --epsilon 3", "--epsilon 3.0: give at most 2"),
        ("--measure violation --epsilon -0.1", "--epsilon -0.1: give at least 0"),
        ("--measure margin --delta 1", "--delta 1: give a share below 1"),
        ("--measure hubness --hub-k 0", "'--hub-k': Input should be greater than or equal to 1"),
        ("--measure graded --grade-reading best", "--grade-reading"),
        ("--measure graded", "--epsilon 0: no cosine is its grade to the last digit"),
        ("--measure margin", "v, margin: there is one pair: nothing that is no translation to compare with"),
        ("--measure cka", "v, cka: cka is of 4 pairs or more, and there are 1"),
    ],
)
def test_measures_that_cannot_be(call: Call, tmp_path: Path, options: str, text: str) -> None:
    write_folder(tmp_path / "v", *related_vectors(1, 4))
    done = call("align-score", "-o", "s.csv", *options.split(), "--n-pairs", "0", "--embeddings", "v", status=2)
    assert done.out == ""
    assert text in done.err
    assert len(done.err.splitlines()) == 1
    assert names(tmp_path) == {"v"}


def test_from_text_to_scores_in_one_line(call: Call, shell: Shell, tmp_path: Path, model: str) -> None:
    (tmp_path / "corpus.tsv").write_text("".join(f"the cat {i}\tle chat {i}\n" for i in "abcdefgh"))
    (tmp_path / "en-fr.txt").write_text("the le\ncat chat\n")
    extract = "extract-pairs --corpus corpus.tsv --dict en-fr.txt -q -o"
    score = f"align-score --device cpu --n-pairs 12 -q -o - {shlex.quote(model)} -"
    done = shell(f"xlt {extract} - en fr | xlt {score} | tee scores.arrow | xlt show -")
    assert done.err == ""
    assert "kind: scores - " in done.out
    assert "rows: 16\n" in done.out
    assert f"command: xlt {score.replace(shlex.quote(model), model)}\n" in done.out
    assert f"before it: xlt {extract} - en fr\n" in done.out
    # The same in three steps, with files.
    call(*f"{extract} pairs.parquet en fr".split())
    call("align-score", "--device", "cpu", "--n-pairs", "12", "-q", "-o", "scores.parquet", model, "pairs.parquet")
    both = [
        [r for b in open_table(str(tmp_path / name), SCORES).batches(None) for r in b.to_pylist()]
        for name in ("scores.arrow", "scores.parquet")
    ]
    assert both[0] == both[1]
    assert {r["n"] for r in both[0]} == {12}


# Runs the command line and then says what was loaded for it.
LOADED = """
import sys
from xlt.cli.app import main
try:
    main()
finally:
    heavy = {name.partition(".")[0] for name in sys.modules} & {"transformers", "tokenizers", "scipy", "nltk", "jieba"}
    print("loaded:", *sorted(heavy), file=sys.stderr)
"""


def test_vectors_need_no_transformers_and_no_locale(call: Call, tmp_path: Path) -> None:
    words = [{"src_lang": "français", "tgt_lang": "ру", "src_word": f"été{i}"} for i in range(30)]
    write_folder(tmp_path / "vectors", *related_vectors(30, 6), words)
    arguments = ["align-score", "--embeddings", "-q", "--n-pairs", "0", "vectors", "--per-item"]
    # Without the last two Python itself would turn to UTF-8.
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments, "a.csv"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **plain},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "loaded:\n")
    here = call(*arguments, "b.csv")
    assert "weak français→ру" in here.out
    assert done.stdout.replace("a.csv", "b.csv") == here.out
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert "été17" in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_a_reader_that_is_gone(tmp_path: Path) -> None:
    write_folder(tmp_path / "v", *related_vectors(30, 6))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "xlt", "align-score", "--embeddings", "-q", "--n-pairs", "0", "v"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def broken_inputs(folder: Path) -> None:
    src, tgt = (v[0] for v in related_vectors(30, 6))

    def make(name: str, src: Any, tgt: Any) -> None:
        (folder / name).mkdir()
        np.save(folder / name / "src.npy", src, allow_pickle=True)
        np.save(folder / name / "tgt.npy", tgt, allow_pickle=True)

    bad, zero = src.copy(), src.copy()
    bad[17, 3] = np.nan
    zero[[4, 21]] = 0
    make("good", src, tgt)
    make("nan", bad, tgt)
    make("zero", zero, tgt)
    make("huge", src, np.full((30, 6), 1e300))
    make("rows", src, tgt[:29])
    make("objects", np.array([["a", 1]], object), np.array([["a", 1]], object))
    make("ints", np.ones((3, 4), int), np.ones((3, 4), int))
    make("lone", src, tgt)
    (folder / "lone" / "tgt.npy").unlink()
    make("cut", src, tgt)
    whole = (folder / "cut" / "src.npy").read_bytes()
    (folder / "cut" / "src.npy").write_bytes(whole[:-1])
    make("layers", np.stack([src, src]), np.stack([tgt, tgt]))
    parquet = (folder / "pairs.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(parquet[:-20])
    write_pairs(folder / "none.parquet", [row(0, "a", "b", "")])
    write_pairs(folder / "range.parquet", [row(0, "a", "b", "1-0")])
    (folder / "bare").mkdir()


BAD = [
    ("--embeddings nan", r"nan/src\.npy, layer 0, row 17: NaN or infinity"),
    ("--embeddings zero", r"zero/src\.npy, layer 0, rows 4, 21: all zeros; .* leave these rows out"),
    ("--embeddings huge", r"huge/tgt\.npy, layer 0, rows 0, 1, 2, 3, 4, …: NaN or infinity"),
    ("--embeddings rows", r"rows: src\.npy has shape \(1, 30, 6\), tgt\.npy \(1, 29, 6\)"),
    ("--embeddings objects", r"objects/src\.npy cannot be read: it holds Python objects"),
    ("--embeddings ints", r"ints/src\.npy is no floating point array"),
    ("--embeddings lone", r"lone/tgt\.npy is missing; the folder holds src\.npy"),
    ("--embeddings cut", r"cut/src\.npy cannot be read: it is broken or cut off"),
    ("--embeddings bare", r"bare/src\.npy is missing; the folder holds nothing"),
    ("--embeddings nowhere", r"nowhere: no such folder"),
    ("--embeddings good layers", r"layers has other layers than good"),
    ("--embeddings --layers 2 layers", r"no layer 2; there are 0, 1 "),
    ("--embeddings --device cuda:99 good", r"--device cuda:99: this machine has"),
    ("--embeddings --unique-types good", r"--unique-types needs the words; no words.parquet names those of good"),
    ("--embeddings --tag layer=1 good", r"--tag layer: a column of that name"),
    ("--embeddings --per-item x.parquet good", r"x\.parquet: the scores and --per-item need two names"),
    ("--embeddings --per-item nowhere/i.csv good", r"the folder nowhere does not exist"),
    ("--embeddings --per-item i.xls good", r"i\.xls: the suffix says the format"),
    ("good", r"align-score takes a MODEL and one or more PAIRS files \(or --embeddings FOLDER"),
    ("good pairs.parquet", r"good: config\.json and model\.safetensors and tokenizer\.json missing"),
    ("./nowhere pairs.parquet", r"\./nowhere: no such checkpoint folder"),
    ("--layers 9 M pairs.parquet", r"no layer 9; there are 0, 1, 2, 3"),
    ("M cut.parquet", r"cut\.parquet cannot be read: it is broken or cut off"),
    ("M none.parquet", r"none\.parquet: no word pair"),
    ("M range.parquet", r"range\.parquet.*row 0: src_idx holds 1, but the sentence has 1 words"),
    ("M missing.parquet", r"missing\.parquet: no such file"),
]


def test_bad_input_is_one_line_and_no_output(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    broken_inputs(tmp_path)
    before = names(tmp_path)
    for command, said in BAD:
        words = [model if word == "M" else word for word in command.split()]
        done = call("align-score", "--n-pairs", "0", "-o", "x.parquet", *words, status=2)
        assert done.out == "", command
        assert done.err.count("\n") == 1, (command, done.err)
        assert done.err.startswith("xlt: error: "), (command, done.err)
        assert re.search(said, done.err), (command, done.err)
        assert names(tmp_path) == before, command


def test_sentences(call: Call, tmp_path: Path, model: str) -> None:
    (tmp_path / "t.tsv").write_text("".join(f"the cat {i}!\tle chat {i} !\n" for i in "abcdef") + "\tvide\n")
    call("extract-pairs", "-q", "--aligner", "none", "--corpus", "t.tsv", "en", "fr")
    done = call("align-score", "--unit", "sentence", "--layers", "-1", model, "en-fr.parquet")
    assert done.out.splitlines()[0].strip() == f"{model}: en-fr, cosine, 6 sentence pairs"
    assert "strong" not in done.out
    assert "sentence pairs with an empty side, left out  1" in done.err
    call("embed", "-q", "--unit", "sentence", "--sentence-pool", "cls", "-o", "v", model, "en-fr.parquet")
    flags = ("--unit", "sentence", "--sentence-pool", "cls")
    call("align-score", "-q", "-o", "model.csv", *flags, model, "en-fr.parquet")
    call("align-score", "-q", "-o", "folder.csv", "--embeddings", "v")
    assert (tmp_path / "model.csv").read_text() == (tmp_path / "folder.csv").read_text()
    assert "sentence" in (tmp_path / "folder.csv").read_text()
    before = names(tmp_path)
    for wrong, text in (
        (
            ("--candidates", "corpus"),
            "--candidates corpus is of words; with --unit sentence all sentences",
        ),
        (("--unique-types",), "--unique-types is of words and has no effect with --unit sentence"),
        (("--pool", "mean"), "--pool is of words and has no effect with --unit sentence; give --sentence-pool"),
    ):
        done = call("align-score", "-o", "x.csv", "--unit", "sentence", *wrong, model, "en-fr.parquet", status=2)
        assert done.err.startswith(f"xlt: error: {text}")
        assert len(done.err.splitlines()) == 1
    done = call("align-score", "-o", "x.csv", "--sentence-pool", "mean", model, "en-fr.parquet", status=2)
    assert done.err == "xlt: error: --sentence-pool has no effect without --unit sentence; leave it out\n"
    assert names(tmp_path) == before
