import pytest

from xlt.errors import OptionError
from xlt.files.options import ShowOptions


def test_how_many_rows() -> None:
    assert ShowOptions().rows == 5
    assert ShowOptions(rows=0).rows == 0
    with pytest.raises(OptionError, match="rows -1: give at least 0"):
        ShowOptions(rows=-1)
    with pytest.raises(OptionError, match="rows 1000001: give at most 1000000"):
        ShowOptions(rows=1_000_001)
