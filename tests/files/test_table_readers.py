"""Readers of tables: what each format is known by, and what comes of a table without a kind."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.errors import XltError
from xlt.files.schemas import PAIRS, PRIORS, SCORES
from xlt.files.table_readers import is_binary_table, kind_in, read_table


def rows(data: bytes, columns: list[str] | None = None) -> list[dict[str, object]]:
    return [row for batch in read_table(pa.py_buffer(data), "x").batches(columns) for row in batch.to_pylist()]


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_a_format_is_known_by_its_first_bytes() -> None:
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    stream, file = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    texts = [b"a,b\n1,x\n2,y\n", b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n']
    binary = [parquet(table), stream.getvalue(), file.getvalue()]
    for data in binary + texts:
        assert rows(data) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
        assert rows(data, ["b"]) == [{"b": "x"}, {"b": "y"}]
        content = read_table(pa.py_buffer(data), "x")
        assert (content.num_rows, content.schema.names, content.record) == (2, ["a", "b"], None)
    assert [is_binary_table(data[:8]) for data in binary + texts] == [True] * 3 + [False] * 2


def test_text_has_the_types_of_its_kind() -> None:
    # Words that look like a number and like a missing value.
    data = pa.py_buffer(b"src_word,tgt_word,forward,backward\n007,nan,1,0\n")
    (batch,) = read_table(data, "x", PRIORS).batches(None)
    assert batch.to_pylist() == [{"src_word": "007", "tgt_word": "nan", "forward": 1.0, "backward": 0.0}]
    (guessed,) = read_table(data, "x").batches(None)
    assert guessed.to_pylist()[0]["src_word"] == 7


def test_a_kind_out_of_several() -> None:
    assert kind_in(["src_word", "forward"], (PAIRS, PRIORS)) is PRIORS
    assert kind_in(["anything"], SCORES) is SCORES
    assert kind_in(["anything"], None) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0\0\0\0", "x is not a table: neither Parquet, Arrow, CSV nor JSON lines"),
        (b"a;b\n1;2\n", "x: columns are separated by semicolons; a CSV file has commas"),
        (b"a,a\n1,2\n", "x: two columns are called 'a'"),
        (b"a,b\n\xff,2\n", "x:2: invalid UTF-8 \\(byte 0xff\\); convert the file"),
        (b"PAR1 and nothing more", "x cannot be read: it is broken or cut off"),
    ],
)
def test_what_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_table(pa.py_buffer(data), "x")
