"""Tagged sentences in every form that people have them."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.corpora.tagged import Tagged, read_tagged
from xlt.corpora.word_columns import LabelRule
from xlt.errors import XltError

UPOS = {
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM",
    "VERB", "X",
}  # fmt: skip
# What ends a line, or is a blank, for Python, but not here.
ODD = "x\u2028\x0b\x85\u3000"


def put(path: Path, text: str | bytes, *, zipped: bool = False) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path


def conllu(*rows: str) -> str:
    """Rows given as 'ID FORM UPOS' with bars between; the other columns are empty."""
    lines = []
    for row in rows:
        if not row or row.startswith("#"):
            lines.append(row)
            continue
        number, form, upos = row.split("|")
        lines.append("\t".join([number, form, "_", upos, *"______"]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("zipped", [False, True])
def test_conllu_keeps_the_syntactic_words(tmp_path: Path, zipped: bool) -> None:
    text = conllu(
        "# sent_id = 1",
        "# text = vámonos a casa",
        "1-2|vámonos|_",
        "1|vamos|VERB",
        "2|nos|PRON",
        "3|a|ADP",
        "3.1|la|DET",
        "4|casa|NOUN",
        "",
        "1|#|SYM",
        "2|10 000|NUM",
        "",
        "",
        "# newdoc",
    )
    tagged = read_tagged(put(tmp_path / "x.conllu", text, zipped=zipped))
    assert tagged == Tagged(
        [["vamos", "nos", "a", "casa"], ["#", "10 000"]],
        [["VERB", "PRON", "ADP", "NOUN"], ["SYM", "NUM"]],
        {"multiword-token ranges": 1, "empty nodes": 1},
    )
    assert len(tagged) == 2


def test_conllu_may_begin_with_a_range_or_an_empty_node(tmp_path: Path) -> None:
    for first, word in (("1-2|du|_", "1|de|ADP"), ("0.1|x|X", "1|de|ADP")):
        tagged = read_tagged(put(tmp_path / "x", conllu(first, word, "2|le|DET", "")))
        assert (tagged.words, tagged.labels) == ([["de", "le"]], [["ADP", "DET"]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (("1|a|X", "3|b|X", ""), r":2: word 3 follows word 1; is an empty line"),
        (("1|a|X", "2|b|X", "1|c|X"), r":3: word 1 follows word 2"),
        (("1|a|X", "x|b|X"), r":2: CoNLL-U has 10 columns .* found 10, beginning with 'x'"),
        (("1|a|X", "", "# c", "1||X"), r":4: the word is missing"),
        (("1|a|_",), r":1: the label is missing"),
        (("1|a|",), r":1: the label is missing"),
    ],
)
def test_broken_conllu_names_the_line(tmp_path: Path, rows: tuple[str, ...], message: str) -> None:
    path = put(tmp_path / "x.conllu", conllu(*rows))
    with pytest.raises(XltError, match=f"^{path}{message}"):
        read_tagged(path)


def test_a_row_of_conllu_with_too_few_columns(tmp_path: Path) -> None:
    path = put(tmp_path / "x", conllu("1|a|X") + "2\tb\t_\tX\n")
    with pytest.raises(XltError, match=":2: CoNLL-U has 10 columns separated by tabs, the first a number; found 4"):
        read_tagged(path)


@pytest.mark.parametrize("separator", ["\t", " ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_two_columns(tmp_path: Path, separator: str, end: str) -> None:
    rows = [("Is", "O"), ("it", "O"), (), (), ("#", "O"), ("#=", "B-x"), (), ("-DOCSTART-", "O"), (), (ODD, "I-x")]
    lines = [separator.join(row) for row in rows]
    lines[4:4] = ["# newdoc id = 7", "# note ="]
    tagged = read_tagged(put(tmp_path / "x", end.join(["# intent = weather/find", *lines, f"a\u0301{separator}O", ""])))
    assert tagged == Tagged([["Is", "it"], ["#", "#="], [ODD, "a\u0301"]], [["O", "O"], ["O", "B-x"], ["I-x", "O"]])


def test_with_tabs_a_comment_needs_no_form_but_its_place(tmp_path: Path) -> None:
    assert read_tagged(put(tmp_path / "x", "# newdoc\n#\tSYM\n")).words == [["#"]]
    with pytest.raises(XltError, match=r"x:2: 1 columns, expected 2 as in line 1 \(separator tab\)"):
        read_tagged(put(tmp_path / "x", "a\tX\n# newdoc\n"))


def test_a_word_may_hold_blanks_where_tabs_separate_and_is_no_blank(tmp_path: Path) -> None:
    assert read_tagged(put(tmp_path / "x", "10 000\tNUM\nb\tX\n")) == Tagged([["10 000", "b"]], [["NUM", "X"]])
    path = put(tmp_path / "x", "10 000\tNUM\n\tX\n\u3000\tY\n\n \tZ\n")
    with pytest.raises(XltError, match=r"x:2: the word is missing; .* --drop-blank-words"):
        read_tagged(path)
    dropped = Tagged([["10 000"]], [["NUM"]], {"blank words left out": 3})
    assert read_tagged(path, rule=LabelRule(drop_blank=True)) == dropped


def test_numbers_before_the_words(tmp_path: Path) -> None:
    # From 0 (WikiNEuRal); a cut CoNLL-U whose first sentence holds a range and an empty node; through the whole file.
    zero = "0\tAnna\tB-PER\n1\tsmiled\tO\n\n0\tRain\tO\n"
    assert read_tagged(put(tmp_path / "x", zero)).words == [["Anna", "smiled"], ["Rain"]]
    cut = "1-2\tdu\t_\n1\tde\tADP\n2\tle\tDET\n2.1\tx\t_\n\n1\tchat\tNOUN\n"
    assert read_tagged(put(tmp_path / "x", cut)) == Tagged(
        [["de", "le"], ["chat"]], [["ADP", "DET"], ["NOUN"]], {"multiword-token ranges": 1, "empty nodes": 1}
    )
    assert read_tagged(put(tmp_path / "x", zero.replace("0\tR", "2\tR"))).words == [["Anna", "smiled"], ["Rain"]]
    with pytest.raises(XltError, match=r"numbers alone, which do not count .* --columns word=2,label=3"):
        read_tagged(put(tmp_path / "x", zero.replace("1\ts", "7\ts")))
    # One sentence of one number is no reason to take its column for a count.
    assert read_tagged(put(tmp_path / "x", "1\tCD\tO\n\na\tDT\tO\nb\tNN\tB-X\n")).words == [["1"], ["a", "b"]]
    with pytest.raises(XltError, match="counts 0, 1, 2: where are the words"):
        read_tagged(put(tmp_path / "x", "1\tA\n2\tB\n3\tA\n"))


def test_conllu_with_blanks_for_tabs(tmp_path: Path) -> None:
    text = conllu("# text = a b", "1-2|ab|_", "1|a|X", "2|b|Y").replace("\t", "  ")
    assert read_tagged(put(tmp_path / "x", text)) == Tagged([["a", "b"]], [["X", "Y"]], {"multiword-token ranges": 1})
    assert read_tagged(tmp_path / "x", {"token": "FORM", "label": "upos"}).words == [["a", "b"]]


@pytest.mark.parametrize("header", ["Token\tlemma\tner_tags", "# global.columns = FORM LEMMA NER_TAGS"])
def test_a_header_names_the_columns(tmp_path: Path, header: str) -> None:
    path = put(tmp_path / "x", f"{header}\nAnna\tanna\tB-PER\nran\trun\tO\n")
    assert read_tagged(path) == Tagged([["Anna", "ran"]], [["B-PER", "O"]])
    assert read_tagged(path, {"token": "lemma"}).words == [["anna", "run"]]
    with pytest.raises(XltError, match="no column called pos"):
        read_tagged(path, {"label": "pos"})


def test_the_one_column_that_can_hold_the_labels(tmp_path: Path) -> None:
    path = put(tmp_path / "x", "# sent_id = 1\n1\tAnna\tB-PER\t-\tann\n2\tran\tO\t-\tann\n")
    spans = LabelRule(fits=lambda label: label == "O" or label[:2] in ("B-", "I-"))
    assert read_tagged(path, rule=spans) == Tagged([["Anna", "ran"]], [["B-PER", "O"]])
    with pytest.raises(XltError, match="column 5, the last, holds 'ann' for every word; name the columns"):
        read_tagged(path)
    assert read_tagged(path, {"token": "1", "label": "2"}).labels == [["B-PER", "O"]]
    two = put(tmp_path / "y", "Anna\tB-NP\tB-PER\tx\nran\tB-VP\tO\ty\n")
    with pytest.raises(XltError, match="columns 2 and 3 may both hold the labels"):
        read_tagged(two, rule=spans)


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"tokens": ["Anna", "ran"], "ner_tags": ["B-PER", "O"]}, {"ner_tags": [1], "tokens": ["Rain"]}]
    path = put(tmp_path / "x", "\n\n".join(map(json.dumps, rows)))
    assert read_tagged(path, names=["B-PER", "O"]) == Tagged([["Anna", "ran"], ["Rain"]], [["B-PER", "O"], ["O"]])
    assert read_tagged(path).labels == [["B-PER", "O"], ["1"]]
    assert read_tagged(put(tmp_path / "y", "{\tPUNCT\n}\tPUNCT\n")).words == [["{", "}"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"tokens": ["a"], "tags": ["X", "Y"]}', ":1: 1 words, 2 labels"),
        ('{"tokens": ["a"]}', ":1: no column called labels"),
        ('{"tokens": ["a"], "upos": ["X"], "ner_tags": ["O"]}', ":1: ner_tags and upos may both hold the labels"),
        ('{"tokens": "a", "tags": ["X"]}', ":1: 'tokens' is no list"),
        ('{"tokens": [1], "tags": ["X"]}', ":1: 'tokens': a word is no text but 1"),
        ('{"tokens": ["a"], "tags": [0.5]}', ":1: a label is no text but 0.5"),
        ('{"tokens": ["a"], "tags": ["_"]}', ":1: the label is missing"),
        ('{"tokens": ["a"], "tags": [-100]}', ":1: label -100 says that there is none"),
        ('{"tokens": ["\\ud800"], "tags": ["X"]}', ":1: not JSON"),
        ('{"tokens": ["a"], "tags": ["X"]}\nx', ":2: not JSON"),
        ('[{"tokens": ["a"], "tags": ["X"]}]', ":1: a JSON object is expected in each line"),
    ],
)
def test_faults_of_json_lines(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_tagged(put(tmp_path / "x", text))


def test_more_columns(tmp_path: Path) -> None:
    conll2003 = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
    assert read_tagged(put(tmp_path / "x", conll2003)) == Tagged([["EU", "rejects"]], [["B-ORG", "O"]])
    # A first column that counts is no word.
    xsid = "# id = 1\n# text: a\tb\n1\tset\talarm\tO\n2\tit\talarm\tB-x\n\n1\t#\talarm\tO\n"
    for columns in (None, {"token": "1", "label": "3"}):
        tagged = read_tagged(
            put(tmp_path / "x", xsid.replace("# text: a\tb\n", "") if columns is None else xsid), columns
        )
        assert tagged == Tagged([["set", "it"], ["#"]], [["O", "B-x"], ["O"]])
    assert read_tagged(tmp_path / "x", {"token": "2", "label": "1"}).words == [["alarm", "alarm"], ["alarm"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r" holds no sentence"),
        ("\n \n\t\n", r" holds no sentence"),
        ("# intent = x\n\n", r" holds no sentence"),
        ("a\tX\nb\tY\tZ\n", r":2: 3 columns, expected 2 as in line 1 \(separator tab\)"),
        ("a X\n\nb\n", r":3: 1 columns, expected 2 as in line 1 \(separator blank\)"),
        ("a\nb\n", r":1: 1 column \(separator blank\); a word and its label"),
        ("a\tX\n\nb\t\n", r":3: the label is missing"),
        (b"a\tX\nb\xe9\tX\n", r":2: invalid UTF-8"),
        (b"\x1f\x8b\x08broken", r": the compressed file is broken"),
        (b"PAR1broken", r" cannot be read: it is broken or cut off"),
    ],
)
def test_faults_name_file_and_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = put(tmp_path / "x.tsv", text)
    with pytest.raises(XltError, match=f"^{path}{message}"):
        read_tagged(path)
    with pytest.raises(XltError, match="no such file"):
        read_tagged(tmp_path / "absent")


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    path = put(tmp_path / "x", "a\tX\n")
    for columns in ({"label": "3"}, {"token": "1"}, {"label": "-3"}):
        with pytest.raises(XltError, match=":1: 2 columns"):
            read_tagged(path, columns)


WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r "), min_size=1, max_size=6).filter(
    lambda w: bool(w.strip()) and not w.startswith(("#", "-DOCSTART-", "\ufeff", "-1", "_"))
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from("\t ")
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[tuple[str, str]]], separator: str
) -> None:
    # Words that are all alike, or all _, are refused.
    sentences.append([("one", "X"), ("two", "Y"), ("three", "Z")] * 20)
    text = "\n".join("".join(f"{word}{separator}{tag}\n" for word, tag in sentence) for sentence in sentences)
    tagged = read_tagged(put(tmp_path_factory.getbasetemp() / "written.tsv", text))
    assert tagged.words == [[word for word, _ in sentence] for sentence in sentences]
    assert tagged.labels == [[tag for _, tag in sentence] for sentence in sentences]


def read_or_message(path: Path) -> Tagged | str:
    try:
        return read_tagged(path)
    except XltError as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(st.sampled_from("1#\t \n=-.aX_"), max_size=60).map(str.encode))
def test_whatever_the_bytes_there_are_sentences_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = put(tmp_path_factory.getbasetemp() / "any.tsv", data)
    tagged = read_or_message(path)
    if isinstance(tagged, str):
        assert tagged.startswith(str(path))
        return
    assert [len(w) for w in tagged.words] == [len(tags) for tags in tagged.labels]
    assert all(tagged.words)
    assert all(tag for tags in tagged.labels for tag in tags)


def parquet(
    path: Path, words: object, labels: object, *, names: list[str] | None = None, label: str = "ner_tags"
) -> Path:
    table = pa.table({"tokens": words, label: labels})
    if names:
        feature = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
        metadata = {"huggingface": json.dumps({"info": {"features": {label: feature}}})}
        table = table.replace_schema_metadata(metadata)
    pq.write_table(table, path)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x", [["a", "b"], ["c"]], [[0, 2], [1]])
    names = ["O", "B-X", "I-X"]
    expected = Tagged([["a", "b"], ["c"]], [["O", "I-X"], ["B-X"]])
    assert read_tagged(path, {"token": "tokens", "label": "ner_tags"}, names) == expected
    # Without names numbers stay numbers; the file itself may say them.
    assert read_tagged(path).labels == [["0", "2"], ["1"]]
    assert read_tagged(parquet(tmp_path / "y", [["a", "b"], ["c"]], [[0, 2], [1]], names=names)) == expected
    texts = parquet(tmp_path / "z", [["a", "b"], ["c"]], [["O", "I-X"], ["B-X"]], label="tags")
    assert read_tagged(texts) == expected
    large = pa.array([["a", "b"], ["c"]], pa.large_list(pa.large_string()))
    coded = pa.array([["O", "I-X"], ["B-X"]], pa.list_(pa.dictionary(pa.int8(), pa.string())))
    assert read_tagged(parquet(tmp_path / "w", large, coded)) == expected


@pytest.mark.parametrize(
    ("words", "labels", "message"),
    [
        ([["a"], ["b", "c"]], [[0], [0]], ":2: 2 words, 1 labels"),
        ([["a"], []], [[0], []], ":2: 0 words, 0 labels"),
        ([["a"], ["b"]], [[0], [3]], "column 'ner_tags': label 3 has no name; there are 2"),
        ([["a"], ["b"]], [[0], [-1]], "label -1 has no name.*are the labels of this split withheld"),
        ([["a"], None], [[0], [1]], ":2: column 'tokens' is missing a value"),
        ([["a"], ["b"]], [[0], [None]], "column 'ner_tags': a missing value inside a list"),
        ([["a"]], [[0.5]], "column 'ner_tags': texts are expected here, found double"),
        ([["a"]], [[""]], "a label is empty"),
        ([[1]], [[0]], "column 'tokens': texts are expected here, found int64"),
        (["a"], [[0]], "column 'tokens': lists are expected here"),
        (pa.array([], pa.list_(pa.string())), pa.array([], pa.list_(pa.int64())), "the table has no rows"),
    ],
)
def test_faults_of_parquet(tmp_path: Path, words: object, labels: object, message: str) -> None:
    with pytest.raises(XltError, match=message):
        read_tagged(parquet(tmp_path / "x.parquet", words, labels), names=["O", "B-X"])


def test_parquet_without_the_columns(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x", [["a"]], [[0]], label="other")
    with pytest.raises(XltError, match=r"no column called labels or tags .*; found tokens, other"):
        read_tagged(path)
    with pytest.raises(XltError, match="no column called ner; found tokens, other"):
        read_tagged(path, {"label": "ner"})


@pytest.mark.parametrize("metadata", ["{", "[]", '{"info": {"features": {"ner_tags": 3}}}', "[" * 100_000])
def test_odd_metadata_of_the_hub_is_none(tmp_path: Path, metadata: str) -> None:
    table = pa.table({"tokens": [["a"]], "ner_tags": [[1]]}).replace_schema_metadata({"huggingface": metadata})
    pq.write_table(table, tmp_path / "x")
    assert read_tagged(tmp_path / "x").labels == [["1"]]


# Sentences as the data's README states them; words by an independent count (awk).
@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("ud/UD_English-EWT/en_ewt-ud-test.conllu.gz", 2077),
        ("ud/UD_Thai-PUD/th_pud-ud-test.conllu.gz", 1000),
        ("ud/UD_Kazakh-KTB/kk_ktb-ud-train.conllu.gz", 31),
        ("udpos_xtreme/ar/dev.tsv.gz", 909),
        ("ner/panx/zh/test.tsv", 1812),
        ("ner/wikineural/en/test.tsv.gz", 2000),
        ("slots/xsid/zh/test.tsv", 500),
        ("slots/fb_mtod/th/dev.tsv", 1235),
    ],
)
def test_real_files(test_data: Path, name: str, sentences: int) -> None:
    path = test_data / name
    if not path.exists():
        path = path.with_name(path.name.removesuffix(".gz") if path.suffix == ".gz" else path.name + ".gz")
    tagged = read_tagged(path)
    assert len(tagged) == sentences
    lines = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode().split("\n")
    first = [line.split("\t")[0] for line in lines if "\t" in line]
    counted = sum(cell.isdecimal() for cell in first) if name.startswith("ud/") else len(first)
    assert sum(map(len, tagged.words)) == counted
    assert sum(tagged.left_out.values()) == len(first) - counted


def test_forms_with_blanks_in_real_data(test_data: Path) -> None:
    tagged = read_tagged(test_data / "ud/UD_French-Sequoia/fr_sequoia-ud-train.conllu.gz")
    assert sum(" " in word for sentence in tagged.words for word in sentence) == 34
    assert set().union(*tagged.labels) <= UPOS
