"""The seal: every bit of a file is told, wherever it stands; files without one are read."""

import hashlib
import io
import random
from pathlib import Path

import pytest

from tests.pair_files import ARROW, pairs_record, random_rows
from xlt.errors import XltError
from xlt.files.provenance import read_folder_record, write_folder_record
from xlt.files.seal import BLANK, SealingSink, check_seal, is_sealed, seal
from xlt.files.tables import open_table, write_table

DIGITS = b"".join(b"%d" % (n % 10) for n in range(64))


def sealed(tmp_path: Path, head: bytes, tail: bytes) -> bytes:
    path = tmp_path / "sealed"
    path.write_bytes(head + BLANK.encode() + tail)
    seal(path)
    return path.read_bytes()


def test_a_seal_is_the_hash_of_the_file_with_zeros_in_its_place(tmp_path: Path) -> None:
    data = sealed(tmp_path, b"head\n", b"tail")
    digest = hashlib.sha256(b"head\nxlt-seal:" + b"0" * 64 + b"tail").hexdigest().encode()
    assert data == b"head\nxlt-seal:" + digest + b"tail"
    assert check_seal(data, "x") == hashlib.sha256(data).hexdigest()


def test_every_flipped_bit_is_told_but_for_those_of_the_mark(tmp_path: Path) -> None:
    data = sealed(tmp_path, b"some bytes ", b" and more")
    mark = range(data.index(b"xlt-seal:"), data.index(b"xlt-seal:") + 9)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        if bit // 8 in mark:
            # All that is lost is the seal.
            assert not is_sealed(bytes(flipped))
        else:
            with pytest.raises(XltError, match="x is damaged or cut off: its bytes are not those that xlt wrote"):
                check_seal(bytes(flipped), "x")


@pytest.mark.parametrize("data", [b"", b"anything", b"xlt-seal:", b"xlt-seal:" + DIGITS[:63]])
def test_what_has_no_seal_is_hashed(data: bytes) -> None:
    assert not is_sealed(data)
    assert check_seal(data, "x") == hashlib.sha256(data).hexdigest()


def test_of_two_seals_the_last_counts(tmp_path: Path) -> None:
    # Text that looks like a seal may stand in a table.
    data = sealed(tmp_path, b"xlt-seal:" + DIGITS, b"")
    assert check_seal(data, "x") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("behind", [0, 70_000, 1 << 20])
def test_how_far_from_the_end_it_may_stand(tmp_path: Path, behind: int) -> None:
    data = sealed(tmp_path, b"x" * 100, bytes(behind))
    assert is_sealed(data)
    with pytest.raises(XltError, match="damaged"):
        check_seal(data[:-1] + b"x" if behind else b"y" + data[1:], "x")


def test_a_stream_is_sealed_as_a_file_is(tmp_path: Path) -> None:
    stream = io.BytesIO()
    sink = SealingSink(stream)
    sink.write(b"head\n")
    sink.hold()
    sink.write(BLANK.encode())
    sink.write(b"tail")
    assert stream.getvalue() == b"head\n"
    sink.release()
    assert stream.getvalue() == sealed(tmp_path, b"head\n", b"tail")


def flips(data: bytes, count: int) -> list[bytes]:
    draw = random.Random(0)
    flipped = []
    for _ in range(count):
        own = bytearray(data)
        own[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        flipped.append(bytes(own))
    return flipped


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_flipped_bit_in_a_table(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"pairs.{suffix}"
    write_table(str(path), random_rows(40), ARROW, pairs_record(), False)
    data = path.read_bytes()
    assert is_sealed(data)
    assert open_table(str(path)).sha256 == hashlib.sha256(data).hexdigest()
    lost = data.index(b"xlt-seal:")
    for flipped in flips(data, 60):
        path.write_bytes(flipped)
        if flipped[lost : lost + 9] == b"xlt-seal:":
            with pytest.raises(XltError, match="damaged"):
                open_table(str(path))


def test_a_flipped_bit_in_the_record_of_a_folder(tmp_path: Path) -> None:
    write_folder_record(tmp_path, pairs_record())
    path = tmp_path / "xlt.json"
    data = path.read_bytes()
    assert read_folder_record(tmp_path) == pairs_record() | {"time": (read_folder_record(tmp_path) or {}).get("time")}
    path.write_bytes(data.replace(b'"tgt_lang": "fr"', b'"tgt_lang": "br"'))
    with pytest.raises(XltError, match=r"xlt\.json is damaged"):
        read_folder_record(tmp_path)
    # Somebody who means it takes the seal out.
    path.write_text('{"step": "extract-pairs"}')
    assert read_folder_record(tmp_path) == {"step": "extract-pairs"}
