"""Pharaoh lines."""

from pathlib import Path

import pyarrow as pa
import pytest

from xlt.errors import OutputExistsError, XltError
from xlt.files.pharaoh import parse_pharaoh, pharaoh_writer
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


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "links"
    with pharaoh_writer(str(path)) as write:
        write(batch([(0, 1), (2, 0)], [], [(10, 11)]))
    found = parse_pharaoh(path.read_text().split("\n")[:-1], "links", [1, 2, 3])
    assert found.counts.tolist() == [2, 0, 1]
    assert list(zip(found.src.tolist(), found.tgt.tolist(), strict=True)) == [(0, 1), (2, 0), (10, 11)]


def test_blanks_around_links_do_no_harm() -> None:
    found = parse_pharaoh([" 0-1\t2-0 ", "  ", ""], "links", [1, 2, 3])
    assert found.counts.tolist() == [2, 0, 0]
    assert len(parse_pharaoh([], "links", []).src) == 0


@pytest.mark.parametrize(
    "line", ["0-", "0:1", "-1-2", "0-1,2-3", "0--1", "1p2", "٣-٤", "0-1 x", "9999999999-0", "0-0\u30001-1"]
)
def test_what_is_no_link_is_named_with_its_line(line: str) -> None:
    with pytest.raises(XltError, match=r"links: line 7: '.*' is no link"):
        parse_pharaoh(["0-0", line], "links", [3, 7])
