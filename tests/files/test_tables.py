"""Tables in every format, through files and through pipes."""

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from xlt.errors import OutputExistsError, SchemaError, XltError
from xlt.files.schemas import PAIRS, RESULTS, SCORES
from xlt.files.tables import check_table_output, open_table, rows_to_batch, table_writer, write_table

Row = dict[str, Any]
LOSSLESS = ("parquet", "arrow", "csv", "jsonl")
ARROW = PAIRS.arrow()
AWKWARD = [
    '"', "'", "|", "|||", ",", ";", "\\", "\\n", "[1]", "{", "null", "true", "NaN", "NA", "1", "007", "1e5",
    "2019-01-01", "2019-01-01T00:00:00Z", "كِتَابٌ", "हिन्दी", "👩‍👩‍👧", "☀️", "𝔘",
    "\u2028", "\x85", "\ufeff", "é", "e\u0301", "a b", "\t", "\0", "​",
]  # fmt: skip

tokens = st.lists(
    st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)),
    max_size=4,
)
indices = st.lists(st.integers(0, 2**31 - 1), max_size=3)
pairs_rows = st.lists(
    st.fixed_dictionaries(
        {
            "sent_id": st.integers(0, 2**62),
            "src_lang": st.sampled_from(["en", "zh-Hant", "nan", "no"]),
            "tgt_lang": st.sampled_from(["ar", "null"]),
            "src_tokens": tokens,
            "tgt_tokens": tokens,
            "src_idx": indices,
            "tgt_idx": indices,
            "score": st.lists(st.floats(0, 1), max_size=2),
        }
    ),
    min_size=1,
    max_size=4,
)


def to_csv_text(rows: list[dict[str, Any]], schema: pa.Schema) -> str:
    with tempfile.TemporaryDirectory() as folder:
        write_table(f"{folder}/x.csv", rows, schema, {}, False)
        return Path(folder, "x.csv").read_text(encoding="utf-8")


def row(**changes: Any) -> Row:
    full = {
        "sent_id": 3, "src_lang": "en", "tgt_lang": "ar", "src_tokens": ["a", "b"], "tgt_tokens": ["c"],
        "src_idx": [1], "tgt_idx": [0], "score": [0.5],
    }  # fmt: skip
    return full | changes


def read(path: Path | str) -> list[Row]:
    source = open_table(str(path), PAIRS)
    found = [r for batch in source.batches(None) for r in batch.to_pylist()]
    assert source.num_rows == len(found)
    return found


