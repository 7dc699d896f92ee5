"""Parallel text in every form that people have it."""

import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xlt.corpora.parallel import Corpus, header_sides, moses_corpus, open_corpus, table_corpus
from xlt.errors import XltError

# What ends a line for str.splitlines(), but not here.
ODD = "\u2028\x0b\x0c\x1c\x85\u2029"
EN = ["one", "", f"three {ODD} x", "“four”, 4"]
FR = ["un", "deux", "trois", ""]


def put(path: Path, text: str | bytes, *, zipped: bool = False) -> Path:
    data = text.encode() if isinstance(text, str) else text
    path = path.with_name(path.name + ".gz") if zipped else path
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path


def lines(sentences: list[str], end: str = "\n") -> str:
    return "".join(s + end for s in sentences)


def read(corpus: Corpus) -> tuple[list[str], list[str]]:
    batches = list(corpus.read())
    assert all(len(a) == len(b) for a, b in batches)
    return [s for a, _ in batches for s in a], [t for _, b in batches for t in b]


def opened(spec: object, src: str = "en", tgt: str = "fr", **options: Any) -> tuple[list[str], list[str]]:
    corpus = open_corpus(str(spec), src, tgt, **options)
    sides = read(corpus)
    assert read(corpus) == sides  # from its start any number of times
    return sides


ENCODINGS = pytest.mark.parametrize(
    ("end", "start", "zipped"),
    [("\n", "", False), ("\n", "", True), ("\r\n", "", False), ("\n", "\ufeff", False), ("\r\n", "\ufeff", True)],
    ids=["plain", "gz", "crlf", "bom", "gz-bom-crlf"],
)


@ENCODINGS
def test_moses_pair(tmp_path: Path, end: str, start: str, zipped: bool) -> None:
    put(tmp_path / "corpus.en", start + lines(EN, end), zipped=zipped)
    put(tmp_path / "corpus.fr", start + lines(FR, end))  # one side may be compressed, the other not
    assert opened(tmp_path / "corpus") == (EN, FR)
    assert opened(tmp_path / "corpus", "fr", "en") == (FR, EN)


@ENCODINGS
def test_two_columns(tmp_path: Path, end: str, start: str, zipped: bool) -> None:
    rows = [f"{a}\t{b}" for a, b in zip(EN, FR, strict=True)]
    path = put(tmp_path / "corpus.tsv", start + lines(rows, end), zipped=zipped)
    assert opened(path) == (EN, FR)
    assert opened(tmp_path / "corpus.tsv") == (EN, FR)  # a missing .gz is found
    assert opened(path, "fr", "en") == (EN, FR)  # without header the columns are source and target


@ENCODINGS
@pytest.mark.parametrize("bars", [" ||| ", "|||"])
def test_bars(tmp_path: Path, end: str, start: str, zipped: bool, bars: str) -> None:
    rows = [f"{a}{bars}{b}" for a, b in zip(EN, FR, strict=True)]
    path = put(tmp_path / "corpus.txt", start + lines(rows, end), zipped=zipped)
    src, tgt = opened(path)
    # Blanks beside the bars may stay: they separate no words.
    assert [s.strip(" ") for s in src] == EN
    assert [t.strip(" ") for t in tgt] == FR


@ENCODINGS
def test_wide_table(tmp_path: Path, end: str, start: str, zipped: bool) -> None:
    rows = ["id\tfr\tde\ten", *(f"{i}\t{b}\t?\t{a}" for i, (a, b) in enumerate(zip(EN, FR, strict=True)))]
    path = put(tmp_path / "wide.tsv", start + lines(rows, end), zipped=zipped)
    assert opened(path) == (EN, FR)
    assert opened(path, "fr", "en") == (FR, EN)
    assert opened(path, "de", "id") == (["?"] * 4, list("0123"))


def test_two_columns_with_a_header_in_the_other_order(tmp_path: Path) -> None:
    path = put(tmp_path / "x.tsv", "fr\ten\nun\tone\n")
    assert opened(path) == (["one"], ["un"])


