"""Tables in other forms: the same rows, types and record, whatever stands in the cells."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlt.errors import OptionError, OutputExistsError, XltError
from xlt.files.convert import convert
from xlt.files.options import ConvertOptions
from xlt.files.provenance import Record, make_record
from xlt.files.schema import Schema
from xlt.files.schemas import ALL, CORRELATIONS, WORDS
from xlt.files.tables import open_exact_table, open_table, write_table

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["", "nan", "null", "007", "-", "=1", '"', ",", "a\nb", "\r", "[]", "1e5", "2019-01-01", "True"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
}


def rows_of(schema: pa.Schema) -> st.SearchStrategy[list[dict[str, Any]]]:
    def cell(kind: pa.DataType) -> st.SearchStrategy[Any]:
        if pa.types.is_list(kind):
            return st.none() | st.lists(VALUES[str(kind.value_type)], max_size=3)
        return st.none() | VALUES[str(kind)]

    return st.lists(st.fixed_dictionaries({field.name: cell(field.type) for field in schema}), max_size=4)


def form_of(kind: Schema) -> pa.Schema:
    schema = kind.arrow(extra=["corpus"] if kind.tags else [])
    return pa.schema([pa.field("depth", pa.int32()), *schema]) if kind is CORRELATIONS else schema


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not WORDS], ids=lambda kind: kind.kind)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(data=st.data())
def test_every_kind_comes_back_as_it_was(tmp_path: Path, kind: Schema, data: st.DataObject) -> None:
    schema = form_of(kind)
    rows: list[dict[str, Any]] = data.draw(rows_of(schema))
    table = pa.Table.from_pylist(rows, schema=schema)
    record: Record = {"xlt": "0", "step": "s", "command": "xlt s", "time": "t", "inputs": [], "tags": {"a": "é"}}
    start = str(tmp_path / "start.parquet")
    write_table(start, rows, schema, record, True)
    for suffix in (".arrow", ".csv", ".jsonl", ".parquet"):
        there, back = str(tmp_path / f"there{suffix}"), str(tmp_path / "back.parquet")
        assert convert(start, there, force=True).rows == len(rows)
        if suffix == ".jsonl" and not rows:
            continue  # There is not even a header.
        convert(there, back, force=True)
        source = open_exact_table(back)
        assert source.schema == schema
        assert [row for batch in source.batches(None) for row in batch.to_pylist()] == table.to_pylist()
        if suffix in (".arrow", ".parquet"):
            assert source.record == record


def test_tables_of_others_come_back_by_their_values(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "007", "n": 1, "x": 0.5, "ok": True},
        {"name": "", "n": None, "x": 1e-9, "ok": None},
    ]
    schema = pa.schema([("name", pa.string()), ("n", pa.int64()), ("x", pa.float64()), ("ok", pa.bool_())])
    write_table(str(tmp_path / "a.parquet"), rows, schema, make_record("s", params={}), False)
    for suffix in (".csv", ".jsonl"):
        convert(str(tmp_path / "a.parquet"), str(tmp_path / f"b{suffix}"))
        convert(str(tmp_path / f"b{suffix}"), str(tmp_path / "c.arrow"), force=True)
        source = open_table(str(tmp_path / "c.arrow"))
        assert (source.schema, next(source.batches(None)).to_pylist()) == (schema, rows)
        # Where it comes from is told from here on.
        assert source.record is not None
        assert source.record["inputs"][0]["name"].endswith(f"b{suffix}")


def refusal(tmp_path: Path, values: list[Any], kind: pa.DataType, suffix: str) -> str:
    path = str(tmp_path / "a.parquet")
    write_table(path, [{"a": value} for value in values], pa.schema([("a", kind)]), {}, True)
    with pytest.raises(XltError) as error:
        convert(path, str(tmp_path / f"b{suffix}"))
    assert not (tmp_path / f"b{suffix}").exists()
    return str(error.value)


def test_what_a_form_cannot_hold(tmp_path: Path) -> None:
    for suffix in (".csv", ".jsonl", ".md", ".tex"):
        message = refusal(tmp_path, [b"x"], pa.binary(), suffix)
        assert f"column 'a' has type binary, which {suffix} cannot hold; write .parquet or .arrow" in message
    message = refusal(tmp_path, [0.5, float("nan")], pa.float64(), ".jsonl")
    assert ":row 1: column 'a' holds nan, for which JSON has no number" in message
    assert "holds [1.0, inf]" in refusal(tmp_path, [[1.0, float("inf")]], pa.list_(pa.float64()), ".jsonl")
    assert ":row 1: column 'a' holds the character NUL" in refusal(tmp_path, ["x", "a\0"], pa.string(), ".csv")
    path = str(tmp_path / "a.parquet")
    write_table(path, [{"a": float("nan")}, {"a": float("-inf")}], pa.schema([("a", pa.float64())]), {}, True)
    convert(path, str(tmp_path / "b.csv"))
    assert (tmp_path / "b.csv").read_text() == "a\nnan\n-inf\n"


def test_outputs(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    start = str(tmp_path / "a.parquet")
    write_table(start, [{"a": "x"}], pa.schema([("a", pa.string())]), {}, False)
    convert(start, "-", ConvertOptions(form="csv"))
    assert capfdbinary.readouterr().out == b"a\nx\n"
    convert(start, "-")
    assert pa.ipc.open_stream(capfdbinary.readouterr().out).read_all().to_pylist() == [{"a": "x"}]
    convert(start, str(tmp_path / "b.md"))
    assert (tmp_path / "b.md").read_text() == "| a |\n| --- |\n| x |\n"
    with pytest.raises(OutputExistsError):
        convert(start, str(tmp_path / "b.md"))
    with pytest.raises(XltError, match="is an input; it cannot be the output"):
        convert(start, start, force=True)
    with pytest.raises(XltError, match="the suffix says the format"):
        convert(start, str(tmp_path / "b.xls"))
    with pytest.raises(OptionError, match="form has no effect on"):
        convert(start, str(tmp_path / "c.csv"), ConvertOptions(form="csv"))
    with pytest.raises(XltError, match="no such file"):
        convert(str(tmp_path / "none"), str(tmp_path / "c.csv"))
