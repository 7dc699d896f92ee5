"""CSV and JSON lines read exactly: nulls, empty text, types; what is wrong is named by row and column."""

import pyarrow as pa
import pytest

from xlt.errors import XltError
from xlt.files.schemas import CORRELATIONS, PAIRS
from xlt.files.text_forms import is_text_form, read_text_form


def read(text: str) -> pa.Table:
    return read_text_form(pa.py_buffer(text.encode()), "t")


def test_nulls_and_empty_text_are_two() -> None:
    assert read('a,b\n,""\nx,y\n').to_pylist() == [{"a": None, "b": ""}, {"a": "x", "b": "y"}]
    # Of one column an empty line is a row.
    assert read('a\n\n""\nx\n').column("a").to_pylist() == [None, "", "x"]
    assert read('{"a": null}\n\n{"a": ""}\n').column("a").to_pylist() == [None, ""]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-20", "0"], "int64"), (["1", "0.5", "1e-07"], "double"), (["nan", "1.0", "-inf"], "double"),
        (["007", "1"], "string"), (["nan"], "string"), (["1.", "2"], "string"), (["True", "False"], "bool"),
        (["true"], "string"), (["9" * 18], "int64"), (["9" * 19], "string"), (["9" * 30], "string"),
        (["9223372036854775807", "-9223372036854775808"], "int64"), (["9223372036854775808"], "string"),
        (["-0"], "double"), (["-0", "1"], "double"), (["+1"], "string"), (["NA", "1"], "string"),
        (["2019-01-01"], "string"), (["0x1F"], "string"), (["1_0"], "string"), (["inf"], "string"),
    ],
)  # fmt: skip
def test_columns_of_other_tables_are_numbers_where_all_cells_are(cells: list[str], kind: str) -> None:
    column = read("a,b\n" + "".join(f"{cell},x\n" for cell in cells)).column("a")
    assert str(column.type) == kind
    if kind == "string":
        assert column.to_pylist() == cells


def test_a_kind_of_ours_has_its_types() -> None:
    text = 'sent_id,src_lang,tgt_lang,src_tokens,tgt_tokens,src_idx,tgt_idx\n1,nan,fr,"[""2019-01-01""]",,[0],[]\n'
    table = read(text)
    assert table.schema == PAIRS.arrow(without=["score"])
    assert table.to_pylist()[0]["src_lang"] == "nan"
    assert table.to_pylist()[0]["tgt_tokens"] is None
    # Keys of correlations are those of points, tags are text.
    schema = CORRELATIONS.arrow(without=["p_adjusted"])
    names = ["depth", "stage", *schema.names, "corpus"]
    row = ["-1", "after", "5", "kendall", "0.5", "", "", "", "", "s", "007"]
    read_types = read(f"{','.join(names)}\n{','.join(row)}\n").schema
    assert [read_types.field(name).type for name in ("depth", "stage", "corpus", "p")] == [
        pa.int32(), pa.string(), pa.string(), pa.float64(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",".join(PAIRS.arrow(without=["score"]).names) + "\n1,a,b,[],[],[],[]\nx,a,b,[],[],[],[]\n",
         "t:row 1: column 'sent_id' is not int64: 'x'"),
        (",".join(PAIRS.arrow(without=["score"]).names) + "\n1,a,b,[1],[],[],[]\n", "t:row 0: column 'src_tokens'"),
        ('{"a": 1}\n{"a": \n', "t:2: not JSON"),
        ('{"a": 1}\n[1]\n', "t:2: a row is an object"),
        ('{"a": 1}\n{"a": "x"}\n', "column 'a' holds values of several types"),
        ("a,a\n1,2\n", "two columns are called 'a'"),
        ("a,b\n1\n", "t cannot be read: it is broken or cut off"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(XltError) as error:
        read(text)
    assert message in str(error.value)


def test_what_is_text() -> None:
    assert is_text_form(pa.py_buffer(b"a,b\n"))
    for head in (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"a\0b"):
        assert not is_text_form(pa.py_buffer(head))