@ENCODINGS
def test_keys(tmp_path: Path, end: str, start: str, zipped: bool) -> None:
    # The order is the source's; what has no partner is counted; a sentence may hold tabs and odd line ends.
    a = ["GEN.1.1\tone", f"GEN.1.2\ttwo{ODD}\tx", "GEN.1.3\tthree", "GEN.1.4\t"]
    b = ["GEN.1.4\tquatre", "GEN.1.2\tdeux", "GEN.1.9\tneuf", "GEN.1.1\tun"]
    left = put(tmp_path / "en.tsv", start + lines(a, end), zipped=zipped)
    right = put(tmp_path / "fr.tsv", start + lines(b, end))
    corpus = open_corpus(f"{left},{right}", "en", "fr", join_key=True)
    assert read(corpus) == (["one", f"two{ODD}\tx", ""], ["un", "deux", "quatre"])
    assert corpus.notes == {"keys without a partner": 2}
    assert corpus.files == (left, right)
    assert opened(tmp_path / "{lang}.tsv", join_key=True) == read(corpus)


@pytest.mark.parametrize("nested", [True, False])
def test_parquet(tmp_path: Path, nested: bool) -> None:
    rows = [{"en": a, "fr": b, "de": "x"} for a, b in zip(EN, FR, strict=True)] + [{"en": None, "fr": "cinq"}]
    table = pa.Table.from_pylist([{"id": 1, "translation": r} for r in rows] if nested else rows)
    pq.write_table(table, tmp_path / "x.bin")  # known by its content
    assert opened(tmp_path / "x.bin") == ([*EN, ""], [*FR, "cinq"])
    assert opened(tmp_path / "x.bin", "fr", "en") == ([*FR, "cinq"], [*EN, ""])


