"""JSON that is an object, and all that is none."""

import pytest

from xlt.files.json_objects import json_object


@pytest.mark.parametrize("data", ['{"a": [1, "é"]}', '{"a": [1, "é"]}'.encode()])
def test_an_object(data: bytes | str) -> None:
    assert json_object(data) == {"a": [1, "é"]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"a": 1', "Expecting"),
        (b"[]", "it is no JSON object"),
        (b"null", "it is no JSON object"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "integer string conversion"),
    ],
)
def test_none(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        json_object(data)
