"""Characters with tags become words with tags."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.corpora.tagged import Tagged
from xlt.corpora.words import Segmentation, Tokens, segmentation
from xlt.tasks.segment import resegmented


def by_length(*lengths: int) -> Segmentation:
    """Words of these lengths, in every sentence."""

    def segment(sentences: object) -> Tokens:
        assert isinstance(sentences, list)
        words, offsets = [], [0]
        for text in sentences:
            at = 0
            for n in lengths:
                words.append(text[at : at + n])
                at += n
            offsets.append(len(words))
        return Tokens(pa.array(words, pa.string()), pa.array(offsets).to_numpy())

    return Segmentation("by length", segment)


def test_a_word_has_the_tag_of_its_first_character() -> None:
    data = Tagged([list("我在北京市"), ["x", "yz", "u", "v"]], [["O", "O", "B-L", "I-L", "I-L"], ["A", "B", "C", "D"]])
    found = resegmented(data, by_length(1, 1, 3))
    assert found.unchanged == 0
    assert found.data.words == [["我", "在", "北京市"], ["x", "y", "zuv"]]
    assert found.data.labels == [["O", "O", "B-L"], ["A", "B", "B"]]
    # An entity that begins within a word is gone.
    assert resegmented(Tagged([["a", "b"]], [["O", "B-L"]]), by_length(2)).data.labels == [["O"]]


def test_what_does_not_spell_the_same_stays() -> None:
    data = Tagged([list("abcd"), list("abcde")], [list("1234"), list("12345")], {"empty nodes": 3})
    found = resegmented(data, by_length(2, 2))
    assert found.unchanged == 1
    assert found.data == Tagged([["ab", "cd"], list("abcde")], [["1", "3"], list("12345")], {"empty nodes": 3})


def test_white_space_and_composed_letters() -> None:
    data = Tagged([["a", "\u3000", "b ", "e\u0301"]], [["1", "2", "3", "4"]])
    found = resegmented(data, by_length(1, 1, 1))
    assert (found.data.words, found.data.labels) == ([["a", "b", "é"]], [["1", "3", "4"]])
    assert (found.data.left_out, found.unchanged) == ({"tokens of white space": 1}, 0)
    # Nothing but white space: there is no word that could stand for it.
    blank = Tagged([["\u3000"]], [["1"]])
    assert (resegmented(blank, by_length()).data, resegmented(blank, by_length()).unchanged) == (blank, 1)


@pytest.mark.filterwarnings("ignore")
@given(st.lists(st.text("我在北京市天安门ab1é\u0301 \u3000，", min_size=1, max_size=12), min_size=1, max_size=4))
def test_with_the_real_segmenter(texts: list[str]) -> None:
    data = Tagged([list(t) for t in texts], [[str(i) for i in range(len(t))] for t in texts])
    found = resegmented(data, segmentation("zh"))
    for words, labels, text in zip(found.data.words, found.data.labels, texts, strict=True):
        assert len(words) == len(labels) > 0
        if words != list(text):
            assert [text[int(at)] for at in labels] == [w[0] for w in words] or "\u0301" in text
    assert len(found.data) == len(texts)


def test_a_sentence_that_everybody_cuts_alike() -> None:
    data = Tagged([list("我爱北京")], [["O", "O", "B-LOC", "I-LOC"]])
    assert resegmented(data, segmentation("zh")).data == Tagged([["我", "爱", "北京"]], [["O", "O", "B-LOC"]])
