"""Where to compute."""

import pytest
import torch

from xlt.encoders.device import full_precision, resolve_device
from xlt.errors import XltError


def test_devices_by_name() -> None:
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device("auto").type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize(
    ("name", "said"),
    [("gpu", "one of auto, cpu, cuda, cuda:N, mps"), ("cpu:1", "one of auto"), ("cuda:99", "try --device cpu")],
)
def test_devices_that_are_not_there(name: str, said: str) -> None:
    with pytest.raises(XltError, match=f"--device {name}: .*{said}"):
        resolve_device(name)


def test_full_precision_is_for_the_block_alone() -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        with full_precision():
            assert torch.get_float32_matmul_precision() == "highest"
            assert not torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
        assert torch.get_float32_matmul_precision() == "medium"
        with pytest.raises(ZeroDivisionError), full_precision():
            raise ZeroDivisionError
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
