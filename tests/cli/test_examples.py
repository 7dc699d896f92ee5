"""``xlt report examples``: printed, written, refused."""

from pathlib import Path

from tests.cli.conftest import Call, names
from tests.pair_files import write_pairs
from tests.study.item_files import scored, write_items
from tests.study.test_examples import TOY, occurrence


def test_examples(call: Call, tmp_path: Path) -> None:
    rows = [occurrence(0, "cat", "chat", 0), occurrence(1, "cat", "noir", 1)]
    write_items(tmp_path / "items.parquet", rows, scored(candidates="corpus"), found=True)
    write_pairs(tmp_path / "p.parquet", TOY)
    arguments = ("report", "examples", "items.parquet", "--pairs", "p.parquet", "--word", "cat")
    done = call(*arguments)
    assert done.out.startswith("## cat (en→fr, layer 4)\n\n1 of 2 occurrences find their translation.\n\n✓ rank 1\n")
    assert done.err == ""
    assert call(*arguments, "-o", "-").out == done.out
    assert call(*arguments, "-o", "e.md").out == "e.md\n"
    assert (tmp_path / "e.md").read_text(encoding="utf-8") == done.out
    assert "exists already" in call(*arguments, "-o", "e.md", status=2).err
    refused = call(*arguments, "-o", "e.txt", status=2)
    assert refused.err == "xlt: error: --output e.txt: examples are Markdown; name a file .md\n"
    refused = call("report", "examples", "items.parquet", "--pairs", "p.parquet", "--word", "Cat", status=2)
    assert refused.err == "xlt: error: --word Cat: no query of items.parquet is this word; near it are cat\n"
    assert names(tmp_path) == {"items.parquet", "p.parquet", "e.md"}
