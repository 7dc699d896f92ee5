"""Which corpus is opened."""

from pathlib import Path

import pytest

from tests.corpora.test_treebanks import EN, FR
from xlt.corpora.manifests import load_manifest
from xlt.errors import OptionError, XltError
from xlt.pairs.corpus import check_corpus, corpus_of, is_tagging, is_treebank_corpus
from xlt.pairs.options import DictOptions, ExtractOptions, NoAligner
from xlt.pairs.segment import WordRule

RULE, ASKED = WordRule("en", "fr", {}), ("en", "fr")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "en.conllu").write_text(EN)
    (tmp_path / "fr.conllu").write_text(FR)
    (tmp_path / "text.tsv").write_text("a\tb\n")
    (tmp_path / "d.txt").write_text("cat chat\n")
    return tmp_path


def test_a_text_a_dictionary_or_treebanks(here: Path) -> None:
    text = ExtractOptions(corpus="text.tsv")
    assert list(corpus_of(ASKED, RULE, text).read()) == [(["a"], ["b"])]
    assert not is_treebank_corpus(ASKED, RULE, text)
    entries = ExtractOptions(aligner=DictOptions(dictionary="d.txt", entries=True))
    assert list(corpus_of(ASKED, RULE, entries).read()) == [(["cat"], ["chat"])]
    assert not is_treebank_corpus(ASKED, RULE, entries)
    treebanks = ExtractOptions(corpus="{lang}.conllu", aligner=NoAligner())
    assert corpus_of(ASKED, RULE, treebanks).treebank is not None
    assert is_treebank_corpus(ASKED, RULE, treebanks)
    for options in (text, entries, treebanks):
        check_corpus(ASKED, RULE, options)


def test_treebanks_bring_their_words(here: Path) -> None:
    for options, name in (
        (ExtractOptions(corpus="{lang}.conllu", tokenizer=("toktok",)), "tokenizer"),
        (ExtractOptions(corpus="{lang}.conllu", pretokenized=True), "pretokenized"),
        (ExtractOptions(corpus="{lang}.conllu", aligner=DictOptions(whole_entries=True)), "whole_entries"),
    ):
        with pytest.raises(OptionError, match=rf"^{name} has no effect: corpus {{lang}}.conllu brings its words"):
            is_treebank_corpus(ASKED, RULE, options)


def test_a_named_corpus_has_both_languages_and_a_named_treebank_each(here: Path) -> None:
    assert [is_tagging(load_manifest(name)) for name in ("ud_pud", "opus100", "wikiann")] == [True, False, False]
    assert is_treebank_corpus(("en", "th"), WordRule("en", "th", {}), ExtractOptions(corpus="ud_pud"))
    with pytest.raises(XltError, match="ud_pud has no language 'kk'"):
        check_corpus(("en", "kk"), WordRule("en", "kk", {}), ExtractOptions(corpus="ud_pud", split="test"))
    with pytest.raises(XltError, match="nothing: no such file"):
        check_corpus(ASKED, RULE, ExtractOptions(corpus="nothing"))
