import numpy as np
import pytest

from xlt.stats.transfer import relative_change, transfer


@pytest.mark.parametrize(("target", "source", "ctl"), [(0.6, 0.8, -0.25), (0.8, 0.8, 0), (0, 0.5, -1), (0.9, 0.6, 0.5)])
def test_by_hand(target: float, source: float, ctl: float) -> None:
    assert float(transfer(target, source)) == pytest.approx(ctl)


def test_where_there_is_none() -> None:
    result = transfer([0.5, np.nan, 0.5, 0.0], [0.0, 0.5, np.nan, 0.0])
    assert np.isnan(result).all()


def test_relative_change() -> None:
    np.testing.assert_allclose(relative_change([0.1, 0.5, 0.3], [0.2, 0.2, 0.3]), [-0.5, 1.5, 0])
    assert np.isnan(relative_change([0.1, np.nan, 0.1], [0, 0.1, np.nan])).all()