def test_parquet_with_a_translation_that_is_null(tmp_path: Path) -> None:
    rows = [{"translation": {"en": "a", "fr": "b"}}, {"translation": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x")
    assert opened(tmp_path / "x") == (["a", ""], ["b", ""])


def test_parquet_types_that_other_writers_choose(tmp_path: Path) -> None:
    table = pa.table({"en": pa.array(["a", "b"]).dictionary_encode(), "fr": pa.array(["c", "d"], pa.large_string())})
    pq.write_table(table, tmp_path / "x")
    assert opened(tmp_path / "x") == (["a", "b"], ["c", "d"])


@pytest.mark.parametrize(
    ("files", "spec"),
    [
        (("en/dev.txt", "fr/dev.txt"), "{lang}/{split}.txt"),
        (("en/dev.txt.gz", "fr/dev.txt"), "{lang}/{split}.txt"),
        (("a-en-fr.en", "a-en-fr.fr"), "a-{src}-{tgt}"),
        (("a-en-fr.en", "a-en-fr.fr"), "a-{src}-{tgt}.{lang}"),
        (("left.en", "right.fr"), "left.{src},right.{tgt}"),
    ],
)
def test_templates(tmp_path: Path, files: tuple[str, str], spec: str) -> None:
    for name, sentences in zip(files, (EN, FR), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        put(tmp_path / name.removesuffix(".gz"), lines(sentences), zipped=name.endswith(".gz"))
    spec = ",".join(str(tmp_path / part) for part in spec.split(","))
    assert opened(spec, split="dev") == (EN, FR)


def test_a_template_for_one_file(tmp_path: Path) -> None:
    put(tmp_path / "en-fr.test.tsv", "a\tb\n", zipped=True)
    assert opened(tmp_path / "{src}-{tgt}.{split}.tsv", split="test") == (["a"], ["b"])


def test_a_file_whose_name_holds_a_comma(tmp_path: Path) -> None:
    assert opened(put(tmp_path / "a,b.tsv", "a\tb\n")) == (["a"], ["b"])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"a\tb\nc\td\n", gzip.compress(b"a ||| b\nc ||| d\n"), b"en\tfr\na\tb\nc\td\n"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        corpus = open_corpus("-", "en", "fr")
        src, tgt = read(corpus)
        assert ([s.strip() for s in src], [t.strip() for t in tgt]) == (["a", "c"], ["b", "d"])
        assert corpus.files == ()


def test_a_terminal_is_no_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    with pytest.raises(XltError, match="is a terminal"):
        read(open_corpus("-", "en", "fr"))


def test_batches_are_even(tmp_path: Path) -> None:
    sentences = [str(i) for i in range(8)]
    put(tmp_path / "x.en", lines(sentences))
    put(tmp_path / "x.fr", lines(sentences))
    put(tmp_path / "x.tsv", "en\tfr\n" + lines([f"{s}\t{s}" for s in sentences]))
    put(tmp_path / "k.tsv", lines([f"{s}\t{s}" for s in sentences]))
    pq.write_table(pa.table({"en": sentences, "fr": sentences}), tmp_path / "x.parquet")
    for spec, join_key in (("x", False), ("x.tsv", False), ("x.parquet", False), ("k.tsv,{0}/k.tsv", True)):
        path = f"{tmp_path}/{spec.format(tmp_path)}"
        batches = list(open_corpus(path, "en", "fr", join_key=join_key, batch=3).read())
        assert [s for a, _ in batches for s in a] == [t for _, b in batches for t in b] == sentences, spec
        assert max(len(a) for a, _ in batches) == 3


@pytest.mark.parametrize("counts", [(3, 2), (2, 3), (0, 1), (7, 8), (6, 7), (9, 6)])
def test_unequal_line_counts(tmp_path: Path, counts: tuple[int, int]) -> None:
    for lang, count in zip(("en", "fr"), counts, strict=True):
        put(tmp_path / f"x.{lang}", lines(["a"] * count))
    with pytest.raises(XltError, match=rf"x\.en has {counts[0]} lines, \S*x\.fr {counts[1]}:"):
        opened(tmp_path / "x", batch=3)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        (
            "1\ta\n2\tb\n",
            "1\tc\n",
            r"x\.en has 2 lines, .*; if the first column is a key, --join-key joins the two on it$",
        ),
        ("1\ta\n2\tb\n", "3\tc\n", r"line i of one must translate line i of the other$"),
        ("1\ta\n2 b\n", "1\tc\n", r"line i of one must translate line i of the other$"),
        ("k1\ta\nk2\tb\n", "k1\tc\nk2\td\n", r"the first column is the same in both and no text; .* --join-key joins"),
    ],
)
def test_files_of_key_and_sentence_get_the_hint(tmp_path: Path, left: str, right: str, message: str) -> None:
    put(tmp_path / "x.en", left)
    put(tmp_path / "x.fr", right)
    with pytest.raises(XltError, match=message):
        opened(tmp_path / "x")


def test_text_with_tabs_is_text(tmp_path: Path) -> None:
    put(tmp_path / "x.en", "a\tb\nc\td\n")
    put(tmp_path / "x.fr", "a\tb\ne\tf\n")
    assert opened(tmp_path / "x") == (["a\tb", "c\td"], ["a\tb", "e\tf"])


def test_a_blank_last_line_counts(tmp_path: Path) -> None:
    put(tmp_path / "x.en", "a\n\n")
    put(tmp_path / "x.fr", "b\n")
    with pytest.raises(XltError, match=r"has 2 lines"):
        opened(tmp_path / "x")


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("a\tb\nc\n", 2, "1 columns, expected 2"),
        ("a\tb\nc\td\te\n", 2, "3 columns, expected 2"),
        ("a\tb\n\nc\td\n", 2, "1 columns, expected 2"),
        ("en\tfr\tde\n1\t2\t3\n1\t2\n", 3, "2 columns, expected 3"),
        ("a ||| b\nc | d\n", 2, r"1 columns, expected 2 .*\|\|\|"),
        ("a ||| b\nc ||| d ||| e\n", 2, "3 columns, expected 2"),
        ("just text\n", 1, "neither two columns"),
        ("a ||| b ||| c\n", 1, "neither two columns"),
        ("en\tde\tit\n1\t2\t3\n", 1, "no column named fr; the columns are en, de, it"),
        ("id\tde\tit\n1\t2\t3\n", 1, "no column named en nor fr"),
        ("A sentence.\tUne phrase.\t12345\n", 1, "3 columns, no header"),
    ],
)
def test_lines_of_another_form(tmp_path: Path, text: str, where: int, message: str) -> None:
    path = put(tmp_path / "x.tsv", text)
    with pytest.raises(XltError, match=rf"^{path}:{where}: .*{message}"):
        opened(path)


