"""FastAlign against a slow reference, on toy corpora with a known answer, and on odd text."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.aligners.sentence_pairs import Pair, bitext, sets_of
from tests.aligners.slow import fast_align
from xlt.aligners.cooccurrence import cooccurrences
from xlt.aligners.fastalign import Settings, Taken, align, taken_links, train

LinkSets = list[set[tuple[int, int]]]


def both(pairs: list[Pair], *, slab_cells: int = 1 << 21, workers: int = 1) -> tuple[LinkSets, LinkSets, list[float]]:
    """Links of the two directions and the tensions."""
    text = bitext(pairs)
    corpus = cooccurrences(text, slab_cells=slab_cells, workers=workers)
    model = train(corpus, workers=workers)
    taken = align(corpus, model, workers=workers)
    forward, backward = taken_links(taken, text.src.offsets, text.tgt.offsets)
    for links in (forward, backward):
        assert links.score is not None
        assert ((links.score > 0) & (links.score <= 1 + 1e-12)).all()
        keys = np.stack((links.sentence, links.src, links.tgt))
        assert (np.lexsort(keys[::-1]) == np.arange(len(links))).all()
    n = len(pairs)
    return sets_of(forward, n), sets_of(backward, n), [model[d].tension for d in ("forward", "backward")]


def reference(pairs: list[Pair]) -> tuple[LinkSets, LinkSets, list[float]]:
    forward, tension = fast_align(pairs)
    swapped, other = fast_align([(b, a) for a, b in pairs])
    return forward, [{(i, j) for j, i in s} for s in swapped], [tension, other]


def random_pairs(seed: int, count: int = 40) -> list[Pair]:
    """Word k of one language is word k of the other, more or less in order, with words left out and added.

    No word stands twice in a sentence: two of them at the same distance would tie but for rounding.
    """
    draw = np.random.default_rng(seed)
    often = 1 / np.arange(1, 26)
    pairs = []
    for _ in range(count):
        source = draw.choice(25, int(draw.integers(1, 12)), replace=False, p=often / often.sum()).tolist()
        target = [w for w in source if draw.random() > 0.15] + [99] * int(draw.integers(0, 2))
        if len(target) > 2:
            a = int(draw.integers(0, len(target) - 1))
            target[a], target[a + 1] = target[a + 1], target[a]
        pairs.append(([f"s{w}" for w in source], [f"t{w}" for w in target]))
    return [*pairs, ([], ["t1"]), (["s1"], []), ([], [])]


@pytest.mark.parametrize("seed", range(4))
def test_against_the_slow_reference(seed: int) -> None:
    pairs = random_pairs(seed)
    forward, backward, tensions = both(pairs)
    slow_forward, slow_backward, slow_tensions = reference(pairs)
    assert forward == slow_forward
    assert backward == slow_backward
    assert tensions == pytest.approx(slow_tensions, rel=1e-9)


def test_threads_and_slabs_change_nothing() -> None:
    pairs = random_pairs(9, 80)
    assert both(pairs) == both(pairs, workers=3)
    few, many = both(pairs), both(pairs, slab_cells=150, workers=2)
    assert few[:2] == many[:2]
    assert few[2] == pytest.approx(many[2], rel=1e-12)


def test_a_toy_corpus_with_a_known_answer() -> None:
    pairs = [
        (["the", "house"], ["das", "Haus"]),
        (["the", "book"], ["das", "Buch"]),
        (["a", "book"], ["ein", "Buch"]),
        (["a", "house"], ["ein", "Haus"]),
        (["book", "the"], ["das", "Buch"]),
    ] * 5
    forward, backward, _ = both(pairs)
    straight, crossed = {(0, 0), (1, 1)}, {(0, 1), (1, 0)}
    assert forward == backward == [straight, straight, straight, straight, crossed] * 5


@pytest.mark.parametrize(
    "pairs",
    [
        [(["a"], ["b"])],
        [(["same"] * 4, ["same"] * 4)] * 3,
        [([f"s{i}" for i in range(500)], [f"t{i}" for i in range(480)])],
        [([], [])] * 2 + [(["\t", "|||", "a"], ["|||", "\u200b"])],
    ],
    ids=["one pair", "all alike", "500 words", "odd tokens"],
)
def test_odd_text_is_aligned_without_nan(pairs: list[Pair]) -> None:
    forward, backward, tensions = both(pairs)
    assert np.isfinite(tensions).all()
    for links, other, (source, target) in zip(forward, backward, pairs, strict=True):
        assert all(0 <= i < len(source) and 0 <= j < len(target) for i, j in links | other)


def test_ties_go_to_the_null_word_then_to_the_first_position() -> None:
    # A uniform table. Two words at 0.46 each against 0.08; then one word at 0.5 against 0.5.
    for source, null, expected in ((["a", "a"], 0.08, 0), (["a"], 0.5, -1)):
        corpus = cooccurrences(bitext([(source, ["x"])]))
        settings = Settings(iterations=1, tension=0.0, null=null)
        assert align(corpus, train(corpus, settings), settings).forward.tolist() == [expected]


def test_posteriors_by_hand() -> None:
    # A uniform table: the null word has 0.08, and with tension 0 each of two words 0.46.
    corpus = cooccurrences(bitext([(["a", "b"], ["x"])]))
    model = train(corpus, Settings(iterations=1, tension=0.0))
    taken = align(corpus, model, Settings(tension=0.0))
    assert taken.forward_score == pytest.approx([0.46])
    assert taken.backward_score == pytest.approx([0.92, 0.92])


def test_links_come_in_order() -> None:
    taken = Taken(np.array([1, -1, 0], np.int32), np.array([2, -1], np.int32), np.full(3, 0.5), np.full(2, 0.25))
    forward, backward = taken_links(taken, np.array([0, 2]), np.array([0, 3]))
    assert list(zip(forward.src.tolist(), forward.tgt.tolist(), strict=True)) == [(0, 2), (1, 0)]
    assert list(zip(backward.src.tolist(), backward.tgt.tolist(), strict=True)) == [(0, 2)]
    assert backward.score is not None
    assert backward.score.tolist() == [0.25]


def test_cells_on_disk_give_the_same_model(tmp_path: Path) -> None:
    text = bitext(random_pairs(3))
    plain = train(cooccurrences(text, slab_cells=200))
    disk = train(cooccurrences(text, slab_cells=200, folder=tmp_path), device=torch.device("cpu"))
    for name, one in plain.items():
        assert (one.translation == disk[name].translation).all()
        assert one.tension == disk[name].tension
