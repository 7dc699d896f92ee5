"""The bounds, and that the documentation tells them."""

from pathlib import Path

from xlt.files import bounds

DOCS = Path(__file__).parents[2] / "docs" / "files.md"


def test_what_few_bytes_stand_for() -> None:
    assert bounds.most_unpacked(10) == 64 * 1024 * 1024
    assert bounds.most_unpacked(10_000_000) == 2_000_000_000
    assert bounds.most_unpacked(10, least=7) == 2000
    assert bounds.most_rows(1000) == 131_072
    assert bounds.most_rows(1_000_000) == 20_000_000


def test_the_documentation_tells_them() -> None:
    text = " ".join(DOCS.read_text(encoding="utf-8").split())
    for number in (
        bounds.LONGEST_LANGUAGE,
        bounds.LONGEST_WORD,
        bounds.LONGEST_TEXT,
        bounds.MOST_TIMES,
        bounds.MOST_ROWS_A_BYTE,
        bounds.LEAST_ROWS,
        bounds.MOST_SENTENCES,
        bounds.MOST_LAYERS,
    ):
        assert f"{number:,} " in text, number
    for size in (bounds.LEAST_HELD, bounds.LEAST_ON_DISK, bounds.BATCH_BYTES):
        assert f"{size >> 20} MiB" in text, size
