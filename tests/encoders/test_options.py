"""Options of encoders: layers by number, what defines vectors, budgets."""

import pytest

from xlt.encoders.options import EncodeOptions, batch_tokens_on, parse_layers
from xlt.errors import OptionError, XltError


def test_layers() -> None:
    assert parse_layers("all", [0, 1, 2, 3], 3) == [0, 1, 2, 3]
    assert parse_layers("-1,0,-2,2", [0, 1, 2, 3], 3) == [0, 2, 3]
    with pytest.raises(XltError, match="there is no layer 4; there are 0, 1, 2, 3"):
        parse_layers("4", [0, 1, 2, 3], 3)
    with pytest.raises(XltError, match="there is no layer -5"):
        parse_layers("-5", [0, 1, 2, 3], 3)
    with pytest.raises(XltError, match="write 'all' or numbers"):
        parse_layers("last", [0, 1], 1)
    assert parse_layers("5,-1", [5, 12], 12) == [5, 12]
    with pytest.raises(OptionError, match=r"^layers 7: there is no layer 7; there are 5, 12"):
        parse_layers("7", [5, 12], 12)


def test_what_defines_vectors() -> None:
    assert EncodeOptions().params() == {
        "pool": "first", "overlong": "window", "max_length": None, "drop_blank_subwords": False, "dtype": "float32",
    }  # fmt: skip
    # float32 is float32, whoever said so.
    assert EncodeOptions(dtype="float32").params() == EncodeOptions().params()
    assert EncodeOptions(dtype="bfloat16").params()["dtype"] == "bfloat16"


def test_the_budget_of_a_device() -> None:
    assert batch_tokens_on("cpu") == 1024
    assert batch_tokens_on("cuda") == batch_tokens_on("mps") == 16_384
    assert batch_tokens_on("cuda", 7) == 7
