"""Lines out of bytes."""

import gzip
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.corpora.text import existing, line_blocks, regrouped
from xlt.errors import XltError


def lines(data: bytes, block_bytes: int = 1 << 20) -> list[str]:
    blocks = line_blocks(None, io.BufferedReader(io.BytesIO(data)), block_bytes=block_bytes)
    return [line for block in blocks for line in block]


BREAKS = "\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x85"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\n\n", ["a", ""]),
        (b"\n\na", ["", "", "a"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\nb\r", ["a", "b\r"]),
        (b"a\rb\n", ["a\rb"]),
        (b"\xef\xbb\xbfa\nb\n", ["a", "b"]),
        (b"\xef\xbb\xbf", []),
        (b"a\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        (b"ab", ["ab"]),
        (f"a{BREAKS}b\nc".encode(), [f"a{BREAKS}b", "c"]),
        (b"a\0b\n", ["a\0b"]),
    ],
)
def test_lines_by_hand(data: bytes, expected: list[str]) -> None:
    assert lines(data) == expected
    assert lines(gzip.compress(data)) == expected


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("aé漢👍 \t\x85\u2028"), max_size=5), max_size=8), st.integers(1, 9), st.booleans()
)
def test_block_boundaries_do_not_matter(sentences: list[str], size: int, zipped: bool) -> None:
    data = "".join(s + "\n" for s in sentences).encode()
    assert lines(gzip.compress(data) if zipped else data, size) == sentences


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_invalid_utf8_names_file_and_line(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("é\nb\n".encode() + b"caf\xe9\nd\n")  # Latin-1 in line 3
    with pytest.raises(XltError, match=rf"^{path}:3: invalid UTF-8 \(byte 0xe9\)"):
        list(line_blocks(path, block_bytes=size))


def test_a_character_that_is_cut_off_at_the_end_of_the_file() -> None:
    with pytest.raises(XltError, match="standard input:2: invalid UTF-8"):
        lines("a\né".encode()[:-1])


@pytest.mark.parametrize("keep", [-1, -8, -20, 15, 2])
def test_a_compressed_file_that_is_cut_off(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress("".join(f"line {i}\n" for i in range(1000)).encode())[:keep])
    with pytest.raises(XltError, match=r"x\.gz: the compressed file is broken or cut off"):
        list(line_blocks(path))


def test_a_compressed_file_that_is_broken(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(bytes(range(256)) * 10))
    whole[-6] ^= 1  # the checksum
    (tmp_path / "x.gz").write_bytes(whole)
    with pytest.raises(XltError, match="broken or cut off"):
        list(line_blocks(tmp_path / "x.gz"))


def test_compression_is_known_by_content(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(gzip.compress(b"a\n"))
    (tmp_path / "y.gz").write_bytes(b"b\n")
    assert list(line_blocks(tmp_path / "x.txt")) == [["a"]]
    assert list(line_blocks(tmp_path / "y.gz")) == [["b"]]


def test_several_compressed_parts_are_one_file() -> None:
    assert lines(gzip.compress(b"a\nb") + gzip.compress(b"c\n")) == ["a", "bc"]


def test_a_missing_gz_is_found(tmp_path: Path) -> None:
    assert existing(tmp_path / "x.tsv") is None
    (tmp_path / "x.tsv.gz").write_bytes(b"")
    assert existing(tmp_path / "x.tsv") == tmp_path / "x.tsv.gz"
    (tmp_path / "x.tsv").write_bytes(b"")
    assert existing(tmp_path / "x.tsv") == tmp_path / "x.tsv"
    assert existing(tmp_path) is None


@given(st.lists(st.integers(0, 7), max_size=6), st.integers(1, 5))
def test_regrouped(sizes: list[int], size: int) -> None:
    numbers = iter(range(100))
    blocks = [[str(next(numbers)) for _ in range(n)] for n in sizes]
    groups = list(regrouped(iter(blocks), size))
    assert [x for block in groups for x in block] == [str(i) for i in range(sum(sizes))]
    assert all(len(block) == size for block in groups[:-1])
    assert not groups or 0 < len(groups[-1]) <= size


def test_a_line_without_end_is_refused_before_it_is_held() -> None:
    assert len(lines(b"x" * (1 << 24))) == 1
    with pytest.raises(XltError, match=r"^standard input:3: a line of more than 16,777,216 bytes, which none has"):
        lines(b"a\nb\n" + b"x" * (18 << 20))


def test_what_comes_out_of_a_compressed_file_is_bounded() -> None:
    # 200 times what is read, and always 64 MiB.
    assert len(lines(gzip.compress(b"a\n" * (1 << 20)))) == 1 << 20
    with pytest.raises(XltError, match=r"^standard input unpacks to more than \d+,\d+,\d+ bytes from [\d,]+, which"):
        for block in line_blocks(None, io.BufferedReader(io.BytesIO(gzip.compress(b" \n" * (40 << 20), 1)))):
            del block


def test_a_pipe_is_copied_once_and_found_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        os.mkfifo(tmp_path / name)
        with ThreadPoolExecutor(1) as pool:
            pool.submit((tmp_path / name).write_text, name)
            copies = [existing(tmp_path / name) for _ in range(2)]
        assert copies[0] is not None
        assert copies[0] == copies[1]
        assert copies[0].read_text() == name
