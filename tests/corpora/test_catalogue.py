"""What there is, what is on disk, and fetching it for several languages and splits."""

from pathlib import Path

import pytest

from tests.corpora.server import Server
from xlt.corpora.catalogue import check_manifest, describe, fetch, human_size, locate, overview, overviews
from xlt.corpora.manifests import load_manifest, manifest_paths
from xlt.errors import XltError

DICTIONARY = """
title = "Words"
kind = "dictionary"
description = "A few words"
homepage = "https://example.org"
licence = "CC0"
citation = "Nobody (2020)"
format = "muse"
languages = ["en", "fr", "ar"]
pairs = ["en-fr", "ar-en"]
[source]
url = "%s/{src}-{tgt}.txt"
"""
TOPICS = """
title = "Topics"
kind = "sentences"
description = "A few sentences"
homepage = "https://example.org"
licence = "CC0"
citation = "Nobody (2020)"
notes = "Be kind."
format = "tsv"
languages = ["en", "fr"]
labels = ["a", "b"]
[source]
manual = "ask them"
files = "{lang}.{split}.tsv"
[splits]
train = "train"
test = "final"
[only_splits]
fr = ["test"]
[columns]
text = "sentence"
"""


@pytest.fixture
def folder(server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache, and two manifests."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "words.toml").write_text(DICTIONARY % server.url)
    (own / "topics.toml").write_text(TOPICS)
    monkeypatch.setenv("XLT_MANIFESTS", str(own))
    for name in ("en-fr", "fr-en", "en-ar", "ar-en"):
        server.add(f"/{name}.txt", b"a b\n")
    return cache


def test_the_first_language_with_each_of_the_others(folder: Path) -> None:
    names = ["en-fr", "fr-en", "en-ar", "ar-en"]
    with pytest.raises(XltError, match="words en fr is not on disk yet: run 'xlt data fetch words en fr ar'"):
        locate("words", ["en", "fr", "ar"])
    assert fetch("words", ["en", "fr", "ar"]) == [folder / "words" / f"{name}.txt" for name in names]
    assert locate("words", ["fr", "en"]) == [folder / "words" / f"{name}.txt" for name in ("fr-en", "en-fr")]
    words = overview(load_manifest("words"))
    assert (words.files, words.size, words.on_disk) == (4, 16, "4 (16 B)")
    assert [one.manifest.name for one in overviews()] == sorted(one.manifest.name for one in overviews())


def test_all_splits_that_a_language_has(folder: Path) -> None:
    (folder / "topics").mkdir(parents=True)
    for name in ("en.train", "en.final", "fr.final"):
        (folder / "topics" / f"{name}.tsv").write_text("sentence\tlabel\n")
    expected = ["en.train.tsv", "en.final.tsv", "fr.final.tsv"]
    assert [path.name for path in locate("topics", ["en", "fr"])] == expected
    assert [path.name for path in fetch("topics", ["en", "en"], "final")] == ["en.final.tsv"]
    with pytest.raises(XltError, match="has no split 'train' here; it has test"):
        locate("topics", ["fr"], "train")


@pytest.mark.parametrize(
    ("name", "langs", "message"),
    [
        ("words", ["en"], r"words needs two languages or more \(the first is paired with each other one\)"),
        ("topics", [], "topics needs a language; 'xlt data show topics' lists them"),
        ("wordz", ["en", "fr"], "did you mean words"),
    ],
)
def test_too_few_languages(folder: Path, name: str, langs: list[str], message: str) -> None:
    for function in (fetch, locate):
        with pytest.raises(XltError, match=message):
            function(name, langs)


def test_all_that_is_known(folder: Path) -> None:
    facts = describe("topics")
    assert facts["source"] == "no download: ask them; put {lang}.{split}.tsv into the folder"
    assert (facts["splits"], facts["not everywhere"]) == ("train, test", "fr only test")
    assert (facts["labels"], facts["columns"], facts["notes"]) == ("a b", "text = sentence", "Be kind.")
    assert (facts["on disk"], facts["folder"]) == ("nothing yet", str(folder / "topics"))
    assert "pairs" not in facts
    assert describe("words")["pairs"] == "2: en-fr, ar-en"
    assert describe("opus100")["source"].startswith("hub data set ")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (3_000_000_000_000, "3000.0 GB")],
)
def test_sizes(size: int, text: str) -> None:
    assert human_size(size) == text


def test_a_manifest_is_checked_wherever_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    file.write_text(TOPICS)
    manifest, expected = check_manifest(file)
    assert manifest.name == "topics"
    assert [(one.name, one.split, one.places) for one in expected] == [
        ("en", "train", ("en.train.tsv",)), ("en", "test", ("en.final.tsv",)), ("fr", "test", ("fr.final.tsv",)),
    ]  # fmt: skip
    file = tmp_path / "words.toml"
    file.write_text(DICTIONARY % "https://x.org")
    assert [(one.name, one.split, one.places) for one in check_manifest(file)[1]] == [
        ("en-fr", None, ("https://x.org/en-fr.txt", "https://x.org/fr-en.txt")),
        ("ar-en", None, ("https://x.org/ar-en.txt", "https://x.org/en-ar.txt")),
    ]
    file.write_text((DICTIONARY % "https://x.org").replace('"dictionary"', '"corpus"').replace('"muse"', '"tsv"'))
    with pytest.raises(XltError, match=r"words\.toml: key 'columns' must name src and tgt"):
        check_manifest(file)
    with pytest.raises(XltError, match=r"none\.toml: no such file; data_manifests/README\.md describes"):
        check_manifest(tmp_path / "none.toml")


def test_all_manifests_of_ours_pass_the_check() -> None:
    for path in manifest_paths().values():
        check_manifest(path)
