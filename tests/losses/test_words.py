"""The way from a loss's class to its formula, and what the formulas make of a batch of words."""

from dataclasses import replace

import pytest
import torch

from xlt.losses.contrastive import contrastive_loss
from xlt.losses.contrastive import of_words as contrastive_of_words
from xlt.losses.l2 import of_words as l2_of_words
from xlt.losses.options import L2, Contrastive
from xlt.losses.words import Words, formula_of

WORDS = Words(
    source=torch.tensor([[1.0, 2.0], [0.0, 1.0]]),
    target=torch.tensor([[1.0, 0.0], [3.0, 1.0], [1.0, 1.0]]),
    source_ids=torch.tensor([0, 1]),
    target_ids=torch.tensor([1, 2]),
)


def test_a_formula_by_its_name() -> None:
    assert formula_of(Contrastive()) is contrastive_of_words
    assert formula_of(L2()) is l2_of_words


def test_contrastive_takes_its_dials() -> None:
    for strength in ("strong", "weak"):
        value = contrastive_of_words(WORDS, Contrastive(temperature=0.3, strength=strength))
        expected = contrastive_loss(
            WORDS.source, WORDS.target, WORDS.source_ids, WORDS.target_ids, temperature=0.3, strength=strength
        )
        assert torch.equal(value, expected)


def test_l2_holds_the_side_that_is_kept() -> None:
    # Pairs: (1, 2)-(3, 1) and (0, 1)-(1, 1): 4 + 1 + 1 = 6.
    start = {"source_start": WORDS.source + 1, "target_start": WORDS.target - 2}
    words = replace(WORDS, **start)
    assert float(l2_of_words(words, L2(regularisation=0.0))) == 6
    # 2 words of 2 dimensions, each 1 away; 3 words, each 2 away.
    assert float(l2_of_words(words, L2(regularisation=0.5))) == 6 + 0.5 * 4
    assert float(l2_of_words(words, L2(keep="tgt", regularisation=0.5))) == 6 + 0.5 * 24


def test_l2_needs_the_start() -> None:
    with pytest.raises(ValueError, match="frozen start"):
        l2_of_words(WORDS, L2())
