"""``xlt embed``: what a script sees of it, what is said about bad input, and what is left when it is stopped."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Call, names
from tests.conftest import ROOT
from tests.pair_files import pairs_record, random_rows, row, write_pairs
from xlt.files.provenance import read_folder_record

pytestmark = pytest.mark.usefixtures("one_thread")
ROWS = random_rows(12)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record())
    return "pairs.parquet"


def test_the_path_and_the_counts(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    done = call("embed", "--device", "cpu", "--layers", "0,-1", "--tag", "a=b", model, pairs)
    assert done.out == "embeddings\n"
    n = sum(len(r["src_idx"]) for r in ROWS)
    distinct = len({tuple(r[f"{side}_tokens"]) for r in ROWS for side in ("src", "tgt")})
    shown = dict(line.strip().rsplit("  ", 1) for line in done.err.splitlines()[1:])
    assert {k.strip(): v for k, v in shown.items()} == {
        "word pairs": str(n), "sentences": str(distinct), "overlong sentences": "0", "word pairs left out": "0",
        "layers": "2", "dimensions": "32",
    }  # fmt: skip
    assert done.err.startswith("embeddings\n")
    description = call("show", "embeddings").out
    assert f"shape: 2 layers x {n} word pairs x 32 dimensions\n" in description
    assert f"command: xlt embed --device cpu --layers 0,-1 --tag a=b {model} pairs.parquet\n" in description
    assert "tag a: b\n" in description
    record = json.loads(call("show", "--json", "embeddings").out)
    assert record == read_folder_record(tmp_path / "embeddings")

    assert call("embed", "-q", "-o", "my vectors", "--n-pairs", "5", model, pairs) == (0, "my vectors\n", "")
    assert np.load(tmp_path / "my vectors" / "src.npy").shape == (4, 5, 32)
    assert names(tmp_path) == {"pairs.parquet", "embeddings", "my vectors"}


def broken_inputs(folder: Path, model: str) -> None:
    whole = (folder / "pairs.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (folder / "zero.parquet").write_bytes(b"")
    (folder / "text.parquet").write_text("In the beginning\n")
    write_pairs(folder / "none.parquet", [])
    write_pairs(folder / "range.parquet", [*ROWS, row(9, "a b", "c", "0-0 1-1")])
    for name, missing in (("bare", "model.safetensors"), ("nameless", "config.json")):
        shutil.copytree(model, folder / name)
        (folder / name / missing).unlink()
    shutil.copytree(model, folder / "short")
    weights = (folder / "short" / "model.safetensors").read_bytes()
    (folder / "short" / "model.safetensors").write_bytes(weights[: len(weights) // 2])


BAD = [
    ("embed ./nowhere pairs.parquet", r"\./nowhere: no such checkpoint folder"),
    ("embed pairs.parquet pairs.parquet", r"pairs\.parquet is a file, and no checkpoint folder"),
    ("embed org/model pairs.parquet", r"org/model: neither a folder here nor a model in the hub's cache"),
    ("embed bare pairs.parquet", r"bare: model\.safetensors missing; the folder holds config\.json"),
    ("embed nameless pairs.parquet", r"nameless: config\.json missing; the folder holds model\.safetensors"),
    ("embed short pairs.parquet", r"short.* broken or cut off"),
    ("embed --layers 4 M pairs.parquet", r"no layer 4; there are 0, 1, 2, 3 \(0 is the embedding layer"),
    ("embed --layers -5 M pairs.parquet", r"no layer -5"),
    ("embed --layers last M pairs.parquet", r"--layers last: write 'all' or numbers"),
    ("embed --device cuda:99 M pairs.parquet", r"--device cuda:99: this machine has \d+ CUDA devices; try --device"),
    ("embed --device tpu M pairs.parquet", r"--device tpu: one of auto, cpu"),
    ("embed --max-length 2 M pairs.parquet", r"'--max-length'"),
    ("embed --shard 3/2 M pairs.parquet", r"--shard 3/2: write I/N"),
    ("embed M missing.parquet", r"missing\.parquet: no such file"),
    ("embed M cut.parquet", r"cut\.parquet cannot be read: it is broken or cut off"),
    ("embed M zero.parquet", r"zero\.parquet is empty"),
    ("embed M text.parquet", r"text\.parquet: column 'sent_id' is missing"),
    ("embed M none.parquet", r"none\.parquet: no word pair"),
    ("embed M range.parquet", r"range\.parquet.*row 12: tgt_idx holds 1, but the sentence has 1 words"),
    ("embed --n-pairs 3 M range.parquet", r"range\.parquet.*row 12: tgt_idx holds 1"),
    ("embed M bare", r"bare is a folder; a table is expected"),
    ("embed -o nowhere/x M pairs.parquet", r"the folder nowhere does not exist; make it first"),
    ("embed -o bare M pairs.parquet", r"bare exists already; give --force"),
    ("embed --force -o bare M pairs.parquet", r"bare is a folder that xlt did not make"),
]


def test_bad_input_is_one_line_and_no_output(
    call: Call, tmp_path: Path, model: str, pairs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hub's package reads the environment when it is imported, which another test may have done.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    broken_inputs(tmp_path, model)
    before = names(tmp_path)
    for command, said in BAD:
        done = call(*(model if word == "M" else word for word in command.split()), status=2)
        assert done.out == "", command
        assert done.err.count("\n") == 1, (command, done.err)
        assert done.err.startswith("xlt: error: "), (command, done.err)
        assert re.search(said, done.err), (command, done.err)
        assert names(tmp_path) == before, command


def test_a_full_disk(call: Call, tmp_path: Path, model: str, pairs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, offset: int, length: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.posix_fallocate", full)
    done = call("embed", model, pairs, status=1)
    assert done.out == ""
    assert done.err == "xlt: error: no space left on the device ([Errno 28] No space left on device)\n"
    assert names(tmp_path) == {"pairs.parquet"}


# The command line with an encoder that never ends; one child for each signal, so that torch is loaded once.
STOPPED = """
import os, signal, sys, time
from pathlib import Path
import torch, transformers
from transformers import BertModel, PreTrainedTokenizerFast
from xlt.cli.app import main

