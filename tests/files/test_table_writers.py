"""Writers of tables: the bytes of the formats for people, and where the record goes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.files.provenance import KEY, Record, from_bytes
from xlt.files.table_writers import FORMATS, arrow_stream

SCHEMA = pa.schema([("word", pa.string()), ("n", pa.int64()), ("links", pa.list_(pa.string()))])
BATCH = pa.RecordBatch.from_pylist(
    [{"word": "a|b", "n": 1, "links": ["x", "ü"]}, {"word": "5%", "n": None, "links": []}], schema=SCHEMA
)

TEXTS = {
    ".csv": 'word,n,links\na|b,1,"[""x"", ""ü""]"\n5%,,[]\n',
    ".jsonl": '{"word": "a|b", "n": 1, "links": ["x", "ü"]}\n{"word": "5%", "n": null, "links": []}\n',
    ".md": '| word | n | links |\n| --- | --- | --- |\n| a\\|b | 1 | ["x", "ü"] |\n| 5% |  | [] |\n',
    ".tex": (
        "\\begin{tabular}{lll}\n\\toprule\nword & n & links \\\\\n\\midrule\n"
        "a\\textbar{}b & 1 & [\\textquotedbl{}x\\textquotedbl{}, \\textquotedbl{}ü\\textquotedbl{}] \\\\\n"
        "5\\% &  & [] \\\\\n\\bottomrule\n\\end{tabular}\n"
    ),
}


@pytest.mark.parametrize("suffix", sorted(TEXTS))
def test_formats_for_people(tmp_path: Path, suffix: str) -> None:
    with FORMATS[suffix](tmp_path / "x", SCHEMA, {"step": "test"}) as write:
        write(BATCH)
    assert (tmp_path / "x").read_bytes().decode("utf-8") == TEXTS[suffix]


def test_every_format_has_a_writer() -> None:
    assert FORMATS.keys() == TEXTS.keys() | {".parquet", ".arrow"}


def test_parquet_groups_many_small_batches(tmp_path: Path) -> None:
    record: Record = {"step": "test"}
    with FORMATS[".parquet"](tmp_path / "x", SCHEMA, record) as write:
        for _ in range(10_000):
            write(BATCH)
        record["summary"] = {"rows": 2}
    file = pq.ParquetFile(tmp_path / "x")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [16384, 20_000 - 16384]
    assert from_bytes(file.metadata.metadata[KEY.encode()]) == {"step": "test", "summary": {"rows": 2}}


def test_a_stream_ends_with_the_whole_record(tmp_path: Path) -> None:
    record: Record = {"step": "test"}
    with (tmp_path / "x").open("wb") as sink, arrow_stream(sink, SCHEMA, record) as write:
        write(BATCH)
        record["summary"] = {"rows": 2}
    reader = pa.ipc.open_stream((tmp_path / "x").read_bytes())
    assert from_bytes(reader.schema.metadata[KEY.encode()]) == {"step": "test"}
    batches = [reader.read_next_batch_with_custom_metadata() for _ in range(2)]
    assert [batch.num_rows for batch, _ in batches] == [2, 0]
    assert from_bytes(dict(batches[1][1])[KEY.encode()]) == record


def test_cells_like_formulas_are_told_and_written_as_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    schema = pa.schema([("word", pa.string()), ("n", pa.float64())])
    words = ["=1+1", "-", "-1", "@x", "en"]
    rows = [{"word": word, "n": -0.5} for word in words]
    with FORMATS[".csv"](tmp_path / "x", schema, {}) as write:
        write(pa.RecordBatch.from_pylist(rows[:1], schema=schema))
        write(pa.RecordBatch.from_pylist(rows[1:], schema=schema))
    assert (tmp_path / "x").read_text() == "word,n\n" + "".join(f"{word},-0.5\n" for word in words)
    (message,) = caplog.messages
    assert "formulas do: 2, such as '=1+1'" in message
    with FORMATS[".jsonl"](tmp_path / "x", schema, {}) as write:
        write(pa.RecordBatch.from_pylist(rows, schema=schema))
    assert len(caplog.messages) == 1
