"""Occurrences of words, and what they found: which are shown, in which order, and what is refused."""

from pathlib import Path

import pytest

from tests.pair_files import row, write_pairs
from tests.study.item_files import item, scored, write_items
from xlt.errors import OptionError, XltError
from xlt.files.rows import Row
from xlt.report.examples import examples_markdown
from xlt.study.examples import find_examples
from xlt.study.options import ExampleOptions

TOY = [
    row(0, "the cat sleeps", "le chat dort", "0-0 1-1 2-2"),
    row(1, "a black cat", "un minou noir", "1-2 2-1"),
    row(2, "cat", "chat", "0-0"),
]


def occurrence(n: int, src: str, found: str, sent_id: int, found_sent_id: int | None = None, layer: int = 4) -> Row:
    # A word of the toy with what it found; links of each sentence as there.
    pair = TOY[sent_id]
    i = pair["src_tokens"].index(src)
    j = pair["tgt_idx"][pair["src_idx"].index(i)]
    there = sent_id if found_sent_id is None else found_sent_id
    right = pair["tgt_tokens"][j]
    at = {"src_idx": i, "tgt_idx": j, "layer": layer, "found_lang": "fr", "found_sent_id": there, "found_word": found}
    hit = found == right and there == sent_id
    return item(n, hit, src, right, sent_id, **at, found_idx=TOY[there]["tgt_tokens"].index(found))


@pytest.fixture
def toy(tmp_path: Path) -> tuple[str, ExampleOptions]:
    rows = [
        occurrence(0, "cat", "chat", 0), occurrence(1, "cat", "noir", 1), occurrence(2, "cat", "chat", 2),
        occurrence(3, "black", "noir", 1), occurrence(4, "cat", "le", 0, layer=2),
    ]  # fmt: skip
    items = write_items(tmp_path / "i.parquet", rows, scored(candidates="corpus"), found=True)
    return items, ExampleOptions(pairs=(write_pairs(tmp_path / "p.parquet", TOY),), word=("cat",))


def test_occurrences_in_their_sentences(toy: tuple[str, ExampleOptions]) -> None:
    items, options = toy
    (cat,) = find_examples(items, options)
    assert (cat.word, cat.lang, cat.other, cat.layer, cat.occurrences, cat.hits) == ("cat", "en", "fr", 4, 3, 2)
    assert examples_markdown([cat]) == (
        "## cat (en→fr, layer 4)\n\n2 of 3 occurrences find their translation.\n\n"
        "✓ rank 1\n\n- en 0: the **cat** sleeps\n- fr 0: le **chat** dort\n\n"
        "✗ the right word, minou, has rank 2\n\n- en 1: a black **cat**\n- fr 1: un minou **noir**\n\n"
        "✓ rank 1\n\n- en 2: **cat**\n- fr 2: **chat**\n"
    )


def test_hits_of_different_senses_come_first(tmp_path: Path, toy: tuple[str, ExampleOptions]) -> None:
    _, options = toy
    rows = [
        occurrence(0, "cat", "le", 0), occurrence(1, "cat", "minou", 1), occurrence(2, "cat", "chat", 2),
        occurrence(3, "black", "noir", 1),
    ]  # fmt: skip
    items = write_items(tmp_path / "j.parquet", rows, scored(candidates="corpus"), found=True)
    # Nobody names words: the one with two translations that are found.
    (cat,) = find_examples(items, ExampleOptions(pairs=options.pairs))
    assert [(one.sent_id, one.rank) for one in cat.examples] == [(1, 1), (2, 1), (0, 2)]
    (cat,) = find_examples(items, ExampleOptions(pairs=options.pairs, most=1))
    assert [one.sent_id for one in cat.examples] == [1]
    assert cat.occurrences == 3


def test_layers(toy: tuple[str, ExampleOptions]) -> None:
    items, options = toy
    for layer in (2, -3):
        (cat,) = find_examples(items, ExampleOptions(pairs=options.pairs, word=("cat",), layer=layer))
        assert (cat.layer, cat.occurrences, cat.hits) == (2, 1, 0)
    with pytest.raises(OptionError, match=r"3: .*i\.parquet holds layers 2, 4"):
        find_examples(items, ExampleOptions(pairs=options.pairs, layer=3))


def test_what_is_refused(tmp_path: Path, toy: tuple[str, ExampleOptions]) -> None:
    items, options = toy
    for word, told in (("Cat", "near it are cat"), ("zebra", r"no query of .*i\.parquet is this word$")):
        with pytest.raises(OptionError, match=told):
            find_examples(items, ExampleOptions(pairs=options.pairs, word=(word,)))
    with pytest.raises(OptionError, match="no word has two translations"):
        find_examples(items, ExampleOptions(pairs=options.pairs))
    with pytest.raises(OptionError, match="is needed"):
        find_examples(items, ExampleOptions(word=("cat",)))
    with pytest.raises(OptionError, match="no accuracy in that direction"):
        find_examples(items, ExampleOptions(pairs=options.pairs, side="tgt"))
    other = write_pairs(tmp_path / "q.parquet", [row(0, "the dog sleeps", "le chien dort", "")])
    with pytest.raises(XltError, match=r"i\.parquet:row 0: word 1 of sentence 0 is 'cat'; .* has another word there"):
        find_examples(items, ExampleOptions(pairs=(other,), word=("cat",)))
    other = write_pairs(tmp_path / "q.parquet", [row(9, "the", "le", "")])
    with pytest.raises(XltError, match="in --pairs that sentence is not there"):
        find_examples(items, ExampleOptions(pairs=(other,), word=("cat",)))
    plain = write_items(tmp_path / "plain.parquet", [item(0, 1)], scored())
    with pytest.raises(XltError, match="does not tell what was found"):
        find_examples(plain, options)
