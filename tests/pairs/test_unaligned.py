"""Sentence pairs without word pairs."""

import numpy as np

from tests.pairs.blocks import EN_FR, block
from xlt.pairs.options import NoAligner
from xlt.pairs.segment import WordRule
from xlt.pairs.table import Text
from xlt.pairs.unaligned import check_source, open_source

PAIRS = [("a b", "x"), (" ", "y"), ("", ""), ("c", "z w")]


def test_every_sentence_pair_is_a_row_without_links() -> None:
    rule = WordRule("en", "th", {}, text_only=True, keep_text=True)
    check_source(NoAligner(), rule)
    source = open_source(NoAligner(), Text(rule), force=False, progress=None)
    assert (source.scored, source.inputs, source.params) == (False, [], {"keep_empty": True})
    [rows] = source.batches([block(PAIRS, first=4)], workers=1)
    assert rows.table.select(["sent_id", "src_tokens", "tgt_tokens", "src_idx", "src_text", "tgt_text"]).to_pylist()[
        :2
    ] == [
        {"sent_id": 4, "src_tokens": ["a", "b"], "tgt_tokens": [], "src_idx": [], "src_text": "a b", "tgt_text": "x"},
        {"sent_id": 5, "src_tokens": [], "tgt_tokens": [], "src_idx": [], "src_text": " ", "tgt_text": "y"},
    ]
    assert rows.links.tolist() == [0, 0, 0, 0]
    # Of Thai there are no words, yet only two pairs lack a sentence.
    assert rows.counts == {"empty side": 2}
    assert not np.any(rows.held_out)
    assert source.summary({}) == {}


def test_tokens_that_were_cut_before_have_no_text_beside_them() -> None:
    source = open_source(NoAligner(), Text(EN_FR), force=False, progress=None)
    [rows] = source.batches([block(PAIRS)], workers=1)
    assert rows.table.schema.names[-1] == "tgt_idx"
    assert rows.counts == {"empty side": 2}
