"""Sentences as examples: every word has its place, whatever is cut, taken or joined."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checkpoints import TEXT, sentencepiece, wordpiece
from tests.encoders.test_texts import typed
from xlt.encoders.options import Overlong
from xlt.encoders.tokens import WordTokenizer, word_tokenizer
from xlt.errors import XltError
from xlt.tasks.examples import Examples, joined, tagged_examples, text_examples

LABELS = {"N": 0, "V": 1}
WORDS = sorted({w for line in TEXT for w in line.split()})
TOKENIZERS = {name: word_tokenizer(make(), name) for name, make in (("w", wordpiece), ("s", sentencepiece))}
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), min_size=1, max_size=6)


def tagged(
    sentences: list[list[str]], limit: int = 32, overlong: Overlong = "window", tokenizer: WordTokenizer | None = None
) -> Examples:
    tags = [["N" if len(w) % 2 else "V" for w in s] for s in sentences]
    return tagged_examples(sentences, tags, LABELS, tokenizer or TOKENIZERS["w"], limit, overlong)


def sequences(examples: Examples) -> list[list[int]]:
    bounds = examples.offsets.tolist()
    return [examples.ids[a:b].tolist() for a, b in pairwise(bounds)]


def described(examples: Examples) -> list[Any]:
    """Each example by itself: its sequences, its targets with the sequence they look at, what is unseen."""
    found = []
    rows = sequences(examples)
    for i in range(len(examples)):
        targets = range(examples.target_offsets[i], examples.target_offsets[i + 1])
        first = int(examples.seq_offsets[i])
        own = rows[first : examples.seq_offsets[i + 1]]
        assert all(first <= examples.target_seq[t] < first + len(own) or examples.target_seq[t] == -1 for t in targets)
        at = [None if examples.target_at is None else int(examples.target_at[t]) for t in targets]
        held = [int(examples.target_seq[t]) - first if examples.target_seq[t] >= 0 else None for t in targets]
        places = [(h, None if h is None else a) for h, a in zip(held, at, strict=True)]
        found.append((own, places, examples.gold[targets.start : targets.stop].tolist(), int(examples.unseen[i])))
    return found


@given(sentences=SENTENCES, limit=st.integers(5, 40), which=st.sampled_from(["w", "s"]))
@settings(max_examples=80, deadline=None)
def test_every_word_is_classified_on_its_first_subword(sentences: list[list[str]], limit: int, which: str) -> None:
    tokenizer = TOKENIZERS[which]
    examples = tagged(sentences, limit, tokenizer=tokenizer)
    rows = sequences(examples)
    assert all(len(tokenizer.prefix) + len(tokenizer.suffix) < len(row) <= limit for row in rows)
    assert examples.target_at is not None
    room = limit - len(tokenizer.prefix) - len(tokenizer.suffix)
    subwords = tokenizer(sentences)
    word = 0
    for i, sentence in enumerate(sentences):
        lost = 0
        for _ in sentence:
            seq, at = examples.target_seq[word], examples.target_at[word]
            start, stop = subwords.start[word], subwords.stop[word]
            if seq < 0:
                assert stop - start > room
                lost += 1
            else:
                assert rows[seq][at] == subwords.tokens[i][start]
                assert examples.seq_offsets[i] <= seq < examples.seq_offsets[i + 1]
            word += 1
        assert examples.unseen[i] == lost
    assert examples.target_offsets.tolist() == [0, *np.cumsum([len(s) for s in sentences])]
    assert examples.truncated == examples.unseen.sum()
    # No sequence is run that nothing is read from.
    assert set(examples.target_seq[examples.target_seq >= 0].tolist()) == set(range(len(rows)))


def test_what_becomes_of_a_long_sentence() -> None:
    sentences = [["cat", "sat"], ["the", "cat"] * 20]
    whole = tagged([sentences[0]])
    window, cut, skip = (tagged(sentences, 12, overlong) for overlong in ("window", "cut", "skip"))
    for found in (window, cut, skip):
        assert described(found)[0] == described(whole)[0]
        assert len(found.gold) == 42
    assert window.unseen.tolist() == [0, 0]
    assert np.diff(window.seq_offsets).tolist()[1] > 3
    assert np.diff(cut.seq_offsets).tolist() == [1, 1]
    seen = int((cut.target_seq[2:] >= 0).sum())
    assert 0 < seen < 40
    assert (cut.target_seq[2 : 2 + seen] >= 0).all()
    assert (cut.unseen.tolist(), cut.truncated) == ([0, 40 - seen], 40 - seen)
    assert np.diff(skip.seq_offsets).tolist() == [1, 0]
    assert (skip.unseen.tolist(), skip.truncated) == ([0, 40], 40)
    with pytest.raises(XltError, match=r"^sentence 1 \('the cat the"):
        tagged(sentences, 12, "error")


def test_nothing_is_held_at_all() -> None:
    found = tagged([["the", "cat"] * 20], 12, "skip")
    assert (found.seq_offsets.tolist(), len(found.ids), found.target_seq.tolist()) == ([0, 0], 0, [-1] * 40)
    assert described(found.take(np.array([0, 0]))) == described(found) * 2


def test_a_label_that_the_model_does_not_know() -> None:
    found = tagged_examples([["a", "b", "c"]], [["V", "?", "N"]], LABELS, TOKENIZERS["w"], 32)
    assert found.gold.tolist() == [1, -1, 0]


@given(sentences=SENTENCES, overlong=st.sampled_from(["window", "cut", "skip"]), data=st.data())
@settings(max_examples=60, deadline=None)
def test_taking_and_joining(sentences: list[list[str]], overlong: Overlong, data: st.DataObject) -> None:
    whole = tagged(sentences, 14, overlong)
    each = described(whole)
    rows = data.draw(st.lists(st.integers(0, len(sentences) - 1), max_size=8))
    assert described(whole.take(np.array(rows, np.int64))) == [each[i] for i in rows]
    parts = [tagged([s], 14, overlong) for s in sentences]
    assert [d for p in parts for d in described(p)] == each
    again = joined(parts)
    assert described(again) == each
    assert again.truncated == whole.truncated


@pytest.mark.parametrize("second", [None, ["b a", TEXT[3], "c"]])
def test_texts(second: list[str] | None) -> None:
    tokenizer = typed()
    first = ["the cat", TEXT[2], "the mat"]
    found = text_examples(first, second, ["V", "N", "?"], LABELS, tokenizer, 16, "skip")
    over = [len(tokenizer(*texts)["input_ids"]) for texts in zip(first, *([second] if second else []), strict=True)]
    assert over[1] > 16 >= max(over[0], over[2])
    assert found.target_at is None
    assert found.target_seq.tolist() == [0, -1, 1]
    assert found.seq_offsets.tolist() == [0, 1, 1, 2]
    assert found.target_offsets.tolist() == [0, 1, 2, 3]
    assert found.gold.tolist() == [1, 0, -1]
    assert (found.unseen.tolist(), found.truncated) == ([0, over[1], 0], 1)
    cut = text_examples(first, second, ["V", "N", "?"], LABELS, tokenizer, 16)
    assert cut.target_seq.tolist() == [0, 1, 2]
    assert (cut.unseen.tolist(), cut.truncated) == ([0, over[1] - 16, 0], 1)
    assert [len(s) for s in sequences(cut)] == [over[0], 16, over[2]]
    for examples in (found, cut):
        assert examples.type_ids is not None
        assert len(examples.type_ids) == len(examples.ids)
        one = examples.take(np.array([2]))
        assert one.type_ids is not None
        assert (sequences(one), one.target_seq.tolist()) == (sequences(examples)[-1:], [0])
        assert described(joined([one, examples])) == [described(examples)[2], *described(examples)]
