"""Names that options choose from against what stands behind them."""

from typing import get_args

from xlt.corpora.dictionaries import _SPLITS
from xlt.corpora.kinds import DictSplit


def test_every_part_of_a_dictionary_has_its_bounds() -> None:
    assert set(get_args(DictSplit)) == set(_SPLITS)