def test_a_wrong_line_in_a_later_block_is_found(tmp_path: Path) -> None:
    path = put(tmp_path / "x.tsv", "en\tfr\n" + "a\tb\n" * 7 + "c\n")
    with pytest.raises(XltError, match=r"x\.tsv:9: 1 columns"):
        opened(path, batch=3)


@pytest.mark.parametrize("form", ["moses", "tsv", "keys"])
def test_invalid_utf8_names_file_and_line(tmp_path: Path, form: str) -> None:
    bad = b"k1\tcaf\xc3\xa9\nk2\tcaf\xe9\n"
    path = put(tmp_path / "x.fr", bad)
    put(tmp_path / "x.en", "k1\ta\nk2\tb\n")
    spec = {"moses": tmp_path / "x", "tsv": path, "keys": f"{tmp_path / 'x.en'},{path}"}[form]
    with pytest.raises(XltError, match=r"x\.fr:2: invalid UTF-8"):
        opened(spec, join_key=form == "keys")


def test_a_compressed_file_that_is_cut_off(tmp_path: Path) -> None:
    path = put(tmp_path / "x.tsv", "".join(f"{i}\t{i * i}\n" for i in range(999)), zipped=True)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(XltError, match=r"x\.tsv\.gz: the compressed file is broken or cut off"):
        opened(path)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ("1\ta\n2\tb\n1\tc\n", "1\tA\n", r"en:3: key '1' stands in an earlier line"),
        ("1\ta\n", "1\tA\n1\tB\n", r"fr:2: key '1' stands in an earlier line"),
        ("1\ta\n2\tb\n3\tb\n3\tb\n", "1\tA\n", r"en:4: key '3'"),  # also where nobody asks for the key
        ("1\ta\nb\n", "1\tA\n", r"en:2: no tab"),
        ("1\ta\n", "2\tb\n", "share no key"),
        ("", "2\tb\n", "share no key"),
    ],
)
def test_keys_that_do_not_join(tmp_path: Path, left: str, right: str, message: str) -> None:
    put(tmp_path / "en", left)
    put(tmp_path / "fr", right)
    with pytest.raises(XltError, match=message):
        opened(f"{tmp_path}/{{lang}}", join_key=True)


@pytest.mark.parametrize("keep", [4, 100, -1, -10])
def test_parquet_that_is_cut_off(tmp_path: Path, keep: int) -> None:
    pq.write_table(pa.table({"en": EN, "fr": FR}), tmp_path / "x")
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:keep])
    with pytest.raises(XltError, match="broken or cut off"):
        opened(tmp_path / "x")


@pytest.mark.parametrize("nested", [True, False])
def test_parquet_without_the_language(tmp_path: Path, nested: bool) -> None:
    table = pa.Table.from_pylist([{"translation": {"en": "a", "de": "b"}}] if nested else [{"en": "a", "de": "b"}])
    pq.write_table(table, tmp_path / "x")
    with pytest.raises(XltError, match="no column for fr; it has en, de"):
        opened(tmp_path / "x")


def test_parquet_that_holds_no_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"en": ["a"], "fr": [["b"]]}), tmp_path / "list")
    with pytest.raises(XltError, match="list"):
        opened(tmp_path / "list")
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\x01\0\0\0"), pa.py_buffer(b"\xff"))
    pq.write_table(pa.table({"en": ["a"], "fr": broken}), tmp_path / "bytes")
    with pytest.raises(XltError, match=r"bytes: invalid UTF-8 \(byte 0xff\)"):
        opened(tmp_path / "bytes")


