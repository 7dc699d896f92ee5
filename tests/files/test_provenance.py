"""Records: identities, stamps, ancestors."""

import logging
from pathlib import Path
from typing import Any

import pytest

from xlt.errors import XltError
from xlt.files import provenance
from xlt.files.provenance import (
    Input,
    ancestors,
    content_id,
    from_bytes,
    make_record,
    read_folder_record,
    to_bytes,
)


def record(seed: int | None = 1, sha: str = "aa", **changes: Any) -> provenance.Record:
    params = {"limit": None, "dict": "muse"} | changes
    return make_record("extract-pairs", params=params, inputs=[Input("corpus", "c.tsv", sha)], seed=seed)


def test_the_same_data_have_the_same_id_whenever_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = record()
    monkeypatch.setattr("sys.argv", ["/other/xlt", "--workers", "2"])
    second = record() | {"time": "2001-01-01T00:00:00Z", "versions": {}, "summary": {"word pairs": 3}}
    assert first["command"] != second["command"]
    assert content_id(first, "aaaa") == content_id(second, "bbbb")
    assert len(content_id(first, None)) == 8


@pytest.mark.parametrize(
    "other", [record(seed=2), record(seed=None), record(sha="bb"), record(limit=3), record() | {"step": "embed"}]
)
def test_other_data_have_another_id(other: provenance.Record) -> None:
    assert content_id(record(), None) != content_id(other, None)


def test_the_id_follows_the_inputs_data_not_their_bytes() -> None:
    def embedded(pairs: provenance.Record, sha: str, weights: str = "w") -> str:
        inputs = [Input("pairs", "p", sha, pairs), Input("model", "m", weights, record(seed=9))]
        return content_id(make_record("embed", params={}, inputs=inputs), None)

    assert embedded(record(), "one") == embedded(record(), "other file, same data")
    assert embedded(record(), "one") != embedded(record(seed=2), "one")
    assert embedded(record(), "one", "w") != embedded(record(), "one", "v")


def test_the_id_of_a_file_made_elsewhere_is_its_hash() -> None:
    assert content_id(None, "0123456789abcdef") == "01234567"
    assert content_id(None, None) == "unknown"


def test_ancestors_nearest_first() -> None:
    oldest = make_record("pretrain", params={})
    pairs = make_record("extract-pairs", params={}, inputs=[Input("corpus", "c")])
    tuned = make_record(
        "realign", params={}, inputs=[Input("model", "m", record=oldest), Input("pairs", "p", "s", pairs)]
    )
    scored = make_record("align-score", params={}, inputs=[Input("model", "t", record=tuned)])
    assert [r["step"] for r in ancestors(scored)] == ["align-score", "realign", "pretrain", "extract-pairs"]
    assert ancestors(None) == []


def test_a_record_survives_its_stored_form() -> None:
    original = make_record(
        "embed",
        params={"x": [1, None]},
        inputs=[Input("model", "größe", "s", facts={"revision": "r"})],
        tags={"k": "v"},
    )
    stored = from_bytes(to_bytes(original))
    assert stored == original
    assert stored is not None
    assert stored["inputs"][0]["revision"] == "r"
    assert "größe".encode() in to_bytes(original)


def deep(levels: int) -> bytes:
    item = b'{"role": "model", "name": "m", "record": '
    return b'{"inputs": [' * (levels > 0) + item + (b'{"inputs": [' + item) * (levels - 1) + b"null" + b"}]}" * levels


NO_RECORDS = {
    b"\xff\xfe": "byte 0 is not UTF-8",
    b"[1]": "no JSON object",
    b'"text"': "no JSON object",
    b"{": "Expecting",
    b"null": "no JSON object",
    b'{"inputs": {}}': "'inputs' is a dict",
    b'{"inputs": [1]}': "an input has no role or no name",
    b'{"inputs": [{"role": "model"}]}': "an input has no role or no name",
    b'{"seed": 9223372036854775808}': "'seed' is a number beyond all seeds",
    b'{"inputs": [{"role": "model", "name": []}]}': "'name' is a list",
    b'{"inputs": [{"role": "model", "name": "m", "record": [1]}]}': "'record' is a list",
    b'{"inputs": [{"role": "model", "name": "m", "record": {"params": 3}}]}': "'params' is a int",
    b'{"seed": "one"}': "'seed' is a str",
    b'{"step": null}': "'step' is a NoneType",
    deep(102): "its inputs have inputs, 100 deep",
    deep(100_000): "nested too deep",
}


@pytest.mark.parametrize("data", NO_RECORDS)
def test_what_is_no_record_is_none_and_told(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)
    assert from_bytes(data) is None
    assert "a record is not one that xlt wrote" in caplog.text
    assert NO_RECORDS[data] in caplog.text
    (tmp_path / "xlt.json").write_bytes(data)
    with pytest.raises(XltError, match=r"xlt\.json is broken: not the JSON object that xlt wrote"):
        read_folder_record(tmp_path)


def test_no_record_at_all_is_told_nobody(caplog: pytest.LogCaptureFixture) -> None:
    assert from_bytes(None) is None
    assert from_bytes(b"") is None
    assert not caplog.text


def test_a_long_chain_is_a_record() -> None:
    record = from_bytes(deep(100))
    assert len(ancestors(record)) == 100
    assert len(content_id(record, None)) == 8


def test_the_command_is_quoted_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/x/xlt/__main__.py", "show", "my file", "$HOME"])
    assert provenance.command_line() == "xlt show 'my file' '$HOME'"
    monkeypatch.setattr("sys.argv", ["/x/notebook.py", "a"])
    assert provenance.command_line() == "notebook.py a"
