"""The first rows of a file: what fits, what is told to be missing, and that the told command shows it."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.study import study_files
from xlt.cli.preview import preview
from xlt.cli.tables import cell_width, text_lines
from xlt.files.options import ShowOptions
from xlt.files.schemas import CORRELATIONS, PAIRS
from xlt.files.show import describe
from xlt.files.tables import write_table

HASH = "0123456789abcdef" * 4


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    # A name as one types it: that of the folder of a test may be longer than a line.
    monkeypatch.chdir(tmp_path)
    start = study_files.base("org/a-model-of-some-length")
    rows = [
        study_files.score(start, lang, layer / 7, layer=layer, depth=layer - 2, weights=HASH)
        for lang in ("ar", "fr") for layer in (0, 1)
    ]  # fmt: skip
    return study_files.write(Path("scores.parquet"), rows, [start])


def missing(notes: list[str]) -> list[str]:
    """The columns that a note says to be missing, by the command that it tells."""
    (note,) = (note for note in notes if " more column" in note)
    command = shlex.split(note.partition(": ")[2])
    assert command[:2] == ["xlt", "show"]
    return command[command.index("--columns") + 1].split(",")


def test_off_a_terminal_all_columns_are_there(scores: str) -> None:
    table = preview(scores, describe(scores), None)
    assert table.header == ["tgt_lang", "layer", "depth", "value", "signature"]
    assert table.title.startswith("in all rows below: model org/a-model-of-some-length, base_model ")
    assert f"weights {HASH}, src_lang en," in table.title
    assert table.notes == []


@pytest.mark.parametrize("width", [50, 80, 120, 200])
def test_on_a_terminal_what_is_missing_is_told(scores: str, width: int, call: Call) -> None:
    table = preview(scores, describe(scores), width)
    assert max(map(cell_width, text_lines(table, width))) <= max(width, 78)
    assert {"tgt_lang", "layer", "value"} <= set(table.header)
    assert f"weights {HASH[:12]}…" in table.title
    if width < 100:
        assert "signature" in missing(table.notes)
        lines = call("show", "--columns", ",".join(missing(table.notes)), "scores.parquet").out.splitlines()
        assert study_files.SIGNED.format("ar") in lines[-5]


def test_minor_columns_leave_first_and_decimals_never(tmp_path: Path) -> None:
    schema = CORRELATIONS.arrow(extra=["a_tag_of_one_kind", "a_tag_of_another_kind"], without=["p_adjusted"])
    rows: list[dict[str, Any]] = [
        {"n": n, "method": "spearman", "rho": 1 / n, "p": 1 / n**3, "ci_low": 0.1 * n, "ci_high": 0.2 * n,
         "note": "few clusters" if n > 5 else "", "signature": f"s{n}", "a_tag_of_one_kind": f"x{n}",
         "a_tag_of_another_kind": f"y{n}"} for n in (5, 6)
    ]  # fmt: skip
    path = str(tmp_path / "c.parquet")
    write_table(path, rows, schema, {}, False)
    headers = {width: preview(path, describe(path), width).header for width in (120, 90, 70)}
    assert "signature" in headers[120]
    assert "signature" not in headers[70]
    for header in headers.values():
        assert {"rho", "p", "ci_low", "ci_high"} <= set(header)
    # Notes stand below, by the number of the row.
    assert preview(path, describe(path), 70).notes[0] == "row 2: few clusters"
    assert "note" not in headers[70]


def test_sentences_are_shortened_and_numbers_are_not(tmp_path: Path) -> None:
    row = {"sent_id": 10**9, "src_lang": "en", "tgt_lang": "fr", "src_tokens": ["word"] * 30, "tgt_tokens": ["mot"],
           "src_idx": [1], "tgt_idx": [0]}  # fmt: skip
    path = str(tmp_path / "p.parquet")
    write_table(path, [row], PAIRS.arrow(without=["score"]), {}, False)
    table = preview(path, describe(path), 100)
    cells = dict(zip(table.header, table.rows[0], strict=True))
    assert cells["sent_id"] == "1000000000"
    assert cells["src_tokens"].endswith("…")
    assert len(cells["src_tokens"]) >= 20
    assert cells["tgt_tokens"] == "mot"
    assert table.notes == ["… ends texts that are longer; --format jsonl prints all of them"]
    whole = preview(path, describe(path, ShowOptions(columns=("src_tokens",))), 100, whole=True)
    assert whole.rows == [[" ".join(["word"] * 30)]]
    assert max(map(cell_width, text_lines(whole, 100))) <= 100
