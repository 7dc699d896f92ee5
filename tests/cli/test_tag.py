"""``xlt tag``: from a model that ``finetune`` made to a table that a breakdown by tag can read."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from tests.checkpoints import TEXT
from tests.cli.conftest import Call
from tests.conftest import Run
from tests.pair_files import row, write_pairs


def test_a_fine_tuned_model_tags_both_sides(
    xlt: Run, call: Call, tmp_path: Path, checkpoints: Callable[..., Path], one_thread: None
) -> None:
    # Every word of a letter is X here, every other one Y: what a model learns at once.
    words = [line.split() for line in TEXT[:7]]
    lines = ["".join(f"{w}\t{'XY'[len(w) > 1]}\n" for w in sentence) for sentence in words]
    for split in ("train", "dev"):
        (tmp_path / f"en.{split}.tsv").write_text(f"# is = {split}\n" + "\n".join(lines))
    call(
        "finetune", "-q", "--task=pos", "--data=en.{split}.tsv", "--epochs=1", "--device=cpu", "-o", "tagger",
        checkpoints("bert"), "en",
    )  # fmt: skip
    write_pairs(tmp_path / "en-fr.parquet", [row(n, " ".join(s), "the cat", "0-0") for n, s in enumerate(words)])
    done = xlt("tag", "--device=cpu", "-o", "tagged.parquet", "tagger", "en-fr.parquet")
    assert done.stdout == "tagged.parquet\n"
    assert "words that no window held  0" in done.stderr
    tagged = pq.read_table(tmp_path / "tagged.parquet").to_pylist()
    assert [len(r["src_tags"]) for r in tagged] == [len(sentence) for sentence in words]
    assert {tag for r in tagged for tag in (*r["src_tags"], *r["tgt_tags"])} <= {"X", "Y"}
    assert [len(r["tgt_tags"]) for r in tagged] == [2] * len(words)


def test_wrong_input_is_one_line_and_status_2(call: Call, tmp_path: Path, checkpoints: Callable[..., Path]) -> None:
    write_pairs(tmp_path / "en-fr.parquet", [row(0, "a", "b", "0-0")])
    bare = call("tag", "-o", "x.parquet", checkpoints("bert"), "en-fr.parquet", status=2)
    assert "give the folder of a fine-tuned model, or --task" in bare.err
    missing = call("tag", "-o", "x.parquet", checkpoints("bert"), "--task=pos", "no.parquet", status=2)
    assert missing.err.startswith("xlt: error: no.parquet")
    same = call("tag", "--force", "-o", "en-fr.parquet", "--task=pos", checkpoints("bert"), "en-fr.parquet", status=2)
    assert "en-fr.parquet" in same.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["en-fr.parquet"]