def test_empty_files_hold_no_pair(tmp_path: Path) -> None:
    put(tmp_path / "x.tsv", "")
    put(tmp_path / "h.tsv", "en\tfr\n")
    put(tmp_path / "m.en", "")
    put(tmp_path / "m.fr", "")
    pq.write_table(pa.table({"en": pa.array([], pa.string()), "fr": pa.array([], pa.string())}), tmp_path / "p")
    for name in ("x.tsv", "h.tsv", "m", "p"):
        assert opened(tmp_path / name) == ([], []), name


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    put(tmp_path / "x.en", "a\n")
    with pytest.raises(XltError, match=r"x\.fr \(or \.gz\) is missing beside \S*x\.en"):
        opened(tmp_path / "x")
    with pytest.raises(XltError, match=r"x\.ru \(or \.gz\): no such file"):
        opened(tmp_path / "x.{lang}", "en", "ru")
    with pytest.raises(XltError, match=r"no such file, nor \S*y\.en and \S*y\.fr"):
        opened(tmp_path / "y")
    with pytest.raises(XltError, match="join_key takes two files"):
        opened(tmp_path / "x.en", join_key=True)
    with pytest.raises(XltError, match="are both 'en'"):
        opened(tmp_path / "x", "en", "en")


def test_files_that_are_already_known(tmp_path: Path) -> None:
    files = [put(tmp_path / name, text) for name, text in (("a", "1\n"), ("b", "2\n"), ("c", "3\n"), ("d", "4\n"))]
    corpus = moses_corpus("name", (files[0], files[2]), (files[1], files[3]))
    assert read(corpus) == (["1", "3"], ["2", "4"])
    assert set(corpus.files) == set(files)
    put(tmp_path / "t1", "en\tfr\na\tb\n")
    put(tmp_path / "t2", "fr\ten\nd\tc\n")
    assert read(table_corpus("name", (tmp_path / "t1", tmp_path / "t2"), "en", "fr")) == (["a", "c"], ["b", "d"])


def test_real_keys(test_data: Path) -> None:
    corpus = open_corpus(str(test_data / "parallel/bible/{lang}.tsv"), "en", "ru", join_key=True)
    src, tgt = read(corpus)
    assert src[0] == "In the beginning, God created the heavens and the earth."
    assert tgt[0].startswith("В начале сотворил Бог небо и землю")
    # 31,098 English and 27,176 Russian verses.
    assert corpus.notes["keys without a partner"] == 31_098 + 27_176 - 2 * len(src)
    assert len(src) <= 27_176


@pytest.mark.parametrize(
    ("header", "places"),
    [
        ("fr en", (1, 0)),
        ("FR EN", (1, 0)),
        ("fr_FR en-US", (1, 0)),
        ("fra_Latn eng_Latn", (1, 0)),
        ("id French English", (2, 1)),
        ('"Fr" "En"', (1, 0)),
        ("target source", (1, 0)),
        ("en en fr", (0, 2)),
        ("EN En fr", None),
        ("en-US en-GB fr", None),
        ("en hello", None),
        ("chat cat", None),
    ],
)
def test_a_header_names_both_languages_however_it_does(header: str, places: tuple[int, int] | None) -> None:
    assert header_sides(header.split(" "), "en", "fr") == places


def test_a_header_between_bars_and_a_column_that_counts(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("FR ||| EN\nle ||| the\n", encoding="utf-8")
    assert list(open_corpus(str(tmp_path / "x"), "en", "fr").read()) == [([" the"], ["le "])]
    (tmp_path / "y").write_text("7\tle\n8\tla\n9\tles\n", encoding="utf-8")
    with pytest.raises(XltError, match="column 1 counts the lines and is no text"):
        list(open_corpus(str(tmp_path / "y"), "en", "fr").read())
