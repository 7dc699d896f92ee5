"""Links, and the one-to-one filter of gaschi2023."""

import numpy as np

from tests.aligners.sentence_pairs import links_of, sets_of
from xlt.aligners.links import Links, distinct_links, joined, no_links, one_to_one, part


def test_only_the_only_links_of_both_words_are_kept() -> None:
    # In the first pair source word 0 has two links; in the second target word 2 has two; the third link is alone.
    links = links_of([{(0, 0), (0, 1), (1, 2)}, {(0, 2), (1, 2), (2, 0)}, set()])
    alone = links.take(one_to_one(links, np.array([0, 2, 5, 5]), np.array([0, 3, 6, 9])))
    assert sets_of(alone, 3) == [{(1, 2)}, {(2, 0)}, set()]


def test_the_same_positions_of_other_sentences_are_no_rivals() -> None:
    links = links_of([{(0, 0)}, {(0, 0)}])
    assert one_to_one(links, np.array([0, 1, 2]), np.array([0, 1, 2])).all()


def test_parts_and_joining_are_each_others_reverse() -> None:
    links = links_of([{(0, 0)}, set(), {(1, 2), (3, 0)}, {(4, 4)}])
    scored = Links(links.sentence, links.src, links.tgt, np.arange(4) / 4)
    first, rest = part(scored, 0, 2), part(scored, 2, 4)
    assert sets_of(first, 2) == [{(0, 0)}, set()]
    assert sets_of(rest, 2) == [{(1, 2), (3, 0)}, {(4, 4)}]
    back = joined([first, Links(rest.sentence + 2, rest.src, rest.tgt, rest.score)])
    assert back.score is not None
    assert back.score.tolist() == [0, 0.25, 0.5, 0.75]
    assert sets_of(back, 4) == sets_of(links, 4)


def test_nothing_joined_is_nothing() -> None:
    assert len(joined([])) == 0
    assert joined([no_links(scored=True)]).score is not None


def test_links_in_any_order_become_links_once_and_sorted() -> None:
    links = distinct_links(np.array([1, 0, 1, 0]), np.array([0, 2, 0, 1]), np.array([0, 0, 0, 3]))
    assert links.sentence.tolist() == [0, 0, 1]
    assert (links.src.tolist(), links.tgt.tolist()) == ([1, 2, 0], [3, 0, 0])
    assert len(distinct_links(*(np.empty(0, np.int64),) * 3)) == 0
