"""Links by similarity: by hand, and against loops over sentence pairs."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.aligners import slow
from tests.aligners.sentence_pairs import sets_of
from xlt.aligners.links import Links
from xlt.aligners.similarity import Rule, Units, argmax, awesome, itermax, similarity_links


def rule_links(rule: Rule, similarity: list[list[float]]) -> set[tuple[int, int]]:
    table = torch.tensor([similarity])
    linked, _ = rule(table, torch.ones_like(table, dtype=torch.bool))
    return {(i, j) for _, i, j in linked.nonzero().tolist()}


def test_awesome_by_hand() -> None:
    # Inner products of log 3 against 0: by row and by column 3/4 and 1/4.
    table = torch.tensor([[[math.log(3), 0.0], [0.0, math.log(3)]]])
    inside = torch.ones_like(table, dtype=torch.bool)
    linked, score = awesome(table, inside, 0.5)
    assert linked.tolist() == [[[True, False], [False, True]]]
    assert score[0].flatten().tolist() == pytest.approx([0.75, 0.25, 0.25, 0.75])
    assert awesome(table, inside, 0.2)[0].all()


def test_awesome_asks_both_directions() -> None:
    # The second source word is certain of the target word, which prefers the first.
    table = torch.tensor([[[5.0], [0.0]]])
    linked, score = awesome(table, torch.ones_like(table, dtype=torch.bool), 0.1)
    assert linked[0, :, 0].tolist() == [True, False]
    share = 1 / (1 + math.exp(5))
    assert score[0, 1, 0].item() == pytest.approx(2 * share / (1 + share))


def test_argmax_is_mutual_and_the_first_wins_a_tie() -> None:
    assert rule_links(argmax, [[0.9, 0.8], [0.95, 0.1]]) == {(1, 0)}
    assert rule_links(argmax, [[0.5, 0.5], [0.5, 0.5]]) == {(0, 0)}


def test_itermax_takes_what_argmax_left() -> None:
    # In the second round the first source word, linked already, counts 0.9 of (1 + 0.8) / 2.
    assert rule_links(itermax, [[0.9, 0.8], [0.95, 0.1]]) == {(1, 0), (0, 1)}


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
def test_itermax_against_loops(n: int, m: int, seed: int) -> None:
    table = np.random.default_rng(seed).uniform(-1, 1, (n, m))
    assert rule_links(itermax, torch.from_numpy(table).tolist()) == slow.itermax(
        torch.from_numpy(table).float().double().numpy()
    )


def units(seed: int, lengths: list[int], dim: int = 8) -> Units:
    draw = np.random.default_rng(seed)
    word = np.concatenate([np.arange(n) for n in lengths] or [np.empty(0, np.int64)]).astype(np.int64)
    vectors = torch.from_numpy(draw.normal(size=(sum(lengths), dim)).astype(np.float32))
    return Units(vectors, word, np.cumsum([0, *lengths]).astype(np.int64))


@pytest.mark.parametrize("name", ["awesome", "argmax", "itermax"])
@pytest.mark.parametrize("cells", [1, 1 << 20])
def test_a_batch_gives_what_each_sentence_pair_gives(name: str, cells: int) -> None:
    rules: dict[str, Rule] = {"awesome": partial(awesome, threshold=0.05), "argmax": argmax, "itermax": itermax}
    rule = rules[name]

    def links(src: Units, tgt: Units, cells: int = 1 << 20) -> Links:
        return similarity_links(src, tgt, rule, cosine=name != "awesome", batch_cells=cells)

    src, tgt = units(1, [3, 0, 5, 1, 7]), units(2, [4, 2, 0, 6, 7])
    whole = links(src, tgt)
    assert sets_of(links(src, tgt, cells), 5) == sets_of(whole, 5)
    for s in range(5):
        one = [
            Units(side.vectors[a:b], side.word[a:b], np.array([0, b - a]))
            for side in (src, tgt)
            for a, b in [side.offsets[s : s + 2].tolist()]
        ]
        assert sets_of(links(one[0], one[1]), 1)[0] == sets_of(whole, 5)[s]
    assert whole.score is not None
    assert ((whole.score >= 0) & (whole.score <= 1)).all()


def test_words_are_linked_where_any_of_their_subwords_are() -> None:
    # Source word 0 has two subwords, each the twin of a subword of target words 1 and 0.
    axes = torch.eye(3)
    src = Units(axes, np.array([0, 0, 1]), np.array([0, 3]))
    tgt = Units(axes[[1, 0, 2, 2]], np.array([0, 1, 2, 2]), np.array([0, 4]))
    links = similarity_links(src, tgt, argmax, cosine=True)
    assert sets_of(links, 1) == [{(0, 0), (0, 1), (1, 2)}]
    assert len(links) == 3


def test_cosine_is_of_directions_alone() -> None:
    # By inner products both source words prefer the long target vector; by cosines each its own direction.
    src = Units(torch.eye(2), np.array([0, 1]), np.array([0, 2]))
    tgt = Units(torch.tensor([[5.0, 4.0], [0.0, 1.0]]), np.array([0, 1]), np.array([0, 2]))
    assert sets_of(similarity_links(src, tgt, argmax, cosine=True), 1) == [{(0, 0), (1, 1)}]
    softmax = similarity_links(src, tgt, partial(awesome, threshold=0.5), cosine=False)
    assert sets_of(softmax, 1) == [{(0, 0)}]


def test_no_sentence_at_all() -> None:
    assert len(similarity_links(units(1, []), units(1, []), argmax, cosine=True)) == 0
    assert len(similarity_links(units(1, [2]), units(1, [0]), argmax, cosine=False)) == 0
