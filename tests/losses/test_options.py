"""What every loss says of itself, and the defaults of the papers."""

import pytest

from xlt.losses.options import L2, LOSSES, Contrastive, Loss
from xlt.losses.words import formula_of
from xlt.options import dials, is_group


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_a_file_and_a_group_of_dials(name: str) -> None:
    loss = LOSSES[name]
    assert is_group(loss)
    assert issubclass(loss, Loss)
    assert loss.formula.startswith(f"xlt.losses.{name}:")
    assert callable(formula_of(loss()))
    assert loss.source
    assert loss.lr > 0
    assert loss.sentence_pairs > 0
    # Every dial is told, and none is called as what a loss brings beside them.
    assert all(dial.option is not None and not hasattr(Loss, dial.name) for dial in dials(loss))


def test_how_the_papers_train() -> None:
    # gaschi2023 app. B.3; cao2020 section 4.
    assert (Contrastive.lr, Contrastive.betas, Contrastive.eps) == (2e-5, (0.9, 0.999), 1e-8)
    assert (L2.lr, L2.betas, L2.eps) == (5e-5, (0.9, 0.98), 1e-9)
    assert (Contrastive.pool, L2.pool) == ("first", "last")
    assert (Contrastive.needs_start, L2.needs_start) == (False, True)
    assert [Contrastive.pairs_in_batch(n) for n in (1, 3)] == [16, 16]
    assert [L2.pairs_in_batch(n) for n in (1, 3)] == [2, 6]
