"""Links to rows of a pairs table: what is left out, and what is counted."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.aligners.sentence_pairs import links_of
from tests.pairs.blocks import EN_FR, block, tokens
from xlt.aligners.links import Links
from xlt.arrays import Floats
from xlt.files.provenance import Input
from xlt.files.schemas import PAIRS
from xlt.pairs.options import LinkFilters
from xlt.pairs.segment import TokenBlock, WordRule
from xlt.pairs.table import LinkedPairs, empty_sides, pair_table, pairs_schema

PAIRS_OF_WORDS = [("the cat Paris", "le chat Paris"), ("", "rien"), ("a b", "x")]
# the-le, cat-chat and cat-le, Paris-Paris; nothing; a-x.
LINKS = [{(0, 0), (1, 0), (1, 1), (2, 2)}, set[tuple[int, int]](), {(0, 0)}]


class Given:
    """A linker whose links are told."""

    scored = False
    inputs: list[Input] = []  # noqa: RUF012 - that of the protocol
    params: dict[str, Any] = {"own": 1}  # noqa: RUF012

    def links(self, blocks: Iterable[TokenBlock], workers: int) -> Iterator[tuple[TokenBlock, Links]]:
        for words in blocks:
            yield words, links_of(LINKS)

    def summary(self) -> dict[str, Any]:
        return {"own count": 3}


def test_a_row_a_sentence_pair() -> None:
    words = tokens(PAIRS_OF_WORDS, first=5)
    table, per_row = pair_table(EN_FR, words, links_of(LINKS))
    assert table.schema == PAIRS.arrow(without=["score"])
    assert per_row.tolist() == [4, 0, 1]
    assert table.to_pylist()[0] == {
        "sent_id": 5, "src_lang": "en", "tgt_lang": "fr", "src_tokens": ["the", "cat", "Paris"],
        "tgt_tokens": ["le", "chat", "Paris"], "src_idx": [0, 1, 1, 2], "tgt_idx": [0, 0, 1, 2],
    }  # fmt: skip
    assert table.column("src_idx").to_pylist()[1:] == [[], [0]]


def test_scores_make_a_column() -> None:
    links = links_of([{(0, 0)}])
    scored = Links(links.sentence, links.src, links.tgt, np.array([0.25]))
    table, _ = pair_table(EN_FR, tokens([("a", "b")]), scored)
    assert table.column("score").to_pylist() == [[0.25]]


@pytest.mark.parametrize("score", [None, np.array([0.25])])
def test_sentences_make_two_columns(score: Floats | None) -> None:
    words = tokens([("a", "b")], WordRule("en", "fr", {}, keep_text=True))
    links = links_of([{(0, 0)}])
    table, _ = pair_table(EN_FR, words, Links(links.sentence, links.src, links.tgt, score))
    assert table.schema.names[-2:] == ["src_text", "tgt_text"]
    assert [table.column(name).to_pylist() for name in table.schema.names[-2:]] == [["a"], ["b"]]
    assert ("score" in table.schema.names) == (score is not None)
    assert table.schema == pairs_schema(scored=score is not None, texts=True)


def test_empty_sides() -> None:
    assert empty_sides(tokens([("a", ""), ("", ""), ("a", "b")])) == 2


@pytest.mark.parametrize(
    ("filters", "pairs", "summary"),
    [
        (LinkFilters(), [0, 0, 1], {"not one to one": 3, "identical words": 1}),
        (LinkFilters(keep_many=True), [3, 0, 1], {"identical words": 1}),
        (LinkFilters(keep_identical=True), [1, 0, 1], {"not one to one": 3}),
        (LinkFilters(keep_many=True, keep_identical=True), [4, 0, 1], {}),
    ],
)
def test_filters(filters: LinkFilters, pairs: list[int], summary: dict[str, int]) -> None:
    source = LinkedPairs(EN_FR, Given(), filters)
    (rows,) = source.batches([block(PAIRS_OF_WORDS)], 1)
    assert rows.links.tolist() == pairs
    assert rows.counts == {
        "links": 5, "empty side": 1, "with a word pair": sum(n > 0 for n in pairs), "word pairs": sum(pairs), **summary,
    }  # fmt: skip
    named = {f"of these {'between ' if 'words' in name else ''}{name}, left out": n for name, n in summary.items()}
    assert source.summary(rows.counts) == {"links found": 5, **named, "own count": 3}
    assert (source.params, source.scored) == ({"own": 1}, False)


def test_words_are_compared_as_the_rule_says() -> None:
    rule = WordRule("en", "fr", {}, lowercase=True, pretokenized=True)
    pairs = [("the cat PARIS", "le chat Paris"), ("", ""), ("a b", "A")]
    (rows,) = LinkedPairs(rule, Given(), LinkFilters(keep_many=True)).batches([block(pairs)], 1)
    assert rows.links.tolist() == [3, 0, 0]