# Its first run, alone and padded, is before there is any output.
whole, loading = BertModel.forward, [1, 2]

def forever(*a, **k):
    if loading:
        loading.pop()
        return whole(*a, **k)
    Path(sys.argv[3] + ".ready").touch()
    time.sleep(60)

BertModel.forward = forever
model, pairs = sys.argv[1:]
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGINT", "SIGTERM", "SIGKILL"):
    child = os.fork()
    if not child:
        sys.argv = ["xlt", "embed", "-o", name, model, pairs]
        os.dup2(os.open(name + ".err", os.O_WRONLY | os.O_CREAT), 2)
        try:
            main()
        except SystemExit as ended:
            sys.stdout.flush()
            os._exit(ended.code or 0)
        os._exit(99)
    while not Path(name + ".ready").exists():
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "ended too early"
        time.sleep(0.01)
    os.kill(child, getattr(signal, name))
    print(name, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_stopped_in_the_middle(call: Call, tmp_path: Path, model: str, pairs: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOPPED, model, pairs],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.stdout == "SIGINT 130\nSIGTERM 143\nSIGKILL -9\n", done.stderr
    said = {name: (tmp_path / f"{name}.err").read_text() for name in ("SIGINT", "SIGTERM", "SIGKILL")}
    assert said == {"SIGINT": "xlt: error: interrupted; no output is half written\n", "SIGTERM": "", "SIGKILL": ""}
    left = {n for n in names(tmp_path) if not n.endswith((".err", ".ready"))} - {"pairs.parquet"}
    # Only what nobody could tidy up, under a hidden name; the next run does.
    assert len(left) == 1
    assert left.pop().startswith(".SIGKILL.partial-")
    call("embed", "-q", "-o", "SIGKILL", model, pairs)
    assert {n for n in names(tmp_path) if not n.endswith((".err", ".ready"))} == {"pairs.parquet", "SIGKILL"}
