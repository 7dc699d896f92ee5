"""Two treebanks of the same sentences."""

from pathlib import Path

import pytest

from xlt.corpora.parallel import open_corpus
from xlt.corpora.treebanks import is_treebank, parallel_treebanks
from xlt.errors import OptionError, XltError


def sentence(sent_id: str | None, words: str, text: str | None = None) -> str:
    """A sentence in CoNLL-U: words as ``form/TAG``."""
    head = [f"# sent_id = {sent_id}"] * (sent_id is not None) + [f"# text = {text}"] * (text is not None)
    cells = [word.rsplit("/", 1) for word in words.split()]
    rows = [f"{n}\t{form.replace('~', ' ')}\t_\t{tag}" + "\t_" * 6 for n, (form, tag) in enumerate(cells, 1)]
    return "\n".join([*head, *rows]) + "\n\n"


EN = sentence("a", "The/DET cat/NOUN", "The cat") + sentence("b", "No/DET one/NOUN") + sentence("c", "10~000/NUM")
FR = sentence("c", "10~000/NUM ./PUNCT", "10 000.") + sentence("x", "rien/PRON") + sentence("a", "Le/DET chat/NOUN")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    left, right = tmp_path / "en.conllu", tmp_path / "fr.conllu"
    left.write_text(EN)
    right.write_text(FR)
    return left, right


def test_sentences_are_matched_by_their_ids_in_the_order_of_the_first(files: tuple[Path, Path]) -> None:
    source, target, notes = parallel_treebanks(*files)
    assert (source.texts, target.texts) == (["The cat", "10 000"], ["Le chat", "10 000."])
    assert source.tagged.words == [["The", "cat"], ["10 000"]]
    assert target.tagged.words == [["Le", "chat"], ["10 000", "."]]
    assert target.tagged.labels == [["DET", "NOUN"], ["NUM", "PUNCT"]]
    assert notes == {"sentences without a partner": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (sentence(None, "a/X"), r"en.conllu:1: a sentence without '# sent_id ='"),
        (EN + sentence("a", "b/X"), r"en.conllu:14: sent_id a is that of the sentence in line 3, too"),
        (sentence("other", "a/X"), "share no sent_id"),
        (sentence("a", "a/X").replace("1\ta", "2\ta"), "en.conllu:2: word 2 follows word 0"),
    ],
)
def test_what_cannot_be_matched(files: tuple[Path, Path], content: str, message: str) -> None:
    files[0].write_text(content)
    with pytest.raises(XltError, match=message):
        parallel_treebanks(*files)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (EN, True),
        ("# newdoc\n\n" + EN, True),
        # Ten words of which the first is a number.
        ("1 In the beginning God created the heavens and earth\n", False),
        ("a\tb\n", False),
        ("# only\n", False),
    ],
)
def test_what_a_treebank_looks_like(tmp_path: Path, text: str, answer: bool) -> None:
    (tmp_path / "x").write_text(text)
    assert is_treebank(tmp_path / "x") is answer


def test_two_treebanks_are_a_corpus_and_one_is_none(files: tuple[Path, Path]) -> None:
    left, right = files
    corpus = open_corpus(f"{left},{right}", "en", "fr", batch=1)
    assert list(corpus.read()) == [(["The cat"], ["Le chat"]), (["10 000"], ["10 000."])]
    assert corpus.treebank is not None
    assert [side.words[1] for side in corpus.treebank] == [["10 000"], ["10 000", "."]]
    assert open_corpus(str(left.with_name("{lang}.conllu")), "en", "fr").treebank is not None
    with pytest.raises(OptionError, match="a treebank of one language; give two that are parallel"):
        open_corpus(str(left), "en", "fr")
