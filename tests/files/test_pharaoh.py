"""Pharaoh lines."""

from pathlib import Path

import pyarrow as pa
import pytest

from xlt.errors import OutputExistsError
from xlt.files.pharaoh import pharaoh_writer
from xlt.files.schemas import PAIRS


def batch(*links: list[tuple[int, int]]) -> pa.RecordBatch:
    rows = [
        {"sent_id": n, "src_idx": [i for i, _ in row], "tgt_idx": [j for _, j in row]} for n, row in enumerate(links)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=PAIRS.arrow(without=["score"]))


def test_a_line_a_row_and_an_empty_one_where_nothing_was_found(tmp_path: Path) -> None:
    path = tmp_path / "links"
    with pharaoh_writer(str(path)) as write:
        write(batch([(0, 1), (2, 0)], []))
        write(batch([(10, 11)]))
    assert path.read_bytes() == b"0-1 2-0\n\n10-11\n"


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pharaoh_writer("-") as write:
        write(batch([], [(3, 4)]))
    assert capsys.readouterr().out == "\n3-4\n"


def test_nothing_half_and_nothing_replaced(tmp_path: Path) -> None:
    path = tmp_path / "links"
    with pytest.raises(ZeroDivisionError), pharaoh_writer(str(path)) as write:
        write(batch([(0, 0)]))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine")
    with pytest.raises(OutputExistsError), pharaoh_writer(str(path)) as write:
        pytest.fail("the work started")
    assert path.read_text() == "mine"
