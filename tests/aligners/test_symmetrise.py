"""Symmetrisation against a slow reference and by hand."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.aligners.sentence_pairs import links_of, sets_of
from tests.aligners.slow import LinkSet, symmetrised
from xlt.aligners.kinds import Heuristic
from xlt.aligners.links import Links
from xlt.aligners.symmetrise import symmetrise

HEURISTICS = get_args(Heuristic)

pair_ = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: st.tuples(
        st.just(shape),
        *[st.sets(st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1)), max_size=10)] * 2,
    )
)


@settings(max_examples=300)
@given(st.lists(pair_, max_size=6), st.sampled_from(HEURISTICS), st.sampled_from([1, 60, 1 << 25]))
def test_against_the_slow_reference(
    pairs: list[tuple[tuple[int, int], LinkSet, LinkSet]], heuristic: Heuristic, block: int
) -> None:
    links = symmetrise(
        links_of([p[1] for p in pairs]),
        links_of([p[2] for p in pairs]),
        np.array([p[0][0] for p in pairs], np.int64),
        np.array([p[0][1] for p in pairs], np.int64),
        heuristic,
        block_cells=block,
    )
    assert sets_of(links, len(pairs)) == [symmetrised(f, b, heuristic) for _, f, b in pairs]


# Forward and backward agree on (0, 0). (1, 1) touches it, and (2, 1) touches that one; (4, 4) stands alone, and so
# does (4, 3), whose source word (4, 4) has taken by then.
FORWARD: LinkSet = {(0, 0), (1, 1), (2, 1), (4, 4)}
BACKWARD: LinkSet = {(0, 0), (4, 3)}


@pytest.mark.parametrize(
    ("heuristic", "expected"),
    [
        ("intersect", {(0, 0)}),
        ("union", {(0, 0), (1, 1), (2, 1), (4, 3), (4, 4)}),
        ("grow-diag", {(0, 0), (1, 1), (2, 1)}),
        ("grow-diag-final", {(0, 0), (1, 1), (2, 1), (4, 4), (4, 3)}),
        ("grow-diag-final-and", {(0, 0), (1, 1), (2, 1), (4, 4)}),
    ],
)
def test_by_hand(heuristic: Heuristic, expected: LinkSet) -> None:
    links = symmetrise(links_of([FORWARD]), links_of([BACKWARD]), np.array([5]), np.array([5]), heuristic)
    assert sets_of(links, 1) == [expected]


def test_scores_are_half_the_sum_of_both_directions() -> None:
    one = Links(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]), np.array([0.8, 0.6]))
    other = Links(np.array([0, 0]), np.array([0, 2]), np.array([0, 1]), np.array([0.4, 0.2]))
    links = symmetrise(one, other, np.array([3]), np.array([2]), "union")
    assert links.score == pytest.approx([0.6, 0.3, 0.1])
    assert sets_of(links, 1) == [{(0, 0), (1, 1), (2, 1)}]


def test_the_edges_of_a_grid_touch_no_other_grid() -> None:
    # The last word of one sentence pair and the first of the next are no neighbours.
    forward = links_of([{(1, 1)}, {(0, 0)}])
    backward = links_of([{(1, 1)}, set()])
    links = symmetrise(forward, backward, np.array([2, 2]), np.array([2, 2]), "grow-diag")
    assert sets_of(links, 2) == [{(1, 1)}, set()]
