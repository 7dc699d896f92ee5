import numpy as np
import numpy.typing as npt
import pytest
import torch

from xlt.errors import XltError
from xlt.measures.unit import check_rows, unit_rows

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_length_one(dtype: type) -> None:
    rows: npt.NDArray[np.floating] = np.array([[3, 4], [-5, 12]]).astype(dtype)
    units = unit_rows(rows, CPU)
    assert units.dtype == torch.float32
    np.testing.assert_allclose(units.numpy(), [[0.6, 0.8], [-5 / 13, 12 / 13]], rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e18, 1e38])
def test_any_scale_gives_the_same_direction(scale: float) -> None:
    rows = np.random.default_rng(0).uniform(-1, 1, size=(20, 8)).astype(np.float32)
    scaled = unit_rows(rows * np.float32(scale), CPU).numpy()
    np.testing.assert_allclose(scaled, unit_rows(rows, CPU).numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(scaled.astype(np.float64), axis=1), 1, atol=1e-6)


def test_centering() -> None:
    units = unit_rows(np.array([[3, 5], [1, 5], [2, 8]], np.float32), CPU, center=True)
    expected = np.array([[1, -1], [-1, -1], [0, 2]]) / np.sqrt([[2], [2], [4]])
    np.testing.assert_allclose(units.numpy(), expected, atol=1e-6)


def test_bad_rows_are_named() -> None:
    rows = np.ones((9, 2), np.float32)
    rows[3, 1], rows[7, 0] = np.nan, np.inf
    with pytest.raises(XltError, match="folder, rows 3, 7: NaN or infinity"):
        check_rows(rows, "folder")
    with pytest.raises(XltError, match="folder, rows 30, 70: NaN or infinity"):
        check_rows(rows, "folder", np.arange(0, 90, 10))
    rows = np.ones((9, 2), np.float32)
    rows[4] = 0
    with pytest.raises(XltError, match="row 4: all zeros"):
        check_rows(rows, "folder")
    with pytest.raises(XltError, match="row 0: NaN or infinity"):
        check_rows(np.full((1, 2), 1e300), "folder")
    check_rows(np.full((1, 2), 1e-30), "folder")
    with pytest.raises(XltError, match="rows 0, 1, 2, 3, 4, …: all zeros"):
        unit_rows(np.ones((9, 2), np.float32), CPU, center=True)