@settings(max_examples=60, deadline=None)
@given(rows=pairs_rows)
def test_every_format_gives_back_what_was_written(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for suffix in LOSSLESS:
            path = Path(folder, f"x.{suffix}")
            write_table(str(path), rows, ARROW, {}, False)
            assert read(path) == rows, suffix


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("token", ["2019-01-01", "2019-01-01T00:00:00Z", "true", "null", "1", ""])
def test_words_stay_words_where_a_reader_would_guess_otherwise(tmp_path: Path, suffix: str, token: str) -> None:
    rows = [row(src_tokens=[token, token], tgt_tokens=[token], src_lang="nan", tgt_lang="na")]
    write_table(str(tmp_path / f"x.{suffix}"), rows, ARROW, {}, False)
    assert read(tmp_path / f"x.{suffix}") == rows


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lists_that_are_all_empty(tmp_path: Path, suffix: str) -> None:
    rows = [row(src_tokens=[], tgt_tokens=[], src_idx=[], tgt_idx=[], score=[])] * 2
    write_table(str(tmp_path / f"x.{suffix}"), rows, ARROW, {}, False)
    assert read(tmp_path / f"x.{suffix}") == rows


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_strings_of_digits_stay_strings(tmp_path: Path, suffix: str) -> None:
    score = dict.fromkeys(SCORES.arrow().names, "x") | {
        "seed": 1, "layer": 0, "depth": -13, "n": 5, "value": 0.25, "se": 0.5,
        "model": "007", "weights": "00123456", "signature": "1e5", "base_model": "true", "recipe": "2019-01-01",
    }  # fmt: skip
    path = tmp_path / f"x.{suffix}"
    write_table(str(path), [score], SCORES.arrow(), {}, False)
    assert [r for b in open_table(str(path), SCORES).batches(None) for r in b.to_pylist()] == [score]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_the_record_travels_with_its_summary(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    with table_writer(str(path), ARROW, {"step": "x", "params": {"größe": 1}}) as writer:
        writer.write(rows_to_batch([row()], ARROW))
        writer.record["summary"] = {"word pairs": 7}
    assert open_table(str(path)).record == {"step": "x", "params": {"größe": 1}, "summary": {"word pairs": 7}}


def test_parquet_is_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    write_table(str(path), [row(), row(sent_id=4, src_tokens=['"', "ك"])], ARROW, {"step": "x"}, False)
    frame = pd.read_parquet(path)
    assert list(frame.columns) == ARROW.names
    assert frame["sent_id"].tolist() == [3, 4]
    assert frame["src_tokens"][1].tolist() == ['"', "ك"]
    assert json.loads(pq.read_metadata(path).metadata[b"xlt"]) == {"step": "x"}


@pytest.mark.parametrize("sizes", [[1] * 5, [16_384, 1], [10_000, 10_000, 10_000], []])
def test_batches_of_any_size_keep_their_order(tmp_path: Path, sizes: list[int]) -> None:
    schema = pa.schema([("i", pa.int64())])
    for suffix in ("parquet", "arrow"):
        path, start = tmp_path / f"x.{suffix}", 0
        with table_writer(str(path), schema, {}) as writer:
            for size in sizes:
                writer.write(pa.record_batch([pa.array(range(start, start + size))], schema=schema))
                start += size
        source = open_table(str(path))
        for _ in range(2):  # a source may be read again
            assert [i for b in source.batches(["i"]) for i in b.column("i").to_pylist()] == list(range(sum(sizes)))
        assert source.num_rows == sum(sizes)


def test_columns_may_be_chosen(tmp_path: Path) -> None:
    for suffix in LOSSLESS:
        path = tmp_path / f"x.{suffix}"
        write_table(str(path), [row()], ARROW, {}, False)
        (batch,) = open_table(str(path), PAIRS).batches(["tgt_idx", "sent_id"])
        assert sorted(batch.schema.names) == ["sent_id", "tgt_idx"], suffix


def test_a_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    for suffix in LOSSLESS:
        write_table(str(tmp_path / f"x.{suffix}"), [row()], ARROW, {}, False)
        (tmp_path / f"x.{suffix}").rename(tmp_path / "x.dat")
        assert read(tmp_path / "x.dat") == [row()], suffix


def test_tables_of_other_programs(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([row()], ARROW)
    with pa.ipc.new_file(str(tmp_path / "feather"), ARROW) as feather:
        feather.write_table(table)
    with pa.ipc.new_stream(str(tmp_path / "stream"), ARROW) as stream:
        stream.write_table(table)
    table.to_pandas().to_parquet(tmp_path / "pandas")
    for name in ("feather", "stream", "pandas"):
        assert read(tmp_path / name) == [row()], name
        assert open_table(str(tmp_path / name)).record is None


def test_csv_with_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    text = to_csv_text([row()], ARROW).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read(path) == [row()]


CHILD = """
import json, sys
from xlt.files.schemas import PAIRS
from xlt.files.tables import open_table, rows_to_batch, table_writer
if sys.argv[1] == "write":
    with table_writer("-", PAIRS.arrow(), {"step": "x"}) as writer:
        for row in json.loads(sys.argv[2]):
            writer.write(rows_to_batch([row], PAIRS.arrow()))
        writer.record["summary"] = {"rows": 2}
else:
    source = open_table("-", PAIRS)
    rows = [[r for b in source.batches(None) for r in b.to_pylist()] for _ in range(2)]
    print(json.dumps({"rows": rows, "record": source.record, "sha256": source.sha256}))
"""


def child(*arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, env=env, **options)


def test_through_a_real_pipe(tmp_path: Path) -> None:
    rows = [row(src_tokens=AWKWARD), row(sent_id=9, src_idx=[], tgt_idx=[], score=[])]
    writer = child("write", json.dumps(rows))
    reader = child("read", stdin=writer.stdout)
    assert writer.stdout is not None
    writer.stdout.close()
    found = json.loads(reader.communicate()[0])
    assert writer.wait() == 0
    assert found["rows"] == [rows, rows]
    assert found["record"] == {"step": "x", "summary": {"rows": 2}}
    assert re.fullmatch("[0-9a-f]{64}", found["sha256"])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Random words, so that compression leaves something to cut.
    folder, draw = tmp_path_factory.mktemp("large"), random.Random(0)
    rows = [row(sent_id=i, src_tokens=[f"{draw.random()}" for _ in range(5)]) for i in range(2000)]
    for suffix in ("parquet", "arrow"):
        write_table(str(folder / f"x.{suffix}"), rows, ARROW, {"step": "x"}, False)
    return folder


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.99])
def test_a_table_that_is_cut_off(large: Path, tmp_path: Path, suffix: str, share: float) -> None:
    whole = (large / f"x.{suffix}").read_bytes()
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(whole[: max(8, int(len(whole) * share))])
    with pytest.raises(XltError, match=rf"x\.{suffix} (cannot be read|is cut off)"):
        read(path)


def test_a_stream_whose_writer_died_between_two_batches(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, ARROW.with_metadata({"xlt": '{"step": "x"}'})) as stream:
        stream.write_batch(rows_to_batch([row()], ARROW))
    (tmp_path / "x").write_bytes(sink.getvalue())
    with pytest.raises(XltError, match="cut off: the command that wrote it did not end"):
        open_table(str(tmp_path / "x"))


def test_a_writer_that_fails_leaves_a_stream_that_is_refused(tmp_path: Path) -> None:
    code = CHILD.replace('writer.record["summary"] = {"rows": 2}', "raise SystemExit(1)")
    arguments = [sys.executable, "-c", code, "write", json.dumps([row()])]
    done = subprocess.run(arguments, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == 1
    (tmp_path / "x").write_bytes(done.stdout)
    with pytest.raises(XltError, match=r"cut off|cannot be read"):
        read(tmp_path / "x")


def test_a_parquet_page_that_is_broken(large: Path, tmp_path: Path) -> None:
    # Without a seal, as an older file is.
    whole = bytearray((large / "x.parquet").read_bytes().replace(b"xlt-seal:", b"xlt-none:"))
    whole[len(whole) // 4 : len(whole) // 2] = bytes(len(whole) // 2 - len(whole) // 4)
    (tmp_path / "x").write_bytes(whole)
    with pytest.raises(XltError, match="cannot be read: it is broken"):
        read(tmp_path / "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PAR1", "broken or cut off"),
        (b"ARROW1\0\0", "broken or cut off"),
        (b"\xff\xff\xff\xff\0\0\0\0", "cannot be read|column 'sent_id' is missing"),
        (b"\x93NUMPY\x01\0v\0", "is not a table"),
        (b'{"sent_id": 1}\n{"sent_id"', "broken or cut off"),
        (b'{"sent_id": "one"}\n', "column 'sent_id'"),
        (b"word pairs\nof another kind\n", "column 'sent_id' is missing"),
        (b"sent_id,src_lang\n1,2,3\n", "broken or cut off"),
        (b"sent_id\n\xff\xfe\n", "x:2: invalid UTF-8"),
    ],
)
def test_what_is_no_table_of_pairs(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(XltError, match=message) as caught:
        open_table(str(tmp_path / "x"), PAIRS)
    assert str(tmp_path / "x") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_and_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="is a folder"):
        open_table(str(tmp_path))
    with pytest.raises(XltError, match="no such file"):
        open_table(str(tmp_path / "x"))


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_another_kind_and_a_missing_column(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    write_table(str(path), [{"src_word": "a"}], pa.schema([("src_word", pa.string())]), {}, False)
    with pytest.raises(SchemaError, match="column 'sent_id' is missing"):
        open_table(str(path), PAIRS)
    without = ARROW.remove(ARROW.get_field_index("tgt_idx"))
    write_table(str(path), [{k: v for k, v in row().items() if k != "tgt_idx"}], without, {}, True)
    with pytest.raises(SchemaError, match="column 'tgt_idx' is missing"):
        open_table(str(path), PAIRS)


def test_a_list_that_is_no_json_in_csv(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(to_csv_text([row()], ARROW).replace('"[""a"", ""b""]"', "a b"))
    with pytest.raises(XltError, match="column 'src_tokens'"):
        open_table(str(tmp_path / "x.csv"), PAIRS)


SMALL = pa.schema([("word", pa.string()), ("n", pa.int64()), ("list", pa.list_(pa.int32()))])


def test_csv_by_hand(tmp_path: Path) -> None:
    rows: list[Row] = [{"word": 'a,"b"', "n": 1, "list": [1, 2]}, {"word": "é", "n": None, "list": []}]
    text = 'word,n,list\n"a,""b""",1,"[1, 2]"\né,,[]\n'
    write_table(str(tmp_path / "x.csv"), rows, SMALL, {}, False)
    assert (tmp_path / "x.csv").read_bytes() == text.encode()
    assert to_csv_text(rows, SMALL) == text
    assert list(csv.reader(io.StringIO(text)))[1] == ['a,"b"', "1", "[1, 2]"]


def test_markdown_by_hand(tmp_path: Path) -> None:
    write_table(str(tmp_path / "x.md"), [{"word": "a|b", "n": 1, "list": [1, 2]}, {"word": "*"}], SMALL, {}, False)
    assert (tmp_path / "x.md").read_text() == (
        "| word | n | list |\n| --- | --- | --- |\n| a\\|b | 1 | [1, 2] |\n| \\* |  |  |\n"
    )


def test_latex_by_hand(tmp_path: Path) -> None:
    rows: list[Row] = [{"word": "50 % & $x_1$ #{a}", "n": 1, "list": []}, {"word": "~^\\", "n": 2, "list": [3]}]
    write_table(str(tmp_path / "x.tex"), rows, SMALL, {}, False)
    assert (tmp_path / "x.tex").read_text() == (
        "\\begin{tabular}{lll}\n\\toprule\nword & n & list \\\\\n\\midrule\n"
        "50 \\% \\& \\$x\\_1\\$ \\#\\{a\\} & 1 & [] \\\\\n"
        "\\textasciitilde{}\\textasciicircum{}\\textbackslash{} & 2 & [3] \\\\\n"
        "\\bottomrule\n\\end{tabular}\n"
    )


def test_outputs_are_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(XltError, match=r"use one of \.parquet"):
        check_table_output(str(tmp_path / "x.xlsx"), False)
    with pytest.raises(XltError, match="use one of"):
        check_table_output(str(tmp_path / "x"), True)
    (tmp_path / "x.csv").write_text("mine")
    with pytest.raises(OutputExistsError):
        check_table_output(str(tmp_path / "x.csv"), False)
    check_table_output("-", False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(XltError, match="not to the terminal"):
        check_table_output("-", False)


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "csv", "jsonl", "md", "tex"])
def test_a_failure_leaves_no_file(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ZeroDivisionError), table_writer(str(tmp_path / f"x.{suffix}"), ARROW, {}) as writer:
        writer.write(rows_to_batch([row()], ARROW))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_line_breaks_within_a_string(tmp_path: Path, suffix: str) -> None:
    # Long enough that the reader's blocks of 1 MB end within strings.
    schema = pa.schema([("text", pa.string())])
    rows = [{"text": f'{i}\n"two" lines, {"x" * 100}\r\n'} for i in range(20_000)]
    path = tmp_path / f"x.{suffix}"
    write_table(str(path), rows, schema, {}, False)
    assert [r for b in open_table(str(path)).batches(None) for r in b.to_pylist()] == rows


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".jsonl"])
def test_of_several_kinds_the_columns_tell(tmp_path: Path, suffix: str) -> None:
    for kind in (SCORES, RESULTS):
        arrow = kind.arrow(["corpus"])
        row = {f.name: "007" if pa.types.is_string(f.type) else 1 for f in arrow}
        path = str(tmp_path / f"{kind.kind}{suffix}")
        write_table(path, [row], arrow, {}, False)
        for kinds in ((SCORES, RESULTS), (RESULTS, SCORES)):
            source = open_table(path, kinds)
            assert source.kind is kind
            # Known as its kind before it is read: text of digits stays text, tags as well.
            assert next(source.batches(["corpus", "lang" if kind is RESULTS else "tgt_lang"])).to_pylist()[0] == {
                "corpus": "007", "lang" if kind is RESULTS else "tgt_lang": "007",
            }  # fmt: skip


def test_none_of_several_kinds(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(",".join(c.name for c in PAIRS.columns) + "\n", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"pairs\.csv holds pairs; scores or results are expected here"):
        open_table(str(pairs), (SCORES, RESULTS))
    (tmp_path / "x.csv").write_text("model,lang,metric,value\n", encoding="utf-8")
    with pytest.raises(SchemaError, match=r"x\.csv: column 'base_model' is missing; results need"):
        open_table(str(tmp_path / "x.csv"), (SCORES, RESULTS))
