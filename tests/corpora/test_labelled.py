"""Labelled sentences and sentence pairs in every form that people have them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.corpora.labelled import Labelled, read_labelled
from xlt.errors import XltError

NAMES = ("entailment", "neutral", "contradiction")


def put(path: Path, text: str | bytes, *, zipped: bool = False) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path


def jsonl(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n\n"])
def test_tsv_has_no_quoting(tmp_path: Path, zipped: bool, end: str) -> None:
    lines = ["source\thypothesis\tpremise\tlabel", 'a\t"no\tSaid ""yes""\tneutral', "b\t\u2028\ty \x85z\tentailment"]
    text = "\n".join(lines).replace("\n", "\r\n" if end == "\r\n" else "\n") + end
    labelled_texts = read_labelled(put(tmp_path / "x.tsv", text, zipped=zipped), pair=True)
    assert labelled_texts == Labelled(['Said ""yes""', "y \x85z"], ['"no', "\u2028"], ["neutral", "entailment"])
    assert len(labelled_texts) == 2


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("text\tlabel", {}),
        ("sentence\tcategory", {}),
        ("text\tlabel\tsentence\tcategory", {}),
        ("x\ty", {"text": "x", "label": "y"}),
    ],
)
def test_names_of_columns(tmp_path: Path, header: str, columns: dict[str, str]) -> None:
    path = put(tmp_path / "x", f"{header}\na\tb" + "\tc" * (header.count("\t") - 1) + "\n")
    assert read_labelled(path, pair=False, columns=columns) == Labelled(["a"], None, ["b"])


def test_jsonl(tmp_path: Path) -> None:
    rows = [{"text": "a\nb\tc", "label": "x", "more": [1]}, {"label": 7, "text": "ع"}]
    assert read_labelled(put(tmp_path / "x", jsonl(*rows)), pair=False) == Labelled(["a\nb\tc", "ع"], None, ["x", "7"])
    pairs = jsonl({"premise": "p", "hypothesis": "h", "label": 2}, {"premise": "", "hypothesis": "h", "label": 0})
    labelled_texts = read_labelled(put(tmp_path / "y", pairs), pair=True, names=NAMES)
    assert labelled_texts == Labelled(["p", ""], ["h", "h"], ["contradiction", "entailment"])


def test_numbers_of_labels_are_named_and_names_stay(tmp_path: Path) -> None:
    numbers = put(tmp_path / "x", "text\tlabel\na\t2\nb\t0\n")
    assert read_labelled(numbers, pair=False, names=NAMES).labels == ["contradiction", "entailment"]
    assert read_labelled(numbers, pair=False).labels == ["2", "0"]
    names = put(tmp_path / "y", "text\tlabel\na\tneutral\n")
    assert read_labelled(names, pair=False, names=NAMES).labels == ["neutral"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r" is empty; columns text or sentence, label or category are expected"),
        ("\n\n", r" is empty"),
        ("text\n", r":1: one column; a header is expected"),
        ("text\tlabel\n", r" holds a header and no row"),
        ("text\tlable\na\tb\n", r":1: no column called label or category; found text, lable"),
        ("premise\thypothesis\tlabel\na\tb\tneutral\n", r":1: no column called text or sentence; found premise"),
        ("text\tlabel\na\tneutral\nb\tc\tneutral\n", r":3: 3 columns, expected 2 as in the header"),
        ("text\tlabel\na\tneutral\n\nb\tneutral\n", r":3: 1 columns, expected 2"),
        ("text\tlabel\na\t\n", r":2: the label is missing"),
        ("text\tlabel\na\tneutral\nb\t3\n", r":3: label '3' is neither"),
        ("text\tlabel\na\t0\nb\t-2\n", r":3: label '-2' is neither a name .* nor the number of one"),
        ("text\tlabel\na\t-1\nb\t-1\n", r": no row has a label, all say -1: are the labels of this split withheld"),
        (b"text\tlabel\n\xff\tneutral\n", r":2: invalid UTF-8"),
        ("{\n", r":1: not JSON"),
        ('{"a": ' + "[" * 100_000 + "\n", r":1: not JSON"),
        ('{"text": "a", "label": "neutral"}\n[1]\n', r":2: a JSON object is expected"),
        ('{"text": "a", "label": "neutral"}\n{"text": "a"}\n', r":2: 'label' is missing"),
        ('{"text": "a", "label": null}\n', r":1: 'label' is missing"),
        ('{"text": 3, "label": "neutral"}\n', r":1: 'text' is no text but 3"),
        ('{"text": "a", "label": true}\n', r":1: 'label' is no text but true"),
        ('{"text": "a", "label": 0.5}\n', r":1: 'label' is no text but 0.5"),
        ('{"text": "a", "label": 3}\n', r":1: label '3' is neither"),
        ('{"text": "\\ud800", "label": 1}\n', r":1: 'text' holds half of a surrogate pair"),
        (b"PAR1", r" cannot be read"),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = put(tmp_path / "x.tsv", text)
    with pytest.raises(XltError, match=f"^{path}{message}"):
        read_labelled(path, pair=False, names=NAMES)


def test_pairs_need_both_sides(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="no column called premise; found text, label"):
        read_labelled(put(tmp_path / "x", "text\tlabel\na\tb\n"), pair=True)


def parquet(path: Path, names: tuple[str, ...] = (), **columns: Any) -> Path:
    table = pa.table(columns)
    if names:
        features = {"label": {"names": list(names), "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path)
    return path


def test_parquet(tmp_path: Path) -> None:
    columns: dict[str, Any] = {"premise": ["a", "b"], "hypothesis": ["c", ""], "label": [2, 0]}
    expected = Labelled(["a", "b"], ["c", ""], ["contradiction", "entailment"])
    assert read_labelled(parquet(tmp_path / "x", **columns), pair=True, names=NAMES) == expected
    assert read_labelled(parquet(tmp_path / "y", NAMES, **columns), pair=True) == expected
    assert read_labelled(parquet(tmp_path / "x", **columns), pair=True).labels == ["2", "0"]
    texts = parquet(tmp_path / "z", sentence=["a"], category=["sports"])
    assert read_labelled(texts, pair=False) == Labelled(["a"], None, ["sports"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a", None], "label": [0, 1]}, ":2: column 'text' is missing a value"),
        ({"text": ["a"], "label": [-2]}, "label -2 has no name"),
        ({"text": ["a"], "label": [-1]}, "no row has a label, all say -1"),
        ({"text": ["a"], "label": [""]}, "a label is empty"),
        ({"text": [1], "label": [0]}, "column 'text': texts are expected here, found int64"),
        ({"text": ["a"], "label": [0.0]}, "column 'label': texts are expected here, found double"),
        ({"text": ["a"]}, "no column called label or category; found text"),
    ],
)
def test_faults_of_parquet(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_labelled(parquet(tmp_path / "x.parquet", **columns), pair=False, names=NAMES)


@pytest.mark.parametrize("names", [NAMES, ()])
def test_rows_without_a_label_are_left_out_and_counted(tmp_path: Path, names: tuple[str, ...]) -> None:
    tsv = put(tmp_path / "x", "text\tlabel\na\t0\nb\t-1\nc\t-\n")
    lines = put(tmp_path / "y", jsonl(*({"text": t, "label": n} for t, n in (("a", 0), ("b", -1), ("c", -100)))))
    table = parquet(tmp_path / "z", text=["a", "b", "c"], label=[0, -1, -1])
    expected = Labelled(["a"], None, [names[0] if names else "0"], {"texts without a label": 2})
    for path in (tsv, lines, table):
        assert read_labelled(path, pair=False, names=names) == expected


def read_or_message(path: Path) -> Labelled | str:
    try:
        return read_labelled(path, pair=False)
    except XltError as error:
        return str(error)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50) | st.text(st.sampled_from('textlabl\t\n{}":,1'), max_size=60).map(str.encode))
def test_whatever_the_bytes_there_are_texts_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = put(tmp_path_factory.getbasetemp() / "any.tsv", data)
    labelled_texts = read_or_message(path)
    if isinstance(labelled_texts, str):
        assert labelled_texts.startswith(str(path))
        return
    assert len(labelled_texts.first) == len(labelled_texts.labels) > 0
    assert all(labelled_texts.labels)


@pytest.mark.parametrize(
    ("name", "pair", "rows"),
    [("xnli/ar/dev", True, 2490), ("xnli/en/test", True, 5010), ("sib200/hy/train", False, 701)],
)
def test_real_files(test_data: Path, name: str, pair: bool, rows: int) -> None:
    path = next(p for p in (test_data / f"{name}.tsv", test_data / f"{name}.tsv.gz") if p.exists())
    labelled_texts = read_labelled(path, pair=pair)
    assert len(labelled_texts.first) == len(labelled_texts.labels) == rows
    assert (labelled_texts.second is not None) == pair
    assert len(set(labelled_texts.labels)) == (3 if pair else 7)


def test_the_place_of_a_text(tmp_path: Path) -> None:
    tsv = read_labelled(put(tmp_path / "a.tsv", "text\tlabel\nx\t-1\ny\tp\nz\tq\n"), pair=False)
    lines = read_labelled(
        put(tmp_path / "b", jsonl({"text": "x", "label": "p"}, {"text": "y", "label": "q"})), pair=False
    )
    assert [tsv.place(0), tsv.place(1)] == [f"{tmp_path}/a.tsv:3", f"{tmp_path}/a.tsv:4"]
    both = Labelled([*tsv.first, *lines.first], None, [*tsv.labels, *lines.labels], rows=[*tsv.rows, *lines.rows])
    assert [both.place(1), both.place(2), both.place(3)] == [
        f"{tmp_path}/a.tsv:4", f"{tmp_path}/b:1", f"{tmp_path}/b:2",
    ]  # fmt: skip
