"""The step as a notebook calls it; :mod:`tests.cli.test_extract_pairs` holds what it does with text of every kind."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from xlt.corpora import resources
from xlt.errors import OptionError, OutputExistsError, XltError
from xlt.face import face
from xlt.files.provenance import Input, Record
from xlt.files.tables import open_table
from xlt.pairs.extract_pairs import Outputs, extract_pairs, word_rule
from xlt.pairs.options import Aligner, AwesomeOptions, DictOptions, ExtractOptions, FastAlignOptions, LinksOptions


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.tsv").write_text("the cat\tle chat\nthe dog\tun chien\n\tvide\n")
    (tmp_path / "d.txt").write_text("cat chat\nthe le\ndog chien\n")
    (tmp_path / "links").write_text("0-0 1-1\n1-1\n\n")
    return tmp_path


DICT = ExtractOptions(corpus="text.tsv", aligner=DictOptions(dictionary="d.txt"))


def record(path: Path) -> Record:
    """The provenance, which must be there."""
    written = open_table(str(path)).record
    assert written is not None
    return written


def test_a_table_and_its_record(here: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    extraction = extract_pairs("en", "fr", DICT, tags={"a": "b"}, progress=lambda n, of: seen.append((n, of)))
    assert (extraction.output, extraction.held_out) == ("en-fr.parquet", None)
    assert pq.read_table("en-fr.parquet").column("src_idx").to_pylist() == [[0, 1], [1]]
    assert extraction.summary["word pairs"] == 3
    assert seen == [(3, None)]
    written = record(here / "en-fr.parquet")
    assert written["params"] == {
        "aligner": "dict", "dict": "d.txt", "dict_split": "all", "corpus": "text.tsv", "src_lang": "en",
        "tgt_lang": "fr", "split": "train", "lowercase": False, "strip_diacritics": False,
        "segmentation": {"en": "classes", "fr": "classes"}, "limit": None, "sample": None, "hold_out": None,
        "shard": None, "keep_empty": False, "part": "all",
    }  # fmt: skip
    assert (written["tags"], written["seed"], written["summary"]) == ({"a": "b"}, None, extraction.summary)


def test_sentences_are_kept_where_they_are_asked_for(here: Path) -> None:
    plain = extract_pairs("en", "fr", DICT, output="plain.parquet")
    options = ExtractOptions(corpus="text.tsv", aligner=DICT.aligner, keep_empty=True, keep_text=True)
    assert extract_pairs("en", "fr", options, output="x.parquet").summary == plain.summary
    table = pq.read_table("x.parquet")
    assert table.column("src_text").to_pylist() == ["the cat", "the dog", ""]
    assert table.column("tgt_text").to_pylist() == ["le chat", "un chien", "vide"]
    assert record(here / "x.parquet")["params"]["keep_text"] is True
    assert "src_text" not in pq.read_table("plain.parquet").column_names
    for given, text in (({"pretokenized": True}, "pretokenized: the tokens are all"), ({"format": "pharaoh"}, "lines")):
        with pytest.raises(OptionError, match=f"keep_text has no effect with .*{text}"):
            face(extract_pairs)("en", "fr", corpus="text.tsv", keep_text=True, **given)


@pytest.mark.parametrize("aligner", [FastAlignOptions(), LinksOptions(links="links")])
def test_sentences_of_every_aligner(here: Path, aligner: Aligner) -> None:
    options = ExtractOptions(corpus="text.tsv", aligner=aligner, keep_empty=True, keep_text=True, limit=3)
    extract_pairs("en", "fr", options, output="x.parquet")
    assert pq.read_table("x.parquet").column("tgt_text").to_pylist() == ["le chat", "un chien", "vide"]


def test_options_by_name(here: Path) -> None:
    by_name = face(extract_pairs)
    by_name("en", "fr", corpus="text.tsv", links="links", format="pharaoh", output="x")
    assert (here / "x").read_text() == "0-0 1-1\n1-1\n\n"
    with pytest.raises(OptionError, match="dict_split has no effect with links, only with aligner dict"):
        by_name("en", "fr", corpus="text.tsv", links="links", dict_split="test")


def test_parts_have_a_record_each(here: Path) -> None:
    options = ExtractOptions(corpus="text.tsv", aligner=DICT.aligner, hold_out=1, keep_empty=True, seed=3)
    extraction = extract_pairs("en", "fr", options, output="x.jsonl")
    assert (extraction.output, extraction.held_out) == ("x.jsonl", "x.held-out.jsonl")
    extraction = extract_pairs("en", "fr", options, output="x.parquet")
    parts = [record(here / f"x{part}.parquet") for part in ("", ".held-out")]
    assert [part["params"]["part"] for part in parts] == ["kept", "held-out"]
    assert [part["seed"] for part in parts] == [3, 3]
    assert parts[0]["summary"] == parts[1]["summary"] == extraction.summary
    assert extraction.summary["held-out sentence pairs"] == 1


def test_an_empty_shard_is_no_fault_but_an_empty_corpus_is(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = ExtractOptions(corpus="text.tsv", aligner=DICT.aligner, shard="9/9")
    with caplog.at_level(logging.WARNING):
        assert extract_pairs("en", "fr", options).summary["sentence pairs"] == 0
    assert "shard 9/9 holds no sentence pair" in caplog.text
    (here / "empty").write_text("")
    with pytest.raises(OptionError, match=r"^corpus empty: no sentence pair; the corpus is empty"):
        extract_pairs("en", "fr", ExtractOptions(corpus="empty", aligner=DICT.aligner), output="y.parquet")
    assert not (here / "y.parquet").exists()


@pytest.mark.parametrize(
    ("output", "options", "files"),
    [
        ("x.parquet", DICT, ("x.parquet", None, None, False)),
        ("a/x.y", ExtractOptions(hold_out=2, format="pharaoh"), ("a/x.y", "a/x.held-out.y", None, True)),
        ("-", ExtractOptions(aligner=FastAlignOptions(save_priors="m.arrow")), ("-", None, "m.arrow", False)),
        ("-", ExtractOptions(aligner=AwesomeOptions(model="m")), ("-", None, None, False)),
    ],
)
def test_the_files_that_are_written(
    output: str, options: ExtractOptions, files: tuple[str, str | None, str | None, bool]
) -> None:
    assert Outputs.of(output, options) == Outputs(*files)


def test_files_that_cannot_be_written(here: Path) -> None:
    (here / "there.csv").write_text("")
    Outputs("there.csv", None, None, False).check(force=True)
    for outputs in (
        Outputs("there.csv", None, None, False),
        Outputs("x.csv", "there.csv", None, False),
        Outputs("there.csv", None, None, True),
    ):
        with pytest.raises(OutputExistsError):
            outputs.check(force=False)
    with pytest.raises(XltError, match="the suffix says the format"):
        Outputs("x.csv", None, "m.csv", False).check(force=False)
    with pytest.raises(OptionError, match=r"^hold_out writes a second file beside the output: name a file with output"):
        Outputs.of("-", ExtractOptions(hold_out=2))


def test_no_file_serves_twice(here: Path) -> None:
    inputs = [Input("corpus", "text.tsv"), Input("corpus", "-")]
    Outputs("-", None, "m.parquet", False).check_distinct(inputs)
    for outputs in (
        Outputs("./text.tsv", None, None, True),
        Outputs("x.parquet", None, "./x.parquet", False),
        Outputs("x.parquet", "text.tsv", None, False),
    ):
        with pytest.raises(XltError, match="is an input, or another output"):
            outputs.check_distinct(inputs)


def test_tokenizers_of_a_language_pair() -> None:
    rule = word_rule("en", "fr", ExtractOptions(tokenizer=("toktok", "fr=classes"), lowercase=True))
    assert (rule.tokenizers, rule.lowercase) == ({"*": "toktok", "fr": "classes"}, True)
    with pytest.raises(OptionError, match=r"^tokenizer de=…: the languages are en and fr"):
        word_rule("en", "fr", ExtractOptions(tokenizer=("de=toktok",)))
    with pytest.raises(XltError, match="'e n' is no language code"):
        word_rule("e n", "fr", ExtractOptions())


def test_links_are_held_against_the_whole_corpus_only(here: Path) -> None:
    (here / "links").write_text("0-0 1-1\n1-1\n\n\n")
    aligner = LinksOptions(links="links")
    with pytest.raises(XltError, match="links has 4 lines, the corpus 3 sentence pairs"):
        extract_pairs("en", "fr", ExtractOptions(corpus="text.tsv", aligner=aligner))
    limited = extract_pairs("en", "fr", ExtractOptions(corpus="text.tsv", aligner=aligner, limit=2))
    assert limited.summary["links found"] == 3


def test_pairs_those_held_out_and_priors_appear_together(here: Path) -> None:
    aligner = FastAlignOptions(save_priors="m.parquet")
    options = ExtractOptions(corpus="text.tsv", aligner=aligner, hold_out=1, keep_empty=True)
    before = sorted(p.name for p in here.iterdir())

    def theirs(done: int, of: int | None) -> None:
        visible = {p.name for p in here.iterdir() if not p.name.startswith(".")}
        assert visible <= {*before, "en-fr.parquet"}
        (here / "en-fr.parquet").write_text("theirs")

    with pytest.raises(OutputExistsError):
        extract_pairs("en", "fr", options, progress=theirs)
    assert sorted(p.name for p in here.iterdir()) == sorted([*before, "en-fr.parquet"])
    (here / "en-fr.parquet").unlink()
    extract_pairs("en", "fr", options)
    assert {"en-fr.parquet", "en-fr.held-out.parquet", "m.parquet"} < {p.name for p in here.iterdir()}


def test_a_manifest_that_names_no_columns(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = SimpleNamespace(sides=None, files=[here / "text.tsv"], columns={"src": "en"})
    monkeypatch.setattr(resources, "resource_files", lambda name, **_: resource)
    with pytest.raises(XltError, match=r"^europarl: its manifest names no column 'tgt'; give both under \[columns\]$"):
        extract_pairs("en", "fr", ExtractOptions(corpus="europarl", aligner=DICT.aligner))
