"""What a file is and where it came from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.conftest import Run
from xlt.errors import XltError
from xlt.files.options import ShowOptions
from xlt.files.provenance import Input, Record, make_record
from xlt.files.rows import Row
from xlt.files.schemas import PAIRS, WORDS
from xlt.files.show import cell_text, describe
from xlt.files.tables import write_table

ARROW = PAIRS.arrow(without=["score"])


def pairs_row(number: int, token: str = "a") -> dict[str, Any]:
    return {
        "sent_id": number, "src_lang": "en", "tgt_lang": "ar", "src_tokens": [token, "b"], "tgt_tokens": ["ك"],
        "src_idx": [1], "tgt_idx": [0],
    }  # fmt: skip


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setattr("sys.argv", ["xlt", "extract-pairs", "en", "ar"])
    return make_record(
        "extract-pairs", params={}, inputs=[Input("corpus", "c.tsv", "0123456789abcdef")], tags={"domain": "bible"}
    )


def test_a_table_of_pairs(tmp_path: Path, record: Record) -> None:
    path = tmp_path / "x.parquet"
    record["summary"] = {"word pairs": 7}
    write_table(str(path), [pairs_row(i) for i in range(1234)], ARROW, record, False)
    description = describe(str(path), ShowOptions(rows=2))
    assert description.facts["kind"].startswith("pairs - ")
    assert description.facts["rows"] == "1,234"
    assert description.facts["columns"].startswith("sent_id (int64), src_lang (string), ")
    assert description.facts["command"] == "xlt extract-pairs en ar"
    assert description.facts["corpus"] == "c.tsv (sha256 0123456789ab…)"
    assert description.facts["tag domain"] == "bible"
    assert description.facts["summary word pairs"] == "7"
    assert description.header == ARROW.names
    assert description.rows == [["0", "en", "ar", "a b", "ك", "1", "0"], ["1", "en", "ar", "a b", "ك", "1", "0"]]
    assert description.record == record


@pytest.mark.parametrize("rows", [0, 1, 3, 10])
def test_as_many_rows_as_asked_for(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "x.arrow"
    write_table(str(path), [pairs_row(i) for i in range(3)], ARROW, {}, False)
    assert [r[0] for r in describe(str(path), ShowOptions(rows=rows)).rows] == [str(i) for i in range(min(rows, 3))]


def test_long_cells_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    write_table(str(path), [pairs_row(0, "x" * 57), pairs_row(1, "x" * 58), pairs_row(2, "x" * 59)], ARROW, {}, False)
    cells = [r[3] for r in describe(str(path)).rows]
    assert cells == ["x" * 57 + " b", "x" * 58 + " b", "x" * 59 + " b"]


def test_a_table_made_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("price,name\n1.23456,\n2,b\n")
    description = describe(str(tmp_path / "x.csv"))
    assert description.facts["kind"] == "a table that is none of xlt's kinds"
    assert description.facts["made by"] == "unknown (no xlt record)"
    assert description.rows == [["1.2346", ""], ["2.0000", "b"]]
    assert description.record is None


def test_numbers_as_people_read_them() -> None:
    values = (0.0, 1.0, -0.25, 1 / 3, 0.001, 0.00025, -1e-9, 12345.678, 7, None, ["a", "b"], [0.5, 1])
    assert [cell_text(value) for value in values] == [
        "0.0000", "1.0000", "-0.2500", "0.3333", "0.0010", "0.00025", "-1e-09", "12345.6780", "7", "", "a b",
        "0.5000 1",
    ]  # fmt: skip


def test_columns_by_name(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c\n1,2,3\n")
    description = describe(str(tmp_path / "x.csv"), ShowOptions(columns=("c", "a", "c")))
    assert (description.header, description.rows) == (["c", "a"], [["3", "1"]])
    assert description.facts["columns"] == "a (int64), b (int64), c (int64)"
    with pytest.raises(XltError, match="columns d: no such column; there are a, b, c"):
        describe(str(tmp_path / "x.csv"), ShowOptions(columns=("a", "d")))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(XltError, match=r"columns has no effect: .* has no table"):
        describe(str(tmp_path), ShowOptions(columns=("a",)))


def test_a_table_that_is_nearly_one_of_ours_is_told_what_it_lacks(tmp_path: Path) -> None:
    row = pairs_row(0) | {"src_tokens": "[]", "tgt_tokens": "[]", "src_idx": "[]"}
    del row["tgt_idx"]
    names, values = ",".join(row), ",".join(map(str, row.values()))
    (tmp_path / "x.csv").write_text(f"{names}\n{values}\n")
    assert describe(str(tmp_path / "x.csv")).facts["kind"] == (
        "a table that is none of xlt's kinds; to be one of pairs it lacks tgt_idx"
    )


def test_a_null_is_an_empty_cell(tmp_path: Path) -> None:
    schema = pa.schema([("word", pa.string()), ("idx", pa.list_(pa.int32()))])
    write_table(str(tmp_path / "x.parquet"), [{"word": None, "idx": None}, {"word": "a"}], schema, {}, False)
    assert describe(str(tmp_path / "x.parquet")).rows == [["", ""], ["a", ""]]


def test_a_folder_of_embeddings(tmp_path: Path, record: Record) -> None:
    array = np.ones((2, 3, 4), np.float16)
    np.save(tmp_path / "src.npy", array)
    np.save(tmp_path / "tgt.npy", array)
    bare = describe(str(tmp_path))
    assert bare.facts["shape"] == "2 layers x 3 word pairs x 4 dimensions"
    assert (bare.facts["dtype"], bare.facts["layers"], bare.rows) == ("float16", "0, 1", [])
    rows: list[Row] = [{"unit": "sentence"}] * 3
    write_table(str(tmp_path / "words.parquet"), rows, WORDS.arrow(unusual=["unit"]), {}, False)
    assert describe(str(tmp_path)).facts["shape"] == "2 layers x 3 sentence pairs x 4 dimensions"

    embedded = make_record("embed", params={}, inputs=[Input("pairs", "p.parquet", None, record)])
    (tmp_path / "xlt.json").write_text(json.dumps(embedded | {"layers": [0, 12]}))
    write_table(str(tmp_path / "words.parquet"), [{"src_word": w} for w in "abc"], WORDS.arrow(), {}, True)
    description = describe(str(tmp_path), ShowOptions(rows=2))
    assert description.facts["layers"] == "0, 12"
    assert description.facts["before it"] == "xlt extract-pairs en ar"
    assert description.facts["pairs"] == "p.parquet"
    assert [r[3] for r in description.rows] == ["a", "b"]


def test_a_checkpoint(tmp_path: Path) -> None:
    config = {"model_type": "bert", "architectures": ["BertModel"], "num_hidden_layers": 2, "hidden_size": 16}
    (tmp_path / "config.json").write_text(json.dumps(config))
    description = describe(str(tmp_path))
    assert description.facts["kind"] == "checkpoint - bert"
    assert description.facts["size"] == "2 layers of 16 dimensions"
    for architectures, shown in ((None, "unknown"), ([None], "None"), (3, "unknown")):
        (tmp_path / "config.json").write_text(json.dumps({"architectures": architectures}))
        assert describe(str(tmp_path)).facts["architecture"] == shown


@pytest.mark.parametrize("config", [b"no JSON", b"[1]", b"\xff", b""])
def test_a_broken_checkpoint(tmp_path: Path, config: bytes) -> None:
    (tmp_path / "config.json").write_bytes(config)
    with pytest.raises(XltError, match=r"config\.json"):
        describe(str(tmp_path))


def test_what_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="it holds nothing"):
        describe(str(tmp_path))
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(XltError, match=r"it holds notes\.txt"):
        describe(str(tmp_path))
    with pytest.raises(XltError, match="no such file"):
        describe(str(tmp_path / "x"))
    np.save(tmp_path / "src.npy", np.ones((3, 4), np.float32))
    with pytest.raises(XltError, match=r"tgt\.npy is missing"):
        describe(str(tmp_path))


def test_the_command(xlt: Run, tmp_path: Path, record: Record) -> None:
    write_table(str(tmp_path / "x.parquet"), [pairs_row(0, "[b]é[/b]")], ARROW, record, False)
    done = xlt("show", "x.parquet")
    assert "command: xlt extract-pairs en ar\n" in done.stdout
    assert "[b]é[/b] b" in done.stdout  # not read as markup
    assert done.stderr == ""
    assert json.loads(xlt("show", "--json", "x.parquet").stdout) == record


def test_a_file_that_is_no_table(xlt: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PAR1 and no more")
    done = xlt("show", "x", status=2)
    assert done.stdout == ""
    assert done.stderr.startswith("xlt: error: x cannot be read: it is broken or cut off")
    assert done.stderr.count("\n") == 1
